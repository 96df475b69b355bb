"""`check` asks Yandex under the limiter of all syncs, and has no wish to wait for long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from sheets_sync.clinic.config import Clinic
from sheets_sync.line.check import check
from sheets_sync.line.run import peek
from sheets_sync.line.sync import sync
from sheets_sync.net.clock import clock_from
from sheets_sync.net.limiter import Limiter
from sheets_sync.net.secrets import token_name
from sheets_sync.settings import Service
from sheets_sync.sources.metrica.api import Metrica
from tests.books.xlsx_files import load
from tests.doubles.direct import DirectDouble
from tests.doubles.metrica import TOKEN
from tests.sources.yandex import COUNTER, NOW, TODAY, ad_days, direct_source, metrica_source

NAME = token_name(SecretStr(TOKEN))
COUNTED = f"Метрика {COUNTER}"
METRICA, DIRECT = f"metrica:{NAME}", f"direct:{NAME}:"


@pytest.fixture
def direct(clock):
    with DirectDouble(ad_days(), clock=clock) as service:
        yield service


@pytest.fixture
def peeking(metrica, direct, clock, sqlite_store, tmp_path, yandex_token):
    """A run that only looks, of a clinic with both."""
    service = Service(home=tmp_path, endpoints={"metrica": metrica.url, "direct": direct.url})
    sources = (metrica_source(), direct_source())
    clinic = Clinic(id="clinic", name="К", folder=tmp_path, source=sources)
    return replace(peek(clinic, sqlite_store, service, clock_from(NOW)), outside=clock)


@pytest.fixture
def checked(peeking):
    """Check the clinic; gives its lines by what was checked."""
    return lambda: {line.what.split(":")[0]: line for line in check(peeking).lines}


def test_what_people_typed_into_the_book_counts(peeking):
    sync(peeking)
    path = peeking.clinic.path("report.xlsx")
    book = load(path)
    for row in book["Настройки"].iter_rows(min_row=2):
        if row[0].value == "Цели Метрики":
            row[1].value = "Заявка с формы; Запись на приём"
    titles = [cell.value for cell in book["Отчёт по каналам"][1]]
    book["Отчёт по каналам"].cell(2, titles.index("Комментарий") + 1, "добавить бюджет")
    book.save(path)

    found = check(peeking)

    goals = next(line for line in found.lines if line.what.endswith(": цели"))
    assert goals.seen == "1\u00a0цель: Заявка с формы"
    assert goals.hint.startswith("Цели «Запись на приём» в счётчике нет")
    assert found.plan["done"].tolist()[6] is True


def test_each_request_is_counted_under_its_token(checked, metrica, direct, sqlite_store):
    lines = checked()

    assert (lines[COUNTED].ok, lines["Директ"].ok) == (True, True)
    assert sqlite_store.limits.day_count(METRICA, TODAY) == len(metrica.asked) == 2
    assert sqlite_store.limits.day_count(f"{DIRECT}:10", TODAY) == len(direct.asked) == 1


def test_where_syncs_hold_every_place_it_asks_nothing_and_says_so_in_a_minute(
    checked, metrica, direct, clock, sqlite_store
):
    for key, places in ((METRICA, 3), (DIRECT, 5)):
        for _ in range(places):
            assert sqlite_store.limits.acquire_slot(key, places, clock.unix(), 3600.0)

    lines = checked()

    assert (metrica.asked, direct.asked) == ([], [])
    assert "очередь запросов с этим токеном" in lines[COUNTED].seen
    assert "очередь запросов с этим токеном" in lines["Директ"].seen
    assert sum(clock.slept) <= 2 * 60


def test_a_day_that_a_sync_found_used_up_is_not_asked(checked, metrica, clock, sqlite_store):
    limiter = Limiter(sqlite_store.limits, clock)
    limiter.close_day(Metrica(metrica.url, COUNTER, SecretStr(TOKEN)).allowance)

    lines = checked()

    assert metrica.asked == []
    assert "суточная квота" in lines[COUNTED].seen
