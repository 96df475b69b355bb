"""What a run of the Logs API leaves behind, killed or not: nothing that is not cleaned."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from sheets_sync.errors import SourceError
from tests.doubles.metrica import TOKEN
from tests.sources.clinic_processes import logs_in_a_process
from tests.sources.metrica_pulls import pull_touches
from tests.sources.yandex import TODAY

pytestmark = pytest.mark.usefixtures("yandex_token")


def _is_create(asked):
    return asked.method == "POST" and asked.path.endswith("/logrequests")


def _ends(with_what):
    return lambda asked: asked.path.endswith(with_what)


@pytest.mark.parametrize(
    ("moment", "days_later", "requests"),
    [
        (_is_create, 0, 1),
        (_is_create, 1, 2),
        (_ends("/logrequest/900001"), 0, 1),
        (_ends("/part/0/download"), 0, 1),
        (_ends("/part/1/download"), 0, 1),
        (_ends("/part/1/download"), 1, 2),
        (_ends("/clean"), 0, 2),
    ],
    ids=["made", "made-next-day", "asked", "first-part", "part", "part-next-day", "cleaned"],
)
def test_killed_at_any_moment_the_next_run_uses_or_cleans_what_was_left(
    metrica, tmp_path, clock, moment, days_later, requests
):
    metrica.logs.per_part = 8
    metrica.drip_seconds = 3.0
    metrica.fail("drip", times=99, only=moment)
    child = logs_in_a_process(metrica.url, tmp_path)
    until = time.monotonic() + 60
    while not any(moment(a) for a in metrica.asked):
        assert time.monotonic() < until
        assert child.exitcode is None
        time.sleep(0.01)
    time.sleep(0.1)
    child.kill()
    child.join()
    metrica.faults.clear()

    clock.sleep(86_400 * days_later)
    pulled = pull_touches(metrica, tmp_path, clock, as_of=TODAY + timedelta(days=days_later))

    assert len(pulled.frame) == 16 + 4 * days_later
    assert metrica.logs.kept == []
    assert len(metrica.logs.requests) == requests


def test_what_the_journal_holds_is_ids_and_questions_only(metrica, tmp_path, clock):
    metrica.fail("503", times=99, only=lambda a: a.path.endswith("/clean"))
    pull_touches(metrica, tmp_path, clock)
    (journal,) = (tmp_path / "metrica-logs").iterdir()

    assert json.loads(journal.read_text()) == {"made": [900001], "intents": []}
    assert TOKEN not in journal.read_text()
    metrica.faults.clear()
    clock.sleep(60)
    assert metrica.logs.kept != []
    pull_touches(metrica, tmp_path, clock, state={"touches": _done(clock)})
    assert metrica.logs.kept == []


def _done(clock):
    now = datetime.fromtimestamp(clock.unix(), UTC)
    day = (now - timedelta(days=1)).date().isoformat()
    return {"since": "2026-11-14", "until": day, "at": clock.unix()}


def test_a_temporary_file_is_left_by_nobody(metrica, tmp_path, clock, monkeypatch):
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    pull_touches(metrica, tmp_path, clock)
    metrica.fail("reset", times=99, only=lambda a: a.path.endswith("download"))
    with pytest.raises(SourceError):
        pull_touches(metrica, tmp_path, clock)

    assert list(folder.iterdir()) == []
