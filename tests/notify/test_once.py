"""Whatever the service does and whenever syncs come: nothing twice, one alert a day."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from metrics.measures.alert import Alert
from sheets_sync.clinic.config import Clinic
from sheets_sync.notify.after_sync import after_sync, send_digest
from sheets_sync.store import Store, open_store
from tests.doubles.telegram import TelegramDouble
from tests.notify.clinic import NOW, clinic, keep_week, service, to_telegram
from tests.notify.conftest import SECRETS
from tests.sources.yandex import Hands

ZONE = ZoneInfo("Europe/Moscow")
FAULTS = ("", "", "", "throttled", "blocked", "auth", "broken", "reset", "reset_after", "html")
#: Hours until the next sync, what the service does then, whether somebody sends by hand.
STEPS = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from(FAULTS), st.booleans()), min_size=5, max_size=25
)


@contextmanager
def new_store(empty: Path) -> Iterator[tuple[Store, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite3"
        shutil.copy(empty, path)
        store = open_store(f"sqlite:///{path}")
        try:
            yield store, Path(folder)
        finally:
            store.close()


def step(ours: Clinic, store: Store, now: datetime, *, by_hand: bool) -> None:
    here = now.astimezone(ZONE)
    day = here.date() - timedelta(days=1)
    alerts = [Alert(day, "Меньше лидов", name, 15.0, 4.0, 3e6) for name in ("SEO", "Директ", "VK")]
    store.alerts.keep("clinic", day, alerts, now)
    if by_hand:
        send_digest(ours, store, service(ours.folder), Hands(now), now)
    else:
        after_sync(ours, store, service(ours.folder), Hands(now), now, here.date())


@settings(max_examples=12, phases=(Phase.explicit, Phase.generate))
@given(steps=STEPS)
def test_nothing_twice(migrated_file: Path, steps: list[tuple[int, str, bool]]) -> None:
    with (
        pytest.MonkeyPatch.context() as environment,
        TelegramDouble() as bot,
        new_store(migrated_file) as (store, folder),
    ):
        environment.setenv("TELEGRAM_TOKEN", SECRETS["TELEGRAM_TOKEN"])
        keep_week(store)
        ours, now = clinic(folder, to_telegram(bot)), NOW
        taken = []
        for hours, fault, by_hand in steps:
            now += timedelta(hours=hours)
            bot.faults.clear()
            if fault:
                bot.fail(fault, times=99)
            step(ours, store, now, by_hand=by_hand)
            taken += [(now.astimezone(ZONE), sent["text"]) for sent in bot.sent]
            bot.sent.clear()
            letters = store.outbox.since("clinic", NOW)
    # A letter that was put off may go on a later day: its own says when it was due.
    gone = [letter for letter in letters if letter.state in {"sent", "unknown"}]
    for kind, head in (("digest:", " · неделя "), ("alert:", " · внимание · ")):
        keys = {letter.key for letter in gone if letter.key.startswith(kind)}
        assert sum(head in text for _, text in taken) <= len(keys)
    days = Counter(text.splitlines()[0] for _, text in taken if " · внимание · " in text)
    assert max(days.values(), default=0) <= 1
    due = sorted((letter.about, letter.made_at.astimezone(ZONE).date()) for letter in gone)
    for (about, before), (same, day) in pairwise(due):
        assert not about or about != same or day - before >= timedelta(days=7)
