"""A log of visits streamed into touches: seconds and memory, against a plain pandas.read_csv.

`python -m bench.metrica_tsv ours 10000000` measures one of them in this process.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from random import Random
from zoneinfo import ZoneInfo

import pandas as pd

from bench.clock import line, peak_megabytes, thousands
from sheets_sync.sources.metrica.spool import spooled
from sheets_sync.sources.metrica.touches import FIELDS, VisitLog

#: Rows that are made once and repeated under other ids; bytes of a piece off the wire.
_TEMPLATE, _PIECE = 10_000, 2**16
_MARK = b"70000000"


def measure(rows: int) -> None:
    """Print ours at the whole size, and both at a tenth, where reading it all at once still fits."""
    whole = _run("ours", rows)
    rate = f"{whole['rows'] / whole['seconds'] / 1000:.0f}k visits/s"
    line(
        f"Logs API TSV, {thousands(rows)} visits, {whole['gigabytes']:.1f} GB",
        f"{whole['seconds']:.0f} s, {whole['megabytes']:.0f} MB",
        f"{rate}, CPU {whole['cpu']:.0f} s",
    )
    ours, theirs = _run("ours", rows // 10), _run("pandas", rows // 10)
    line(
        f"the same, {thousands(rows // 10)}, against pandas.read_csv alone",
        f"{ours['seconds']:.1f} s, {ours['megabytes']:.0f} MB",
        f"{theirs['seconds']:.1f} s, {theirs['megabytes']:.0f} MB",
        f"{theirs['megabytes'] / ours['megabytes']:.1f}× RAM",
    )


def _run(who: str, rows: int) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.metrica_tsv", who, str(rows)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(ran.stdout)
    return answer


def _pieces(rows: int) -> Iterator[bytes]:
    """A log of so many visits, as it comes off the wire."""
    template = _template()
    yield "\t".join(FIELDS).encode() + b"\n"
    for number in range(rows // _TEMPLATE):
        block = template.replace(_MARK, b"%08d" % (10_000_000 + number))
        for start in range(0, len(block), _PIECE):
            yield block[start : start + _PIECE]


def _template() -> bytes:
    random = Random(1)
    sources = ("organic", "direct", "ad", "referral", "social", "internal", "messenger")
    lines = []
    for number in range(_TEMPLATE):
        day = f"2026-{random.randint(1, 10):02d}-{random.randint(1, 28):02d}"
        at = f"{day} {random.randint(0, 23):02d}:{random.randint(0, 59):02d}:{number % 60:02d}"
        paid = random.random() < 0.3
        query = f"?yclid={random.getrandbits(63)}&utm_source=yandex" if paid else ""
        goals = ",".join(str(222333 + random.randint(0, 5)) for _ in range(random.randint(0, 3)))
        cells = [f"{_MARK.decode()}{number:08d}", day, at, f"17{random.getrandbits(56)}"]
        cells += [f"https://clinic.example/uslugi/{random.randint(1, 400)}{query}", f"[{goals}]"]
        cells += ["https://clinic.example/thanks"]
        cells += [random.choice(sources), "ya_direct" if paid else "", "yandex", "", ""]
        cells += ["yandex", "cpc", f"brand|msk|{number % 50}", "", f"имплантация {number % 900}"]
        cells += [str(300_000 + number % 50) if paid else "0"]
        lines.append("\t".join(cells))
    return ("\n".join(lines) + "\n").encode()


def _ours(rows: int) -> int:
    visits = VisitLog(ZoneInfo("Europe/Moscow"))
    with spooled((part for part in [("log", _pieces(rows))]), visits):
        return visits.read - visits.refused_count


def _pandas(rows: int) -> int:
    body = io.BytesIO(b"".join(_pieces(rows)))
    return len(pd.read_csv(body, sep="\t", dtype="str", quoting=csv.QUOTE_NONE))


if __name__ == "__main__":
    count = int(sys.argv[2])
    size = sum(map(len, _pieces(_TEMPLATE))) / _TEMPLATE * count
    began = time.perf_counter()
    read = {"ours": _ours, "pandas": _pandas}[sys.argv[1]](count)
    took = time.perf_counter() - began
    print(
        json.dumps(
            {
                "rows": read,
                "seconds": took,
                "cpu": time.process_time(),
                "megabytes": peak_megabytes(),
                "gigabytes": size / 1e9,
            }
        )
    )
