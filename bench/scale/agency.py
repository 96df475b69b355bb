"""Two worker hosts, some hundred clinics, Google and Yandex 200 ms away; a worker and a host die."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import psutil
import psycopg

from bench.scale.hosts import Host, bridge, database, hosts, redis
from sheets_sync.store import Store, open_store
from sheets_sync.store.runs import RunRecord
from tests.doubles.metrica import MetricaDouble
from tests.doubles.server import Asked, Loopback, Reply, json_reply
from tests.doubles.sheets import SheetsDouble
from tests.doubles.site import Counter, Visit

#: Seconds to Google and to Yandex and back.
AWAY = 0.2
#: Clinics that share one token of Yandex.
PER_TOKEN = 5
THREADS = 4
_POSTGRES, _REDIS = 5477, 6477
_LEADS = "Дата обращения;Номер заявки;Источник;UTM Source\n"


@dataclass(frozen=True)
class Measured:
    """What one refresh costs, and what a killed worker and a killed host left.

    refresh     seconds from begin to end of a run: median, 19 of 20
    google, yandex  requests of a refresh
    cpu         seconds of a core, of a refresh
    left_over   clinics without a good run after the deaths
    twice       pairs of runs of one clinic at one time
    recovery    seconds from the host's death until nobody is owed anything
    """

    clinics: int
    seconds: float
    refresh: tuple[float, float]
    google: float
    yandex: float
    cpu: float
    row_bytes: float
    left_over: int
    twice: int
    recovery: float


class _Yandex(Loopback):
    """Metrica behind many tokens, each with quotas of its own."""

    def __init__(self, counters: dict[str, list[Counter]]) -> None:
        super().__init__()
        self._behind = {t: MetricaDouble(c, token=t) for t, c in counters.items()}

    def answer(self, request: Asked) -> Reply:
        time.sleep(AWAY)
        token = request.headers.get("authorization", "").removeprefix("OAuth ")
        behind = self._behind.get(token)
        return behind.answer(request) if behind else json_reply({"message": "no"}, 401)


def measure(clinics: int) -> Measured:
    """Fill every clinic's spreadsheet, then refresh all while a worker and a host are killed."""
    if not find_spec("redis"):
        raise SystemExit("workers need the package redis: .venv/bin/pip install redis")
    names = [f"c{n:04}" for n in range(clinics)]
    tokens = {f"y0_{n}": _counters(n) for n in range(-(-clinics // PER_TOKEN))}
    with (
        TemporaryDirectory() as folder,
        bridge(),
        SheetsDouble() as google,
        _Yandex(tokens) as yandex,
        database(_POSTGRES) as url,
        redis(_REDIS) as wake_ups,
        hosts(2, [_port(google), _port(yandex)]) as machines,
    ):
        google.quota, google.latency = None, AWAY
        home = Path(folder)
        settings = _settings(home, names, google, yandex) | {
            "DATABASE_URL": url,
            "ROMI_SHEETS_REDIS_URL": wake_ups,
        }
        store = open_store(url.replace("postgresql://", "postgresql+psycopg://"))
        for machine in machines:
            for number in range(2):
                _worker(machine, number, settings)
        _all(store, names)  # the first fill is not what is measured
        google.calls.clear()
        yandex.asked.clear()
        return _refreshed(store, names, machines, (google, yandex), url)


def _refreshed(
    store: Store,
    names: Sequence[str],
    machines: Sequence[Host],
    doubles: tuple[SheetsDouble, _Yandex],
    url: str,
) -> Measured:
    begin, began = time.monotonic(), datetime.now(UTC)
    cpu = _cpu(machines)
    tickets = [store.jobs.want(name, datetime.now(UTC)) for name in names]
    quarter = len(names) // 4
    _until(lambda: _done(store, tickets) >= quarter)
    cpu = (_cpu(machines) - cpu) / _done(store, tickets)
    machines[0].processes[-1].kill()
    _until(lambda: _done(store, tickets) >= 2 * quarter)
    killed = time.monotonic()
    machines[1].unplug()
    _until(lambda: _done(store, tickets) == len(tickets))
    ended = time.monotonic()
    runs = [run for name in names for run in store.runs.last(name, 10) if run.started_at]
    fresh = [r for r in runs if r.started_at and r.started_at >= began]
    took = [
        (r.finished_at - r.started_at).total_seconds()
        for r in fresh
        if r.ok and r.finished_at and r.started_at
    ]
    cuts = quantiles(took, n=20)
    with psycopg.connect(url) as conn:
        size = conn.execute("SELECT pg_database_size(current_database())").fetchone()
        rows = conn.execute("SELECT sum(n_live_tup) FROM pg_stat_user_tables").fetchone()
    assert size
    assert rows
    good = {r.clinic for r in fresh if r.ok}
    google, yandex = doubles
    return Measured(
        clinics=len(names),
        seconds=ended - begin,
        refresh=(cuts[9], cuts[18]),
        google=len(google.calls) / len(names),
        yandex=len(yandex.asked) / len(names),
        cpu=cpu,
        row_bytes=float(size[0] / max(1, rows[0])),
        left_over=len(set(names) - good),
        twice=_overlaps(fresh),
        recovery=ended - killed,
    )


def _overlaps(runs: Sequence[RunRecord]) -> int:
    """Pairs of runs of one clinic that went on at one time."""
    pairs = 0
    by_clinic: dict[str, list[tuple[datetime, datetime]]] = {}
    for run in runs:
        if run.started_at and run.finished_at:
            by_clinic.setdefault(run.clinic, []).append((run.started_at, run.finished_at))
    for spans in by_clinic.values():
        spans.sort()
        pairs += sum(b[0] < a[1] for a, b in pairwise(spans))
    return pairs


def _settings(
    home: Path, names: Sequence[str], google: SheetsDouble, yandex: _Yandex
) -> dict[str, str]:
    """Clinics' files in a shared folder, and the environment of every worker."""
    folder = home / "clinics"
    folder.mkdir()
    settings = {
        "ROMI_SHEETS_SECRET": "ab" * 32,
        "ROMI_SHEETS_CLINICS": str(folder),
        "BENCH_SECRET": "secret of every clinic here",
        "GOOGLE_APPLICATION_CREDENTIALS": str(google.write_key(home / "key.json")),
        "ROMI_SHEETS_GOOGLE_ENDPOINT": google.url,
        "ROMI_SHEETS_METRICA_ENDPOINT": yandex.url,
        "HOSTS_HOME": str(home),
    }
    for number, name in enumerate(names):
        google.new(f"sheet-{name}")
        token = number // PER_TOKEN
        settings[f"METRICA_{token}"] = f"y0_{token}"
        leads = [f"2026-{1 + n % 10:02}-{1 + n % 28:02};{n};Сайт;yandex" for n in range(200)]
        (folder / f"{name}.csv").write_text(_LEADS + "\n".join(leads), encoding="utf-8")
        (folder / f"{name}.toml").write_text(
            f'name = "Клиника {name}"\n[book]\nkind = "google"\nspreadsheet_id = "sheet-{name}"\n'
            '[webhook]\nsecret_env = "BENCH_SECRET"\n'
            f'[[source]]\nkind = "file"\nentity = "leads"\npath = "{name}.csv"\n'
            f'[[source]]\nkind = "metrica"\ncounter_id = {1000 + number}\n'
            f'token_env = "METRICA_{token}"\nlogs = false\n',
            encoding="utf-8",
        )
    return settings


def _counters(token: int) -> list[Counter]:
    begin = datetime(2026, 10, 1, 9, tzinfo=UTC)
    visits = tuple(
        Visit(begin + timedelta(hours=7 * n), f"{n}", f"{n % 40}", traffic_source="ad")
        for n in range(100)
    )
    first = 1000 + token * PER_TOKEN
    return [Counter(first + n, visits=visits) for n in range(PER_TOKEN)]


def _worker(machine: Host, number: int, settings: dict[str, str]) -> None:
    home = Path(settings["HOSTS_HOME"], f"{machine.name}-{number}")
    command = (sys.executable, "-m", "sheets_sync", "worker", "--threads", str(THREADS))
    machine.start(*command, **settings, ROMI_SHEETS_HOME=str(home))


def _all(store: Store, names: Sequence[str]) -> None:
    # Not until nobody is owed a run: of some hundred clinics one's hour strikes all the time.
    tickets = [store.jobs.want(name, datetime.now(UTC)) for name in names]
    _until(lambda: _done(store, tickets) == len(tickets))


def _done(store: Store, runs: Sequence[str]) -> int:
    records = (store.runs.get(run) for run in runs)
    return sum(1 for r in records if r and r.finished_at)


def _cpu(machines: Sequence[Host]) -> float:
    alive = [p for host in machines for p in host.processes if p.poll() is None]
    return sum(sum(psutil.Process(p.pid).cpu_times()[:2]) for p in alive)


def _port(double: SheetsDouble | _Yandex) -> int:
    return int(double.url.rpartition(":")[2])


def _until(holds: Callable[[], bool], seconds: float = 3600) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit("it did not end in time")
        time.sleep(0.5)


if __name__ == "__main__":
    print(measure(int(sys.argv[1])))
