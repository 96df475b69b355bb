"""Where real public data for checks lies, if it is here: nothing of it belongs to the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent


def real_data(name: str) -> Path:
    """The file `name` in ROMI_SHEETS_TEST_DATA, else beside the checkout; skips where absent."""
    given = os.environ.get("ROMI_SHEETS_TEST_DATA")
    folder = Path(given) if given else _ROOT.parent / "shared" / "data"
    path = folder / name
    if not path.exists():
        pytest.skip(f"{name} is not here: set ROMI_SHEETS_TEST_DATA to the folder that has it")
    return path
