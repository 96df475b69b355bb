"""Work that a child of this process does ahead: in order, in its words, and told when it is gone."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from multiprocessing import active_children
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sheets_sync.ahead import MakerGoneError, Say, Wait, ahead, at_once
from sheets_sync.errors import FileError, place_of
from sheets_sync.reading.questions import LackingError

FRAME = pd.DataFrame(
    {
        "lead_id": pd.Series(["1", "", "три"], dtype="str"),
        "created_at": pd.to_datetime(["2026-10-01", None, "2026-10-03"], utc=True).as_unit("us"),
        "amount": pd.Series([12_500, None, 1], dtype="Int64"),
        "is_target": pd.Series([True, None, False], dtype="boolean"),
    }
)


def _frames(say: Say, _: Wait) -> Iterator[Any]:
    for number in range(3):
        say(number, "Читаю", number / 3)
        yield os.getpid(), FRAME.iloc[number:]


def test_what_a_child_makes_comes_in_order_as_it_was_made() -> None:
    words: list[tuple[int, str, float]] = []
    came = list(ahead(_frames, lambda *said: words.append(said)))
    assert [maker == os.getpid() for maker, _ in came] == [False] * 3
    for number, (_, frame) in enumerate(came):
        assert_frame_equal(frame, FRAME.iloc[number:])
    assert words == [(0, "Читаю", 0.0), (1, "Читаю", 1 / 3), (2, "Читаю", 2 / 3)]


def test_what_came_may_be_changed() -> None:
    ((_, frame), *_) = ahead(_frames, print)
    frame.loc[0, "amount"] = 7
    assert frame["amount"].tolist()[0] == 7
    assert FRAME["amount"].tolist()[0] == 12_500


def test_a_large_frame_comes_whole() -> None:
    large = pd.DataFrame({"lead_id": pd.Series(map(str, range(300_000)), dtype="str")})
    (came,) = ahead(lambda *_: iter([large]), print)
    assert_frame_equal(came, large)


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    def fails(*_: object) -> Iterator[int]:
        yield 1
        raise FileError("пароль.", where="a.xlsx", hint="Снимите его.", permanent=False)

    came = ahead(fails, print)
    assert next(came) == 1
    with pytest.raises(FileError) as caught:
        next(came)
    assert (
        caught.value.as_dict()
        == FileError("пароль.", where="a.xlsx", hint="Снимите его.", permanent=False).as_dict()
    )


def test_a_fault_of_the_program_says_where_it_was() -> None:
    def stumbles(*_: object) -> Iterator[int]:
        yield int("три")

    with pytest.raises(ValueError, match="три") as caught:
        next(ahead(stumbles, print))
    assert re.fullmatch(r"ahead\.py, строка \d+, _hand_over", place_of(caught.value))
    assert place_of(caught.value) == caught.value.__notes__[0]


def test_an_error_that_cannot_be_handed_over_is_told_without_its_text(
    capfd: pytest.CaptureFixture[str],
) -> None:
    class OwnError(Exception):
        pass

    def fails(*_: object) -> Iterator[int]:
        yield 1
        raise OwnError("Иванова, 8 900 000-00-09")

    came = ahead(fails, print)
    assert next(came) == 1
    with pytest.raises(RuntimeError) as caught:
        next(came)
    assert str(caught.value) == "OwnError"
    assert capfd.readouterr().err == ""


def test_an_error_of_a_kind_that_wants_more_comes_whole() -> None:
    error = LackingError("нет колонки «Дата».", ["Имя"], where="a.csv", hint="Назовите её.")

    def fails(*_: object) -> Iterator[Any]:
        yield [error]

    (came,) = next(ahead(fails, print))
    assert type(came) is LackingError
    assert (str(came), came.headers) == (str(error), ("Имя",))


def test_a_child_that_was_killed_is_told() -> None:
    def dies(*_: object) -> Iterator[int]:
        yield 1
        os.kill(os.getpid(), signal.SIGKILL)

    came = ahead(dies, print)
    assert next(came) == 1
    with pytest.raises(MakerGoneError):
        next(came)


def test_nobody_works_on_for_one_who_left() -> None:
    def forever(*_: object) -> Iterator[int]:
        while True:
            yield 1

    came = ahead(forever, print)
    assert next(came) == 1
    came.close()  # type: ignore[attr-defined]
    assert active_children() == []


def test_a_child_works_alone() -> None:
    ((child, *others),) = ahead(lambda *_: iter([(os.getpid(), *ahead(_frames))]))
    assert child != os.getpid()
    assert [maker for maker, _ in others] == [child] * 3


def test_idle_works_are_done_while_nothing_has_come() -> None:
    done: list[int] = []

    def make(*_: object) -> Iterator[str]:
        yield "первое"
        os.read(wait, 1)
        yield "второе"

    wait, go = os.pipe()
    works = [lambda: done.append(1), lambda: os.write(go, b"."), lambda: time.sleep(0.2)]
    came = ahead(make, print, works)
    assert [*came] == ["первое", "второе"]
    assert done == [1]


@pytest.mark.parametrize("take", [ahead, lambda make: make(print, at_once)])
def test_a_maker_may_wait_until_what_it_made_is_used(
    take: Callable[[Callable[[Say, Wait], Iterator[str]]], Iterator[str]], tmp_path: Path
) -> None:
    used = tmp_path / "used"

    def make(_: Say, wait: Wait) -> Iterator[str]:
        wait(0)
        yield "первое"
        yield "второе"
        wait(1)
        yield used.read_text(encoding="utf-8").split()[0]
        wait(3)
        yield used.read_text(encoding="utf-8")

    came = []
    for made in take(make):
        came.append(made)
        time.sleep(0.1)
        used.write_text(" ".join(came), encoding="utf-8")
    assert came == ["первое", "второе", "первое", "первое второе первое"]


def test_many_things_that_nobody_waits_for_are_all_taken() -> None:
    assert sum(ahead(lambda *_: iter(range(2_000)))) == 1_999_000


def test_a_broken_connection_of_the_makers_own_is_raised_as_what_it_is() -> None:
    def fails(*_: object) -> Iterator[int]:
        yield 1
        raise ConnectionResetError("папка в сети")

    came = ahead(fails, print)
    assert next(came) == 1
    with pytest.raises(ConnectionResetError, match="папка в сети"):
        next(came)


def test_a_process_of_many_files_takes_what_is_made() -> None:
    some, most = getrlimit(RLIMIT_NOFILE)
    with ExitStack() as stack:
        stack.callback(setrlimit, RLIMIT_NOFILE, (some, most))
        setrlimit(RLIMIT_NOFILE, (max(some, 4_096), most))
        for _ in range(1_100):
            stack.enter_context(Path(os.devnull).open())
        came = list(ahead(lambda *_: iter("абв"), print, [lambda: time.sleep(0.01)]))
    assert came == ["а", "б", "в"]
