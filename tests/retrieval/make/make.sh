#!/bin/sh
# Makes documents/ from make/src, run in tests/retrieval. A source's name is the document's name, then the source's own suffix.
# Debian: pandoc libreoffice-writer texlive-latex-recommended lmodern chromium. PyPI: openpyxl.
set -eu
PYTHON=${PYTHON:-python3}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p documents
office() { soffice --headless -env:UserInstallation="file://$tmp/profile" --convert-to "$1" --outdir documents "$2" >/dev/null 2>&1; }
browser() {
  chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$tmp/chromium" --no-pdf-header-footer \
    --print-to-pdf="$2" "file://$1" >/dev/null 2>&1
}

for source in make/src/*; do
  name=$(basename "$source")
  case "$name" in
    lab-safety.pdf.md) pandoc "$source" -V fontfamily=lmodern -V header-includes='\hyphenpenalty=10000' -o documents/lab-safety.pdf ;;
    employee-handbook.pdf.md | espresso-manual.pdf.md | handbuch-heizung.pdf.md)
      printf '<style>@page{size:A5;margin:16mm}body{font:10.5pt/1.4 "DejaVu Serif"}td,th{border:1px solid #777}</style>' > "$tmp/style"
      pandoc -s -H "$tmp/style" "$source" -o "$tmp/page.html" && browser "$tmp/page.html" "documents/${name%.md}" ;;
    *.pdf.md) pandoc "$source" -o "$tmp/${name%.pdf.md}.odt" && office pdf "$tmp/${name%.pdf.md}.odt" ;;
    code-of-conduct.docx.md | recall-procedure.docx.md) pandoc "$source" -o "documents/${name%.md}" ;;
    *.docx.md) pandoc "$source" -o "$tmp/${name%.docx.md}.odt" && office docx "$tmp/${name%.docx.md}.odt" ;;
    *.pptx.md) pandoc "$source" -o "documents/${name%.md}" ;;
    *.html.md) pandoc -s --wrap=none "$source" -o "documents/${name%.md}" ;;
    *.xlsx.csv) "$PYTHON" make/workbook.py "$source" "documents/${name%.csv}" ;;
    *) cp "$source" documents/ ;;
  esac
done
"$PYTHON" make/check.py
