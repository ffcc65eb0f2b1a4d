//! Words that carry no topic: articles, pronouns, auxiliaries, and the frames of questions. They tell languages apart, and they
//! are left out of questions. All in folded form.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const LISTS: [(&str, &str); 16] = [
    (
        "en",
        "a about after all also am an and any are as at be been before being but by can cannot could did didn do does doesn \
        doing don done for from get gets give given go goes got had has have having he her here hers him his how i if in into is \
        isn it its just kind know let like long many may me might more most much must my need needs no nor not of off often on \
        once one only or other our out over own please put shall she should so some still such take takes tell than that the \
        their them then there these they thing things this those through to too under until up us use used using very want was \
        wasn way we were what whats when where whether which while who whom whose why will with within without won would you \
        your happen happens happened explain describe show possible exactly actually anything something someone somebody",
    ),
    (
        "de",
        "ab aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bekomme bekommt bin bis \
        bitte brauche braucht da dabei dafur damit danach dann daran darauf darf darin das dass dazu dein deine dem den denn der \
        des deren dessen die dies diese diesem diesen dieser dieses doch dort du durch durfen ein eine einem einen einer eines er \
        erst es etwa etwas euch euer eure fur gegen geht gibt ganz genau gilt habe haben hat hatte hier hin hinter ich ihm ihn ihnen ihr \
        ihre ihrem ihren ihrer im in ins ist ja jede jedem jeden jeder jedes jemand kann kannst konnen konnte lange lasst machen macht man mehr \
        mein meine meinem meinen meiner mich mir mit muss mussen nach nicht nichts noch nun nur ob oder ohne pro schon sehr sein \
        seine seinem seinen seiner seit sich sie sind so solche soll sollen sollte sonst uber um und uns unser unsere unter vom \
        von vor wann war waren warum was weil welche welchem welchen welcher welches wem wen wenn wer werde werden weshalb wie wieso \
        wieder wieviel will wir wird wo wobei wodurch wofur woher wohin womit woran worauf wozu wurde wurden zu zum zur zwischen \
        viel viele oft hoch passiert erklare",
    ),
    (
        "fr",
        "a ai apres as au aucun aussi autre aux avant avec avez avoir beaucoup ca car ce ceci cela celle celles celui ces cet \
        cette ceux chaque chez ci combien comme comment dans de des deja depuis dois doit doivent donc dont du elle elles en encore \
        entre est et etait etant ete etes etre eux faire fais fait falloir faut font il ils je la laquelle le lequel les lesquels leur leurs \
        lors lorsque lui ma mais me meme mes moi mon ne ni nos notre nous on ont ou par parce pas pendant peu peut peuvent peux plus pour \
        pourquoi puis puisque qu quand que quel quelle quelles quels quelque qui quoi sa sans se sera ses si son sont sous sur ta tant \
        te tes toi ton tous tout toute toutes tres tu un une vers veut veux voici vos votre vous",
    ),
    (
        "es",
        "a ademas al algo alguien algun alguna algunos ante antes aqui asi aun aunque cada como con contra cual cuales cuando cuanta \
        cuantas cuanto cuantos cuanto de debe deben debo del desde donde dos durante e el ella ellas ellos en entre era es esa ese \
        eso esta estan estar estas este esto estos fue fueron ha hace hacen hacer hacia han hasta hay la las le les lo los mas me mi \
        mis mucho muy nada ni no nos nosotros o os otra otro para pero por porque puede pueden puedo pues que quien quienes se sea \
        segun ser si sido sin sobre solo son soy su sus tambien tan tanto te tener tengo ti tiene tienen toda todas todo todos tu \
        tus un una unas uno unos usted ustedes y ya yo",
    ),
    (
        "it",
        "a agli ai al alla alle allo altro anche ancora avere c che chi ci cio coi col come con contro cosa cui da dagli dai dal dalla \
        dalle dallo de degli dei del dell della delle dello deve devo devono di dopo dove dov e ed era essere fa fare fino fra gia gli ha hai hanno ho \
        i il in io l la le lei li lo loro lui ma me mi mia mio molto ne negli nei nel nella nelle nello no noi non nostro o ogni per \
        perche piu possiamo posso possono prima puo qual quale quali quando quanta quante quanti quanto quella quelle quelli quello questa queste \
        questi questo qui se sei senza si sia siamo solo sono sotto sta su sua sue sugli sui sul sulla sulle suo te ti tra tu tutti \
        tutto un una uno vi voi",
    ),
    (
        "pt",
        "a ainda ao aos apos aquela aquele aquilo as ate cada com como contra cuja da das de dela dele deles depois desde deve devem devo \
        do dos e ela elas ele eles em enquanto entre era essa esse esta estao estar estas este esteja estes eu fazer faz foi foram ha \
        isso isto ja la lhe mais mas me mesmo meu minha muito na nao nas nem no nos nossa nosso num numa o onde os ou para pela pelas \
        pelo pelos pode podem por porque posso qual quais qualquer quando quanta quantas quanto quantos que quem sao se seja sem ser seu seus so sob \
        sobre sua suas tambem te tem tenho ter toda todas todo todos tu um uma umas uns voce voces",
    ),
    (
        "nl",
        "aan achter al alle alleen als altijd ander andere ben bij boven daar dan dat de deze die dit doen doet door dus een eens elk \
        elke en er geen haar had hebben heb heeft hem het hier hij hoe hoelang hoeveel hun ik in is ja je jij jou jouw jullie kan kun kunnen kunt maar \
        maken me meer men met mij mijn moet moeten na naar niet niets nog nu of om omdat ons onze ook op over per te tegen ten toch tot u \
        uit uw van veel voor waar waarom waarmee wanneer want waren was wat we welk welke wel werd wie wij wil willen word worden wordt \
        zal ze zeer zelf zich zij zijn zo zonder zou zullen",
    ),
    (
        "sv",
        "alla allt att av bara bli blir da dar de dem den denna deras dess dessa det detta dig din dina ditt du dar efter ej eller en ens er \
        ett fa far finns for fran gor gora ha hade han har hans hennes hon honom hur i icke ingen inga inte jag kan kommer man med mellan men \
        mer mig min mina mitt mot mycket maste nagon nagot nagra nar ni nu och om oss pa sa sadan samma sedan sig sin sina sitt ska skall \
        skulle som till under upp ut utan vad var vara varfor vart vem vi vid vilka vilken vilket vill at",
    ),
    (
        "da",
        "af alle alt at blev blive bliver da de dem den denne der deres det dette dig din dine disse du efter eller en end er et fa far \
        for fra gor ham han hans har have hende hendes her hos hun hvad hvem hver hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornar \
        hvorlaenge i ikke ind ingen jeg kan man mange med meget men mig min mine mit mod ma nar noget nogle nu og ogsa om op os over pa sa \
        sadan selv sig sin sine skal skulle som til ud under var ved vi vil ville vor vores vaere",
    ),
    (
        "no",
        "alle alt at av bare ble bli blir da de deg dem den denne der dere deres det dette din disse du eller en er et etter fa far for \
        fra gjor gjore ha hadde han hans har hennes her hos hun hva hvem hver hvilke hvilken hvilket hvis hvor hvordan hvorfor hvorlenge i \
        ikke ingen inn jeg kan man mange med meg mellom men mer min mine mitt mot mye ma nar noe noen na og ogsa om opp oss over pa sa seg \
        selv sin skal skulle slik som til ut uten var ved vi vil ville vart vaere",
    ),
    (
        "fi",
        "ei eivat eli en ennen ero etta han he heidan hanen itse ja jo joka jolla jos jossa jota jotka kai kaikki kanssa kenen ketka kuin kuinka \
        kuka kun kuten me meidan mika mikali miksi milla millainen milloin minka mina minun missa mista mita miten mitka mukaan mutta myos \
        na ne niiden niin niita noin nyt ole olen oli olla on ovat paljonko pitaa saa se sen seka sina sinun siina siita sille silla taman tai tama \
        te teidan tuo taytyy vai vain vaikka voi voiko voin voivat voidaan",
    ),
    (
        "tr",
        "acaba ama ancak artik asla bana bazi belki ben beni benim bir biz bize bizim bu buna bunu bunun cok cunku da daha de degil diye en \
        eger gibi hangi hangisi hem hep her hic icin ile ise iste kac kadar ki kim kimin mi midir mu mudur nasil ne neden nedir nerede nereye \
        niye o olan olarak oldugu olur on ona onlar onu onun sen siz sonra su ve veya ya yani yok var zaman",
    ),
    (
        "pl",
        "a aby ale az bardzo bez bo byc byl byla bylo czy co czego czym dla do gdy gdzie go i ich ile im innych ja jak jaka jaki jakie jakich jako je \
        jego jej jest jestem jeszcze jezeli juz kazdy kiedy kogo komu kto ktora ktore ktorych ktory ktorzy lub ma maja mam mi mnie mna moga moge \
        mogl moj mozna moze musi na nad nam nas nasz nia nic nich nie niej nim o od on ona one oni oraz po pod poniewaz przed przez przy sa sie \
        swoj ta tak takze tam te tego tej ten to tu tych tylko tym u w we wiec wszystko z za ze",
    ),
    (
        "cs",
        "a aby ale ani asi az bez bude budou by byl byla bylo byt ci co coz do ho i ja jak jake jaka jaky jako je jeho jej jeji jejich jen jeste ji jim \
        jsem jsme jsou k kam kazdy kde kdo kdy kdyz ke kolik ktera ktere ktery kteri ma maji mam mi mezi mit moje muj muze muzu musi na nad nam nas \
        nebo nez ni nic o od on ona oni pak po pod podle pokud pro proc proto pred pri s se si sve svuj ta tak take tam ten tento teto tim to toho \
        tom tu ty u uz v vam vas ve vsak z za ze",
    ),
    (
        "ru",
        "а без более бы был была были было быть в вам вас ваш ваша во вот все всего всех вы где да для до его ее если есть еще же за здесь и \
        из или им их к как какая какие каким какими каких какова какого какое какой каком какую ко когда кого кому кто куда ли либо мне много могу могут \
        может можно мой моя мы на над надо нам нас наш не него нее нет ни них но ну нужно о об один однако он она они оно от откуда очень по под \
        после потому почему при про с сам свой себя сейчас сколько со так также такой там те тебе тем то тогда того тоже той только том ты \
        у уже хотя чего чей чем через что чтобы чья эта эти это этого этой этом этот эту я",
    ),
    (
        "uk",
        "а або але без би бо був була були було бути в вам вас ваш ви він вона вони воно все всі для до його є же за з зі і із її їх й коли кого \
        кому куди ли має мене мені ми мій може можна можу на над нам нас наш не нема ні них о один під по про при та так також там те ти тим то тобто \
        того той тому треба ту у хто це цей цього цьому ці ця чи чим чого чому через що щоб як яка який які якого яким яких якої якщо я скільки де",
    ),
];

/// Pairs of neighbours that only hold a sentence together.
const FILLER_PAIRS: &str = "什么 怎么 怎样 如何 为什 多少 哪些 哪里 哪个 可以 是否 需要 应该 我们 他们 你们 这个 那个 这些 那些 没有 不是 还是 或者 \
    以及 已经 的是 是什 么样 的时 时候 請問 请问 什麼 怎麼 為什 是不 有没 没有 几个 多久 何時 何时 是多 能否 にで 何で 何が 何を 何日 どこ \
    いつ いく くら らい 何か どれ どの のよ 무엇 어떻 떻게 언제 어디 얼마 나요 니까 습니 합니 입니 는지 있나 하나 인가";

/// For each word the lists that have it, a bit each.
static WORDS: LazyLock<HashMap<&'static str, u16>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (n, (_, list)) in LISTS.iter().enumerate() {
        for word in list.split_whitespace() {
            *words.entry(word).or_default() |= 1 << n;
        }
    }
    words
});

static PAIRS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| FILLER_PAIRS.split_whitespace().collect());

fn lists_with(word: &str) -> u16 {
    WORDS.get(word).copied().unwrap_or(0)
}

/// How many of the words each list has.
fn hits<'a>(words: impl Iterator<Item = &'a str>) -> [usize; LISTS.len()] {
    let mut hits = [0; LISTS.len()];
    for lists in words.map(lists_with).filter(|lists| *lists != 0) {
        for (n, hit) in hits.iter_mut().enumerate() {
            *hit += usize::from(lists >> n & 1);
        }
    }
    hits
}

/// The fillers of a question: those of the language, or the languages, most of whose words stand in it. Questions are too short
/// for a guess by their letters; their little words give them away.
#[derive(Debug, Clone, Copy)]
pub struct Stopwords(u16);

impl Stopwords {
    pub fn of_question<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let hits = hits(words);
        let most = hits.iter().copied().max().unwrap_or(0);
        let chosen = (0..LISTS.len()).filter(|n| most > 0 && hits[*n] == most);
        Self(chosen.fold(0, |lists, n| lists | 1 << n))
    }

    pub fn contains(self, word: &str) -> bool {
        lists_with(word) & self.0 != 0
    }
}

/// The language most of whose little words are in the text, how many they are, and how many are those of `own`.
pub(super) fn language<'a>(words: impl Iterator<Item = &'a str>, own: &str) -> (&'static str, usize, usize) {
    let hits = hits(words);
    let mut best = ("xx", 0);
    let mut of_own = 0;
    for ((tag, _), hits) in LISTS.iter().zip(hits) {
        // The first of equals, so that every node decides alike.
        if hits > best.1 {
            best = (tag, hits);
        }
        if *tag == own {
            of_own = hits;
        }
    }
    (best.0, best.1, of_own)
}

/// Pairs of fillers, and those of Hiragana alone: endings and particles.
pub fn is_filler_pair(pair: &str) -> bool {
    PAIRS.contains(pair) || pair.chars().all(|c| matches!(c, '\u{3040}'..='\u{309f}'))
}

#[cfg(test)]
mod tests {
    use super::super::folded;
    use super::*;

    #[test]
    fn lists_are_in_folded_form() {
        for (tag, list) in LISTS {
            for word in list.split_whitespace() {
                assert_eq!(folded(word), word, "{tag}");
            }
        }
    }

    #[test]
    fn the_frame_of_a_question_is_left_out() {
        for (question, kept) in [
            ("how do i cancel my subscription", "cancel subscription"),
            ("wie lange ist die frist", "frist"),
            ("combien de jours pour le remboursement", "jours remboursement"),
            ("how do batteries die", "batteries die"),
            ("zzz", "zzz"),
        ] {
            let words = || question.split(' ');
            let stop = Stopwords::of_question(words());
            let left: Vec<_> = words().filter(|word| !stop.contains(word)).collect();
            assert_eq!(left.join(" "), kept, "{question}");
        }
    }
}
