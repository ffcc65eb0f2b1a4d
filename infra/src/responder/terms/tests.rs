use super::*;

#[test]
fn the_language_of_a_question_is_seen() {
    for (text, language) in [
        ("How many days of vacation do I get?", Some(Language::English)),
        ("Wie viele Urlaubstage habe ich?", Some(Language::German)),
        ("Combien de jours de congé ai-je ?", Some(Language::French)),
        ("¿Cuántos días de vacaciones tengo?", Some(Language::Spanish)),
        ("Сколько дней отпуска?", Some(Language::Russian)),
        ("Гарантия принтера", Some(Language::Russian)),
        ("Welche Garantie gilt?", Some(Language::German)),
        ("printer warranty", None),
        ("", None),
    ] {
        assert_eq!(Language::of(text), language, "{text}");
    }
}

#[test]
fn forms_of_a_word_are_one() {
    for (language, one, other) in [
        (Language::English, "returns", "Returned"),
        (Language::German, "Rückgaben", "ruckgabe"),
        (Language::French, "congés", "Conge"),
        (Language::Russian, "отпуска", "отпуском"),
        (Language::Other, "ΑΒΓ", "αβγ"),
        (Language::English, "ﬁle", "FILES"),
    ] {
        let mut stems = Stems::new(language);
        assert_eq!(stems.all(one), stems.all(other), "{one} {other}");
    }
    assert_eq!(
        words("東京タワー2号"),
        ["東京", "京タ", "タワ", "ワー", "2", "号"]
    );
    assert_eq!(words("l'été, Йод"), ["l", "ete", "йод"]);
}

#[test]
fn mistyped_words_are_seen_and_other_words_are_not() {
    for (asked, found, same) in [
        ("vacaton", "vacation", true),
        ("warrenty", "warranty", true),
        ("pritner", "printer", true),
        ("restrant", "restaurant", true),
        ("australia", "austria", false),
        ("cat", "car", false),
        ("house", "mouse", false),
        ("2024", "2025", false),
    ] {
        assert_eq!(mistyped(asked, found), same, "{asked} {found}");
    }
    assert!(likeness(Language::English, "deliv", "delivery") > 0.0);
    assert_eq!(likeness(Language::English, "on", "once"), 0.0);
    assert!(likeness(Language::German, "anlag", "heizungsanlag") > 0.0);
    assert_eq!(likeness(Language::English, "state", "interstate"), 0.0);
}

#[test]
fn hyphened_words_are_one_word_too() {
    let stems = Stems::new(Language::English).all("Sub-letting is allowed - with consent.");
    assert!(
        stems.contains(&Stems::new(Language::English).of("subletting")),
        "{stems:?}"
    );
}

#[test]
fn words_of_every_day_tell_less() {
    for (language, word, weight) in [
        (Language::English, "the", Weight::None),
        (Language::English, "many", Weight::Light),
        (Language::English, "bringing", Weight::Common),
        (Language::English, "isotopes", Weight::Full),
        (Language::French, "racontez", Weight::Common),
        (Language::Russian, "надевать", Weight::Common),
        (Language::Russian, "парковка", Weight::Full),
        (Language::German, "heizung", Weight::Full),
    ] {
        assert_eq!(language.weight(word), weight, "{word}");
    }
}

#[test]
fn other_words_for_a_word_are_known_by_its_stem() {
    let stem = Stems::new(Language::English).of("salaries");
    assert!(synonyms(Language::English, &stem).contains(&"wages"));
    assert!(synonyms(Language::German, "zwolf").contains(&"12"));
    assert!(synonyms(Language::English, "isotop").is_empty());
}
