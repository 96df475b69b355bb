"""People who do not exist and what they ask for: names from short lists, phones of a code that nobody was ever given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from sheets_sync.demo.economy import Campaign, Direction

_SURNAMES = (
    "Тестов", "Пробный", "Примеров", "Образцов", "Выдумкин", "Условнов", "Макетов", "Черновиков",
    "Шаблонов", "Эскизов", "Опытов", "Замыслов", "Набросков", "Моделин", "Демин", "Вариантов",
)  # fmt: skip
_MEN = ("Алексей", "Борис", "Виктор", "Глеб", "Денис", "Егор", "Игорь", "Максим")
_WOMEN = ("Анна", "Вера", "Галина", "Дарья", "Елена", "Ирина", "Мария", "Ольга")
_FATHERS = ("Андреев", "Борисов", "Викторов", "Глебов", "Иванов", "Максимов", "Олегов", "Петров")
#: +7 975 is not given to any operator in the Russian numbering register.
_CODE = 975


@dataclass(eq=False)
class Person:
    """One invented person. `card` is the clinic's own number, 0 until the first booking."""

    name: str
    phone: int
    card: int = 0


@dataclass(eq=False)
class Lead:
    """One row of the CRM. `number` is its id, given in order of time."""

    person: Person
    at: datetime
    campaign: Campaign
    direction: Direction
    query: str
    by_call: bool
    status: str = "Новая"
    has_phone: bool = True
    number: int = 0


def name(random: Random) -> str:
    """A full name, surname first."""
    surname, father = random.choice(_SURNAMES), random.choice(_FATHERS)
    if random.random() < 0.42:
        return f"{surname} {random.choice(_MEN)} {father}ич"
    feminine = f"{surname[:-2]}ая" if surname.endswith("ый") else f"{surname}а"
    return f"{feminine} {random.choice(_WOMEN)} {father}на"


def person(random: Random, number: int) -> Person:
    """The person of that number: no two have the same phone (below ten million people)."""
    return Person(name(random), _CODE * 10**7 + number)


def spelled(random: Random, phone: int) -> str:
    """A phone as administrators type it: +7, 8, brackets, dashes, or bare digits."""
    code, rest = divmod(phone, 10**7)
    a, b, c = rest // 10**4, rest // 100 % 100, rest % 100
    return random.choice(
        (
            f"+7 ({code}) {a:03}-{b:02}-{c:02}",
            f"8 ({code}) {a:03}-{b:02}-{c:02}",
            f"+7{code}{rest:07}",
            f"8{code}{rest:07}",
            f"7{code}{rest:07}",
            f"8 {code} {a:03} {b:02} {c:02}",
            f"{code}{rest:07}",
            f"+7-{code}-{a:03}-{b:02}-{c:02}",
        )
    )


def email(number: int) -> str:
    """An address in the domain that is reserved for examples."""
    return f"pacient{number}@example.com"
