#!/bin/sh
# Makes the demo's PDF, DOCX and XLSX; run in demo/. repair-guide.md is its own source.
# Debian: libreoffice-writer pandoc. PyPI: openpyxl.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
pandoc make/handbook.md -o "$tmp/workshop-handbook.odt"
pandoc make/membership.md -o "$tmp/membership-and-prices.odt"
soffice --headless -env:UserInstallation="file://$tmp/profile" --convert-to pdf --outdir . "$tmp/workshop-handbook.odt" >/dev/null 2>&1
soffice --headless -env:UserInstallation="file://$tmp/profile" --convert-to docx --outdir . "$tmp/membership-and-prices.odt" >/dev/null 2>&1
"${PYTHON:-python3}" make/tools.py
