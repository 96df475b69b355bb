"""Columns whose words have meanings: statuses, kinds, networks; what nobody understands is told."""

from __future__ import annotations

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
)
from sheets_sync.errors import SourceError
from sheets_sync.privacy.personal import DOT, mask, outline
from sheets_sync.reading.aliases import aliases, ranks
from sheets_sync.reading.kinds import no_payment, payment_kinds
from sheets_sync.reading.meant import meant
from sheets_sync.reading.quarantine import PullRows
from sheets_sync.reading.reader import Reader
from sheets_sync.reading.to_write import to_write, word_line
from sheets_sync.reading.values import Bools, distinct, map_cells, truth, unlike
from sheets_sync.reading.words import (
    ARROWS,
    meaning,
    plain,
    vocabulary,
    vocabulary_words,
    whole,
    word,
)

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
    ("calls", "status"): ("call_status", "", ("answered", "missed", "spam")),
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


#: One column of calls may say both, and the words of the other are no unknown ones.
_SAYS_BOTH = {"status": "call_direction", "call_direction": "call_status"}

#: What an answer to «Явка?» means, and one to «Возврат?».
_CAME = {"yes": "arrived", "no": "no_show"}
_REFUND = {"yes": "refund", "no": "payment"}
_WAYS = "Столбец «{}»: ← принята за входящий, → за исходящий звонок. Если наоборот, " + to_write(
    "statuses", word_line("→", "in"), word_line("←", "out")
)
#: And one to «Пропущен?» of a call.
_BARE = frozenset(map(plain, ("да", "нет", "1", "0", "yes", "no", "true", "false", "истина", "ложь", "y", "n", "д", "н", "v", "x", "+", "✓", "✗")))  # fmt: skip
_LOST = {"yes": "missed", "no": "answered"}


class WordColumns:
    """Reads the columns of a pull's rows that hold words. `notes` grows as columns are read."""

    def __init__(self, entity: str, rows: PullRows, statuses: Mapping[str, str]) -> None:
        self._entity = entity
        self._rows = rows
        self.explained = _explained(entity, statuses)
        self.notes: list[str] = []
        #: Words that were not understood, by column, and how often each stands there.
        self.unknown: dict[str, dict[str, int]] = {}

    def has(self, name: str) -> bool:
        """Whether a column holds words with meanings."""
        return (self._entity, name) in _WORDS

    def column(self, name: str, text: pa.Array) -> pa.Array:
        """Canonical words; an unknown one becomes what the table says, and is told."""
        _, unknown, allowed = _WORDS[self._entity, name]
        words = distinct(text)
        read = self._read(name, words)
        if _EXPLAINED.get(self._entity) == name or name == "call_direction":
            own = {w: self.explained.get(plain(w), "") for w in words}
            read |= {w: meant for w, meant in own.items() if meant and meant in allowed}
        if name == "call_direction" and any(sign in w for w in words for sign in ARROWS):
            self.notes.append(_WAYS.format(self.header(name)))
        values = map_cells(text, lambda word: read[word])
        lost = unlike(text, values)
        if (other := _SAYS_BOTH.get(name)) and self._entity == "calls":
            lost = tuple(
                one for one in lost
                if not (meaning(one[0], other) or word(one[0], vocabulary("flag")))
            )  # fmt: skip
        if lost:
            self.unknown[name] = dict(lost)
            unclear = [one for one in lost if name != "kind" or not no_payment(one[0], words)]
            done = f"приняты как {meant(unknown)}" if unknown else "оставлены пустыми"
            if self._entity == "appointments" or name == "call_direction":
                done = "строки не приняты"
            self.notes += [self.unknown_words(name, unclear, done, allowed)] if unclear else []
        if unknown:
            values = pc.if_else(
                pc.and_(pc.equal(values, ""), pc.not_equal(text, "")), unknown, values
            )
        return values

    def _read(self, name: str, words: list[str]) -> dict[str, str]:
        """What each word of a column means, "" where it is unknown."""
        table = _WORDS[self._entity, name][0]
        if table == "payment_kind":
            return self._kinds(words)
        if table == "appointment_status" and self._is_question(name, words):
            answers = vocabulary("flag")
            return {w: _CAME.get(word(w, answers), "") for w in words}
        if table == "call_status" and are_bare_answers(words):
            is_lost = plain(self.header(name)) in _lost()
            of = _LOST if is_lost else {"yes": "answered", "no": "missed"}
            return {w: of[word(w, vocabulary("flag"))] for w in words}
        codes = {k: v for grid in self._rows.grids for k, v in grid.header.words.items()}
        return {w: codes.get(plain(w)) or meaning(w, table) for w in words}

    def _is_question(self, name: str, words: list[str]) -> bool:
        """Whether a column asks «Явка?» and every word answers yes or no."""
        titles = {plain(grid.header.shown(name)) for grid in self._rows.grids}
        return titles <= _questions() and _are_answers(words)

    def _kinds(self, words: list[str]) -> dict[str, str]:
        header = plain(self.header("kind"))
        is_means = header in ranks("payments")["method"]
        kinds, doubtful = payment_kinds(words, is_means=is_means)
        if header in ranks("payments")["refund"]:
            kinds = {w: _REFUND.get(word(w, vocabulary("flag")), kinds[w]) for w in words}
        for text in (w for w in doubtful if plain(w) not in self.explained):
            self.notes.append(
                f"Столбец «{self.header('kind')}»: «{mask(text)}» – деньги пришли или потрачены прежние? Принято как "
                f"{meant(kinds[text])}; если не так, они учтены дважды или ни разу: "
                + to_write(
                    "statuses",
                    word_line(
                        mask(text), "prepayment", remark='пришли; или "balance_spend": потрачены'
                    ),
                    there=self.explained,
                )
            )
        return kinds

    def unknown_words(
        self, name: str, lost: Sequence[tuple[str, int]], done: str, meanings: Sequence[str]
    ) -> str:
        """Which words were not understood, what was done, and how to explain them."""
        header = self.header(name)
        words = ", ".join(
            f"«{_shown(word, n)}» ({self._times(name, word, n)})" for word, n in lost[:_SHOWN_WORDS]
        )
        rest = f" и ещё {len(lost) - _SHOWN_WORDS}" if len(lost) > _SHOWN_WORDS else ""
        note = f"Столбец «{header}»: неизвестные слова {words}{rest} – {done}."
        if name in {_EXPLAINED.get(self._entity), "status", "call_direction"}:
            shown = [_shown(word, rows) for word, rows in lost]
            note += " " + explain(shown, meanings, self.explained)
        return note

    def _times(self, name: str, word: str, rows: int) -> str:
        """How often an unknown word stands, and where the first one does if it is not shown."""
        if DOT not in _shown(word, rows):
            return str(rows)
        first = pc.index(self._rows.columns[name], word).as_py()
        return f"{rows}, строка {self._rows.numbers[first]}"

    def header(self, name: str) -> str:
        """How the first file that has it calls the column."""
        for grid in self._rows.grids:
            if name in grid.header.columns:
                return mask(grid.header.names[grid.header.columns[name][0]])
        return name


def explain(shown: Sequence[str], meanings: Sequence[str], there: Mapping[str, str]) -> str:
    """What to write of words that nobody understood: a line for each that may be shown."""
    open_ = [text for text in shown if DOT not in text][:_SHOWN_WORDS]
    lines = [word_line(text) for text in open_ or ["слово из файла"]]
    allowed = ", ".join(meant(m) for m in meanings if m)
    return (
        "Чтобы объяснить их, "
        + to_write("statuses", *lines, there=there)
        + f"\nгде вместо … одно из слов: {allowed}."
    )


def refuse_words(
    reader: Reader, name: str, unknown: Bools, reason: str, meanings: Sequence[str]
) -> None:
    """Refuse rows whose word nobody knows; each is told with the line that explains it."""
    text = reader.rows.get(name)
    counts = pc.value_counts(text.filter(pa.array(unknown))).to_pylist()
    answers = ", ".join(meant(m) for m in meanings)
    for one in sorted(counts, key=lambda c: -c["counts"])[:_SHOWN_WORDS]:
        shown = _shown(one["values"], one["counts"])
        line = word_line("слово из файла" if DOT in shown else shown)
        cause = f"{reason}: допишите в [source.statuses] {line}, где … – {answers}"
        reader.quarantine.refuse(unknown & truth(pc.equal(text, one["values"])), name, cause)
    rest = f'{reason}: допишите в [source.statuses] "слово из файла" = "…", где … – {answers}'
    reader.quarantine.refuse(unknown, name, rest)


def unexplained(entity: str, rows: PullRows) -> Mapping[str, int]:
    """Words of the column that [source.statuses] explains which nobody understands without it, and
    how often each stands.
    """
    name = _EXPLAINED.get(entity, "")
    if name not in rows.columns:
        return {}
    words = WordColumns(entity, rows, {})
    words.column(name, rows.columns[name])
    return words.unknown.get(name, {})


def _explained(entity: str, statuses: Mapping[str, str]) -> dict[str, str]:
    """[source.statuses] by plain word. Raises SourceError for a meaning that does not exist."""
    if not statuses:
        return {}
    if entity not in _EXPLAINED:
        raise SourceError(f"[source.statuses] для {entity} не нужен: слов там нет.")
    allowed = [m for m in _WORDS[entity, _EXPLAINED[entity]][2] if m]
    allowed += ["paid", "unpaid"] if entity in {"payments", "costs"} else []
    allowed += ["in", "out"] if entity == "calls" else []
    for text, answer in statuses.items():
        if answer not in allowed and not (entity == "payments" and whole(answer, "payment_status")):
            raise SourceError(
                f"[source.statuses]: «{mask(text)}» = «{mask(answer)}», такого значения нет.",
                hint=f"Бывают: {', '.join(map(meant, allowed))}.",
            )
    return {plain(text): answer for text, answer in statuses.items()}


def _are_answers(words: Sequence[str]) -> bool:
    """Whether every word of a column says yes or no."""
    return bool(words) and all(word(w, vocabulary("flag")) for w in words)


def are_bare_answers(words: Sequence[str]) -> bool:
    """Whether every word of a column is a yes or a no that says nothing else: «да», 0, ✓; «спам» does."""
    return _are_answers(words) and all(plain(w) in _BARE for w in words)


@cache
def _lost() -> frozenset[str]:
    """Plain headers that ask whether nobody answered a call."""
    texts = ("пропущен", "пропущенный", "пропущенный звонок", "потерян", "потерянный", "потерянный звонок", "lost", "is lost", "missed")  # fmt: skip
    return frozenset(map(plain, texts))


@cache
def _questions() -> frozenset[str]:
    """Plain headers that ask whether a patient came."""
    return frozenset(
        map(
            plain,
            ("явка", "посещение", "посещаемость", "attendance", *aliases("appointments")["came"]),
        )
    )


def _shown(word: str, rows: int) -> str:
    """An unknown word as it may be shown: as it is where it is the program's, else its outline."""
    return mask(word) if rows >= _OFTEN else outline(word, vocabulary_words())
