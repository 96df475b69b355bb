"""Person and patient keys of rows, made from phones, e-mails and card numbers, which end here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sheets_sync.privacy import contact_details
from sheets_sync.privacy.keys import EMAIL, PHONE, Keyring
from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.few_texts import by_texts
from sheets_sync.reading.normalize import native_id
from sheets_sync.reading.quarantine import PullRows
from sheets_sync.reading.values import Bools, has_text, map_all, map_cells, truth

#: No cell has filling of a number without one of these bytes: as they begin in UTF-8.
_FILLS = b" \t\r\n\x0b\x0c\xc2\xe2\xef().-"


@dataclass(frozen=True)
class PersonKeys:
    """`person` and `patient` keys, "" where there is none; notes for «Журнал»."""

    person: pa.Array
    patient: pa.Array
    notes: tuple[str, ...]


def keys(rows: PullRows, keyring: Keyring, prefix: str = "") -> PersonKeys:
    """Keys of every row: a person by the first valid phone, else e-mail, else a key that came
    ready-made; a patient by the clinic program's id, else a ready-made key, both after the `prefix`
    of the program whose ids they are."""
    notes = []
    person = rows.blank
    several = np.zeros(len(rows), dtype=bool)
    unread = np.zeros(len(rows), dtype=bool)
    for name in (n for n in rows.columns if n.partition(":")[0] == "phone"):
        made, many, lost = _of_phones(rows.columns[name], keyring)
        several |= many
        unread |= lost
        person = _first(person, made)
        del made  # of a large clinic 36 MB, which those of patients come beside
    unread &= ~has_text(person)
    for name in (n for n in rows.columns if n.partition(":")[0] == "email"):
        address = map_cells(rows.columns[name], contact_details.email)
        person = _first(person, map_all(address, lambda a: keyring.keys(EMAIL, a)))
    if several.any():
        notes.append(
            f"Ячеек с несколькими телефонами: {several.sum()}; ключ сделан по первому верному."
        )
    if unread.any():
        notes.append(f"Нераспознанных телефонов: {unread.sum()}; человек по ним не найдётся.")
    patient = map_all(rows.get("patient_id"), lambda texts: _patients(texts, keyring, prefix))
    return PersonKeys(
        _or_foreign(person, rows, "person_key", keyring),
        _or_foreign(patient, rows, "patient_key", keyring, prefix),
        tuple(notes),
    )


def _of_phones(text: pa.Array, keyring: Keyring) -> tuple[pa.Array, Bools, Bools]:
    """(keys of a column of phones, which cells hold several, which hold none that can be read)."""
    cells = by_texts(text)  # a patient's phone stands in every visit of theirs
    number, many = e164(cells.dictionary)
    lost, codes = has_text(cells.dictionary) & ~has_text(number), cells.indices.to_numpy()
    made = map_all(number, lambda n: keyring.keys(PHONE, n))
    return made.take(cells.indices), many[codes], lost[codes]


def e164(text: pa.Array) -> tuple[pa.Array, Bools]:
    """(the first valid phone of every cell as E.164 or "", which cells hold several).

    Plain Russian numbers, nearly all, are recognised by column; the rest one by one. Both ways
    give what `contact_details.phones` gives.
    """
    bare = text
    if has_byte(text, _FILLS):
        bare = pc.replace_substring_regex(text, contact_details.FILLING, "")
    # What contact_details.NATIONAL takes apart, four times as fast as by its groups.
    whole = pc.match_substring_regex(bare, r"^(?:\+?7|8)?\d{10}$")
    national = pc.if_else(whole, pc.utf8_slice_codeunits(bare, -10), "")
    valid = _is_valid(national, contact_details.UNPLANNED)
    alone = pc.and_(whole, pc.equal(pc.binary_length(bare), 10))
    if pc.any(alone).as_py():
        valid = pc.if_else(alone, _is_valid(national, contact_details.UNPLANNED_BARE), valid)
    stub = pc.match_substring_regex(national, f"{contact_details.STUB}$")
    plain = pc.and_not(valid, stub)  # a stub is nobody's
    if has_byte(text, b".,"):  # 7916123456.0 is ten digits and a fraction
        plain = pc.and_not(plain, pc.match_substring_regex(text, r"[.,]0+$"))
    number = pc.if_else(plain, pc.binary_join_element_wise("+7", national, ""), "")
    many = np.zeros(len(text), dtype=bool)
    rest = np.flatnonzero(truth(pc.and_(pc.invert(plain), pc.not_equal(text, ""))))
    if not len(rest):
        return number, many
    coded = text.take(pa.array(rest)).dictionary_encode()
    read = [contact_details.phones(t) for t in coded.dictionary.to_pylist()]
    phones = [read[code] for code in coded.indices.to_pylist()]
    many[rest] = [len(several) > 1 for several in phones]
    mask = np.zeros(len(text), dtype=bool)
    mask[rest] = True
    firsts = pa.array([several[0] if several else "" for several in phones], pa.string())
    return pc.replace_with_mask(number, pa.array(mask), firsts), many


def _is_valid(national: pa.Array, unplanned: str) -> pa.Array:
    """Which ten digits are a Russian number, those that the plan does not know yet among them."""
    pattern = f"^(?:{contact_details.russian_pattern()}|{unplanned})$"
    return pc.match_substring_regex(national, pattern)


def _first(one: pa.Array, other: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(one, ""), other, one)


def _or_foreign(
    own: pa.Array, rows: PullRows, column: str, keyring: Keyring, prefix: str = ""
) -> pa.Array:
    """`own` keys, and where there is none one of a key that came ready-made."""
    if column not in rows.columns:
        return own

    def key(text: str) -> str:
        made = text and keyring.foreign_key(column, prefix + text)
        if column == "patient_key":
            keyring.cards([made], [text])
        return made

    return _first(own, map_cells(rows.get(column), key))


def _patients(texts: Iterable[str], keyring: Keyring, prefix: str) -> Iterable[str]:
    """Zeros alone are how programs write "no card"; `00123` and `123` are one in any system."""
    numbers = [text if text.isdigit() else native_id(text) for text in texts]
    bare = [n.lstrip("0") if n.isdigit() else n if n.strip("0") else "" for n in numbers]
    made = iter(keyring.patient_keys(prefix + number for number in bare if number))
    keys = [next(made) if number else "" for number in bare]
    keyring.cards(keys, numbers)
    return keys
