"""Where public data that nobody here wrote lies, for tests that read it; see `real_file`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def real_file(name: str) -> Path:
    """A file of the folder ROMI_SHEETS_TEST_DATA. Skips the test, saying why, where it is not."""
    path = Path(os.environ.get("ROMI_SHEETS_TEST_DATA", ""), name)
    if not path.is_file():
        pytest.skip(f"нет файла {name}: задайте папку с ним в ROMI_SHEETS_TEST_DATA")
    return path
