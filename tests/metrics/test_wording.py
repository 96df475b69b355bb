"""Numbers as Russian text."""

import pytest

from metrics.wording import counted, number, percent, roubles


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0, 0, "0"),
        (1234567, 0, "1 234 567"),
        (4.7628, 2, "4,76"),
        (-2500, 0, "−2 500"),
        (-0.001, 2, "0,00"),
        (999.999, 1, "1 000,0"),
    ],
)
def test_a_number_has_a_comma_and_spaces_that_do_not_break(value, digits, text) -> None:
    assert number(value, digits) == text.replace(" ", "\u00a0")


def test_percents_and_roubles_carry_their_sign_after_a_space() -> None:
    assert percent(0.075, 2) == "7,50\u00a0%"
    assert percent(2.78) == "278\u00a0%"
    assert roubles(12_000_000) == "120\u00a0000\u00a0₽"
    assert roubles(317_460, 2) == "3\u00a0174,60\u00a0₽"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 лидов"),
        (1, "1 лид"),
        (2, "2 лида"),
        (5, "5 лидов"),
        (11, "11 лидов"),
        (12, "12 лидов"),
        (21, "21 лид"),
        (112, "112 лидов"),
        (1023, "1 023 лида"),
        (2.5, "2,5 лида"),
        (2.9999999, "3 лида"),
    ],
)
def test_a_word_agrees_with_its_number(value, text) -> None:
    assert counted(value, "лид", "лида", "лидов") == text.replace(" ", "\u00a0")
