"""Checks questions.jsonl: every `contains` stands in one line of its document's source, once in the whole set."""
import json
import pathlib

sources = {}
for path in pathlib.Path("make/src").iterdir():
    name = path.name
    for suffix in (".md", ".csv"):
        if name.removesuffix(suffix).endswith((".pdf", ".docx", ".pptx", ".html", ".xlsx")):
            name = name.removesuffix(suffix)
    sources[name] = path.read_text(encoding="utf-8")

questions = [json.loads(line) for line in open("questions.jsonl", encoding="utf-8")]
wrong = [name for name in sources if not pathlib.Path("documents", name).is_file()]
seen = set()
for q in questions:
    if q["id"] in seen:
        wrong.append((q["id"], "twice"))
    seen.add(q["id"])
    if q["document"] is None:
        continue
    text = q["contains"]
    here = sources[q["document"]].count(text)
    everywhere = sum(s.count(text) for s in sources.values())
    if here != 1 or everywhere != 1 or not 10 <= len(text) <= 60 or "\n" in text:
        wrong.append((q["id"], text, here, everywhere, len(text)))
answered = [q for q in questions if q["document"]]
print(len(sources), "documents,", len(answered), "answerable,", len(questions) - len(answered), "unanswerable,",
      len({q["document"] for q in answered}), "documents asked about")
for w in wrong:
    print("WRONG", w)
raise SystemExit(bool(wrong))
