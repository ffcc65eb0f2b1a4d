"""Makes a workbook of a CSV source: a line `# Name` begins a sheet; numbers become numbers."""
import csv
import sys

import openpyxl

book = openpyxl.Workbook()
book.remove(book.active)
for row in csv.reader(open(sys.argv[1], encoding="utf-8")):
    if row and row[0].startswith("# "):
        sheet = book.create_sheet(row[0][2:])
        continue
    cells = []
    for cell in row:
        try:
            cells.append(float(cell) if "." in cell else int(cell))
        except ValueError:
            cells.append(cell or None)
    sheet.append(cells)
book.save(sys.argv[2])
