"""What cells hold among other words, or only with what stands around them: a phone, a card, a month's day."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pandas as pd

from metrics.schema import ENTITIES
from sheets_sync.errors import FileError
from sheets_sync.privacy import contact_details
from sheets_sync.privacy.personal import mask
from sheets_sync.reading.free_columns import speaks_of, such
from sheets_sync.reading.headings import card, day, numbered_person
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision, Reason
from sheets_sync.reading.periods import period, period_inside, year_inside
from sheets_sync.reading.systems import Place
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.words import letters

#: Words that name people, in a header that holds nothing else.
_PEOPLE = frozenset(
    {"пациент", "клиент", "контрагент", "покупатель", "заказчик", "patient", "client", "customer"}
)
#: Beginnings of words of a header of a month's days.
_DAYS = ("день", "числ", "дат", "day", "date")
_ANY_YEAR = 2024
_DOTTED = re.compile(r"^(\d\d)\.(\d\d)\.(\d{4})$")
#: A day that a list is of: «Расписание на 02.02.2026», «Касса. 2 февраля 2026».
_ON_DAY = re.compile(
    r"(?:(?:расписание|журнал|приём|прием|запись|касса|визиты)[^\d]{0,30}"
    r"|(?:звонк|обращени|заявк)[а-яё]* (?:за|на) )\b(\d{1,2}[./]\d{1,2}[./]\d{4})(?!\d)",
    re.IGNORECASE,
)
#: When a document was made, at the end of its name: «Оплата 0000-123 от 02.02.2026 10:00:00».
_DOCUMENT_DAY = re.compile(
    r"\bот (?P<day>\d{1,2}\.\d{1,2}\.\d{4}(?: \d{1,2}:\d\d(?::\d\d)?)?)(?: ?г\.?)?$", re.IGNORECASE
)
#: Beginnings of words in a header of numbers that may be people's.
_CODES = ("код", "номер", "id", "ид", "карт", "шифр", "code", "number")
_MONTH_DAY = re.compile(
    r"(0?[1-9]|[12]\d|3[01])(?:\.0|[ ,.]+\(?(?:пн|вт|ср|чт|пт|сб|вс)[а-я]*\)?\.?)?", re.IGNORECASE
)


def find_person(decision: Decision) -> None:
    """Take the one column that tells people apart within its cells: «Иванова А. +7 916 …», «Карта № 17
    Иванова», a number under «Пациент»."""
    worded = such(decision, lambda look: look.share("letters"))
    for name, read, content in (
        ("phone", _phone, "телефоны внутри ячеек"),
        ("patient_id", card, "номера карт внутри ячеек"),
        ("patient_id", numbered_person, "номера при фамилиях"),
    ):
        places = [i for i in worded if decision.looks[i].most(read)]
        if len(places) == 1:
            decision.by_cells(name, places[0], content)
            decision.reads[name] = read
            return
    named = [
        i for i in such(decision, lambda look: look.share("whole"))
        if len(words := letters(decision.heads[i].shown)) == 1 and words[0] in _PEOPLE
    ]  # fmt: skip
    if len(named) == 1 and not _numbers_rows(decision.looks[named[0]]):
        decision.by_cells("patient_id", named[0], "номера под названием людей")
        return
    named = [i for i in worded if speaks_of(decision, i, (*_PEOPLE, "фио"))]
    codes = [
        i
        for i in such(decision, lambda look: look.share("whole"))
        if speaks_of(decision, i, _CODES)
    ]
    fits = [i for i in codes if any(_are_one(decision.looks[i], decision.looks[n]) for n in named)]
    if len(fits) == 1:
        decision.by_cells(
            "patient_id", fits[0], "у каждого номера один человек, и люди повторяются"
        )


def _are_one(codes: Look, names: Look) -> bool:
    """Whether each number has one name and each name one number, and some stand in several rows."""
    rows = pd.DataFrame({"code": np.array(codes.text), "name": np.array(names.text)})
    rows = rows[(rows["code"] != "") & (rows["name"] != "")]
    pairs = rows.drop_duplicates()
    return len(rows) > len(pairs) > 1 and bool(pairs["code"].is_unique and pairs["name"].is_unique)


def _numbers_rows(look: Look) -> bool:
    """Whether whole numbers count the rows: 1, 2, 3 …; or are all the same."""
    first = look.cells[0].as_py().lstrip("0")
    return look.distinct == 1 or (first == "1" and look.distinct == look.filled)


def _phone(text: str) -> str:
    return next(iter(contact_details.phones(text)), "")


def find_day(decision: Decision, place: Place) -> None:
    """Take days of a month that the sheet, the title or the file names, «Число» 1 … 31 on «Февраль
    2026»; a day that the sheet or the title names is said of all rows. Raises FileError where a
    month's year is said nowhere."""
    when = ENTITIES[decision.entity].when
    if decision.has((when,)) or when in decision.source_columns:
        return
    if _of_documents(decision, when):
        return
    year = year_inside(place.sheet, *place.title, place.file)
    year = year or int(re.sub(r"\D", "", decision.constants.get("year", "")) or 0)
    columns = such(decision, lambda look: float(look.most(_is_month_day)))
    columns = [i for i in columns if speaks_of(decision, i, _DAYS)]
    if len(columns) == 1:
        _of_month(decision, columns[0], place, year)
        return
    named = [_ends(line, year) for line in (place.sheet, *place.title)]
    days = {end for ends in named for end in ends if end}
    if len(days) == 1:
        decision.constants[when] = days.pop()
        decision.notes.append(
            f"Дат в столбцах нет; день {decision.constants[when]} назван снаружи и отнесён ко всем "
            "строкам."
        )


def _of_documents(decision: Decision, when: str) -> bool:
    """Take the days within the names of documents, which may be ids as well."""
    key = decision.columns.get(ENTITIES[decision.entity].key, ())
    places = [*such(decision, lambda look: look.share("letters")), *key]
    places = [i for i in places if decision.looks[i].most(_DOCUMENT_DAY.search)]
    if len(places) != 1:
        return False
    if places[0] in key:
        decision.columns[when] = (places[0],)
    else:
        decision.by_cells(when, places[0], "даты документов внутри ячеек")
    decision.reads[when] = _document_day
    return True


def _document_day(text: str) -> str:
    match = _DOCUMENT_DAY.search(text)
    return match["day"] if match else text


def _of_month(decision: Decision, column: int, place: Place, year: int) -> None:
    lines = (place.sheet, *place.title, place.file)
    months = {month for line in lines if (month := _month(_ends(line, year)))}
    shown = mask(decision.heads[column].shown)
    if len(months) == 1:
        month = months.pop()
        when = ENTITIES[decision.entity].when
        decision.take(when, (column,), Reason(0.8, f"числа месяца {month}"))
        decision.reads[when] = partial(_in_month, month=month)
        decision.notes.append(f"Столбец «{shown}» – числа месяца {month[5:]}.{month[:4]}.")
    elif not year and any(_month(_ends(line, _ANY_YEAR)) for line in lines):
        raise FileError(
            f"в столбце «{shown}» числа месяца, месяц назван, а год нет.",
            where=place.name,
            hint="Чтобы назвать год, "
            + to_write("columns", column_line("year", "=2026"), there=decision.source_columns),
        )


def _ends(text: str, year: int) -> tuple[str, str]:
    """The first and the last day that a line names, "" where it names none."""
    whole = period(text, year)
    if whole[1]:
        return whole
    if day(text.strip()) and mask(text) == text:  # a row of somebody's above the table is no title
        return text.strip(), text.strip()
    named = _ON_DAY.search(text)
    return (named[1], named[1]) if named else period_inside(text, year) or ("", "")


def _month(ends: tuple[str, str]) -> str:
    """The month that two days are the ends of, as `2026-02`; "" where they are not."""
    first, last = (_DOTTED.sub(r"\3-\2-\1", end) for end in ends)
    return first[:7] if first[:8] == last[:8] and first[8:] == "01" and last[8:] >= "28" else ""


def _is_month_day(text: str) -> bool:
    return _MONTH_DAY.fullmatch(text) is not None


def _in_month(text: str, month: str) -> str:
    match = _MONTH_DAY.fullmatch(text)
    return f"{month}-{int(match[1]):02d}" if match else text
