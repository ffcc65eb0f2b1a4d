"""Makes hostile/: files that must end as failed or refused without harm. Run by make.sh, in tests/files.

With the argument `--large` it also writes hostile/long_line.csv (5 MB), which is not kept in the repository."""
import io
import json
import pathlib
import random
import struct
import subprocess
import sys
import zipfile
import zlib

from msoffcrypto.format.ooxml import OOXMLFile
from PIL import Image, ImageDraw, ImageFont

OUT = pathlib.Path("hostile")
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
TYPES = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
         '<Override PartName="/%s" ContentType="application/vnd.openxmlformats-officedocument.%s.main+xml"/></Types>')
RELS = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="%s"/></Relationships>')
WORD = ("word/document.xml", "wordprocessingml.document")
SHEET = ("xl/workbook.xml", "spreadsheetml.sheet")


def office_zip(name, main, body, more=()):
    """A package with the main part `body` (bytes or an iterator of bytes) and further (name, bytes) entries."""
    with zipfile.ZipFile(OUT / name, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        z.writestr("[Content_Types].xml", TYPES % main)
        z.writestr("_rels/.rels", RELS % main[0])
        with z.open(main[0], "w") as part:
            for piece in [body] if isinstance(body, bytes) else body:
                part.write(piece)
        for other, data in more:
            z.writestr(other, data)


def document(text="hello"):
    return f'<?xml version="1.0"?><w:document {W}><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'.encode()


def zips():
    head, tail = document("@").split(b"@")
    office_zip("bomb.docx", WORD, (p for p in [head, *[b"A" * (1 << 20)] * 208, tail]))
    book = b'<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/></workbook>'
    office_zip("bomb_entries.xlsx", SHEET, book, ((f"x/{i}", b"") for i in range(2100)))

    # A thousand directory entries that share one local entry of 8 MiB: 8 GiB from a small file.
    kernel = head + b"A" * (8 << 20) + tail
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(kernel) + packed.flush()
    crc = zlib.crc32(kernel)
    body, central, count = io.BytesIO(), io.BytesIO(), 0

    def entry(name, raw, crc, size, method, at=None):
        nonlocal count
        fields = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 0x5821, crc, len(raw), size, len(name), 0)
        if at is None:
            at = body.tell()
            body.write(b"PK\x03\x04" + fields + name + raw)
        central.write(b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, at) + name)
        count += 1
        return at

    for name, text in ((b"[Content_Types].xml", TYPES % WORD), (b"_rels/.rels", RELS % WORD[0])):
        raw = text.encode()
        entry(name, raw, zlib.crc32(raw), len(raw), 0)
    at = entry(b"word/document.xml", data, crc, len(kernel), 8)
    for i in range(1000):
        entry(b"word/document%03d.xml" % i, data, crc, len(kernel), 8, at)
    start = body.tell()
    body.write(central.getvalue())
    body.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(central.getvalue()), start, 0))
    (OUT / "bomb_nested.docx").write_bytes(body.getvalue())

    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    office_zip("billion_laughs.docx", WORD, (f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>'.encode()
                                             + document("&l9;").split(b"?>", 1)[1]))

    office_zip("claims_500mb.xlsx", SHEET, book)
    path = OUT / "claims_500mb.xlsx"
    raw = bytearray(path.read_bytes())
    # The claim stands in the local header (offset 22) and in the directory (offset 24) of the workbook part.
    for mark, size_at, name_at in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        at = raw.find(mark)
        while at >= 0:
            if raw[at + name_at:].startswith(SHEET[0].encode()):
                raw[at + size_at:at + size_at + 4] = struct.pack("<I", 500_000_000)
            at = raw.find(mark, at + 4)
    path.write_bytes(raw)

    whole = pathlib.Path("rules.docx").read_bytes()
    (OUT / "broken.docx").write_bytes(whole[: len(whole) // 2])
    with open("rules.docx", "rb") as plain, open(OUT / "encrypted.docx", "wb") as out:
        OOXMLFile(plain).encrypt("Nachtruhe", out)


def pdf(objects, version="1.7"):
    """A classic PDF of the given object bodies, numbered from 1; object 1 is the catalogue."""
    out, offsets = io.BytesIO(), []
    out.write(f"%PDF-{version}\n%\xe2\xe3\xcf\xd3\n".encode("latin-1"))
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    at = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % o for o in offsets))
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, at))
    return out.getvalue()


def stream(data, extra=b"", length=None):
    packed = zlib.compress(data, 9)
    return b"<</Filter/FlateDecode/Length %d%s>>\nstream\n" % (length or len(packed), extra) + packed + b"\nendstream"


CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>%s>>>>"
TYPEFACE = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
HELLO = b"BT /F 12 Tf 20 200 Td (One line of text) Tj ET"


def object_streams(count):
    """A PDF whose page tree is `count` nodes deep, in object streams of 100, with an xref stream."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    nodes = [CATALOG] + [b"<</Type/Pages/Count 1/Kids[%d 0 R]%s>>" % (n + 1, b"/Parent %d 0 R" % (n - 1) if n > 2 else b"")
                         for n in range(2, count)]
    last = len(nodes) + 1
    nodes.append(b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 300 300]/Resources<<>>>>" % (last - 1))
    rows = [b"\0\0\0\0\0\0\0"]
    groups = [nodes[i:i + 100] for i in range(0, len(nodes), 100)]
    for g, group in enumerate(groups):
        for i in range(len(group)):
            rows.append(struct.pack(">BIH", 2, last + 1 + g, i))
    for g, group in enumerate(groups):
        heads, offset = [], 0
        for i, node in enumerate(group):
            heads.append(b"%d %d" % (g * 100 + i + 1, offset))
            offset += len(node) + 1
        head = b" ".join(heads) + b" "
        rows.append(struct.pack(">BIH", 1, out.tell(), 0))
        out.write(b"%d 0 obj\n" % (last + 1 + g) + stream(head + b"\n".join(group), b"/Type/ObjStm/N %d/First %d"
                                                          % (len(group), len(head))) + b"\nendobj\n")
    at, number = out.tell(), last + 1 + len(groups)
    rows.append(struct.pack(">BIH", 1, at, 0))
    out.write(b"%d 0 obj\n" % number + stream(b"".join(rows), b"/Type/XRef/W[1 4 2]/Size %d/Root 1 0 R" % len(rows))
              + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % at)
    return out.getvalue()


def pdfs():
    write = lambda name, data: (OUT / name).write_bytes(data)
    depth = 60_000
    write("nested.pdf", pdf([CATALOG, PAGES, PAGE % (b"/X" + b"[" * depth + b"]" * depth), stream(HELLO), TYPEFACE]))
    write("nested_dict.pdf", pdf([CATALOG, PAGES, PAGE % (b"/X" + b"<</A" * 30_000 + b" 1" + b">>" * 30_000), stream(HELLO), TYPEFACE]))
    write("nested_pages.pdf", object_streams(12_000))

    write("loop.pdf", pdf([CATALOG, b"<</Type/Pages/Kids[3 0 R 2 0 R]/Count 2>>",
                           b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 2>>"]))
    form = lambda body, names: stream(body, b"/Type/XObject/Subtype/Form/BBox[0 0 300 300]/Resources<</Font<</F 5 0 R>>/XObject<<%s>>>>"
                                      % names)
    write("loop_form.pdf", pdf([CATALOG, PAGES, PAGE % b"/XObject<</X 6 0 R>>", stream(b"/X Do /X Do"), TYPEFACE,
                                form(HELLO + b" /X Do /Y Do", b"/X 6 0 R/Y 7 0 R"), form(HELLO + b" /X Do /Y Do", b"/X 6 0 R/Y 7 0 R")]))
    # No cycle at all: each of nine forms draws the next one ten times, a thousand million lines of text.
    chain = [form(b"/X Do " * 10, b"/X %d 0 R" % (7 + i)) for i in range(9)] + [form(HELLO, b"")]
    write("loop_forms.pdf", pdf([CATALOG, PAGES, PAGE % b"/XObject<</X 6 0 R>>", stream(b"/X Do"), TYPEFACE, *chain]))
    # The object stream 6 says that it is itself inside the object stream 6 and that it extends itself.
    head = b"6 0 7 10 "
    write("loop_objstm.pdf", pdf([CATALOG, PAGES, PAGE % b"/XObject 7 0 R", stream(HELLO), TYPEFACE,
                                  stream(head + b"6 0 R     6 0 R", b"/Type/ObjStm/N 2/First %d/Extends 6 0 R" % len(head)),
                                  b"7 0 R", b"<</Length 8 0 R>>\nstream\nx\nendstream"]))
    # Text that takes a naive layout analysis quadratic time: hundreds of thousands of scattered letters.
    dice = random.Random(7)
    tile = b"".join(b"1 0 0 1 %d.%d %d.%d Tm(%c)Tj\n" % (dice.randrange(290), dice.randrange(9), dice.randrange(290),
                                                        dice.randrange(9), 97 + dice.randrange(26)) for _ in range(600))
    write("heavy.pdf", pdf([CATALOG, PAGES, PAGE % b"", stream(b"BT /F 1 Tf " + tile * 500 + b" ET"), TYPEFACE]))
    # Many pages that share the same heavy content: a limit by page or by operator does not see it.
    pages = 400
    kids = b" ".join(b"%d 0 R" % (6 + i) for i in range(pages))
    write("heavy_pages.pdf", pdf([CATALOG, b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages), b"null",
                                  stream(b"BT /F 1 Tf " + tile * 150 + b" ET"), TYPEFACE, *[PAGE % b""] * pages]))
    write("claims_500mb.pdf", pdf([CATALOG, PAGES, PAGE % b"", stream(HELLO, length=500_000_000), TYPEFACE]))
    write("bomb.pdf", pdf([CATALOG, PAGES, PAGE % b"", b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n%s\nendstream"
                           % (lambda z: (len(z), z))(zlib.compress(zlib.compress(b" " * 600_000_000, 9), 9)), TYPEFACE]))
    write("empty.pdf", pdf([CATALOG, b"<</Type/Pages/Kids[]/Count 0>>"]))
    write("blank_page.pdf", pdf([CATALOG, PAGES, PAGE % b"", stream(b""), TYPEFACE]))

    whole = pathlib.Path("office.pdf").read_bytes()
    write("broken.pdf", whole[: len(whole) // 2])
    write("really_pdf.txt", pathlib.Path("columns.pdf").read_bytes())
    for name, password in (("encrypted.pdf", "Nachtruhe"), ("encrypted_empty.pdf", "")):
        subprocess.run(["qpdf", "columns.pdf", "--encrypt", password, "owner", "256", "--", str(OUT / name)], check=True)

    image = Image.new("1", (1240, 1754), 1)
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(("Observatory Society of Lindenhof", "", "This page was scanned. It is a picture of text,",
                              "and no text can be taken from it without", "optical character recognition.")):
        draw.text((120, 160 + 60 * i), line, font=ImageFont.truetype(FONT, 36), fill=0)
    image.save(OUT / "scanned.pdf", resolution=150)
    image.resize((310, 438)).save(OUT / "wrong_extension.pdf", "PNG")


def plain():
    (OUT / "empty.txt").write_bytes(b"")
    (OUT / "binary.txt").write_bytes(random.Random(1).randbytes(4096))
    (OUT / "deep.html").write_bytes(b"<!DOCTYPE html><title>deep</title>" + b"<ul>" * 100_000 + b"text at the bottom")
    (OUT / "deep.json").write_bytes(b"[" * 100_000 + b"]" * 100_000)
    if "--large" in sys.argv:
        (OUT / "long_line.csv").write_bytes(b"name,remark\n" + b"cell," * 1_000_000 + b"end\n")


# outcome; words of which one should stand in the reason; another outcome that is also right, if any.
EXPECT = [
    ("bomb.docx", "failed", ["unpacks to more than 200 MiB"], None),
    ("bomb_entries.xlsx", "failed", ["more than 2,000 parts"], None),
    ("bomb_nested.docx", "failed", ["unpacks to more than 200 MiB"], None),
    ("bomb.pdf", "failed", ["too much memory", "too long"], None),
    ("billion_laughs.docx", "failed", ["damaged"], None),
    ("nested.pdf", "failed", ["nested too deeply"], "processed"),
    ("nested_dict.pdf", "failed", ["nested too deeply"], "processed"),
    ("nested_pages.pdf", "failed", ["nested too deeply", "damaged", "holds no text"], None),
    ("loop.pdf", "failed", ["damaged"], None),
    ("loop_form.pdf", "processed", [], None),
    ("loop_forms.pdf", "processed", [], None),
    ("loop_objstm.pdf", "processed", [], None),
    ("heavy.pdf", "failed", ["too long"], "processed"),
    ("heavy_pages.pdf", "failed", ["too long"], None),
    ("claims_500mb.pdf", "processed", [], None),
    ("claims_500mb.xlsx", "failed", ["unpacks to more than 200 MiB"], None),
    ("encrypted.pdf", "failed", ["password"], None),
    ("encrypted_empty.pdf", "processed", [], None),
    ("encrypted.docx", "failed", ["password"], None),
    ("scanned.pdf", "failed", ["looks like a scan"], None),
    ("empty.pdf", "failed", ["holds no text"], None),
    ("blank_page.pdf", "failed", ["holds no text"], None),
    ("empty.txt", "failed", ["is empty"], None),
    ("broken.pdf", "failed", ["damaged"], None),
    ("broken.docx", "failed", ["damaged"], None),
    ("wrong_extension.pdf", "refused", [], None),
    ("really_pdf.txt", "processed", [], None),
    ("binary.txt", "refused", [], None),
    ("deep.html", "processed", [], None),
    ("deep.json", "failed", ["nested too deeply"], None),
]


def expect():
    rows = []
    for name, outcome, words, other in EXPECT:
        row = {"file": name, "outcome": outcome, "reason_contains": words}
        if other:
            row["or"] = other
        rows.append("  " + json.dumps(row))
    (OUT / "expect.json").write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for make in (zips, pdfs, plain, expect):
        make()
