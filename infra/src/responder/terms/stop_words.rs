//! Words that say little of what a question is about, by language. Written as `fold` gives them: lower case, no accents.

/// Never looked for.
pub const ENGLISH: &str = "a about above after again against all also am an and any are aren as at be because been before being \
    below between both but by can cannot could couldn d did didn do does doesn doing don down during each either else ever every \
    few for from further get gets got had hadn has hasn have haven having he her here hers him his how however i if in into is \
    isn it its itself just ll m may me might more most much must my myself no nor not of off on once one only or other our ours \
    out over own per please re s same shall she should shouldn so some such t than that the their theirs them themselves then \
    there these they this those through to too under until up upon us ve very via was wasn we were weren what whatever when where \
    whether which while who whom whose why will with within without won would wouldn yet you your yours";

pub const GERMAN: &str = "ab aber alle allem allen aller alles als also am an ander andere anderen anderer auch auf aus bei beim \
    bin bis bist bitte da dabei dadurch dafur daher damit danach dann daran darauf darf darfst daruber das dass davon dazu dein deine \
    dem den denn der des dessen deren dich die dies diese diesem diesen dieser dieses dir doch dort du durch durfen ein eine einem \
    einen einer eines einige er es etwa etwas euch euer fur gegen gibt hab habe haben hast hat hatte hatten hier hin hinter ich \
    ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja je jede jedem jeden jeder jedes jemand kann kannst kein \
    keine keinem keinen keiner konnen konnte konnten lasst lassen mal man manche mehr mein meine meinem meinen meiner mich mir mit \
    muss mussen musst nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so sobald \
    solche soll sollen sollte sollten sondern sonst um und uns unser unsere unserem unseren unserer unter viel viele vom von vor \
    wann war waren warum was wegen weil welche welchem welchen welcher welches wem wen wenn wer werde werden wessen wie wieder wieviel \
    wieviele will wir wird wo wobei wodurch wofur woher wohin womit woran worauf woraus worin woruber wovon wozu wurde wurden wurden \
    zu zum zur zwischen uber ubers";

pub const FRENCH: &str = "a afin ai alors apres as au aucun aucune aussi autre autres aux avait avant avec avez avoir avons c ca \
    car ce ceci cela celle celles celui ces cet cette ceux chaque chez ci comme comment d dans de depuis des dois doit doivent donc \
    dont du elle elles en encore entre es est et etaient etait etant ete etes etre eu eux faire fait faut il ils j je jusqu jusque l \
    la laquelle le lequel les lesquelles lesquels leur leurs lors lorsque lui m ma mais me meme memes mes moi moins mon n ne ni non \
    nos notre nous on ont ou par parce pas pendant peu peut peuvent peux plus plusieurs pour pourquoi puis puisque qu quand que quel \
    quelle quelles quelque quelques quels quelqu qui quoi s sa sans se selon sera seront ses si soit son sont sous suis sur t ta te tes toi \
    ton tous tout toute toutes tres tu un une va vers vos votre vous y";

pub const SPANISH: &str = "a acerca al algo algun alguna algunas alguno algunos ante antes aquel aquella asi aun aunque bajo cada \
    como con contra cual cuales cualquier cuando cuanta cuantas cuanto cuantos de debe deben debo del desde despues donde dos durante \
    e el ella ellas ellos en entonces entre era eran es esa esas ese eso esos esta estaba estan estar estas este esto estos estoy fue \
    fueron ha haber habia hace hacer hacia han hasta hay he la las le les lo los mas me mi mientras mis mucho muchos muy nada ni no \
    nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque pue puede pueden puedo pues que quien quienes se \
    sea segun ser si sido sin sobre solo son su sus tal tambien tan tanto te tener tengo ti tiene tienen todo todos tras tu tus un \
    una unas uno unos usted ustedes va y ya yo";

pub const ITALIAN: &str = "a ad agli ai al alla alle allo anche ancora avere aveva c che chi ci come con cosa cui d da dagli dai dal \
    dalla dalle dallo degli dei del dell della delle dello deve devo di dopo dove due e ed era erano essere fare fra gia gli ha hai hanno ho \
    i il in io l la le lei li lo loro lui ma me mi mia mio molto ne negli nei nel nell nella nelle nello no noi non nostra nostro o ogni \
    per perche piu poi possono posso prima puo qual quale quali quando quanta quante quanti quanto quella quelle quelli quello questa \
    queste questi questo qui se sei senza si sia siamo sono sotto sta su sua sue sugli sui sul sulla sulle sullo suo suoi tra tu tua tuo \
    tutti tutto un una uno vi voi";

pub const PORTUGUESE: &str = "a ao aos aquela aquele as ate cada com como da das de dela dele depois devem deve do dos e ela elas ele eles em \
    entre era eram essa essas esse esses esta estao estar este estes eu foi foram ha isso isto ja la lhe mais mas me mesmo meu minha \
    muito na nao nas nem no nos nossa nosso num numa o onde os ou para pela pelas pelo pelos por porque posso pode podem qual quais quando \
    quanta quantas quanto quantos que quem se sem ser sera seu seus so sobre sua suas tambem tem ter teu tu tua um uma umas uns voce voces";

pub const DUTCH: &str = "aan al alle als altijd ben bij dan dat de der deze die dit doen door dus een elke en er ervan ge geen haar had heb \
    hebben heeft hem het hier hij hoe hoeveel hun ik in is ja je jij jou jouw kan kunnen kunt maar mag me meer men met mij mijn moet moeten na \
    naar niet niets nog nu of om omdat onder ons onze ook op over te tegen toch toen tot u uit uw van veel voor waar waarom wanneer want \
    waren was wat we wel welk welke werd wie wij wil worden wordt zal ze zelf zich zij zijn zo zonder zou";

pub const RUSSIAN: &str = "а без бы был была были было быть в вам вас ваш ваша весь во вот все всего всех всю вы где да для до его ее ей \
    если есть еще же за и из или им их к как какая какие каким какими какова каково каковы какого какое какой каком какому какую ко когда \
    кого кому кто куда ли либо лишь меня мне может можно могу могут мой моя мы на над надо нам нас наш не него нее нельзя нет ни них но \
    нужно о об он она они оно от откуда очень перед по под пожалуйста почему при про раз с сам свой свою себя сколько со так такая такие \
    такое такой там те тебя тем то того тоже той только том тот ты у уже чего чей чем чему через что чтобы чья эта эти этих это этого этой \
    этом этот эту я является";

/// Looked for, but weak: many questions have them, and what they stand for is said in other words as often as not.
pub const ENGLISH_LIGHT: &str = "allow allowed amount apply available called case come comes describe detail details differ difference \
    different exactly example explain explained find give given go happen happens help information instead keep kind know last lasts like list \
    long made make makes many maximum mean means mention mentioned minimum name named need needed needs new number often people person \
    possible put quickly reason receive recommend recommended require required said say says see set show soon start stated still take \
    taken takes talk tell thing things time total type use used uses using usually want way ways well work works";
pub const GERMAN_LIGHT: &str = "art arten beschreibe bedeutet bekomme bekommen bekommt braucht brauche brauchen dauert erhalt erhalten erklare \
    erlaubt findet finde finden funktioniert geben geht genau gehen gilt gelten hoch heisst lang lange lauft machen macht maximal mindestens \
    moglich name nennen notig oft passiert person personen sage sagen sagt stehen steht tun weise zahl zeit";
pub const FRENCH_LIGHT: &str = "appelle besoin combien dire dit donne dure durer donner explique expliquer exactement existe longtemps marche maximum \
    minimum nom nombre obtenir passe permis personne personnes possible prend prendre quantite signifie temps trouve trouver utilise \
    utiliser type";
pub const SPANISH_LIGHT: &str = "cantidad cuesta decir dice dime encontrar encuentra explica explicar exactamente funciona llama maximo minimo \
    necesario necesita necesito nombre numero obtener pasa permite persona personas posible significa tarda dura tiempo tipo tomar usa usar \
    utiliza";
pub const RUSSIAN_LIGHT: &str = "бывает время давать дает длится длиться должен должна должно должны значит имеет имя использовать количество \
    называется найти находится объясни описать получить получает происходит работает разрешено расскажи скажи срок требуется число человек";

/// Pairs of characters that make up the grammar of Chinese and Japanese questions.
pub const CJK: &str = "什么 什麼 多少 哪里 哪裡 哪个 哪些 怎么 怎麼 怎样 如何 是否 为什 為什 为何 可以 能够 需要 请问 的是 是什 有多 有什 \
    です ます ました でし した して いる いま ます はい から まで どの どこ どれ どう なに なん 何で 何が いつ だれ 誰が くら らい ください \
    ですか すか ある あり りま せん とは のは には では れる する";
