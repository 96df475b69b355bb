"""`python -m sheets_sync` is the command `romi-sheets`."""

from sheets_sync.cli import main

main()
