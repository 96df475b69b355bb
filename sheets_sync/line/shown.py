"""What a book shows, for the day after: the snapshot that a run leaves, and the past it looks at."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from metrics.facts import Facts
from metrics.join.patterns import unreadable
from metrics.join.rules import fault
from metrics.measures.monthly import KEYS, monthly, months_until
from metrics.measures.revised import COUNTED
from metrics.past import Past
from metrics.settings import Settings
from sheets_sync import __version__
from sheets_sync.line.run import LiveRun
from sheets_sync.store import Snapshot

_SETTINGS = TypeAdapter(Settings)


def snapshot(facts: Facts, n: int) -> Snapshot:
    """What a book of these facts shows (definitions §17), `n` being the last merge behind them."""
    settings = facts.settings
    numbers = monthly(facts, months_until(settings.as_of))
    body = {
        "settings": _SETTINGS.dump_python(settings, mode="json"),
        "numbers": [
            [*key, None if np.isnan(value) else value]
            for key, value in zip(numbers.index.tolist(), numbers.tolist(), strict=True)
        ],
    }
    return Snapshot(settings.as_of, n, __version__, body)


def leave_snapshot(run: LiveRun, left: Snapshot) -> None:
    """Keep what the book shows now, unless it is of another day than today. Raises StoreError."""
    if run.as_of == run.now.astimezone(run.clinic.zone).date():
        run.store.history.keep(run.clinic.id, left, run.now)


def past_of(run: LiveRun, settings: Settings) -> Past | None:
    """The last snapshot of an earlier day, of `changed_since` at the latest; None where there is
    none, or where its settings are no longer any. Raises StoreError."""
    until = settings.as_of - timedelta(days=1)
    clinic, history = run.clinic.id, run.store.history
    snapshot = history.last(clinic, min(until, settings.changed_since or until))
    if snapshot is None:
        return None
    try:
        then = _SETTINGS.validate_python(snapshot.body["settings"])
    except ValidationError:
        return None
    if any(map(fault, then.rules)) or any(unreadable(p) for p, _ in then.directions):
        return None
    return Past(
        settings=then,
        same_program=snapshot.version == __version__,
        numbers=_numbers(snapshot.body["numbers"]),
        revisions=history.since(clinic, snapshot.n, COUNTED),
    )


def _numbers(lines: list[list[object]]) -> pd.Series:
    table = pd.DataFrame(lines, columns=[*KEYS, "value"])
    index = pd.MultiIndex.from_arrays(
        [table["month"].astype("int64"), *(table[n].astype(object) for n in KEYS[1:])]
    )
    return pd.Series(table["value"].to_numpy(np.float64, na_value=np.nan), index, name="value")
