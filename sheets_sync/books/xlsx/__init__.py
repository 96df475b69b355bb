"""The workbook kind of book."""
