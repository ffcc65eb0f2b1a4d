//! What a question finds.

use tempfile::TempDir;

use super::*;

async fn indexed(library: &Library) -> (TempDir, Retrieval) {
    let dir = TempDir::new().unwrap();
    let retrieval = Retrieval::open(dir.path()).await.unwrap();
    retrieval.catch_up(library).await.unwrap();
    (dir, retrieval)
}

const HANDBOOK: [&str; 8] = [
    "Subscriptions|A subscription can be cancelled at any time. The notice period is four weeks and begins with our confirmation of the cancellation.",
    "Refunds|Money is refunded to the payment method within ten working days after the returned goods have arrived in the warehouse.",
    "Devices › AB-1234|The AB-1234 scanner weighs 2.5 kg and needs firmware v3.2.1. Its mailbox is scanner@devices.example.",
    "Login|Choose a password of at least twelve characters. After five failed attempts the account is locked for an hour.",
    "Kündigung|Der Vertrag läuft zwölf Monate. Die Kündigungsfrist beträgt sechs Wochen zum Ende des Quartals und muss schriftlich eingehalten werden.",
    "Résiliation|Le contrat peut être résilié avec un préavis de trois mois par les salariés de l'entreprise et par celle-ci.",
    "Оплата|Счёт оплачивается в течение четырнадцати дней после получения. Договоры хранятся десять лет в архиве организации.",
    "退款|客户可以在收到商品后十四天内申请退款，运费由我们承担。",
];

#[tokio::test]
async fn a_question_finds_its_chunk_in_every_language() {
    let (library, bot) = (Library::new(), BotId::new());
    let documents: Vec<_> = HANDBOOK
        .iter()
        .map(|text| library.add(bot, "handbook.md", &[text]))
        .collect();
    let (_dir, retrieval) = indexed(&library).await;
    for (question, at) in [
        ("How do I cancel my subscriptions?", 0),
        ("when will I get a refund", 1),
        ("warehouse", 1),
        ("AB-1234", 2),
        ("ab1234 weight", 2),
        ("firmware 3.2.1", 2),
        ("log in", 3),
        ("how long must a pasword be", 3),
        ("acount lockde", 3),
        ("Wie lange ist die Frist für eine Kündigung?", 4),
        ("kundigungsfrist", 4),
        ("Vertraege Quartale", 4),
        ("résilier un contrat", 5),
        ("resiliation", 5),
        ("оплата счета", 6),
        ("договор", 6),
        ("如何申请退款", 7),
        ("運費", 7),
    ] {
        if question == "運費" {
            // Traditional and simplified characters are different letters.
            assert!(found(&retrieval, bot, question).await.is_empty());
            continue;
        }
        let hits = found(&retrieval, bot, question).await;
        assert_eq!(hits.first().map(|hit| hit.0), Some(documents[at]), "{question}");
    }
}

#[tokio::test]
async fn nothing_of_another_bot_is_found_or_counted() {
    let (library, mine, other) = (Library::new(), BotId::new(), BotId::new());
    let document = library.add(
        mine,
        "a.md",
        &[
            "The bicycle has a red saddle.",
            "The bicycle stands in the cellar.",
        ],
    );
    let (_dir, retrieval) = indexed(&library).await;
    let before = retrieval.search(mine, "red bicycle saddle", 10).await.unwrap();
    assert_eq!(before[0].document_id, document);

    for n in 0..40 {
        library.add(
            other,
            "b.md",
            &[
                &format!("A bicycle, a red bicycle, with zebrawood {n}."),
                "Saddles are red.",
            ],
        );
    }
    retrieval.catch_up(&library).await.unwrap();
    let after = retrieval.search(mine, "red bicycle saddle", 10).await.unwrap();
    assert_eq!(before, after);
    for question in ["zebrawood", "zebrawod", "zebra"] {
        assert!(found(&retrieval, mine, question).await.is_empty(), "{question}");
        assert!(!found(&retrieval, other, question).await.is_empty() || question == "zebra");
    }
    assert!(found(&retrieval, BotId::new(), "bicycle").await.is_empty());
}

#[tokio::test]
async fn no_question_does_harm() {
    let (library, bot) = (Library::new(), BotId::new());
    library.add(bot, "a.md", &HANDBOOK);
    let (_dir, retrieval) = indexed(&library).await;
    let long = "subscription ".repeat(5_000);
    let various: String = (0..20_000).map(|n| format!("w{n}x ")).collect();
    let letters = "kündigungsfristen".repeat(2_000);
    for question in [
        "",
        " ",
        "?",
        "\u{0}",
        "a\u{0}b",
        "😀😀",
        "the of and",
        "body:x OR *",
        "\"",
        "(((",
        "+-!~^:\\/",
        "a AND NOT (b",
        "[1 TO 2}",
        "\u{202e}\u{feff}",
        "\u{301}\u{301}",
        "。、？",
        "-",
        "1e999",
        "ﷺ",
        "\u{10ffff}",
        &long,
        &various,
        &letters,
    ] {
        let hits = retrieval.search(bot, question, 10).await.unwrap();
        assert!(hits.len() <= 10);
    }
    assert!(!found(&retrieval, bot, &long).await.is_empty());
    assert!(!found(&retrieval, bot, "the of and").await.is_empty());
    assert!(retrieval.search(bot, "subscription", 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn headings_and_file_names_count() {
    let (library, bot) = (Library::new(), BotId::new());
    let plain = library.add(
        bot,
        "notes.txt",
        &["Everything about the garden and the shed, and about parking too."],
    );
    let named = library.add(bot, "parking-rules.txt", &["Leave a card behind the windscreen."]);
    let headed = library.add(
        bot,
        "house.txt",
        &["Guests › Parking|Two places are behind the house."],
    );
    let (_dir, retrieval) = indexed(&library).await;
    let hits: Vec<_> = found(&retrieval, bot, "parking")
        .await
        .into_iter()
        .map(|hit| hit.0)
        .collect();
    assert_eq!(hits.len(), 3);
    assert!(
        [plain, named, headed]
            .iter()
            .all(|document| hits.contains(document))
    );
}

/// Prints figures; by hand: `cargo test -p infra --lib retrieval -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "measures, and takes minutes"]
async fn how_long_searches_take() {
    let library = Library::new();
    // In a debug build, 20,000 chunks take a minute.
    let others: usize = std::env::var("OTHER_BOTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(9);
    let bots: Vec<_> = (0..=others).map(|_| BotId::new()).collect();
    let mut seed = 7_u64;
    let mut next = |bound: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // Squared, so that some words are frequent and most are rare.
        let unit = ((seed >> 33) as f64) / f64::from(1_u32 << 31);
        (unit * unit * bound as f64) as u64
    };
    for bot in &bots {
        for _ in 0..200 {
            let chunks: Vec<String> = (0..100)
                .map(|_| (0..90).map(|_| format!("w{}e ", base26(next(60_000)))).collect())
                .collect();
            library.add(
                *bot,
                "x.md",
                &chunks.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        }
    }
    let dir = TempDir::new().unwrap();
    let retrieval = Retrieval::open(dir.path()).await.unwrap();
    let begun = std::time::Instant::now();
    retrieval.catch_up(&library).await.unwrap();
    println!("{} chunks indexed in {:?}", bots.len() * 20_000, begun.elapsed());
    let begun = std::time::Instant::now();
    library.add(bots[0], "x.md", &["one more"]);
    retrieval.catch_up(&library).await.unwrap();
    println!("one more document in {:?}", begun.elapsed());
    let begun = std::time::Instant::now();
    println!(
        "purged: {} in {:?}",
        retrieval.purge().await.unwrap(),
        begun.elapsed()
    );
    for (kind, error) in [("known words", ""), ("with a typing error", "x")] {
        let mut times = Vec::new();
        for n in 0..200 {
            let words: Vec<String> = (0..8).map(|_| format!("w{}e", base26(next(60_000)))).collect();
            let question = format!("how do I {}{error}", words.join(" "));
            let begun = std::time::Instant::now();
            let hits = retrieval
                .search(bots[n % bots.len()], &question, 10)
                .await
                .unwrap();
            times.push(begun.elapsed());
            assert_eq!(hits.len(), 10);
        }
        times.sort();
        println!(
            "{kind}: p50 {:?}, p99 {:?}, max {:?}",
            times[100], times[197], times[199]
        );
    }
    let bytes: u64 = files(dir.path())
        .iter()
        .map(|file| file.metadata().unwrap().len())
        .sum();
    println!("{} MB on disk", bytes >> 20);
}

fn base26(mut n: u64) -> String {
    let mut word = String::new();
    while n > 0 {
        word.push(char::from(b'a' + u8::try_from(n % 26).unwrap()));
        n /= 26;
    }
    word
}
