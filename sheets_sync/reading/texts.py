"""Text columns: ids, marks of advertising, names less personal data; words are word_columns.py's."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from metrics.entity import Entity
from sheets_sync.errors import FileError
from sheets_sync.privacy.contact_details import is_phone
from sheets_sync.privacy.keys import Keyring
from sheets_sync.privacy.personal import (
    LONGEST,
    MARKED,
    NAMED,
    find_personal,
    pared,
    personal_kinds,
    redact_title,
    scrub,
)
from sheets_sync.privacy.readable import readable
from sheets_sync.reading import normalize
from sheets_sync.reading.characters import has_byte
from sheets_sync.reading.few_texts import by_texts
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.quarantine import PullRows
from sheets_sync.reading.to_write import column_line, to_write
from sheets_sync.reading.values import map_cells, unlike
from sheets_sync.reading.word_columns import WordColumns

_IDS = {
    *("lead_id", "appointment_id", "payment_id", "call_id", "touch_id", "campaign_id", "goal_id"),
    *("visit_id", "aliases"),
}
#: Ids of another row of the same system, or of several: "D41 ?41".
_OTHERS = {"lead_id", "appointment_id", "visit_id", "aliases"}
#: Ids that no person gives: ten digits of a campaign are no phone.
_NAMELESS = {"campaign_id", "goal_id"}
_MARKETING_IDS = {"yclid", "ym_client_id"}
#: A spreadsheet may have shortened these; then two people share one number.
_NUMBERS = (*_IDS, *_MARKETING_IDS, "patient_id", "patient_key", "person_key")
#: Ids that hold nobody, as nearly all do; of the rest some are a phone, an e-mail or a name.
_PLAIN_ID = (
    r"^(?:[A-Za-zА-Яа-яЁё]{0,3}[-_#№ ]?\d{1,9}|[12456]\d{9,14}|3\d{9}|\d{16,40}|[A-Za-z]{0,3}\d[A-Za-z0-9]{0,8}"
    r"|[0-9a-fA-F]{24,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|)$"
)
#: A random id, no word: no more than three letters touch a digit.
_RANDOM = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,3}\d|\d[^\W\d_]{1,3}(?![^\W\d_])")
_PHONE_INSIDE = re.compile(r"(?<!\d)(?:[78][3489]\d{9}|9\d{9})(?!\d)")
#: From so many texts and such a share of them on that name somebody, a column is one of people.
_FEWEST_NAMED, _SHARE_NAMED = 3, 0.5
#: A longer id is a text.
_LONGEST_ID = 200


class Texts:
    """Reads the text columns of a pull's rows. `notes` grows as columns are read."""

    def __init__(self, entity: Entity, rows: PullRows, origin: Origin, keyring: Keyring) -> None:
        self._entity = entity
        self._rows = rows
        self._keyring = keyring
        self._origin = origin
        self.words = WordColumns(entity.name, rows, origin.statuses)
        self.notes = self.words.notes
        self._check_shortened()

    def column(self, name: str) -> pa.Array:
        """A text column by its canonical name; "" where it is not given."""
        text = self._rows.get(name)
        if name not in self._rows.columns:
            return text
        if self.words.has(name):
            return self.words.column(name, text)
        if name in _IDS:
            ids = self._ids(name, text)
            return self._of_system(name, ids) if name in _OTHERS - {self._entity.key} else ids
        if name in _MARKETING_IDS:
            return self._marketing_ids(name, text)
        shaped = {
            "landing_path": normalize.landing_path,
            "end_path": normalize.landing_path,
            "referrer_domain": normalize.referrer_domain,
        }
        change = shaped.get(name) or (normalize.utm if name.startswith("utm_") else None)
        return self._scrubbed(name, map_cells(text, change) if change else text)

    def _ids(self, name: str, text: pa.Array) -> pa.Array:
        """Ids as text. A row's that is a phone or an e-mail becomes a key, the same in every file."""
        if _has_fractions(text):
            text = map_cells(text, normalize.native_id)
        of_ads = name in _NAMELESS
        plain_id = pc.match_substring_regex(text, r"^[\d.]*$" if of_ads else _PLAIN_ID)
        if pc.all(plain_id).as_py():
            return text
        rest = map_cells(
            pc.if_else(plain_id, "", text),
            lambda t: self._keyring.key("id:", t) if _holds_person(t, of_ads=of_ads) else t,
        )
        return pc.if_else(plain_id, text, rest)

    def _of_system(self, name: str, ids: pa.Array) -> pa.Array:
        """Ids of other rows, after the name of the system that gave them."""
        prefix = self._origin.prefix(name)
        if not prefix:
            return ids
        if name != "aliases":
            return pc.if_else(pc.equal(ids, ""), "", pc.binary_join_element_wise(prefix, ids, ""))
        sure = lambda word: f"{'?' * word.startswith('?')}{prefix}{word.removeprefix('?')}"  # noqa: E731
        return map_cells(ids, lambda words: " ".join(map(sure, words.split())))

    def _marketing_ids(self, name: str, text: pa.Array) -> pa.Array:
        if _has_fractions(text):
            text = map_cells(text, normalize.native_id)
        ids = pc.if_else(pc.match_substring_regex(text, normalize.MARKETING_ID), text, "")
        if _any(pc.match_substring_regex(ids, r"^\d{10,15}$")):
            ids = map_cells(ids, lambda t: "" if is_phone(t) else t)
        if lost := sum(n for _, n in unlike(text, ids)):
            self.notes.append(
                f"Столбец «{self.words.header(name)}»: не похоже на номер ячеек {lost}, они оставлены пустыми."
            )
        return ids

    def _scrubbed(self, name: str, text: pa.Array) -> pa.Array:
        """The column without what is personal: names, too, but for staff and campaigns."""
        coded = by_texts(text)
        words = coded.dictionary.to_pylist()
        clean = pared if self._entity.column(name).required else scrub
        names, bare = name not in NAMED, name not in MARKED
        cleaned = [t and clean(t, names=names, bare=bare) for t in words]
        if names and clean is scrub and _is_of_people(words, cleaned):
            cleaned = [t and scrub(t, bare=bare, eager=True) for t in words]
        pairs = list(zip(words, cleaned, strict=True))
        long = _cells(coded, [t != kept and t[:LONGEST] == kept for t, kept in pairs])
        changed = _cells(coded, [t[:LONGEST] != kept for t, kept in pairs])
        if long:
            self.notes.append(
                f"Столбец «{self.words.header(name)}»: тексты длиннее {LONGEST} знаков обрезаны; таких ячеек {long}."
            )
        if changed:
            self.notes.append(
                f"Столбец «{self.words.header(name)}»: личное (телефоны, e-mail, ФИО, документы) убрано; таких ячеек {changed}."
            )
        return text if cleaned == words else pa.array(cleaned, pa.string()).take(coded.indices)

    def _check_shortened(self) -> None:
        for name in _NUMBERS:
            text = self._rows.columns.get(name)
            if text is None or not has_byte(text, b"eE"):
                continue
            matches = pc.match_substring_regex(text, normalize.SHORTENED)
            row = pc.index(matches, value=True).as_py()
            if row >= 0:
                raise FileError(
                    f"столбец «{self._rows.header(row, name)}», строка {self._rows.numbers[row]}: "
                    f"номер испорчен таблицей ({text[row].as_py()}), его цифры потеряны.",
                    where=self._rows.where(row),
                    hint="Выгрузите заново и сохраните этот столбец как текст. Если он не нужен: "
                    + to_write("columns", column_line(name, "")),
                )


def _holds_person(text: str, *, of_ads: bool) -> bool:
    """Whether an id is or holds a phone, an e-mail, a name or a surname, or is a text and no id."""
    if len(text) > _LONGEST_ID:
        return True
    if not of_ads and _PHONE_INSIDE.search(readable(text)):
        return True
    if find_personal(text, bare=not of_ads):
        return True
    return not (of_ads or _RANDOM.search(text)) and redact_title(text) != text


def _is_of_people(words: Sequence[str], cleaned: Sequence[str]) -> bool:
    """Whether half of a column's texts name somebody: then a surname alone does, too."""
    changed = (t[:LONGEST] for t, kept in zip(words, cleaned, strict=True) if t != kept)
    named = sum("name" in personal_kinds(text) for text in changed)
    return named >= max(_FEWEST_NAMED, len(words) * _SHARE_NAMED)


def _cells(coded: pa.DictionaryArray, of: Sequence[bool]) -> int:
    """How many cells have one of some distinct texts."""
    codes = pa.array([place for place, is_one in enumerate(of) if is_one], coded.indices.type)
    return int(pc.sum(pc.is_in(coded.indices, value_set=codes)).as_py() or 0) if codes else 0


def _has_fractions(text: pa.Array) -> bool:
    """Whether a spreadsheet wrote a number as `124.0`."""
    return has_byte(text, b".") and _any(pc.match_substring_regex(text, r"^\d+\.0+$"))


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())
