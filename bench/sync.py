"""The command `romi-sheets sync` from exports to a finished workbook: seconds and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.clinic import AS_OF, clinic
from bench.clock import Memory, line, thousands
from bench.exports import write_exports


@dataclass(frozen=True)
class Ran:
    """What one sync took: seconds by the wall's clock and of CPU, and its most memory in MB, that of
    the process that reads its files with it."""

    seconds: float
    cpu: float
    megabytes: float


def measure(sizes: tuple[int, ...], repeats: int) -> None:
    """Sync a new clinic of each size, then again unchanged; the last line is the growth."""
    medians = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = write_exports(clinic(size), Path(folder))
            runs = [_twice(path, Path(folder) / f"home{n}") for n in range(repeats)]
        first, again = ([pair[n] for pair in runs] for n in (0, 1))
        medians.append(median(r.seconds for r in first))
        what = f"sync to xlsx, {thousands(size)} appointments"
        for name, ran in ((f"{what}, new", first), (f"{what}, nothing new", again)):
            cpu, peak = (median(getattr(r, n) for r in ran) for n in ("cpu", "megabytes"))
            took = median(r.seconds for r in ran)
            line(name, f"{took:.1f} s", f"CPU {cpu:.1f} s, peak {peak:.0f} MB")
    if len(sizes) > 1:
        more, longer = sizes[-1] / sizes[0], medians[-1] / medians[0]
        verdict = f"{longer / more:.2f} of linear"
        line("growth", f"{more:.0f}× rows", f"{longer:.1f}× seconds", verdict)


def _twice(path: Path, home: Path) -> tuple[Ran, Ran]:
    return _run(path, home), _run(path, home)


def _run(path: Path, home: Path) -> Ran:
    """One process of its own, so that its memory is its own.

    Raises RuntimeError with what the command said if it failed.
    """
    command = [sys.executable, "-m", "sheets_sync", "sync", str(path), "--json"]
    environment = {**os.environ, "ROMI_SHEETS_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    before, start = os.times(), time.perf_counter()
    process = subprocess.Popen(
        [*command, "--as-of", AS_OF.isoformat()],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Memory(process.pid) as memory:
        words, _ = process.communicate()
    took, after = time.perf_counter() - start, os.times()
    if process.returncode:
        raise RuntimeError(words[-2000:])
    cpu = sum(after[2:4]) - sum(before[2:4])
    return Ran(took, cpu, memory.most)
