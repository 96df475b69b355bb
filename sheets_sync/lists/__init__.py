"""Lists of patients and visitors that a command leaves on this machine, never in a book."""
