"""Makes tools-to-lend.xlsx. Run by make.sh, in demo/."""
import datetime as dt

import openpyxl

book = openpyxl.Workbook()
sheet = book.active
sheet.title = "Tools to lend"
sheet.append(["Number", "Tool", "Shelf", "Deposit (euros)", "Longest loan (days)", "Remark"])
for row in (
    ("T-01", "Chain breaker", "A1", 10, 7, "spare pins in the lid"),
    ("T-02", "Cassette remover with chain whip", "A2", 20, 7, "fits 7 to 12 gears"),
    ("T-03", "Bottom bracket tool", "A3", 25, 3, "ask which of the four sizes you need"),
    ("T-04", "Cone spanners, 13 to 19 mm", "A4", 15, 7, "thin: not for pedals"),
    ("T-05", "Floor pump with gauge", "B1", 20, 2, "two pieces"),
    ("T-06", "Folding repair stand", "B2", 60, 4, "carries up to 25 kilograms"),
    ("T-07", "Spoke key set", "A5", 10, 14, "all common nipples"),
    ("T-08", "Bicycle travel case", "C1", 80, 21, "book eight weeks ahead in summer"),
    ("T-09", "Roof rack for two bicycles", "C2", 70, 10, "not for electric bicycles"),
):
    sheet.append(row)
loans = book.create_sheet("On loan")
loans.append(["Tool", "Borrower", "Since", "Due back"])
for tool, who, since, due in (("T-06", "Marta Lindqvist", dt.date(2026, 3, 6), dt.date(2026, 3, 10)),
                              ("T-08", "Household Demir", dt.date(2026, 3, 1), dt.date(2026, 3, 22))):
    loans.append([tool, who, since, due])
    for column in (3, 4):
        loans.cell(loans.max_row, column).number_format = "yyyy-mm-dd"
for column, width in zip("ABCDEF", (10, 34, 14, 18, 20, 40)):
    sheet.column_dimensions[column].width = width
book.save("tools-to-lend.xlsx")
