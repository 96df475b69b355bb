"""From an export's bytes to a conformed frame and a quarantine, one step a module:
container → text or workbook → grid under its header → dates, people, ids → rows."""
