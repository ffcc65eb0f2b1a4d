use super::*;

fn split(blocks: Vec<Body>) -> Vec<ChunkDraft> {
    let mut splitter = Splitter::new();
    let mut out = Vec::new();
    for body in blocks {
        splitter.push(Block { page: None, body }, &mut out);
    }
    splitter.finish(&mut out);
    out
}

fn prose(sentences: usize) -> String {
    let sentences =
        (0..sentences).map(|n| format!("Sentence number {n} speaks of the dome and of its keys."));
    sentences.collect::<Vec<_>>().join(" ")
}

#[test]
fn long_text_is_split_at_sentences_with_whole_sentences_repeated() {
    let chunks = split(vec![Body::Text(prose(100))]);
    assert!(chunks.len() > 3);
    for chunk in &chunks {
        assert!(
            chunk.text.starts_with("Sentence") && chunk.text.ends_with('.'),
            "{}",
            chunk.text
        );
        assert!(size(&chunk.text) <= MOST);
    }
    for pair in chunks.windows(2) {
        let first = pair[1].text.split_inclusive('.').next().unwrap();
        assert!(pair[0].text.contains(first), "{first}");
        assert!(!pair[0].text.starts_with(first));
    }
    let all = chunks.iter().map(|chunk| chunk.text.as_str()).collect::<String>();
    assert!((0..100).all(|n| all.contains(&format!("number {n} "))));
}

#[test]
fn headings_stand_beside_the_text_and_lone_ones_are_text() {
    let chunks = split(vec![
        Body::Heading(1, "House".into()),
        Body::Heading(2, "Kitchen".into()),
        Body::Text("Wash up.".into()),
        Body::Heading(2, "Cellar".into()),
        Body::Heading(1, "Garden".into()),
        Body::Text("Water it.\nDaily.".into()),
    ]);
    let told: Vec<_> = chunks
        .iter()
        .map(|c| (c.heading.as_str(), c.text.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("House › Kitchen", "Wash up."),
            ("House › Cellar", "Cellar"),
            ("Garden", "Water it.\nDaily."),
        ]
    );
}

#[test]
fn a_table_stays_whole_or_repeats_its_head() {
    let table = |rows: usize| Body::Table {
        head: Some("| name | price |".into()),
        rows: (0..rows)
            .map(|n| format!("| pump number {n} | {n} euros |"))
            .collect(),
    };
    let whole = split(vec![Body::Text("Prices:".into()), table(5)]);
    assert_eq!(whole.len(), 1);
    assert!(
        whole[0]
            .text
            .starts_with("Prices:\n\n| name | price |\n| pump number 0")
    );
    let parts = split(vec![table(200)]);
    assert!(parts.len() > 3);
    for part in &parts {
        assert!(part.text.starts_with("| name | price |\n"), "{}", part.text);
        assert_eq!(part.text.matches("| name |").count(), 1);
    }
    let rows: usize = parts.iter().map(|part| part.text.matches("pump").count()).sum();
    assert_eq!(rows, 200);
}

#[test]
fn leftovers_join_the_piece_before_them() {
    let mut count = 20;
    // Sentences of about 55 columns: 21 fill a piece, what is left is short.
    while split(vec![Body::Text(prose(count))]).len() == 1 {
        count += 1;
    }
    panic_unless_even(&split(vec![Body::Text(prose(count + 6))]));
}

fn panic_unless_even(chunks: &[ChunkDraft]) {
    assert_eq!(chunks.len(), 2);
    assert!(chunks.iter().all(|chunk| size(&chunk.text) > LEFTOVER));
}

#[test]
fn text_without_any_border_is_still_bounded() {
    for text in [
        "漢字".repeat(5_000),
        "x".repeat(20_000),
        "a b ".repeat(5_000),
        "。".repeat(9_000),
    ] {
        let chunks = split(vec![Body::Text(text.clone())]);
        assert!(chunks.iter().all(|chunk| size(&chunk.text) <= MOST));
        let kept: usize = chunks
            .iter()
            .map(|chunk| chunk.text.matches(|c: char| !c.is_whitespace()).count())
            .sum();
        assert!(kept >= text.matches(|c: char| !c.is_whitespace()).count());
    }
}
