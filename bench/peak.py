"""The command `romi-sheets`, followed by the most memory it held: `python -m bench.peak sync …`."""

from __future__ import annotations

import sys
from pathlib import Path

from sheets_sync.cli import main


def peak_megabytes() -> float:
    """The high-water mark of this program alone; rusage would count the parent that forked it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(text.split()[1]) / 1024 for text in lines if text.startswith("VmHWM"))


if __name__ == "__main__":
    try:
        main()
    finally:
        print(f"{peak_megabytes():.1f}", file=sys.stderr)
