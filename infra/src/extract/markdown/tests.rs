use super::super::block::told;
use super::*;

fn made(source: Source, text: &str) -> Vec<String> {
    told(|sink| read(None, text, source, sink)).unwrap_or_default()
}

#[test]
fn marks_go_and_structure_stays() {
    for (text, expected) in [
        ("# House\n\nWash **up**, `now`.", &["House | Wash up, now."][..]),
        ("House\n===\n\nKey\n---\n\nHere.", &["House › Key | Here."]),
        ("One\ntwo.", &[" | One two."]),
        ("天文台\n开放", &[" | 天文台开放"]),
        ("- a\n- b\n  - c\n    1. d\n", &[" | - a\n- b\n  - c\n    1. d"]),
        ("3. a\n4. b", &[" | 3. a\n4. b"]),
        ("- a\n\n- b", &[" | - a\n- b"]),
        ("| a | b |\n|--|--|\n| 1 | 2 |", &[" | | a | b |\n| 1 | 2 |"]),
        ("```sh\n# no heading\n```", &[" | # no heading"]),
        ("[the hut](https://x.example)", &[" | the hut"]),
        ("a <b>bold</b> word<br>next", &[" | a bold word\nnext"]),
        ("**Alone**\n\ntext", &[" | **Alone**\n\ntext"]),
    ] {
        let expected: Vec<_> = expected.iter().map(|text| text.replace("**", "")).collect();
        assert_eq!(made(Source::Author, text), expected, "{text}");
    }
}

#[test]
fn readers_know_headings_by_bold_type_and_pages_by_numbers() {
    let bold = "**Alone**\n\ntext";
    assert_eq!(made(Source::Reader, bold), ["Alone | text"]);
    assert_eq!(
        made(Source::Reader, "**All of it.**\n\ntext"),
        [" | All of it.\n\ntext"]
    );
    assert_eq!(made(Source::Reader, "a < b > c <d>"), [" | a < b > c <d>"]);
    let numbered = "2.1 Limits\n\ntext";
    assert_eq!(made(Source::Pages, numbered), ["2.1 Limits | text"]);
    assert_eq!(made(Source::Reader, numbered), [" | 2.1 Limits\n\ntext"]);
    assert_eq!(
        made(Source::Pages, "2.1 litres\n\ntext"),
        [" | 2.1 litres\n\ntext"]
    );
}

#[test]
fn three_headings_in_a_row_on_a_page_are_none() {
    let row = "# Talks\n\n**Date**\n\n**Speaker**\n\n**Subject**\n\nText.";
    assert_eq!(
        made(Source::Pages, row),
        ["Talks | Date\nSpeaker\nSubject\n\nText."]
    );
    let two = "# Talks\n\n**Winter**\n\n**Speakers**\n\nText.";
    assert_eq!(
        made(Source::Pages, two),
        ["Talks › Winter | Winter", "Talks › Speakers | Text."]
    );
    let last = "Text.\n\n#### A\n\n#### B\n\n#### C";
    assert_eq!(made(Source::Pages, last), [" | Text.\n\nA\nB\nC"]);
}
