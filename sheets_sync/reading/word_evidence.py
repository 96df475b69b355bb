"""What words in cells say of columns: kinds and statuses under any header, which way calls went."""

from __future__ import annotations

import pyarrow as pa

from sheets_sync.reading.aliases import canonical
from sheets_sync.reading.free_columns import ENOUGH, speaks_of, such, take_only
from sheets_sync.reading.kinds import no_payment
from sheets_sync.reading.latin_letters import in_cyrillic
from sheets_sync.reading.looks import Look
from sheets_sync.reading.meaning import Decision, Reason, candidates
from sheets_sync.reading.words import ARROWS, letters, meaning, phrase, plain, vocabulary, whole

#: Beginnings of words that say who called whom.
_DIRECTIONS = (
    "вх",
    "исх",
    "внутр",
    "incom",
    "inbound",
    "outgo",
    "outbound",
    "internal",
    *ARROWS,
)
#: A mark is no longer; and how marks of what is no lead begin.
_SHORT, _JUNK = 2, ("спам", "spam", "дубл", "мусор", "нецелев")
#: Beginnings of words of a header of comments.
_COMMENTS = ("коммент", "примеч", "заметк", "comment", "note")
#: Beginnings of words of a header of a source, and of what stands beside one.
_SOURCES = ("источник", "откуда", "source", "канал", "channel")
_NO_SOURCE = ("id", "ид", "номер", "дата", "тип", "группа")
#: So many cells of addresses have marks of advertising, where any has.
_SOME_MARKED = 0.01
#: Beginnings of words of a header that asks whether somebody called before.
_BEFORE = {
    "repeated": ("повтор", "ранее", "раньше", "repeat"),
    "is_unique": ("нов", "перв", "уник", "впервые", "first", "unique", "new"),
}
#: Words of a status that say whether a call was worth it.
_TARGET = {"целевой", "нецелевой", "целевая", "нецелевая", "целевое", "нецелевое"}
#: Beginnings of words in a header that is answered by «да» and «нет».
_ASKED = {
    "cancelled": ("удал", "отмен", "аннул", "сторн", "тест", "недейств", "delet", "cancel", "void"),
    "came": ("приш", "приход", "явк", "явил", "посещ", "посет", "состоя", "дош", "прибы", "attend"),
}
_NOT = frozenset({"не", "без"})
_NOBODY_CAME = "Столбца о том, кто пришёл, нет: визитов по этому файлу не будет."
#: Beginnings of words in a header of another time of a call, or of its day.
_WAITS = ("ожид", "дозвон", "начал", "оконч", "дата", "wait", "start", "end")
#: Codes of a medium as counters write them beside a source, plain.
_MEDIA = frozenset({*map(plain, (
    "cpc", "cpm", "cpa", "cpv", "ppc", "organic", "referral", "email", "social", "display", "(none)", "(not set)",
))})  # fmt: skip
#: Statuses of which one at least makes a column that of what was paid.
_UNPAID = {"unpaid", "partly", "returned"}
#: Stages of which one at least makes a column that of leads' statuses.
_STAGES = {"spam", "duplicate", "lost", "won"}


def settle_answers(decision: Decision) -> None:
    """Take columns of «да» and «нет» whose header says in other words that somebody came, or that a row
    was deleted: «Факт прихода», «Пометка удаления»; tell where nothing says who came."""
    for name, starts in _ASKED.items():
        if name not in canonical(decision.entity) or name in decision.source_columns:
            continue
        if not decision.has((name,)):
            places = such(decision, _came_share if name == "came" else _done_share)
            places = [i for i in places if speaks_of(decision, i, starts)]
            places = [i for i in places if _NOT.isdisjoint(letters(decision.heads[i].shown))]
            take_only(decision, name, places, "да и нет")
    is_clear = decision.has(("status", "came", "missed")) or decision.entity != "appointments"
    if not is_clear and decision.has(("confirmed", "cancelled")):
        decision.notes.append(_NOBODY_CAME)


def _came_share(look: Look) -> float:
    """«Время прихода» of those who came, too."""
    return max(look.words("flag"), look.share("clock"), look.share("date"))


def _done_share(look: Look) -> float:
    return max(look.words("flag"), look.share("date"))


def settle_words(decision: Decision) -> None:
    """Take columns of words that an entity needs, by what nearly all of their cells say."""
    if decision.entity == "payments":
        _money_words(decision)
    if decision.entity == "leads":
        _by_words(decision, "status", "lead_status", _STAGES, "этапы заявок")
        _direction_of_call(decision)
        _junk(decision)
    if decision.entity == "calls":
        _direction_of_call(decision)
        _status_of_call(decision)
        _junk(decision)
        _first_or_not(decision)
        _talk(decision)
    if decision.entity == "costs":
        _by_words(decision, "status", "payment_status", _UNPAID, "статусы счетов")
        _is_paid(decision)
    if decision.entity == "costs" and not decision.has(("operation",)):
        places = such(decision, lambda look: look.share("letters"))
        places = [i for i in places if any(phrase(w, "top_up") for w in _words(decision, i))]
        take_only(decision, "operation", places, "операции, среди них пополнения")
    if decision.entity in {"leads", "calls"}:
        _source(decision)
        _medium(decision)
    if decision.entity in {"leads", "calls", "touches"}:
        marked = such(decision, lambda look: look.share("marked"), _SOME_MARKED)
        take_only(decision, "address", marked[:1], "utm-метки")
    if decision.entity in {"traffic", "touches"}:
        ways = set(vocabulary("traffic_source").values())
        _by_words(decision, "traffic_source", "traffic_source", ways, "источники трафика")


def _money_words(decision: Decision) -> None:
    """Columns of unknown names that say which rows are no plain payment: «Возврат», «Отменён»."""
    before = decision.columns.get("kind")
    telling = {"refund", "outlay", "accrual"}
    telling |= set() if before else {"balance_spend", "bonus"}
    is_given = "kind" in decision.source_columns
    if before and not is_given and not _meanings(decision, before[0], "payment_kind") & telling:
        del decision.columns["kind"]  # it says how, and another column may say what
    _by_words(decision, "kind", "payment_kind", telling, "виды оплат")
    if before and "kind" not in decision.columns:
        decision.columns["kind"] = before
    elif before and before != decision.columns["kind"] and "method" not in decision.columns:
        decision.columns["method"] = before
    _by_words(decision, "status", "payment_status", _UNPAID, "статусы оплат")


def _by_words(decision: Decision, name: str, table: str, telling: set[str], content: str) -> None:
    """Take the one free column nearly all of whose words a vocabulary knows, some of which tell."""
    if decision.has((name,)) or name in decision.source_columns:
        return
    # «да» and «нет» are no status until a header says of what.
    places = [
        i for i in such(decision, lambda look: look.share("letters") * (look.words("flag") < ENOUGH))
        if _share_known(decision, i, table) >= ENOUGH and _meanings(decision, i, table) & telling
    ]  # fmt: skip
    take_only(decision, name, places, content)


def _share_known(decision: Decision, place: int, table: str) -> float:
    """The share of a column's cells whose words a vocabulary knows; of kinds also what is no money."""
    look = decision.looks[place]
    if table != "payment_kind":
        return look.words(table)
    words = _words(decision, place)
    return look.share_of(lambda word: bool(meaning(word, table) or no_payment(word, words)))


def _meanings(decision: Decision, place: int, table: str) -> set[str]:
    read = whole if table == "payment_status" else meaning
    words = _words(decision, place)
    meanings = {read(word, table) for word in words}
    if table == "payment_kind":
        meanings |= {no_payment(word, words) for word in words if not meaning(word, table)}
    return meanings


def _status_of_call(decision: Decision) -> None:
    """One column may say both: «Входящий принятый», «Пропущенный»."""
    _other_status(decision)
    places = decision.columns.get("call_direction", decision.columns.get("status"))
    if places is None:
        return
    words = _words(decision, places[0])
    if not decision.has(("is_target",)) and any(_TARGET.intersection(letters(w)) for w in words):
        decision.columns["is_target"] = decision.columns.get("status", places)
    if {"call_direction", "status"} <= {*decision.columns, *decision.source_columns}:
        return
    missing = "status" if "status" not in decision.columns else "call_direction"
    table = "call_status" if missing == "status" else "call_direction"
    if missing == "call_direction" and not _say_direction(words):
        return
    if words and sum(bool(meaning(w, table)) for w in words) * 2 >= len(words):
        decision.columns[missing] = places


def _other_status(decision: Decision) -> None:
    """Where «Тип» says only which way a call went, another column that may be its status is: «Принят?»."""
    status = decision.columns.get("status", ())
    if not status or "status" in decision.source_columns:
        return
    look = decision.looks[status[0]]
    if look.words("call_status") > 0 or look.words("call_direction") < ENOUGH:
        return
    others = [
        i for i in candidates(decision, "status")
        if max(decision.looks[i].words("call_status"), decision.looks[i].words("flag")) >= ENOUGH
    ]  # fmt: skip
    if others:
        decision.columns.setdefault("call_direction", status)
        decision.take("status", others[:1], Reason(0.8, "название столбца; в другом – направления"))


def _direction_of_call(decision: Decision) -> None:
    """A column of «входящий» and «исходящий» under a name that nobody knows."""
    if decision.has(("call_direction",)) or "call_direction" in decision.source_columns:
        return
    nameless = {i for i, head in enumerate(decision.heads) if not head.shown}
    decision.free |= nameless
    places = such(decision, lambda look: look.words("call_direction"))
    decision.free -= nameless
    places = [i for i in places if _say_direction(_words(decision, i))]
    take_only(decision, "call_direction", places, "входящие и исходящие")


def _junk(decision: Decision) -> None:
    """A column of short words, «Валидность», some of which say spam or double; beside tags one more. And
    comments of leads where some are such a word."""
    if decision.entity == "leads" and "comment_mark" not in decision.source_columns:
        places = such(decision, lambda look: look.share("letters"), 0.0)
        places = [i for i in places if speaks_of(decision, i, _COMMENTS) and _has_mark(decision, i)]
        take_only(decision, "comment_mark", places, "среди комментариев пометки «спам» или «дубль»")
    if "tags" in decision.source_columns:
        return
    places = such(decision, lambda look: look.share("letters"))
    places = [i for i in places if (words := [letters(w) for w in _words(decision, i)])
              and max(map(len, words)) <= _SHORT and any(w[0].startswith(_JUNK) for w in words if w)]  # fmt: skip
    tags = decision.columns.get("tags", ())
    take_only(decision, "tags", places, "слова, среди них спам или дубль")
    decision.columns |= {"tags": (*tags, *places)} if tags and len(places) == 1 else {}


def _has_mark(decision: Decision, place: int) -> bool:
    """Whether a cell of a column is a mark of what is no lead, and no more."""
    cells = (letters(text) for text in decision.looks[place].cells.unique().to_pylist())
    return any(words and len(words) <= _SHORT and words[0].startswith(_JUNK) for words in cells)


def _source(decision: Decision) -> None:
    """A source under a name that nobody knows; of the first and the last one the last brought the lead."""
    if (
        decision.has(("source_raw", "utm_source", "source_medium"))
        or "source_raw" in decision.source_columns
    ):
        return
    places = such(decision, lambda look: look.share("letters"), never=_NO_SOURCE)
    places = [i for i in places if speaks_of(decision, i, _SOURCES)]
    last = [i for i in places if speaks_of(decision, i, ("послед", "last"))]
    take_only(
        decision, "source_raw", last if len(last) == 1 else places, "слова, название – об источнике"
    )


def _is_paid(decision: Decision) -> None:
    """«Оплачено»: да and нет, beside the sum of a bill."""
    if decision.has(("status",)) or "status" in decision.source_columns:
        return
    places = such(decision, lambda look: look.words("flag"))
    places = [i for i in places if speaks_of(decision, i, ("оплач", "paid"))]
    places = [i for i in places if _NOT.isdisjoint(letters(decision.heads[i].shown))]
    take_only(decision, "status", places, "да и нет")


def _talk(decision: Decision) -> None:
    """How long a call was talked, under a longer name: «Чистая длительность разговора»."""
    if not decision.has(("talk_duration",)) and "talk_duration" not in decision.source_columns:
        places = such(
            decision, lambda look: max(look.share("clock"), look.share("sum")), never=_WAITS
        )
        places = [i for i in places if speaks_of(decision, i, ("разговор", "talk"))]
        take_only(decision, "talk_duration", places, "время, название – о разговоре")


def _medium(decision: Decision) -> None:
    """«Канал» of cpc and organic beside «Источник» of yandex and google: a pair in two columns."""
    if "source_raw" in decision.columns and not decision.has(("utm_medium", "source_medium")):
        places = such(decision, lambda look: look.share_of(lambda text: plain(text) in _MEDIA))
        take_only(decision, "medium", places, "каналы трафика: cpc, organic")


def _first_or_not(decision: Decision) -> None:
    """«Звонил ранее: Да», «Впервые: 1»: a column of answers whose header asks of calls before."""
    for name, starts in _BEFORE.items():
        if not decision.has(("is_unique", "repeated")) and name not in decision.source_columns:
            places = such(decision, lambda look: look.words("flag"))
            places = [i for i in places if speaks_of(decision, i, starts)]
            take_only(decision, name, places, "да и нет")


def _words(decision: Decision, place: int) -> list[str]:
    return list(pa.compute.unique(decision.looks[place].cells).to_pylist()[:60])


def _say_direction(words: list[str]) -> bool:
    """Whether any of some words is «входящий» or «исходящий»; «пропущен» alone only implies it."""
    parts = [part for text in words for part in (*letters(text), *letters(in_cyrillic(text)))]
    return any(part.startswith(_DIRECTIONS) or part in {"in", "out"} for part in parts)
