use domain::chat::{Pieces, Prompt, Responder, Usage};
use domain::document::Passage;
use domain::ids::DocumentId;

use super::*;

fn passage(chunk: i64, filename: &str, heading: &str, text: &str) -> Passage {
    Passage {
        document_id: DocumentId::new(),
        filename: filename.to_owned(),
        chunk,
        page: Some(1),
        heading: heading.to_owned(),
        score: 10.0 - chunk as f64 / 2.0,
        text: text.to_owned(),
    }
}

fn office() -> Vec<Passage> {
    [
        ("handbook.pdf", "Leave › Annual leave", "Full-time employees receive 28 days of paid vacation each calendar year. Unused days may be carried over until 31 March of the following year. After that date they expire. Requests are filed in the staff portal at least two weeks ahead."),
        ("handbook.pdf", "Leave › Illness", "Whoever falls ill informs the team lead before 9 a.m. A doctor's certificate is needed from the fourth day on. Wages are paid for six weeks."),
        ("handbook.pdf", "Remote work", "Employees may work from home on up to three days a week. The company provides a laptop and a headset. The internet connection is not reimbursed."),
        ("printer.html", "Troubleshooting › Paper jam", "If paper gets stuck, open the rear flap and pull the sheet out slowly with both hands. Never use tools.\n\nWhen the red light keeps blinking, switch the device off for 30 seconds."),
        ("printer.html", "Warranty", "The warranty covers defects in material for 24 months from the date of purchase. Toner and drums are excluded. Keep the receipt: it is the proof of purchase."),
        ("prices.xlsx", "Shipping", "| Destination | Price | Delivery time |\n|---|---|---|\n| Germany | 4.90 € | 2 days |\n| France | 9.90 € | 4 days |\n| Switzerland | 14.50 € | 6 days |"),
        ("recipes.md", "Borscht", "Peel the beets and cut them into thin strips.\n\nYou need:\n\n- 500 g beets\n- 300 g cabbage\n- 2 carrots\n\nSimmer for 40 minutes over low heat. Serve with sour cream."),
        ("faq.md", "Account", "How do I change my password?\nOpen the profile page and choose Security. A link is sent by mail; it is valid for one hour.\n\nCan I delete my account? Yes, under Settings, and all data is erased within 30 days."),
    ]
    .iter()
    .enumerate()
    .map(|(i, (filename, heading, text))| passage(i as i64, filename, heading, text))
    .collect()
}

#[test]
fn questions_that_the_passages_answer_get_the_right_sentence() {
    for (question, words) in [
        (
            "How many vacation days do I get per year?",
            "28 days of paid vacation",
        ),
        (
            "How much vacaton is there for full-time employees?",
            "28 days of paid vacation",
        ),
        ("Until when can unused vacation be carried over?", "31 March"),
        ("When do I need a certificate from a doctor?", "fourth day"),
        ("May I work from home?", "three days a week"),
        ("@helper who pays for my internet connection?", "not reimbursed"),
        (
            "What should I do when paper is stuck in the printer?",
            "open the rear flap",
        ),
        (
            "Is toner covered by the warranty?",
            "Toner and drums are excluded.",
        ),
        ("How long does the warranty last?", "24 months"),
        (
            "What does shipping to France cost?",
            "Destination: France, Price: 9.90 €",
        ),
        ("What is the delivery time for Switzerland?", "6 days"),
        ("How long must borscht simmer?", "40 minutes"),
        ("How do I change my password?", "profile page"),
        ("How long until my account data is erased?", "within 30 days"),
    ] {
        let answer = answer(question, &office());
        assert!(
            answer.text.contains(words),
            "{question}: {} {:?}",
            answer.text,
            evidence(question, &office())
        );
        assert!(answer.text.chars().count() < 800);
    }
}

#[test]
fn questions_that_nothing_answers_are_answered_so() {
    for question in [
        "What is the capital of Australia?",
        "Who won the football world cup in 2014?",
        "How do I train a neural network?",
        "What is the price of a ticket to the opera?",
        "When was Napoleon born?",
        "How many employees does the marketing department in Tokyo have?",
        "What colour is the company car of the director?",
        "Does the canteen offer vegan lunch?",
        "How high is the bonus for overtime at night?",
        "Which bus goes to the airport?",
        "?!",
        "",
    ] {
        let answer = answer(question, &office());
        assert_eq!(
            answer.text,
            "The documents hold nothing on this.",
            "{question}: {:?}",
            evidence(question, &office())
        );
        assert!(answer.citations.is_empty());
    }
}

#[test]
fn other_languages_are_answered_in_theirs() {
    let passages = [
        passage(
            0,
            "handbuch.docx",
            "Urlaub",
            "Vollzeitkräfte erhalten 28 Tage Erholungsurlaub im Jahr. Resturlaub verfällt am 31. März des Folgejahres.",
        ),
        passage(
            1,
            "manuel.pdf",
            "Garantie",
            "La garantie couvre les défauts de fabrication pendant deux ans. Les piles ne sont pas comprises.",
        ),
        passage(
            2,
            "manual.pdf",
            "Envío",
            "Los pedidos se envían en un plazo de tres días laborables. El envío a las Islas Canarias cuesta doce euros.",
        ),
        passage(
            3,
            "правила.txt",
            "Отпуск",
            "Ежегодный оплачиваемый отпуск длится 28 календарных дней. Заявление подаётся за две недели.",
        ),
        passage(
            4,
            "説明.txt",
            "保証",
            "製品の保証期間は購入日から二年間です。電池は保証の対象外です。",
        ),
        passage(
            5,
            "手册.txt",
            "年假",
            "员工每年享有十五天带薪年假。未休的年假可以顺延到次年三月。",
        ),
    ];
    for (question, words) in [
        ("Wie viele Tage Urlaub bekomme ich?", "28 Tage Erholungsurlaub"),
        ("Wann verfällt der Resturlaub?", "31. März"),
        ("Combien de temps dure la garantie ?", "deux ans"),
        ("¿Cuánto cuesta el envio a Canarias?", "doce euros"),
        ("Сколько дней длится отпуск?", "28 календарных"),
        ("保証期間は何年ですか？", "二年間"),
        ("员工有多少天年假？", "十五天带薪年假"),
    ] {
        let answer = answer(question, &passages);
        assert!(
            answer.text.contains(words),
            "{question}: {} {:?}",
            answer.text,
            evidence(question, &passages)
        );
    }
    for (question, nothing) in [
        (
            "Wie hoch ist der Eiffelturm?",
            "Die Dokumente enthalten dazu nichts.",
        ),
        (
            "Qui a peint la Joconde ?",
            "Les documents ne contiennent rien à ce sujet.",
        ),
        (
            "¿Quién escribió el Quijote?",
            "Los documentos no contienen nada sobre esto.",
        ),
        ("Кто написал «Войну и мир»?", "В документах об этом ничего нет."),
        ("富士山の高さは？", "The documents hold nothing on this."),
    ] {
        assert_eq!(
            answer(question, &passages).text,
            nothing,
            "{question} {:?}",
            evidence(question, &passages)
        );
    }
}

#[test]
fn citations_are_numbered_as_they_appear_and_their_quotes_stand_in_the_passages() {
    let passages = office();
    for question in [
        "How many days of vacation, and how many days of work from home?",
        "What do I need for borscht: beets, cabbage?",
    ] {
        let answer = answer(question, &passages);
        let mut from = 0;
        for (i, citation) in answer.citations.iter().enumerate() {
            assert_eq!(citation.number as usize, i + 1);
            let at = answer.text[from..].find(&format!("[{}]", i + 1)).unwrap();
            from += at;
            let of = passages
                .iter()
                .find(|passage| passage.document_id == citation.document_id)
                .unwrap();
            assert!(
                citation.quote.split(" … ").all(|part| of.text.contains(part)),
                "{citation:?}"
            );
        }
        assert!(!answer.citations.is_empty(), "{question}: {}", answer.text);
        assert!(!answer.text.contains(['|', '#', '*']), "{}", answer.text);
    }
}

#[test]
fn a_specific_word_that_is_lacking_weighs_more_than_one_of_every_day() {
    for (question, answered) in [
        ("How much paid vacation is there?", true),
        // What is not found of it could be said in many ways.
        ("How many days of vacation do people usually get?", true),
        ("How many days of vacation does the landlord get?", false),
        ("How many days of vacation are there in Portugal?", false),
        // In other words, in two words, and without two letters.
        ("How many days of holidays do full time workers have?", true),
        ("What does delivry to Switzerland cost?", true),
    ] {
        let (answer, evidence) = (answer(question, &office()), evidence(question, &office()));
        assert_eq!(!answer.citations.is_empty(), answered, "{question}: {evidence:?}");
    }
}

#[test]
fn words_of_the_title_alone_are_no_answer() {
    let passages = [
        passage(
            0,
            "museum.html",
            "Maritime Museum › Opening",
            "The museum is open daily from nine.",
        ),
        passage(
            1,
            "museum.html",
            "Maritime Museum › Shop",
            "The shop sells maps and models.",
        ),
    ];
    assert!(
        answer("What is the password of the maritime museum?", &passages)
            .citations
            .is_empty()
    );
    assert!(
        !answer("When does the maritime museum open?", &passages)
            .citations
            .is_empty()
    );
}

#[test]
fn the_sentence_that_answers_comes_first_and_rows_are_told_with_their_columns() {
    let prices = [passage(
        0,
        "prices.docx",
        "Fees",
        "| Membership | Fee per year | Includes |\n| Single | 48 euros | one person |\n| Household | 75 euros | five people |",
    )];
    assert_eq!(
        answer("What is the fee for a household?", &prices).text,
        "Membership: Household, Fee per year: 75 euros, Includes: five people. [1]"
    );
    let brakes = [passage(
        0,
        "guide.md",
        "Brakes",
        "The pads of the brakes touch the rim. The lever is pulled. After work on the brakes a second person checks them.",
    )];
    let answer = answer("Who checks the brakes after work?", &brakes);
    assert!(answer.text.starts_with("After work"), "{}", answer.text);
}

#[test]
fn overlapping_passages_are_not_told_twice() {
    let one = "The server listens on port 8080. Backups of the server run every night at two.";
    let two = "Backups of the server run every night at two. They are kept for 14 days.";
    let three = "Backups of the server run each night at two.";
    let passages = [
        passage(0, "a.md", "", one),
        passage(1, "a.md", "", two),
        passage(2, "b.md", "", three),
    ];
    let answer = answer("When do backups of the server run?", &passages);
    assert_eq!(answer.text.matches("night at two").count(), 1, "{}", answer.text);
}

#[test]
fn a_list_follows_the_sentence_that_announces_it() {
    let text = "For a passport you need the following:\n\n- a photo,\n- your old passport,\n- 60 €.\n\nBring them all.";
    let answer = answer(
        "What do I need for a passport?",
        &[passage(0, "office.md", "", text)],
    );
    let wanted = "For a passport you need the following: a photo; your old passport; 60 €.";
    assert!(answer.text.starts_with(wanted), "{}", answer.text);
}

#[test]
fn a_text_of_garbage_is_read_without_harm() {
    let garbage = [
        "|",
        "||||\n|-|",
        "[[[[](((",
        "\\",
        "`".repeat(3_000).as_str(),
        "a".repeat(50_000).as_str(),
        "\u{301}\u{301}",
        "###### ",
        "- \n* \n1. ",
    ]
    .map(str::to_owned);
    for text in &garbage {
        answer(text, &[passage(0, "", "", text)]);
        answer("what is a", &[passage(0, text, text, text)]);
    }
}

#[test]
fn the_pieces_are_the_text() {
    for text in [
        "",
        "one",
        "one two three four  five\nsix seven",
        "製品の保証期間は購入日から二年間です。 [1]",
    ] {
        assert_eq!(in_pieces(text).concat(), text);
    }
    assert_eq!(in_pieces("one two three four"), ["one two three ", "four"]);
}

fn about_vacation() -> Prompt {
    Prompt {
        bot_name: "Office".to_owned(),
        instructions: String::new(),
        model: String::new(),
        settings: serde_json::Value::Null,
        history: Vec::new(),
        asker: String::new(),
        question: "How many vacation days do I get per year?".to_owned(),
        passages: office(),
    }
}

#[derive(Default)]
struct Gathered {
    pieces: Vec<String>,
    most: Option<usize>,
}

#[async_trait]
impl Pieces for Gathered {
    async fn push(&mut self, text: &str) -> bool {
        self.pieces.push(text.to_owned());
        self.most.is_none_or(|most| self.pieces.len() < most)
    }
}

#[tokio::test]
async fn an_answer_comes_in_pieces_and_stops_when_no_more_is_wanted() {
    let prompt = about_vacation();
    let responder = Extractive::new(Duration::ZERO);
    let mut all = Gathered::default();
    let done = responder.respond(&prompt, &mut all).await.unwrap();
    assert!(all.pieces.len() > 3);
    assert_eq!(
        all.pieces.concat(),
        answer(&prompt.question, &prompt.passages).text
    );
    assert_eq!(
        (done.model.as_str(), done.usage),
        ("extractive", Some(Usage::default()))
    );
    assert!(done.citations[0].quote.contains("28 days"));
    let (pieces, most) = (Vec::new(), Some(2));
    let mut two = Gathered { pieces, most };
    responder.respond(&prompt, &mut two).await.unwrap();
    assert_eq!(two.pieces.len(), 2);
}

#[test]
fn an_answer_that_was_cut_short_cites_what_its_text_names() {
    let prompt = about_vacation();
    let responder = Extractive::new(Duration::ZERO);
    let whole = answer(&prompt.question, &prompt.passages);
    let (before, _) = whole.text.split_once("[1]").unwrap();
    assert!(responder.cut_short(&prompt, before).citations.is_empty());
    let cited = responder.cut_short(&prompt, &format!("{before}[1]")).citations;
    assert_eq!(cited, whole.citations[..1]);
}
