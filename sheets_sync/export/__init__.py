"""The computed tables for other programs: files, and views of a database."""
