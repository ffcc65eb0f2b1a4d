"""Writes expect.json: what the text of each ordinary file must hold. Compare with runs of white space taken as one blank."""
import json

ROWS = [
    ("office.pdf", "pdf", 3, ["shutter motor is fused at 16 amperes", "Petersen refractor", "ground by Johanne Petersen in Aarhus",
     "Grüße, señales y façons de dire", "bandages are renewed every March"], ["Opening the dome", "Training of new volunteers"]),
    ("latex.pdf", "pdf", 2, ["We describe an efficient way", "three ordinary office fans", "off. Baffles suffice", "ruffled sleeve of felt",
     "Stars of magnitude 13.4", "Zoë Faßbinder"], ["ordinary office fans", "Stars of magnitude 13.4"]),
    ("browser.pdf", "pdf", 2, ["Doors open at 19:15", "Гостиница «Северная звезда»", "天文台每个月的第二个星期五向公众开放",
     "Лидия Воронцова", "Schulklassen zahlen keinen Eintritt"], ["shadow of the Earth", "Schulklassen zahlen"]),
    ("columns.pdf", "pdf", 1, ["Expenses were 44,905", "has been given to the museum", "Ms Quistgaard was elected keeper",
     "by 27 votes to 19", "closed at 20:40"], ["discharged unanimously", "Ms Quistgaard was elected"]),
    ("reportlab.pdf", "pdf", 2, ["let for 85 euros an evening", "Trestle tables", "Chewing gum under chairs", "entfällt die Gebühr",
     "аренда не взимается"], ["Chewing gum", "Either side may withdraw"]),
    ("cairo.pdf", "pdf", 2, ["Doors open at 19:15", "Гостиница «Северная звезда»", "天文台每个月的第二个星期五向公众开放"],
     ["Lectures", "Schulklassen zahlen"]),
    ("ghostscript.pdf", "pdf", 2, ["We describe an efficient way", "three ordinary office fans", "Stars of magnitude 13.4"],
     ["ordinary office fans", "Stars of magnitude 13.4"]),
    ("office.docx", "docx", None, ["crank the shutter by hand with the yellow handle", "Kestrel reflector", "1,204 glass plates",
     "Grüße, señales y façons de dire"], ["Opening the dome", "Closing"]),
    ("rules.docx", "docx", None, ["covered with washing soda from the white bucket", "Broken glass", "0555 2041",
     "Солнечный фильтр хранится в третьем шкафу", "Stöckelschuhe"], ["Electricity", "Who to call"]),
    ("course.pptx", "pptx", None, ["Mira changes by more than six magnitudes", "red stars seem to brighten while one stares",
     "бронзовый значок", "Значки лежат в синей коробке", "Delta Cephei"], ["What changes?", "Delta Cephei"]),
    ("archive.xlsx", "xlsx", None, ["Plate archive", "Comet Metcalf", "1913-09-04", "22.75", "Школа № 4", "Loans & Größen"],
     ["Comet Metcalf", "Zoë Faßbinder"]),
    ("office.xlsx", "xlsx", None, ["Total eclipse", "1927-06-29", "185", "Школа № 4"], ["Total eclipse", "Zoë Faßbinder"]),
    ("visit.html", "html", None, ["512 metres above sea level", "3½ kilometres", "Pupils & apprentices", "Café Überblick",
     "If x < 3 people are waiting", "eleven steps"], ["Prices", "Café Überblick"]),
    ("members.csv", "csv", None, ["Quistgaard, Inger", 'Says "never a third time" about fuses', "Étienne Öztürk", "second line"],
     ["Quistgaard, Inger", "Étienne Öztürk"]),
    ("prices_semicolon.csv", "csv", None, ["Sternkarte", "Rote Taschenlampe", 'Postkarte "Mond; halb"'],
     ["Sternkarte", "Rote Taschenlampe"]),
    ("windows1251.csv", "csv", None, ["Лидия Воронцова", "смотритель купола", "Анна Ильинична Южная"],
     ["Лидия Воронцова", "библиотекарь"]),
    ("stations.json", "json", None, ["North mast", "14.5", "Düne am See", "the replacement is chained to a birch"],
     ["North mast", "Düne am See"]),
    ("notes.md", "markdown", None, ["In the safe behind the star chart of 1902", "red side outwards", "Wind above 30 km/h",
     "Biscuits are paid for with a coin in the tin"], ["Where is the brass key?", "Setext headings work too"]),
    ("cjk.md", "markdown", None, ["天文台每逢星期五晚上七点开放", "成人票價七歐元", "赤いランプだけを使ってください",
     "주차장은 정문 뒤에 있습니다"], ["开放时间", "日本語の案内"]),
    ("utf8_bom.txt", "text", None, ["It is a heron, not a stork", "the naïve hope", "Görlitz"], ["Dear members", "3 May"]),
    ("utf16le.txt", "text", None, ["Купол закрыт на ремонт", "городской библиотеке"], ["Объявление", "Лекции"]),
    ("latin1.txt", "text", None, ["Die Tür zum Kuppelraum", "Straßenschuhe und Gepäck", "20 Mark Pfand"],
     ["Hausordnung", "Hörgeschädigte"]),
]
# Text that is in the file but must not be in what is extracted.
ABSENT = {"visit.html": ["this script text must not be indexed", "analytics payload", "secretstyle"]}

rows = []
for name, kind, pages, contains, order in ROWS:
    row = {"file": name, "kind": kind, "pages": pages, "contains": contains, "order": order}
    if name in ABSENT:
        row["absent"] = ABSENT[name]
    rows.append(row)
with open("expect.json", "w", encoding="utf-8") as f:
    f.write("[\n" + ",\n".join("  " + json.dumps(r, ensure_ascii=False) for r in rows) + "\n]\n")
