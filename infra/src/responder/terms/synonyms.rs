//! Words of offices, homes and rules that stand for one another. Not a thesaurus: a few groups of what most readers would take for
//! the same, and the numbers up to twelve. Written as `fold` gives them, a semicolon after each group.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Language, Stems};

/// The other words of a word's groups, by language and stem.
static GROUPS: LazyLock<HashMap<(Language, String), Vec<&'static str>>> = LazyLock::new(|| {
    let lists = [
        (Language::English, ENGLISH),
        (Language::German, GERMAN),
        (Language::French, FRENCH),
        (Language::Spanish, SPANISH),
        (Language::Russian, RUSSIAN),
    ];
    let mut found: HashMap<(Language, String), Vec<&'static str>> = HashMap::new();
    for (language, list) in lists {
        let mut stems = Stems::new(language);
        for group in list.split(';') {
            for word in group.split_whitespace() {
                let others = group.split_whitespace().filter(|other| *other != word);
                found
                    .entry((language, stems.of(word)))
                    .or_default()
                    .extend(others);
            }
        }
    }
    found
});

/// Other words for the word with this stem.
pub fn synonyms(language: Language, stem: &str) -> &'static [&'static str] {
    GROUPS
        .get(&(language, stem.to_owned()))
        .map_or(&[], Vec::as_slice)
}

const ENGLISH: &str = "\
    2 two; 3 three; 4 four; 5 five; 6 six; 7 seven; 8 eight; 9 nine; 10 ten; 11 eleven; 12 twelve; wage wages salary pay
    payroll; holiday vacation leave; car vehicle automobile; bike bicycle cycle; phone telephone mobile; kid child
    children; boss manager supervisor superior; employee worker staff personnel; company firm employer business; client
    customer; supplier vendor; contract agreement; rent lease; tenant lessee; landlord lessor; flat apartment; buy
    purchase; price cost fee charge rate; money cash; free gratis; discount rebate; reimburse refund repay; bill
    invoice; penalty fine; bonus reward; gift present; train rail railway; plane flight aircraft; trip journey travel;
    luggage baggage; petrol fuel gasoline; lorry truck; postage shipping; parcel package; send ship mail post; repair
    fix mend; replace exchange swap; broken defective faulty; fault defect error; device appliance machine; computer
    laptop pc; photo picture image; film movie video; delete erase; store keep retain; start begin; end finish; close
    shut; change alter modify; allow permit; forbid prohibit ban; required obligatory mandatory compulsory must; help
    assist support; ask request; answer reply respond; tell inform notify; show display present; choose select pick;
    check inspect examine; clean wash; rubbish waste garbage trash; meal food dish; doctor physician; ill sick illness
    sickness; dangerous hazardous; inflammable flammable combustible; meet gather assemble; toilet restroom lavatory;
    lift elevator; lawn grass; weight heavy weigh; height high tall; length long; size large big; hot warm temperature;
    big large; small little; entire whole complete full; yearly annual year; daily day; monthly month; late delay; job
    work employment; speak talk; quit resign; consent permission approval; expire lapse; extend prolong renew; cancel
    terminate; km kilometre kilometer; kg kilogram kilogramme; zip zipper; shop store; warranty guarantee; address
    location place; spectacles glasses; sofa couch; shoe footwear; clothes clothing garment; evening night; autumn fall;
    rule regulation; law act statute; accident crash; thief theft steal stolen robbery; press newspaper journalist
    media; bin container; path road street; pupil student; teacher instructor; school college; exam test; mistake error;
    quick fast";

const GERMAN: &str = "\
    2 zwei; 3 drei; 4 vier; 5 funf; 6 sechs; 7 sieben; 8 acht; 9 neun; 10 zehn; 11 elf; 12 zwolf; lohn gehalt; urlaub
    ferien; auto wagen pkw; fahrrad rad; telefon handy; chef vorgesetzter leiter; angestellter mitarbeiter
    beschaftigter; firma unternehmen betrieb; vertrag vereinbarung; wohnung apartment; preis kosten gebuhr; rabatt
    nachlass; rechnung faktura; beginn anfang start; ende schluss; mull abfall; arzt doktor; krank krankheit; aufzug
    lift fahrstuhl; kaputt defekt";

const FRENCH: &str = "\
    2 deux; 3 trois; 4 quatre; 5 cinq; 6 six; 7 sept; 8 huit; 9 neuf; 10 dix; 11 onze; 12 douze; salaire paie
    remuneration; vacances conge; voiture vehicule automobile; velo bicyclette; telephone portable; entreprise societe;
    contrat accord; prix cout tarif; facture note; rabais remise; debut commencement; fin terme; dechets ordures
    poubelle; medecin docteur; malade maladie; ascenseur elevateur";

const SPANISH: &str = "\
    2 dos; 3 tres; 4 cuatro; 5 cinco; 6 seis; 7 siete; 8 ocho; 9 nueve; 10 diez; 11 once; 12 doce; sueldo salario;
    vacaciones permiso; coche auto vehiculo; bicicleta bici; telefono movil; empresa compania; contrato acuerdo; precio
    coste costo tarifa; factura recibo; descuento rebaja; basura residuos; medico doctor; enfermo enfermedad; ascensor
    elevador";

const RUSSIAN: &str = "\
    2 два; 3 три; 4 четыре; 5 пять; 6 шесть; 7 семь; 8 восемь; 9 девять; 10 десять; 11 одиннадцать; 12 двенадцать;
    зарплата оклад; отпуск каникулы; машина автомобиль; велосипед байк; телефон мобильный; компания фирма предприятие;
    договор контракт; цена стоимость плата; счет накладная; скидка льгота; мусор отходы; врач доктор; болезнь больной;
    лифт подъемник";
