"""What the rows of leads alone need: spam and doubles by any column that says so, no outgoing calls."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.privacy.personal import mask
from sheets_sync.reading.deeds import EXPLAIN, doubt
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.texts import Texts
from sheets_sync.reading.to_write import column_line, to_write, word_line
from sheets_sync.reading.values import Bools, distinct, flags, map_cells, truth
from sheets_sync.reading.visit_marks import mark_leads
from sheets_sync.reading.words import letters, meaning, phrase, vocabulary, word

_JUNK = ("spam", "duplicate")
#: Columns that ask, the answer that makes a row no lead, and what it is then.
_ASKED = (("spam", 1, "spam"), ("double", 1, "duplicate"), ("target", 0, "spam"))
#: Statuses that a person gave later than a reason or a tag.
_SETTLED = ("won", "booked", *_JUNK)
#: A comment of so many words is a mark.
_MARK_WORDS = 2
#: Words of a header that asks of a lead's quality; of a status that says it is poor.
_QUALITY, _POOR = re.compile("качеств"), re.compile("некачеств|junk")


def finish_leads(reader: Reader, texts: Texts) -> None:
    """Take spam and doubles for what their reason or tags say; leave out outgoing calls; tell of both."""
    tell_nobody(reader)
    mark_leads(reader)
    unknown = sum(texts.words.unknown.get("status", {}).values())
    reader.doubts += doubt("statuses", "Неизвестные статусы", unknown, EXPLAIN)
    _mark_junk(reader)
    _tell_poor(reader)
    _leave_outgoing(reader)
    _leave_deleted(reader)


def _leave_deleted(reader: Reader) -> None:
    """What somebody deleted or made to try a form is no lead."""
    gone: Bools = np.zeros(len(reader.rows), dtype=bool)
    for name in (n for n in reader.rows.columns if n.partition(":")[0] == "deleted"):
        values, answered = flags(reader.rows.get(name))
        gone |= answered & (values == 1)
    if gone.any():
        reader.left |= gone
        reader.notes.append(f"Удалённых и тестовых заявок: {int(gone.sum())}; они не учтены.")


def _mark_junk(reader: Reader) -> None:
    """A reason of loss, a tag or a column that asks says what a status does not."""
    for name, answer, meant in (row for row in _ASKED if row[0] in reader.rows.columns):
        values, answered = flags(reader.rows.get(name))
        _mark(reader, name, answered & (values == answer), meant)
    for name in reader.rows.columns:
        own = name.partition(":")[0]
        if own not in {"lost_reason", "tags", "comment_mark"}:
            continue
        # A tag is no answer to a question: «реклама» tells where from, «спам» tells what.
        read = _reads(reader, own)
        words = {t: read(t, "lead_status") for t in distinct(reader.rows.get(name))}
        meanings = map_cells(reader.rows.get(name), words.__getitem__)
        _mark(
            reader, own, truth(pc.is_in(meanings, value_set=pa.array(_JUNK))), meanings.to_pandas()
        )


def _asks_quality(reader: Reader, name: str) -> bool:
    """Whether a column asks of what quality a lead is: there «некачественный» is off target."""
    return name == "lost_reason" and any(map(_QUALITY.match, letters(reader.rows.title(name))))


def _reads(reader: Reader, name: str) -> Callable[[str, str], str]:
    """How the words of a column are read: a tag is no answer, a comment is a mark or a story."""
    if name == "comment_mark":
        return _of_comment
    if _asks_quality(reader, name):
        return _of_quality
    return meaning if name == "lost_reason" else phrase


def _of_comment(text: str, table: str) -> str:
    """What a comment says that is no longer than a mark: «дубль»; a longer one tells a story."""
    return phrase(text, table) if len(letters(text)) <= _MARK_WORDS else ""


def _of_quality(text: str, table: str) -> str:
    return "spam" if word(text, vocabulary("flag")) == "no" else meaning(text, table)


def _tell_poor(reader: Reader) -> None:
    """«Некачественный лид», Bitrix24's JUNK, is a lead that was lost, as its API says; told, for people
    put spam there, too."""
    cells = reader.rows.get("status")
    lost = (reader.columns["status"] == "lost").to_numpy()
    cells = cells.filter(pa.array(lost))
    poor = {t for t in distinct(cells) if any(map(_POOR.match, letters(t)))}
    rows = int(truth(pc.is_in(cells, value_set=pa.array(sorted(poor), pa.string()))).sum())
    if rows:
        lines = [word_line(mask(t), "spam") for t in sorted(poor)]
        reader.notes.append(
            f"Столбец «{reader.rows.title('status')}»: заявок «{mask(min(poor))}» {rows}; это потерянные лиды, в «Лиды» они "
            f"входят. Если там спам и ошибки, {to_write('statuses', *lines, there=reader.origin.statuses)}"
        )


def _mark(reader: Reader, name: str, junk: Bools, words: pd.Series | str) -> None:
    status = reader.columns["status"]
    junk &= ~status.isin(_SETTLED).to_numpy()
    if junk.any():
        reader.columns["status"] = status.mask(junk, words)
        reader.notes.append(
            f"Столбец «{reader.rows.title(name)}»: заявок, которые по нему спам или дубль: {int(junk.sum())}."
        )


def _leave_outgoing(reader: Reader) -> None:
    """The clinic's own calls are no leads, whichever column says so."""
    says = {"contact_type": _is_out, "call_direction": _is_out, "source_raw": _is_out_call, "title": _is_out_call}  # fmt: skip
    own_calls: Bools = np.zeros(len(reader.rows), dtype=bool)
    for name, is_such in says.items():
        cells = reader.rows.get(name)
        if words := [t for t in distinct(cells) if is_such(t)]:
            own_calls |= truth(pc.is_in(cells, value_set=pa.array(words)))
    own_calls &= ~reader.quarantine.refused & ~reader.left
    if own_calls.any():
        reader.left |= own_calls
        reader.notes.append(
            f"Исходящих звонков среди заявок: {int(own_calls.sum())}; лидами они не считаются."
        )


def _is_out(text: str) -> bool:
    return word(text, vocabulary("call_direction")) == "out" or _is_out_call(text)


def _is_out_call(text: str) -> bool:
    return phrase(text, "outgoing_call") != ""


def tell_nobody(reader: Reader) -> None:
    """A file of leads or calls that names no person and no id meets nothing."""
    keys = ("phone", "email", "person_key", reader.entity.key)
    named = any(name in reader.rows.columns for name in keys)
    if reader.origin.has_ids or named or not len(reader.rows):
        return
    reader.notes.append(
        "Телефонов и e-mail в файле не нашёл: такие строки не встретятся с визитами и оплатами. Если столбец "
        f"есть: {to_write('columns', column_line('phone'))}"
    )
