"""The command `romi-sheets`, followed by the most memory it held: `python -m bench.peak sync …`."""

from __future__ import annotations

import sys

from bench.clock import peak_megabytes
from sheets_sync.cli import main

if __name__ == "__main__":
    try:
        main()
    finally:
        print(f"{peak_megabytes():.1f}", file=sys.stderr)
