"""What other processes do in the tests of the store; each opens the store for itself."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sheets_sync.clinic.config import Clinic
from sheets_sync.push.push import push
from sheets_sync.settings import Service
from sheets_sync.sources.source import Pulled
from sheets_sync.store import open_store
from tests.doubles.metrica import TOKEN
from tests.rows import frame
from tests.sources.yandex import NOW, TOKEN_ENV
from tests.store.rows import AT, SOURCE, pulls_of


def merge_for_ever(url: str, ready: Any) -> None:
    """Merge two versions in turn until killed."""
    store = open_store(url)
    versions = {name: pulls_of(name) for name in ("A", "B")}
    ready.set()
    while True:
        for pulls in versions.values():
            store.rows.merge("clinic", SOURCE, pulls, AT)


def merge_rows(url: str, source: str, ids: list[int], times: int) -> None:
    """Merge rows with `ids` again and again, in small pulls, each time in another order."""
    store = open_store(url)
    shuffled = random.Random(source)
    for _ in range(times):
        shuffled.shuffle(ids)
        for begin in range(0, len(ids), 50):
            rows = [
                {"source": source, "lead_id": str(i), "created_at": "2026-01-01T00:00:00Z"}
                for i in ids[begin : begin + 50]
            ]
            store.rows.merge("clinic", source, [Pulled("leads", frame("leads", *rows))], AT)
    store.close()


def push_and_wait(url: str, metrica: str, home: str, clinic: Clinic) -> None:
    """Push to a Metrica that is slow to answer."""
    os.environ[TOKEN_ENV] = TOKEN
    store = open_store(url)
    push(clinic, store, Service(endpoints={"metrica": metrica}, home=Path(home)), NOW)


def open_and_close(url: str, ready: Any) -> None:
    """Open the store at the same moment as the others do."""
    ready.wait(30)
    open_store(url).close()


def spend_quickly(url: str, results: Any, attempts: int) -> None:
    """Ask for requests without waiting; say how many were allowed."""
    store = open_store(url)
    rules = [(30, 1000.0), (40, 3000.0)]
    results.send(sum(store.limits.take("token", 5000.0, rules) == 0.0 for _ in range(attempts)))
    store.close()


def claim_and_hang(url: str, clinic: str, claimed: Any) -> None:
    """Claim a clinic and never come back."""
    store = open_store(url)
    claim = store.jobs.claim(clinic, AT)
    claimed.send(claim.run_id if claim else "")
    time.sleep(60)


def work(url: str, journal: str, stop: Any) -> None:
    """Be a worker: do what is due until told to stop, and write down when."""
    store = open_store(url)
    with Path(journal).open("a", buffering=1) as lines:
        while not stop.is_set():
            for clinic in store.jobs.due(datetime.now(UTC)):
                claim = store.jobs.claim(clinic, datetime.now(UTC))
                while claim:
                    lines.write(f"begin {clinic} {claim.run_id} {time.monotonic()}\n")
                    time.sleep(random.uniform(0.001, 0.02))
                    lines.write(f"end {clinic} {claim.run_id} {time.monotonic()}\n")
                    again = store.jobs.done(claim, datetime.now(UTC), ok=True)
                    claim = store.jobs.claim(clinic, datetime.now(UTC)) if again else None
            time.sleep(0.005)
    store.close()


def fork_and_use(url: str, answer: Any) -> None:
    """Use the store on both sides of a fork; say what each side read."""
    store = open_store(url)
    store.rows.merge("clinic", SOURCE, pulls_of("A", 3), AT)
    child = os.fork()
    seen = [str(store.rows.read("clinic", "leads")["status"].unique()[0]) for _ in range(20)]
    store.limits.use_nonce("clinic", "child" if child == 0 else "parent", AT, AT)
    answer.send(seen)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    answer.send([str(store.limits.use_nonce("clinic", who, AT, AT)) for who in ("child", "parent")])
    store.close()
