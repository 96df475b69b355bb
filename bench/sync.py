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

from bench.clinic import AS_OF, clinic, write_exports
from bench.clock import line, thousands


@dataclass(frozen=True)
class Ran:
    """What one process took: seconds and the most memory it ever held, in MB."""

    seconds: float
    megabytes: float


def measure(sizes: tuple[int, ...], repeats: tuple[int, ...]) -> None:
    """Sync a new clinic of each size, then again unchanged; the last line is the growth."""
    medians = []
    for size, times in zip(sizes, repeats, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            path = write_exports(clinic(size), Path(folder))
            runs = [_twice(path, Path(folder) / f"home{n}") for n in range(times)]
        first, again = ([pair[n] for pair in runs] for n in (0, 1))
        medians.append(median(r.seconds for r in first))
        what = f"sync to xlsx, {thousands(size)} appointments"
        for name, ran in ((f"{what}, new", first), (f"{what}, nothing new", again)):
            peak = median(r.megabytes for r in ran)
            line(name, f"{median(r.seconds for r in ran):.1f} s", f"peak {peak:.0f} MB")
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
    said = path.parent / "said.json"
    start = time.perf_counter()
    with said.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--as-of", AS_OF.isoformat()], env=environment, stdout=output
        )
        _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(said.read_text(encoding="utf-8")[-2000:])
    return Ran(took, usage.ru_maxrss / 1024)
