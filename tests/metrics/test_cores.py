"""Work on several cores: answers in their order, the first work's error, works within works."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from metrics.cores import both, each


def wrong(text: str) -> int:
    raise ValueError(text)


def test_answers_come_in_the_order_of_the_works_though_a_later_one_ends_first():
    later = threading.Event()

    def waits() -> str:
        assert later.wait(10)
        return "one"

    def ends() -> str:
        later.set()
        return "two"

    assert both(waits, ends) == ("one", "two")
    assert each([partial(pow, 2, n) for n in range(20)]) == [2**n for n in range(20)]
    assert each([]) == []


def test_the_first_works_error_is_raised():
    with pytest.raises(ValueError, match="first"):
        each([partial(int, "1"), partial(wrong, "first"), partial(wrong, "second")])
    with pytest.raises(ValueError, match="second"):
        both(partial(int, "1"), partial(wrong, "second"))


def test_works_may_have_works_of_their_own():
    inner = partial(each, [partial(int, "1"), partial(int, "2")])
    assert each([partial(each, [inner, inner]), partial(each, [inner])]) == [
        [[1, 2], [1, 2]],
        [[1, 2]],
    ]
