"""Every fault at every request of a refresh: the old state or the new, and the next one heals."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from threading import Event
from typing import Any

import pytest

from sheets_sync.books.book import WriteCost
from sheets_sync.books.google.change import stage as google_stage
from sheets_sync.errors import BookError
from tests.books.google_live import STAMP_ONLY, WORDS, Live, leave_words, running, words_left
from tests.books.google_refresher import PART, TABS, variant
from tests.doubles.sheets import NAME
from tests.doubles.sheets_hand import shown, state
from tests.service.job_runs import until

WIRE = ("reset", "reset_after", "truncated", "garbage", "html", "bad_gateway", "hang", "drip")
STATUSES = ("429", "500", "503", "403", "401", "odd")
LATE = ("late hang", "late 500", "late 503")
ALL = (*WIRE, *STATUSES, *LATE)
#: One of each kind: a first fill meets it at every request, others of the kind at one each.
KINDS = {"reset_after", "truncated", "html", "hang", "503", "403", "odd", "late hang", "late 503"}
#: Requests of a refresh where rows go: three reads and the write; of a first fill in parts.
CHANGED, FIRST = 4, 7


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("google")) as found:
        found.double.drip_seconds = 0.0
        found.double.hang_seconds = 0.5
        yield found


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fill of the small tabs comes in several parts."""
    monkeypatch.setattr(google_stage, "MOST_CELLS", PART)


@pytest.fixture
def live(served: Live) -> Live:
    found = served.anew()
    found.tabs = TABS
    found.double.quota = None
    return found


def refresh(live: Live, number: int) -> WriteCost:
    live.double.calls.clear()
    live.double.asked.clear()
    book = live.book()
    book.read()
    return book.write(variant(number), live.stamp())


def seen(live: Live) -> dict[str, Any]:
    with live.double.lock:
        return deepcopy(state(live.hand.book))


def refresh_broken(live: Live, number: int, kind: str, place: int, times: int) -> BookError | None:
    patient, live.timeout = live.timeout, (2.0, 0.1)
    live.strike(kind, place, times)
    try:
        refresh(live, number)
    except BookError as error:
        return error
    finally:
        live.mend()
        live.timeout = patient
    return None


def passes(kind: str, times: int) -> bool:
    """Whether the run itself gets over a fault."""
    return kind == "drip" or (times == 1 and kind != "403")


def prove(live: Live, old: dict[str, Any], new: dict[str, Any], error: BookError | None) -> None:
    """After a broken refresh: old or new, told in words; the next one heals; nothing is doubled."""
    now = seen(live)
    assert now in (old, new)
    if error is None:
        assert now == new
    else:
        assert error.hint
        assert now == old or "не тронута" not in error.message
        refresh(live, 1)
        assert seen(live) == new
    refresh(live, 1)
    assert live.kinds() == STAMP_ONLY
    assert seen(live) == new


@pytest.mark.parametrize("times", [1, 100], ids=["once", "lasting"])
@pytest.mark.parametrize("kind", ALL)
def test_a_fault_at_any_request_of_a_refresh(live: Live, kind: str, times: int) -> None:
    refresh(live, 0)
    leave_words(live.hand)
    old, base = seen(live), live.hand.book.copy()
    refresh(live, 1)
    new = seen(live)
    assert len(live.asked) == CHANGED
    assert words_left(live.hand, "Карты") == WORDS
    for place in range(1, CHANGED + 1):
        live.double.books[NAME] = base.copy()
        error = refresh_broken(live, 1, kind, place, times)
        assert (error is None) == passes(kind, times)
        prove(live, old, new, error)


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("times", [1, 100], ids=["once", "lasting"])
@pytest.mark.parametrize("kind", ALL)
def test_a_fault_at_any_request_of_a_first_fill_in_parts(live: Live, kind: str, times: int) -> None:
    old, blank = seen(live), live.hand.book.copy()
    refresh(live, 1)
    new, asked = seen(live), len(live.double.calls)
    assert asked == FIRST
    alone = ALL.index(kind) % asked + 1
    for place in range(1, asked + 1) if kind in KINDS else [alone]:
        live.double.books[NAME] = blank.copy()
        error = refresh_broken(live, 1, kind, place, times)
        assert (error is None) == passes(kind, times)
        prove(live, old, new, error)


@pytest.mark.usefixtures("parts")
def test_an_interrupted_fill_goes_on_where_it_stopped(live: Live) -> None:
    refresh_broken(live, 1, "503", 6, 100)
    refresh(live, 1)
    parts = [a.json()["requests"] for a in live.double.asked if a.path.endswith("batchUpdate")]
    assert len(parts) == 2, "two of the three parts were there already"


@pytest.mark.usefixtures("parts")
def test_an_interrupted_fill_of_other_numbers_begins_anew(live: Live) -> None:
    refresh_broken(live, 1, "503", 6, 100)
    refresh(live, 2)
    first = next(a.json() for a in live.double.asked if a.path.endswith("batchUpdate"))
    assert [next(iter(r)) for r in first["requests"]][:2] == ["deleteSheet", "addSheet"]
    assert [tab.title for tab in live.hand.book.tabs] == ["Отчёт", "Воронка", "Журнал"]


@pytest.mark.usefixtures("parts")
def test_a_late_part_of_a_lost_worker_does_not_get_into_anothers_fill(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.double, "hang_seconds", 60.0)
    monkeypatch.setattr(live.double, "let_go", Event())
    blank = live.hand.book.copy()
    refresh(live, 2)
    new = {tab.title: shown(tab) for tab in live.hand.book.tabs}
    live.double.books[NAME] = blank
    refresh_broken(live, 1, "503", 6, 100)
    late = [a for a in live.double.asked if a.path.endswith("batchUpdate")][1]
    live.double.calls.clear()
    last = live.strike("hang", FIRST)
    with ThreadPoolExecutor(1) as other:
        filling = other.submit(refresh, live, 2)
        until(lambda: last.seen >= FIRST, pause=0.001)
        assert [tab.title for tab in live.hand.book.tabs] == ["Лист1", "romi-sheets: черновик"]
        assert live.double.answer(late).status == 400
        live.double.let_go.set()
        filling.result()
    assert {tab.title: shown(tab) for tab in live.hand.book.tabs} == new


@pytest.mark.usefixtures("parts")
def test_a_draft_that_is_no_longer_needed_goes_with_the_next_refresh(live: Live) -> None:
    refresh_broken(live, 1, "503", 6, 100)
    google_stage.MOST_CELLS = 40_000
    refresh(live, 1)
    assert not any(tab.properties.get("hidden") for tab in live.hand.book.tabs)


def test_a_write_whose_answer_was_lost_is_recognised_and_not_sent_again(live: Live) -> None:
    refresh(live, 0)
    assert refresh_broken(live, 1, "reset_after", CHANGED, 1) is None
    assert live.asked[-2:] == [":batchUpdate", ":get"]
    assert live.asked.count(":batchUpdate") == 1


def test_a_write_that_google_carries_out_late_is_not_applied_twice(live: Live) -> None:
    refresh(live, 0)
    base = live.hand.book.copy()
    refresh(live, 1)
    new, late_body = seen(live), live.double.asked[-1]
    live.double.books[NAME] = base
    # The first try is still on its way when the second one, the same bytes, has been applied.
    assert live.double.answer(late_body).status == 200
    assert live.double.answer(late_body).status == 400
    assert seen(live) == new


def test_of_two_runs_over_one_state_the_later_sees_what_the_earlier_wrote(live: Live) -> None:
    refresh(live, 0)
    slow = live.book()
    slow.read()
    old_stamp = live.stamp()
    refresh(live, 1)
    with pytest.raises(BookError, match="другой запуск") as caught:
        slow.write(variant(2), old_stamp)
    assert not caught.value.permanent
    book = live.book()
    book.read()
    stamp = live.stamp()
    refresh(live, 2)
    newer = live.stamp()
    assert stamp.at < newer.at
    book.write(variant(0), newer)
    assert live.hand.row("Журнал", 2) == ["Запуск", "строка"]


def test_waits_are_bounded_random_and_as_long_as_google_asks(live: Live) -> None:
    refresh(live, 0)
    live.double.retry_after = 17
    live.strike("429", 1, 2)
    refresh(live, 0)
    assert [wait >= 17 for wait in live.slept] == [True, True]
    live.slept.clear()
    live.double.retry_after = None
    error = refresh_broken(live, 0, "503", 1, 100)
    assert error is not None
    assert len(live.slept) == 4
    assert all(0 <= wait <= 2 * 2**n for n, wait in enumerate(live.slept))
    assert len(set(live.slept)) == 4
