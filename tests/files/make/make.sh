#!/bin/sh
# Makes every file of tests/files anew; run in tests/files as `PYTHON=python3 make/make.sh`.
# Debian: libreoffice-writer libreoffice-calc pandoc texlive-latex-base lmodern groff ghostscript poppler-utils qpdf
#         chromium fonts-wqy-zenhei fonts-dejavu. PyPI: python-docx openpyxl python-pptx reportlab pillow msoffcrypto-tool.
set -eu
PYTHON=${PYTHON:-python3}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
office() { soffice --headless -env:UserInstallation="file://$tmp/profile" --convert-to "$1" --outdir "$tmp" "$2" >/dev/null 2>&1; }

"$PYTHON" make/ordinary.py
cp make/visit.html make/notes.md make/cjk.md .

# LibreOffice: a PDF and a DOCX of the handbook, and the workbook with its formulas worked out.
pandoc make/handbook.md -o "$tmp/office.odt"
office pdf "$tmp/office.odt" && mv "$tmp/office.pdf" .
office docx "$tmp/office.odt" && mv "$tmp/office.docx" .
cp archive.xlsx "$tmp/workbook.xlsx"
mkdir "$tmp/in" && mv "$tmp/workbook.xlsx" "$tmp/in/office.xlsx"
office xlsx "$tmp/in/office.xlsx" && mv "$tmp/office.xlsx" .

# TeX, groff, Chromium, cairo, Ghostscript.
cp make/latex.tex "$tmp/" && (cd "$tmp" && pdflatex -interaction=batchmode latex.tex >/dev/null) && mv "$tmp/latex.pdf" .
groff -Kutf8 -Tpdf -dpaper=a5 -P-pa5 -ms make/columns.ms > columns.pdf
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
  --disable-component-update --disable-sync --user-data-dir="$tmp/chromium" --no-pdf-header-footer \
  --print-to-pdf=browser.pdf "file://$PWD/make/browser.html" >/dev/null 2>&1
pdftocairo -pdf browser.pdf cairo.pdf
gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=ghostscript.pdf latex.pdf

"$PYTHON" make/hostile.py
