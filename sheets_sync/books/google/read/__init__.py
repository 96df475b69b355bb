"""A Google spreadsheet as it is: what to ask for, and the answer as plain values."""
