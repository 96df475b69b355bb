"""From a spreadsheet as it is and the tables to show: what to send."""
