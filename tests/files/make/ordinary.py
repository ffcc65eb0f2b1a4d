"""Makes the ordinary files that need a Python producer, and the plain ones. Run by make.sh, in tests/files."""
import datetime as dt
import json
import pathlib

import docx
import openpyxl
import pptx
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

OUT = pathlib.Path(".")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def make_docx():
    d = docx.Document()
    d.core_properties.title = "Safety Rules"
    d.core_properties.author = "Observatory Society of Lindenhof"
    d.add_heading("Safety Rules", 0)
    d.add_heading("Electricity", 1)
    d.add_paragraph("The main switch of the dome is behind the red door. Whoever works on the motor hangs the sign "
                    "“Do not switch on” over the handle and keeps the key in a pocket.")
    d.add_heading("Batteries", 2)
    d.add_paragraph("The lead batteries are topped up with distilled water every six weeks. Goggles hang on the wall.")
    d.add_heading("Spilled acid", 3)
    d.add_paragraph("Spilled acid is covered with washing soda from the white bucket before anybody fetches a mop.")
    d.add_heading("Fire", 1)
    d.add_paragraph("There are three extinguishers. Check the date on the tag:")
    for item in ("one beside the stairs of the dome", "one in the lecture room, under the projector",
                 "one in the workshop, which is for metal fires only"):
        d.add_paragraph(item, style="List Bullet")
    d.add_heading("Who to call", 2)
    t = d.add_table(rows=1, cols=3, style="Table Grid")
    for cell, text in zip(t.rows[0].cells, ("Event", "Person", "Telephone")):
        cell.text = text
    for row in (("Fire", "Fire brigade", "112"), ("Broken glass", "Ms Quistgaard", "0555 2041"),
                ("Lost child", "Duty officer", "0555 2044")):
        for cell, text in zip(t.add_row().cells, row):
            cell.text = text
    d.add_heading("Для русскоязычных добровольцев", 1)
    d.add_paragraph("Не смотрите на Солнце через телескоп без фильтра. Солнечный фильтр хранится в третьем шкафу.")
    d.add_heading("Für Gäste", 2)
    d.add_paragraph("Stöckelschuhe sind auf dem Gitterrost nicht erlaubt; Überschuhe liegen am Eingang.")
    d.save(OUT / "rules.docx")


def make_pptx():
    p = pptx.Presentation()
    slides = [
        ("Variable stars for beginners", "A course in four evenings\nLidia Vorontsova",
         "Say hello, then dim the lights slowly."),
        ("What changes?", "Mira changes by more than six magnitudes within 332 days.\nAlgol fades every 69 hours.",
         "Pass round the drawing of Algol by Goodricke. It is a copy, coffee does not matter."),
        ("How we estimate", "Compare with two neighbours, one brighter and one fainter.\nWrite down the time to the minute.",
         "The usual mistake is to look too long: red stars seem to brighten while one stares."),
        ("Экзамен", "Ученик, оценивший двадцать звёзд, получает бронзовый значок.", "Значки лежат в синей коробке."),
    ]
    for title, body, note in slides:
        s = p.slides.add_slide(p.slide_layouts[1])
        s.shapes.title.text = title
        s.placeholders[1].text = body
        s.notes_slide.notes_text_frame.text = note
    s = p.slides.add_slide(p.slide_layouts[5])
    s.shapes.title.text = "Stars for the first night"
    table = s.shapes.add_table(3, 3, 600000, 1600000, 7800000, 1500000).table
    for r, row in enumerate((("Star", "Period", "Best month"), ("Delta Cephei", "5.37 days", "October"),
                             ("Eta Aquilae", "7.18 days", "August"))):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    p.save(OUT / "course.pptx")


def make_xlsx():
    w = openpyxl.Workbook()
    a = w.active
    a.title = "Plate archive"
    a.append(["Plate", "Taken on", "Object", "Exposure (min)", "Fee"])
    for plate, day, what, minutes, fee in (
        ("LH-0017", dt.date(1913, 9, 4), "Comet Metcalf", 42, 12.5), ("LH-0230", dt.date(1927, 6, 29), "Total eclipse", 3, 40),
        ("LH-0911", dt.date(1956, 8, 24), "Mars", 15, 12.5), ("LH-1204", dt.date(1986, 3, 14), "Comet Halley", 25, 22.75),
    ):
        a.append([plate, day, what, minutes, fee])
        a.cell(a.max_row, 2).number_format = "yyyy-mm-dd"
        a.cell(a.max_row, 5).number_format = "0.00"
    b = w.create_sheet("Loans & Größen")
    b.append(["Borrower", "Item", "Since", "Deposit"])
    b.append(["Zoë Faßbinder", "Comet finder", dt.datetime(2024, 2, 5, 18, 30), 150])
    b.append(["Школа № 4", "Solar filter", dt.datetime(2024, 4, 8, 9, 0), 35])
    b.append(["Total", None, None, "=SUM(D2:D3)"])
    b["A6"] = True
    b["B6"] = 0.175
    b["B6"].number_format = "0.0%"
    w.save(OUT / "archive.xlsx")


def make_reportlab():
    pdfmetrics.registerFont(TTFont("Sans", FONT))
    style = getSampleStyleSheet()
    for s in (style["Heading1"], style["Heading2"], style["BodyText"]):
        s.fontName = "Sans"
    story = [
        Paragraph("Rental agreement for the lecture room", style["Heading1"]),
        Paragraph("1. Rent", style["Heading2"]),
        Paragraph("The lecture room is let for 85 euros an evening, including the projector and forty-four chairs. "
                  "A deposit of 200 euros is returned within fourteen days.", style["BodyText"]),
        Paragraph("2. Cleaning", style["Heading2"]),
        Paragraph("The tenant sweeps the floor and wipes the blackboard. Chewing gum under chairs costs 5 euros a piece.",
                  style["BodyText"]),
        Spacer(1, 12),
        Table([["Item", "Number"], ["Chairs", "44"], ["Trestle tables", "9"], ["Blackout curtains", "6"]]),
        PageBreak(),
        Paragraph("3. Notice", style["Heading2"]),
        Paragraph("Either side may withdraw up to ten days before the evening. Bei Absage wegen Sturm entfällt die Gebühr. "
                  "В случае бури аренда не взимается.", style["BodyText"]),
    ]
    SimpleDocTemplate(str(OUT / "reportlab.pdf"), pagesize=A5, title="Rental agreement", invariant=1).build(story)


def make_plain():
    write = lambda name, text, enc: (OUT / name).write_bytes(text.encode(enc))
    write("members.csv", 'Name,Role,Joined,Remark\n"Quistgaard, Inger",Keeper of instruments,2019-05-02,'
          '"Says ""never a third time"" about fuses"\nZoë Faßbinder,Treasurer,2012-11-30,"Felt, tea and\nsecond line"\n'
          'Étienne Öztürk,Lecturer,2021-01-15,\n', "utf-8")
    write("prices_semicolon.csv", "Artikel;Preis;Bestand\r\nSternkarte, drehbar;14,90;32\r\n"
          '"Postkarte ""Mond; halb""";1,20;410\r\nRote Taschenlampe;9,50;18\r\n', "utf-8")
    write("windows1251.csv", "Имя;Должность;Телефон\r\nЛидия Воронцова;преподаватель;0555 2050\r\n"
          "Фёдор Щербаков;смотритель купола;0555 2051\r\nАнна Ильинична Южная;библиотекарь;0555 2052\r\n", "cp1251")
    write("stations.json", json.dumps({
        "society": "Observatory Society of Lindenhof", "stations": [
            {"name": "North mast", "height_m": 14.5, "sensors": ["anemometer", "rain gauge"], "online": True},
            {"name": "Düne am See", "height_m": 3, "sensors": ["sky brightness meter"], "online": False,
             "note": "Batteries were stolen in May; the replacement is chained to a birch."}],
        "limits": {"wind_close_kmh": 45, "humidity_close_percent": 88}}, ensure_ascii=False, indent=2) + "\n", "utf-8")
    letter = ("Dear members,\n\nthe weather vane has come down from the roof for repair. It is a heron, not a stork, "
              "as the coppersmith in Görlitz pointed out. The repair costs 640 euros, and the naïve hope that it would "
              "be cheaper has been given up.\n\nThe vane returns on 3 May. Until then the wind blows from wherever it likes.\n")
    write("utf8_bom.txt", letter, "utf-8-sig")
    write("utf16le.txt", "\ufeff" + "Объявление\r\n\r\nКупол закрыт на ремонт до двадцатого августа.\r\n"
          "Лекции читаются в городской библиотеке.\r\n", "utf-16-le")
    write("latin1.txt", "Hausordnung\n\nDie Tür zum Kuppelraum bleibt während der Führung geschlossen.\n"
          "Straßenschuhe und Gepäck bleiben unten. Café und Küche schließen um 22 Uhr.\n"
          "Für Hörgeschädigte gibt es Leihgeräte gegen 20 Mark Pfand.\n", "latin-1")


if __name__ == "__main__":
    for make in (make_docx, make_pptx, make_xlsx, make_reportlab, make_plain):
        make()
