"""Text columns: words of a vocabulary, ids, marks of advertising, names less personal data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from metrics.schema import (
    APPOINTMENT_STATUSES,
    CALL_DIRECTIONS,
    CONTACT_TYPES,
    LEAD_STATUSES,
    NETWORKS,
    PAYMENT_KINDS,
    Entity,
)
from sheets_sync.errors import FileError, SourceError
from sheets_sync.privacy.contacts import is_phone
from sheets_sync.privacy.keys import Keyring
from sheets_sync.privacy.personal import (
    DOT,
    LONGEST,
    MARKED,
    NAMED,
    find_personal,
    mask,
    outline,
    scrub,
)
from sheets_sync.privacy.readable import readable
from sheets_sync.reading import normalize
from sheets_sync.reading.aliases import aliases, ranks
from sheets_sync.reading.kinds import payment_kinds
from sheets_sync.reading.origin import Origin
from sheets_sync.reading.quarantine import PullRows
from sheets_sync.reading.values import distinct, mapped, unlike
from sheets_sync.reading.words import meaning, plain, spoken, vocabulary, whole, word

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
    r"^(?:[A-Za-zА-Яа-яЁё]{0,3}[-_#№ ]?\d{1,9}|[12456]\d{9,14}|3\d{9}|\d{16,40}|[A-Za-z0-9]{1,9}"
    r"|[0-9a-fA-F]{24,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|)$"
)
_PHONE_INSIDE = re.compile(r"(?<!\d)(?:[78][3489]\d{9}|9\d{9})(?!\d)")
#: A longer id is a text.
_LONGEST_ID = 200
#: A word that so many rows have is one of a program; what stands once may be a person's story.
_OFTEN = 3
_SHOWN_WORDS = 10

#: (entity, column) -> table of words.toml, what an unknown word becomes, the allowed meanings.
_WORDS: dict[tuple[str, str], tuple[str, str, Sequence[str]]] = {
    ("leads", "status"): ("lead_status", "in_work", LEAD_STATUSES),
    ("leads", "contact_type"): ("contact_type", "other", CONTACT_TYPES),
    ("appointments", "status"): ("appointment_status", "", APPOINTMENT_STATUSES),
    ("payments", "kind"): ("payment_kind", "payment", PAYMENT_KINDS),
    ("costs", "network"): ("network", "", NETWORKS),
    ("phrases", "network"): ("network", "", NETWORKS),
    ("calls", "status"): ("call_status", "", ("answered", "missed")),
    ("calls", "call_direction"): ("call_direction", "", CALL_DIRECTIONS),
}
#: The column whose words [source.statuses] explains.
_EXPLAINED = {
    "leads": "status",
    "appointments": "status",
    "payments": "kind",
    "calls": "status",
    "costs": "network",
}


#: What an answer to «Явка?» means, and one to «Возврат?».
_CAME = {"yes": "arrived", "no": "no_show"}
_REFUND = {"yes": "refund", "no": "payment"}
#: And one to «Пропущен?» of a call.
_LOST = {"yes": "missed", "no": "answered"}


class Texts:
    """Reads the text columns of a pull's rows. `notes` grows as columns are read."""

    def __init__(self, entity: Entity, rows: PullRows, origin: Origin, keyring: Keyring) -> None:
        self._entity = entity
        self._rows = rows
        self._keyring = keyring
        self._origin = origin
        self.explained = _explained(entity.name, origin.statuses)
        self.notes: list[str] = []
        #: Words that were not understood, by column, and how often each stands there.
        self.unknown: dict[str, dict[str, int]] = {}
        self._check_shortened()

    def column(self, name: str) -> pa.Array:
        """A text column by its canonical name; "" where it is not given."""
        text = self._rows.get(name)
        if name not in self._rows.columns:
            return text
        if (self._entity.name, name) in _WORDS:
            return self._words(name, text)
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
        return self._scrubbed(name, mapped(text, change) if change else text)

    def _words(self, name: str, text: pa.Array) -> pa.Array:
        """Canonical words; an unknown one becomes what the table says, and is told."""
        _, unknown, allowed = _WORDS[self._entity.name, name]
        words = distinct(text)
        read = self._read(name, words)
        if _EXPLAINED.get(self._entity.name) == name:
            own = {w: self.explained.get(plain(w), "") for w in words}
            read |= {w: meant for w, meant in own.items() if meant and meant in allowed}
        known = mapped(text, lambda word: read[word])
        lost = unlike(text, known)
        if name == "status" and self._entity.name == "calls":  # one column may say both
            lost = tuple(one for one in lost if not meaning(one[0], "call_direction"))
        if lost:
            self.unknown[name] = dict(lost)
            self.notes.append(self._unknown_words(name, lost, unknown))
        if unknown:
            known = pc.if_else(pc.and_(pc.equal(known, ""), pc.not_equal(text, "")), unknown, known)
        return known

    def _read(self, name: str, words: list[str]) -> dict[str, str]:
        """What each word of a column means, "" where it is unknown."""
        table = _WORDS[self._entity.name, name][0]
        if table == "payment_kind":
            return self._kinds(words)
        if table == "appointment_status" and self._is_question(name, words):
            answers = vocabulary("flag")
            return {w: _CAME.get(word(w, answers), "") for w in words}
        if table == "call_status" and plain(self._header(name)) in _lost() and _are_answers(words):
            return {w: _LOST[word(w, vocabulary("flag"))] for w in words}
        codes = {k: v for grid in self._rows.grids for k, v in grid.header.words.items()}
        return {w: codes.get(plain(w)) or meaning(w, table) for w in words}

    def _is_question(self, name: str, words: list[str]) -> bool:
        """Whether a column asks «Явка?» and every word answers yes or no."""
        titles = {plain(grid.header.shown(name)) for grid in self._rows.grids}
        return titles <= _questions() and _are_answers(words)

    def _kinds(self, words: list[str]) -> dict[str, str]:
        kinds, doubtful = payment_kinds(words)
        if plain(self._header("kind")) in ranks("payments")["refund"]:
            kinds = {w: _REFUND.get(word(w, vocabulary("flag")), kinds[w]) for w in words}
        for text in (w for w in doubtful if plain(w) not in self.explained):
            self.notes.append(
                f"Столбец «{self._header('kind')}»: «{mask(text)}» – деньги пришли или потрачены прежние? Принято как "
                f"{kinds[text]}; если не так, они учтены дважды или ни разу: напишите "
                f'[source.statuses] "{mask(text)}" = "prepayment" (пришли) или "balance_spend" (потрачены).'
            )
        return kinds

    def _unknown_words(self, name: str, lost: tuple[tuple[str, int], ...], unknown: str) -> str:
        """Which words were not understood, what was done, and how to explain them."""
        header = self._header(name)
        words = ", ".join(
            f"«{_shown(word, n)}» ({self._times(name, word, n)})" for word, n in lost[:_SHOWN_WORDS]
        )
        rest = f" и ещё {len(lost) - _SHOWN_WORDS}" if len(lost) > _SHOWN_WORDS else ""
        done = f"приняты как {unknown}" if unknown else "оставлены пустыми"
        if self._entity.name == "appointments":
            done = "строки не приняты"
        note = f"Столбец «{header}»: неизвестные слова {words}{rest} – {done}."
        if _EXPLAINED.get(self._entity.name) == name:
            meanings = ", ".join(m for m in _WORDS[self._entity.name, name][2] if m)
            first = _shown(*lost[0])
            example = "слово из файла" if DOT in first else first
            note += (
                f' Объясните их в файле клиники: [source.statuses] "{example}" = "…" ({meanings}).'
            )
        return note

    def _times(self, name: str, word: str, rows: int) -> str:
        """How often an unknown word stands, and where the first one does if it is not shown."""
        if DOT not in _shown(word, rows):
            return str(rows)
        first = pc.index(self._rows.columns[name], word).as_py()
        return f"{rows}, строка {self._rows.numbers[first]}"

    def _ids(self, name: str, text: pa.Array) -> pa.Array:
        """Ids as text. A row's that is a phone or an e-mail becomes a key, the same in every file."""
        if _any(pc.match_substring_regex(text, r"^\d+\.0+$")):
            text = mapped(text, normalize.native_id)
        of_ads = name in _NAMELESS
        plain_id = pc.match_substring_regex(text, r"^[\d.]*$" if of_ads else _PLAIN_ID)
        rest = mapped(
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
        return mapped(ids, lambda words: " ".join(map(sure, words.split())))

    def _marketing_ids(self, name: str, text: pa.Array) -> pa.Array:
        if _any(pc.match_substring_regex(text, r"^\d+\.0+$")):
            text = mapped(text, normalize.native_id)
        known = pc.if_else(pc.match_substring_regex(text, normalize.MARKETING_ID), text, "")
        if _any(pc.match_substring_regex(known, r"^\d{10,15}$")):
            known = mapped(known, lambda t: "" if is_phone(t) else t)
        if lost := sum(n for _, n in unlike(text, known)):
            self.notes.append(
                f"Столбец «{self._header(name)}»: не похоже на номер ячеек {lost}, они оставлены пустыми."
            )
        return known

    def _scrubbed(self, name: str, text: pa.Array) -> pa.Array:
        """The column without phones, e-mails and (but for staff and campaigns) full names."""
        coded = text.dictionary_encode()
        words = coded.dictionary.to_pylist()
        cleaned = [t and scrub(t, names=name not in NAMED, bare=name not in MARKED) for t in words]
        pairs = list(zip(words, cleaned, strict=True))
        long = _cells(coded, [t != kept and t[:LONGEST] == kept for t, kept in pairs])
        changed = _cells(coded, [t[:LONGEST] != kept for t, kept in pairs])
        if long:
            self.notes.append(
                f"Столбец «{self._header(name)}»: тексты длиннее {LONGEST} знаков обрезаны; таких ячеек {long}."
            )
        if changed:
            self.notes.append(
                f"Столбец «{self._header(name)}»: телефоны, e-mail или ФИО убраны; таких ячеек {changed}."
            )
        return pa.array(cleaned, pa.string()).take(coded.indices)

    def _header(self, name: str) -> str:
        """How the first file that has it calls the column."""
        for grid in self._rows.grids:
            if name in grid.header.columns:
                return mask(grid.header.names[grid.header.columns[name][0]])
        return name

    def _check_shortened(self) -> None:
        for name in _NUMBERS:
            text = self._rows.columns.get(name)
            if text is None:
                continue
            found = pc.match_substring_regex(text, normalize.SHORTENED)
            row = pc.index(found, value=True).as_py()
            if row >= 0:
                raise FileError(
                    f"столбец «{self._rows.header(row, name)}», строка {self._rows.numbers[row]}: "
                    f"номер испорчен таблицей ({text[row].as_py()}), его цифры потеряны.",
                    where=self._rows.where(row),
                    hint="Выгрузите заново и сохраните этот столбец как текст; если он не нужен, "
                    f'напишите в файле клиники: [source.columns] {name} = "".',
                )


def _explained(entity: str, statuses: Mapping[str, str]) -> dict[str, str]:
    """[source.statuses] by plain word. Raises SourceError for a meaning that does not exist."""
    if not statuses:
        return {}
    if entity not in _EXPLAINED:
        raise SourceError(f"[source.statuses] для {entity} не нужен: слов там нет.")
    allowed = [m for m in _WORDS[entity, _EXPLAINED[entity]][2] if m]
    allowed += ["paid", "unpaid"] if entity == "payments" else []
    for text, meant in statuses.items():
        if meant not in allowed and not (entity == "payments" and whole(meant, "payment_status")):
            raise SourceError(
                f"[source.statuses]: «{mask(text)}» = «{mask(meant)}», такого значения нет.",
                hint=f"Бывают: {', '.join(allowed)}.",
            )
    return {plain(text): meant for text, meant in statuses.items()}


def _are_answers(words: Sequence[str]) -> bool:
    """Whether every word of a column says yes or no."""
    return bool(words) and all(word(w, vocabulary("flag")) for w in words)


@cache
def _lost() -> frozenset[str]:
    """Plain headers that ask whether nobody answered a call."""
    asked = ("пропущен", "пропущенный", "пропущенный звонок", "потерян", "потерянный", "потерянный звонок", "lost", "is lost", "missed")  # fmt: skip
    return frozenset(map(plain, asked))


@cache
def _questions() -> frozenset[str]:
    """Plain headers that ask whether a patient came."""
    return frozenset(
        map(
            plain,
            ("явка", "посещение", "посещаемость", "attendance", *aliases("appointments")["came"]),
        )
    )


def _holds_person(text: str, *, of_ads: bool) -> bool:
    """Whether an id is or holds a phone, an e-mail or a name, or is a text and no id."""
    if len(text) > _LONGEST_ID:
        return True
    if not of_ads and _PHONE_INSIDE.search(readable(text)):
        return True
    return find_personal(text, bare=not of_ads) != ""


def _shown(word: str, rows: int) -> str:
    """An unknown word as it may be shown: as it is where it is the program's, else its outline."""
    return mask(word) if rows >= _OFTEN else outline(word, spoken())


def _cells(coded: pa.DictionaryArray, of: Sequence[bool]) -> int:
    """How many cells have one of some distinct texts."""
    wanted = pa.array([place for place, is_one in enumerate(of) if is_one], coded.indices.type)
    return int(pc.sum(pc.is_in(coded.indices, value_set=wanted)).as_py() or 0) if wanted else 0


def _any(found: pa.Array) -> bool:
    return bool(pc.any(found).as_py())
