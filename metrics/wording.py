"""Numbers as Russian text: percents, roubles, counted words."""

from __future__ import annotations

#: A space that does not break: between thousands, before % and ₽.
NBSP = "\u00a0"


def number(value: float, digits: int = 0) -> str:
    """1234.5 with one digit is «1 234,5»; a whole number is never «−0»."""
    rounded = round(value, digits) + 0.0
    text = f"{abs(rounded):,.{digits}f}".replace(",", NBSP).replace(".", ",")
    return f"−{text}" if rounded < 0 else text


def percent(fraction: float, digits: int = 0) -> str:
    """0.075 with two digits is «7,50 %»."""
    return f"{number(fraction * 100, digits)}{NBSP}%"


def roubles(kopecks: float, digits: int = 0) -> str:
    """12 000 000 kopecks are «120 000 ₽»."""
    return f"{number(kopecks / 100, digits)}{NBSP}₽"


def counted(value: float, one: str, few: str, many: str) -> str:
    """«1 лид», «3 лида», «11 лидов»; a fraction takes the genitive: «2,5 лида»."""
    if abs(value - round(value)) > 1e-6:
        return f"{number(value, 1)}{NBSP}{few}"
    whole = abs(round(value))
    word = many
    if whole % 10 == 1 and whole % 100 != 11:
        word = one
    elif 2 <= whole % 10 <= 4 and not 12 <= whole % 100 <= 14:
        word = few
    return f"{number(value)}{NBSP}{word}"
