"""Files on their way in: an hour, or as many days as the clinic keeps them."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sheets_sync.service.uploads import LIFE, Uploads


def test_an_accepted_file_is_kept_for_its_days_and_out_of_reach(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("one", "leads.csv")
    assert uploads.add("one", upload, 0, b"rows")
    uploads.settle("one", upload, 2)
    assert uploads.path("one", upload) is None
    uploads.sweep()
    (kept,) = (tmp_path / "uploads" / "one").iterdir()
    assert (kept / "leads.csv").read_bytes() == b"rows"
    assert (kept / "leads.csv").stat().st_mode & 0o077 == 0
    kept.rename(kept.with_name(f"kept-{int(time.time()) - 1}-{upload}"))
    uploads.sweep()
    assert not list((tmp_path / "uploads" / "one").iterdir())


def test_without_days_an_accepted_file_goes_at_once(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    upload = uploads.begin("one", "leads.csv")
    uploads.settle("one", upload, 0)
    assert not list((tmp_path / "uploads" / "one").iterdir())


def test_a_file_that_nobody_accepts_goes_after_an_hour(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    left, fresh = uploads.begin("one", "a.csv"), uploads.begin("one", "b.csv")
    old = time.time() - LIFE - 1
    os.utime(tmp_path / "uploads" / "one" / left, (old, old))
    uploads.sweep()
    assert (uploads.path("one", left), uploads.path("one", fresh) is None) == (None, False)
