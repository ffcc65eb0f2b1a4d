//! Words of every day: that a passage lacks one of them tells little, for it may say the same in other words. For English a list;
//! in other languages, the form of a verb as a dictionary has it, which is what questions are full of.

use super::Language;

const ENGLISH: &str = "accept account act add age ago agree ahead answer anybody anyone anything appear area around arrange arrive ask \
    available avoid away back bad base basic become bed begin believe best better big bit body book both bottom \
    break bring build building business busy buy call card care carry case catch cause center centre certain chance \
    change charge check choice choose city class clean clear close cold come common complete concern condition \
    consider contact contain continue control correct cost count country couple course cover create current cut date \
    day deal decide decision deep degree depend difference different difficult direct do done door double draw drive \
    drop early easy eat effect end enough enter entire event everybody everyone everything exact except expect \
    explain extra face fact fail fall family far fast feel field figure fill final find fine finish first fit five \
    fix floor follow food foot form four free fresh friend front full future game general get give go going good \
    great green ground group grow guess half hand handle happen hard head hear heavy help hide high hit hold home \
    hope hot hour house idea important include inside instead interest issue item job join just keep kind know large \
    last late later lead leave left less let letter level lie life light like likely limit line list little live \
    long longer look lose lost lot low main make man manage many mark matter maximum maybe mean measure meet member \
    mention middle might mind minimum minute miss moment money month morning most move much name near necessary need \
    new next nice night nobody normal note nothing notice number offer office often ok okay old once one open \
    opening order ordinary other outside own page paper part particular party pass past pay people per permit \
    permitted person pick piece place plan play please point poor position possible power present press pretty price \
    private problem process produce provide public pull purpose push put quick quickly quite rather read ready real \
    reason receive recent red regular remain remember remove request require rest result return right room round \
    rule run safe same save say second section see seem sell send separate serve service set several share short \
    show shown side sign similar simple single sit situation size small somebody someone something soon sort sound \
    space speak special specific spend staff stand start state stay step still stop store story strong study stuff \
    subject such suit suitable supply support suppose sure system table take talk tell ten test thing think third \
    three through time today together tomorrow top total touch toward town try turn two type under understand unit \
    use useful usual usually value various visit wait walk want warm watch water way wear week weekday well went \
    white whole wide wish wonder word work working world worth write wrong year yesterday yet young";

/// Shorter ones are too often something else.
const SHORTEST_INFINITIVE: usize = 5;

pub fn words_of(language: Language) -> &'static str {
    match language {
        Language::English => ENGLISH,
        Language::German
        | Language::French
        | Language::Spanish
        | Language::Italian
        | Language::Portuguese
        | Language::Dutch
        | Language::Russian
        | Language::Other => "",
    }
}

/// Of a folded word. German and Dutch nouns look the same.
pub fn is_infinitive(language: Language, word: &str) -> bool {
    let endings: &[&str] = match language {
        Language::French => &["er", "ir", "ez"],
        Language::Spanish | Language::Portuguese => &["ar", "er", "ir"],
        Language::Italian => &["are", "ere", "ire"],
        Language::Russian => &["ть", "ться", "ти"],
        Language::English | Language::German | Language::Dutch | Language::Other => return false,
    };
    word.chars().count() >= SHORTEST_INFINITIVE && endings.iter().any(|ending| word.ends_with(ending))
}
