"""The command `romi-sheets sync` from exports to a finished workbook: seconds and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.clinic import AS_OF, clinic
from bench.clock import Memory, Took, line, median_of, seconds, thousands
from bench.exports import write_exports

T = TypeVar("T")

_DAYS = ("new", "nothing new", "a day later")


def measure(sizes: tuple[int, ...], repeats: int) -> None:
    """Sync a new clinic of each size, then again unchanged, then with a hundredth of rows more; the
    last line is the growth.

    Memory is watched in a run of its own: whoever watches takes a part of a core, and a sync has
    work for both.
    """
    medians = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = write_exports(clinic(size), Path(folder))
            runs = [_days(path, Path(folder) / f"home{n}", _timed) for n in range(repeats)]
            peaks = _days(path, Path(folder) / "watched", _watched)
        took = [median_of(ran) for ran in zip(*runs, strict=True)]
        medians.append(took[0].wall)
        what = f"sync to xlsx, {thousands(size)} appointments"
        for name, ran, peak in zip(_DAYS, took, peaks, strict=True):
            cost = f"CPU {ran.cpu:.1f} s, peak {peak:.0f} MB"
            line(f"{what}, {name}", f"{ran.wall:.1f} s", cost)
    if len(sizes) > 1:
        more, longer = sizes[-1] / sizes[0], medians[-1] / medians[0]
        verdict = f"{longer / more:.2f} of linear"
        line("growth", f"{more:.0f}× rows", f"{longer:.1f}× seconds", verdict)


def _days(path: Path, home: Path, run: Callable[[Path, Path], T]) -> list[T]:
    """A new clinic, which has no workbook; the same again; its exports of a day later."""
    path.with_name("report.xlsx").unlink(missing_ok=True)
    whole = {export: export.read_bytes() for export in path.parent.glob("*.csv")}
    for export, content in whole.items():
        rows = content.splitlines(keepends=True)
        export.write_bytes(b"".join(rows[: -(len(rows) // 100) or None]))
    took = [run(path, home), run(path, home)]
    for export, content in whole.items():
        export.write_bytes(content)
    return [*took, run(path, home)]


def _timed(path: Path, home: Path) -> Took:
    before = os.times()
    wall = seconds(lambda: _wait(_start(path, home)))
    return Took(wall, sum(os.times()[2:4]) - sum(before[2:4]))


def _watched(path: Path, home: Path) -> float:
    """Its most memory in MB, that of the processes that help it with it."""
    process = _start(path, home)
    with Memory(process.pid) as memory:
        _wait(process)
    return memory.most


def _start(path: Path, home: Path) -> subprocess.Popen[str]:
    """A sync in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "sheets_sync", "sync", str(path), "--json"]
    environment = {**os.environ, "ROMI_SHEETS_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    return subprocess.Popen(
        [*command, "--as-of", AS_OF.isoformat()],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait(process: subprocess.Popen[str]) -> None:
    """Raises RuntimeError with what the command said if it failed."""
    words, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(words[-2000:])
