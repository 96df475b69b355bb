"""«Проверка»: what the cells of a book must be, from its own «Воронка» and from one another (21)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Book = Mapping[str, list[list[Any]]]
Row = Mapping[str, Any]
#: Tab, row from 1, title of the column → what must stand there.
Cells = dict[tuple[str, int, str], Fraction | float | None]

COUNTS = ("Визиты на сайт", "Достижения целей", "Лиды", "Повторные обращения", "Записи", "Визиты",
          "Повторные визиты", "Договоры", "Новые пациенты")  # fmt: skip
MONEY = ("Выручка", "Маржа", "Расходы")
#: Empty where there is «no Metrica».
SITE = COUNTS[:2]
WEEK = ("Лиды", "Записи", "Визиты", "Маржа", "CAC", "ROMI")
RATIOS: Mapping[str, Callable[[Row], Any]] = {
    "CPL": lambda s: price(s["Расходы"], s["Лиды"]),
    "CAC": lambda s: price(s["Расходы"], s["Новые пациенты"]),
    "ДРР": lambda s: price(s["Расходы"], s["Выручка"]),
    "ROMI": lambda s: gain(s["Маржа"], s["Расходы"]),
    "ROMI по выручке": lambda s: gain(s["Выручка"], s["Расходы"]),
}
MADE = (*COUNTS, *MONEY, *RATIOS)


def price(cost: Fraction | None, of: Fraction | None) -> Fraction | None:
    """«either is 0» or unknown: empty."""
    return cost / of if cost and of else None


def gain(earned: Fraction | None, cost: Fraction | None) -> Fraction | None:
    return (earned - cost) / cost if earned is not None and cost else None


def exact(cell: Any) -> Fraction | None:
    """Kopecks and counts are exact in a book; shares of people are what they are."""
    return None if cell is None else Fraction(repr(cell))


def rows(book: Book, tab: str) -> Iterator[tuple[int, Row]]:
    header, *table = book.get(tab) or [[]]
    for number, row in enumerate(table, 2):
        yield number, dict(zip(header, row, strict=True))


class Verified:
    """The cells of one book that §21 names, each with what must stand there."""

    def __init__(self, book: Book, funnel_months: int) -> None:
        self.book = book
        said = {row["Настройка"]: row["Действует сейчас"] for _, row in rows(book, "Настройки")}
        self.period = said["Период с"], said["Период по"]
        self.compared = said["Сравнить с периодом с"], said["Сравнить с периодом по"]
        # «which month it begins with is told from «Воронка: месяцев» and the last week of «Неделя»,
        # in doubt the later one»
        head = book["Неделя"][0][-2]
        latest = monday_of(head) + timedelta(days=5 if "(идёт)" in head else 6)
        month = latest.year * 12 + latest.month - 1 - (funnel_months - 1)
        self.since = min(date(month // 12, month % 12 + 1, 1), self.period[0])
        self.days = [row for _, row in rows(book, "Воронка")]

    def sums(self, span: tuple[date, date], **of: str | None) -> Row:
        """«Summed over a period it gives the channel report's numbers exactly»"""
        chosen = [
            row
            for row in self.days
            if span[0] <= row["Дата"] <= span[1] and all(row[k] == v for k, v in of.items())
        ]
        found: dict[str, Any] = {}
        for title in (*COUNTS, *MONEY):
            cells = [exact(row[title]) for row in chosen]
            # «what an empty margin enters must be empty»
            found[title] = None if None in cells else sum(cells, Fraction(0))
            if title in SITE and all(row[title] is None for row in self.days):
                found[title] = None
        return found | {title: make(found) for title, make in RATIOS.items()}

    def cells(self) -> Cells:
        """«From «Воронка»: …» and «Within a tab: …»."""
        cells: Cells = {}
        for part in (self._reports, self._days, self._units, self._comparison, self._within):
            cells |= part()
        return cells

    def _reports(self) -> Cells:
        """««Отчёт по каналам», «Кампании» – additive columns, CPL, CAC, ROMI, ROMI по выручке, ДРР»"""
        cells: Cells = {}
        for tab, names in (
            ("Отчёт по каналам", ("Канал",)),
            ("Кампании", ("Кампания", "Канал", "Направление")),
        ):
            for number, row in rows(self.book, tab):
                of = {} if row[names[0]] == "Итого" else {name: row[name] for name in names}
                sums = self.sums(self.period, **of)
                cells |= {(tab, number, title): sums[title] for title in MADE}
        return cells

    def _days(self) -> Cells:
        """«Сводка» of the period, «Неделя», «Когорты – Расходы of months wholly in it»."""
        cells: Cells = {}
        now = self.sums(self.period)
        for number, row in rows(self.book, "Сводка"):
            if row["Показатель"] in MADE and row["Показатель"] != "ROMI по выручке":
                cells["Сводка", number, "Сейчас"] = now[row["Показатель"]]
        heads = {head: monday_of(head) for head in self.book["Неделя"][0][1:-1]}
        for head, monday in heads.items():
            if monday >= self.since:
                sums = self.sums((monday, monday + timedelta(days=6)))
                for number, row in rows(self.book, "Неделя"):
                    if row["Показатель"] in WEEK:
                        cells["Неделя", number, head] = sums[row["Показатель"]]
        for number, row in rows(self.book, "Когорты"):
            first = date.fromisoformat(f"{row['Месяц']}-01")
            if first >= self.since:
                of = {n: row[n] for n in ("Канал", "Направление") if row[n] != "Все"}
                last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
                cells["Когорты", number, "Расходы"] = self.sums((first, last), **of)["Расходы"]
        return cells

    def _units(self) -> Cells:
        """««Юнит…» – UA, AC, CPA» and «§7's roads to CM»"""
        cells: Cells = {}
        for tab, name in (("Юнит-экономика", "Направление"), ("Юнит по каналам", "Канал")):
            for number, row in rows(self.book, tab):
                sums = self.sums(self.period, **{name: row[name]})
                for title, of in (("UA", "Лиды"), ("AC", "Расходы"), ("CPA", "CPL")):
                    cells[tab, number, title] = sums[of]
                ltv, cac = row["LTV"], row["CAC"]
                if cac is not None:
                    cells[tab, number, "LTV / CAC"] = None if ltv is None else ltv / cac
                roads = [row[k] for k in ("UA", "B", "ARPU", "CPA", "CM")]
                if all(roads) or (row["UA"] and row["B"] and row["ARPU"] is not None):
                    made = row["UA"] * (row["ARPU"] - (row["CPA"] or 0))
                    cells[tab, number, "CM"] = made
        return cells

    def _comparison(self) -> Cells:
        """««Сравнение» – Расходы, Лиды, Новые пациенты, Выручка of B, and of A if inside»; «the first
        five are per 30 days»"""
        cells: Cells = {}
        for number, row in rows(self.book, "Сравнение"):
            of = {} if row["Название"] == "Итого" else {row["Разрез"]: row["Название"]}
            for when, span in (("стало", self.period), ("было", self.compared)):
                if span is self.period or span[0] >= self.since:
                    days = (span[1] - span[0]).days + 1
                    sums = self.sums(span, **of)
                    for title in ("Расходы", "Лиды", "Новые пациенты", "Выручка"):
                        part = sums[title]
                        key = "Сравнение", number, f"{title}: {when}"
                        cells[key] = None if part is None else part * 30 / days
        return cells

    def _within(self) -> Cells:
        """«the sums of §14, 16, 17, 20»: the parts of a row that make a cell of it."""
        parts = (
            ("Возврат", "Пациенты", ("Записаны", "Позже", "Пора", "Просрочено", "Потеряны")),
            (
                "Сверка",
                "Контакты",
                ("Есть в CRM", "Исходящие", "Без номера", "Повторные", "Нецелевые", "Пропущенные",
                 "Уже пациенты", "Нет в CRM"),
            ),
            (
                "Сверка",
                "Строки CRM",
                ("Спам", "Дубли", "Повторные обращения", "Есть в коллтрекинге", "CRM без номера",
                 "Другой способ", "Нет в коллтрекинге"),
            ),
            (
                "Сверка",
                "Лиды",
                ("Есть в коллтрекинге", "CRM без номера", "Другой способ", "Нет в коллтрекинге",
                 "Лиды из коллтрекинга"),
            ),
        )  # fmt: skip
        return {
            (tab, number, title): sum((exact(row[name]) or 0 for name in names), Fraction(0))
            for tab, title, names in parts
            for number, row in rows(self.book, tab)
        }


def monday_of(head: str) -> date:
    day, month, year = (int(part) for part in head[:10].split("."))
    return date(year, month, day)
