use super::*;

fn texts(text: &str) -> Vec<String> {
    sentences(text)
        .into_iter()
        .map(|sentence| sentence.text)
        .collect()
}

#[test]
fn prose_is_split_at_the_ends_of_sentences_alone() {
    for (text, expected) in [
        ("One. Two! Three?", vec!["One.", "Two!", "Three?"]),
        (
            "Dr. Weber pays approx. 3.5 % of it. Then no more.",
            vec!["Dr. Weber pays approx. 3.5 % of it.", "Then no more."],
        ),
        (
            "Am 3. Januar, z.B. um 9. Danach nicht.",
            vec!["Am 3. Januar, z.B. um 9. Danach nicht."],
        ),
        ("He said \"Go.\" She went.", vec!["He said \"Go.\"", "She went."]),
        (
            "東京は首都です。人口は多い。",
            vec!["東京は首都です。", "人口は多い。"],
        ),
        (
            "Отпуск длится 28 дней. Он оплачен.",
            vec!["Отпуск длится 28 дней.", "Он оплачен."],
        ),
        (
            "Wrapped\nlines are one. And\ntwo.",
            vec!["Wrapped lines are one.", "And two."],
        ),
        (
            "see www.example.org for more",
            vec!["see www.example.org for more"],
        ),
        ("", vec![]),
        (" \n\n *** \n", vec![]),
    ] {
        assert_eq!(texts(text), expected, "{text}");
    }
}

#[test]
fn marks_go_and_words_stay() {
    for (text, expected) in [
        ("**Bold** and _thin_ and `code`", "Bold and thin and code"),
        (
            "a [link](https://example.org) and ![picture](x.png)",
            "a link and picture",
        ),
        ("as shown [12] and [3, 4] by others", "as shown and by others"),
        ("snake_case stays, 3 * 4 too", "snake_case stays, 3 * 4 too"),
        ("a \\* b", "a * b"),
        ("[open", "[open"),
    ] {
        assert_eq!(plain(text), expected, "{text}");
    }
}

#[test]
fn headings_items_and_rows_are_told_apart() {
    let text = "# Prices\nAll prices are net.\n\n- small: **3 €**\n- large,\n  with lid: 5 €\n1. first\n\n| Size | Price |\n|---|---|\n| S | 3 |\n| L | |\n";
    let found = sentences(text);
    let seen: Vec<_> = found
        .iter()
        .map(|s| (s.kind, s.text.as_str(), s.heading.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (Kind::Prose, "All prices are net.", "Prices"),
            (Kind::Item, "small: 3 €", "Prices"),
            (Kind::Item, "large, with lid: 5 €", "Prices"),
            (Kind::Item, "first", "Prices"),
            (Kind::Row, "Size: S, Price: 3", "Prices"),
            (Kind::Row, "Size: L", "Prices"),
        ]
    );
    assert_eq!(&text[found[1].span.clone()], "small: **3 €**");
    assert_eq!(texts("| Phone | 112 |\n| a | b | c |"), ["Phone: 112", "a, b, c"]);
}

#[test]
fn a_title_on_a_line_of_its_own_is_not_part_of_the_sentence_below() {
    let text = "Parental leave\nEmployees may take up to three years of leave after a birth, in\nparts if they want.";
    assert_eq!(texts(text)[0], "Parental leave");
    assert_eq!(texts(text).len(), 2);
}

#[test]
fn a_text_without_stops_is_cut_and_nothing_of_it_is_lost() {
    let text = "word, ".repeat(500);
    let found = sentences(&text);
    assert!(found.len() > 5);
    assert!(found.iter().all(|s| s.text.chars().count() <= LONGEST));
    let words: usize = found.iter().map(|s| s.text.matches("word").count()).sum();
    assert_eq!(words, 500);
    let cjk = "漢".repeat(1_000);
    assert_eq!(texts(&cjk).concat(), cjk);
}

#[test]
fn the_first_row_is_a_header_where_it_names_columns() {
    for (text, expected) in [
        (
            "| Bolt | Torque |\n| Stem | 5 Nm |",
            vec!["Bolt: Stem, Torque: 5 Nm"],
        ),
        ("| A | B |\n|---|---|\n| 1 | 2 |", vec!["A: 1, B: 2"]),
        (
            "| Kind | Colour | For |\n| Foam | cream | paper |",
            vec!["Kind: Foam, Colour: cream, For: paper"],
        ),
        ("| Phone | 4040 |\n| Room | 7 |", vec!["Phone: 4040", "Room: 7"]),
        (
            "| Desk | left |\n| Chair | right |",
            vec!["Desk: left", "Chair: right"],
        ),
        ("| A | | C |\n| 1 | 2 | 3 |", vec!["A: C", "1, 2, 3"]),
    ] {
        assert_eq!(texts(text), expected, "{text}");
    }
}
