"""What the rows of calls alone need: which way they went, which are spam, repeated, off target."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.privacy.keys import PHONE
from sheets_sync.reading.leads import tell_nobody
from sheets_sync.reading.people import e164
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.texts import Texts
from sheets_sync.reading.values import Bools, distinct, flags, has_text, map_all, truth
from sheets_sync.reading.visit_marks import mark_leads
from sheets_sync.reading.who_called import is_hidden, of_clinic
from sheets_sync.reading.word_columns import are_bare_answers, refuse_words
from sheets_sync.reading.words import letters, phrase

#: What parts the marks of a cell; a mark is no longer than so many words: a comment tells a story.
_PARTS, _LONGEST = re.compile(r"[,;|/\n]+|\. "), 3
_REPEATED = "^(повтор|вторичн|не ?уник|не ?нов|не ?перв|repeat|return)"
_FIRST = "^(нов|перв|впервые|уник|new|first|unique)"
#: A column of uniqueness of whose words more are unknown says nothing.
_UNKNOWN = 0.01


def finish_calls(reader: Reader, texts: Texts) -> None:
    """A call from a desk is outgoing, one that is called spam is none; an empty cell of uniqueness is
    «not unique»."""
    tell_nobody(reader)
    mark_leads(reader)
    rows, columns = reader.rows, reader.columns
    has = {n: np.array([n in g.columns or n in g.header.constants for g in rows.grids])[rows.file]
           for n in ("is_unique", "call_direction", "incoming", "outgoing")}  # fmt: skip
    has["call_direction"] |= has["incoming"] | has["outgoing"]
    _mark(reader)
    _by_ticks(reader)
    _by_answers(reader)
    _read_unique(reader, has["is_unique"])
    caller = rows.get("phone")
    numbers = e164(caller)[0]
    own = of_clinic(numbers, rows.get("called"))
    unknown = _unknown_ways(reader, texts)
    desk = (~has["call_direction"] | unknown) & has_text(caller) & (~has_text(numbers) | own)
    desk &= ~is_hidden(caller)
    direction = columns["call_direction"]
    direction = direction.mask(has["call_direction"] & (direction == "").to_numpy(), "in")
    columns["call_direction"] = direction.mask(desk, "out")
    refuse_words(reader, "call_direction", unknown & ~desk, "неизвестное слово", ("in", "out"))
    _key_called(reader)
    if desk.any():
        reader.notes.append(
            f"Где не сказано, входящий звонок или исходящий, звонков сотрудников (внутренний номер, имя, номер "
            f"клиники): {int(desk.sum())}, они приняты как исходящие."
        )
    if outgoing := int((columns["call_direction"] == "out").sum()):
        reader.notes.append(f"Исходящих звонков: {outgoing}; лидами они не считаются.")
    if not (has["is_unique"] | columns["is_unique"].notna().to_numpy()).all():
        reader.notes.append(
            "Столбца «уникальный» нет: уникальность звонков считается по телефону и дням."
        )


def _by_ticks(reader: Reader) -> None:
    """Where calls have a tick or nothing under «Принят?», nothing is the other answer."""
    cells, status = reader.rows.get("status"), reader.columns["status"]
    words, blank = distinct(cells), ~has_text(cells)
    if not blank.any() or not are_bare_answers(words) or 0 in flags(pa.array(words))[0]:
        return
    ticked = set(status[~blank])
    if len(ticked) == 1 and ticked <= {"answered", "missed"}:
        other = "missed" if ticked == {"answered"} else "answered"
        reader.columns["status"] = status.mask(blank & (status == "").to_numpy(), other)
        reader.notes.append(
            f"Столбец «{reader.rows.title('status')}»: пустых ячеек {int(blank.sum())}, они приняты как «нет»."
        )


def _by_answers(reader: Reader) -> None:
    """Which way a call went, by a column that asks: «Входящий: 1», «Исходящий: нет»."""
    direction = reader.columns["call_direction"]
    for name, yes, no in (("incoming", "in", "out"), ("outgoing", "out", "in")):
        values, answered = flags(reader.rows.get(name))
        direction = direction.mask(
            answered & (direction == "").to_numpy(), np.where(values, yes, no)
        )
    reader.columns["call_direction"] = direction


def _unknown_ways(reader: Reader, texts: Texts) -> Bools:
    """Rows whose word of direction nobody knows: a lead, or none."""
    words = pa.array(texts.words.unknown.get("call_direction", ()), pa.string())
    return truth(pc.is_in(reader.rows.get("call_direction"), value_set=words))


def _read_unique(reader: Reader, has: Bools) -> None:
    """«Новый» and «Повторный» under «Уникальность», an empty cell is «not unique»; a column whose words
    nobody knows says nothing."""
    cells, unique = reader.rows.get("is_unique"), reader.columns["is_unique"]
    lower, blank = pc.utf8_lower(cells), unique.isna().to_numpy()
    for is_first, start in ((False, _REPEATED), (True, _FIRST)):
        unique = unique.mask(blank & truth(pc.match_substring_regex(lower, start)), is_first)
    blank, filled = unique.isna().to_numpy(), has_text(cells)
    if (blank & filled).sum() > _UNKNOWN * filled.sum():
        header = reader.rows.title("is_unique")
        reader.notes.append(
            f"Столбец «{header}» не взят: его слов не знаю; уникальность звонков считается по телефону и дням."
        )
        unique = unique.mask(np.ones(len(unique), dtype=bool), pd.NA)
    elif not reader.origin.has_ids:
        unique = unique.mask(has & blank, other=False)
    reader.columns["is_unique"] = unique


def _key_called(reader: Reader) -> None:
    """The person of an outgoing call is whom the clinic called, not the desk that called."""
    rows, columns = reader.rows, reader.columns
    out = (columns["call_direction"] == "out").to_numpy()
    if "called" not in rows.columns or not out.any():
        return
    called = e164(rows.get("called"))[0]
    there = out & has_text(called)
    key = map_all(called, lambda numbers: reader.keyring.keys(PHONE, numbers))
    columns["person_key"] = columns["person_key"].mask(there, key.to_pandas())


def _mark(reader: Reader) -> None:
    """Spam, calls off target and repeated ones by any column that says so: a tag, a class, a comment,
    a question that is answered yes."""
    rows, columns = reader.rows, reader.columns
    spam = _says(reader, "spam") | (columns["status"] == "spam").to_numpy()
    off = _says(reader, "off_target")
    for name in rows.columns:
        if name.partition(":")[0] in {"tags", "is_target"}:
            spam |= _is_marked(rows.get(name), "call_spam")
            off |= _is_marked(rows.get(name), "off_target")
    columns["is_target"] = columns["is_target"].mask(off | spam, other=False)
    columns["status"] = columns["status"].mask(spam, "spam")
    if spam.any():
        reader.notes.append(
            f"Звонков с пометкой «спам»: {int(spam.sum())}; лидами они не считаются."
        )
    if "repeated" in rows.columns and "is_unique" not in rows.columns:
        own = np.array(["repeated" in g.columns for g in rows.grids])[rows.file]
        unique = columns["is_unique"].mask(own, ~_says(reader, "repeated"))
        columns["is_unique"] = unique.astype("boolean")


def _says(reader: Reader, name: str) -> Bools:
    """Rows where a column that asks is answered yes, or says the thing itself."""
    text = reader.rows.get(name)
    values, answered = flags(text)
    says: Bools = answered & (values == 1)
    if name == "repeated":  # «Повторный» under it is yes, though alone it says «not unique»
        lower = pc.utf8_lower(text)
        says &= ~truth(pc.match_substring_regex(lower, _FIRST))
        says |= truth(pc.match_substring_regex(lower, _REPEATED))
    return says


def _is_marked(text: pa.Array, table: str) -> Bools:
    """Cells one of whose marks is of a table of phrases."""
    words = [t for t in distinct(text) if _is_mark(_PARTS.split(t), table)]
    return truth(pc.is_in(text, value_set=pa.array(words, pa.string())))


def _is_mark(parts: list[str], table: str) -> bool:
    """Whether all parts of a cell are as short as marks, and one is of the table."""
    short = all(len(letters(part)) <= _LONGEST for part in parts)
    return short and any(phrase(part, table) for part in parts)
