"""What a book is, and its two kinds: a Google spreadsheet and an .xlsx workbook."""
