"""Whether the cells of a column can be what its header says."""

from __future__ import annotations

from metrics.schema import ENTITIES
from sheets_sync.reading.aliases import PARTS, WHOLES
from sheets_sync.reading.looks import Look

#: At least so many cells of another kind say that a header is misread.
_MOST = 0.8
_SOME = 0.5

_SUMS = frozenset(
    {*WHOLES, *PARTS, "refund", "paid_out", "change", "debt", "discount", "price", "fee", "bonus"}
)
_FLAGS = frozenset(
    {
        "came",
        "cancelled",
        "confirmed",
        "missed",
        "spam",
        "double",
        "target",
        "off_target",
        "repeated",
        "deleted",
        "incoming",
        "outgoing",
    }
)
#: Columns of words: the vocabularies that may stand in them.
_TABLES = {
    ("leads", "status"): ("lead_status",),
    ("appointments", "status"): ("appointment_status", "flag"),
    ("payments", "status"): ("payment_status",),
    ("payments", "kind"): ("payment_kind", "flag"),
    ("costs", "status"): ("payment_status",),
    ("calls", "status"): ("call_status", "flag"),
    ("calls", "call_direction"): ("call_direction",),
}
#: Words in Russian of what a share was counted of.
_SAID = {
    "date": "даты", "sum": "суммы", "clock": "время", "phone": "телефоны", "email": "e-mail",
    "words": "известные слова", "flag": "да или нет",
}  # fmt: skip


def kind_of(name: str, entity: str) -> str:
    """What the cells of a column must be: date, day, sum, clock, phone, email, words, flag, count,
    id, or "" for any text."""
    if name in {"phone", "email"}:
        return name
    if name in _SUMS:
        return "sum"
    if name in _FLAGS:
        return "flag"
    if name == "time":
        return "clock"
    if (entity, name) in _TABLES:
        return "words"
    column = next((c for c in ENTITIES[entity].columns if c.name == name), None)
    kinds = {"time": "date", "day": "day", "kopecks": "sum", "count": "count", "flag": "flag"}
    return kinds.get(column.kind, "") if column else ""


def is_counted(name: str) -> bool:
    """Whether a column holds sums or counts of things: a cell of it is never said of two rows."""
    own = name.partition(":")[0]
    kinds = {c.kind for e in ENTITIES.values() for c in e.columns if c.name == own}
    return own in _SUMS or own == "quantity" or bool(kinds & {"kopecks", "count"})


def fit(name: str, entity: str, look: Look) -> tuple[float, str] | None:
    """(the share of cells that are as they must be, what was counted), None where any text will do."""
    kind = kind_of(name, entity)
    if kind in {"date", "day"}:
        return max(map(look.share, ("date", "serial", "unix"))), _SAID["date"]
    if kind in {"sum", "clock", "email"}:
        return look.share(kind), _SAID[kind]
    if kind == "phone":
        return max(look.phones, look.share("email")), _SAID[kind]
    if kind == "words":
        return max(map(look.words, _TABLES[entity, name])), _SAID[kind]
    if kind == "flag":
        days = look.share("date") if name == "cancelled" else 0.0
        return max(look.words("flag"), days), _SAID[kind]
    return None


def contradiction(name: str, entity: str, look: Look) -> str:
    """Why a column's cells cannot be what its header says, in Russian; "" where they can.

    Cells that are merely unreadable contradict nothing: they are refused one by one.
    """
    if not look.filled:
        return ""
    kind = kind_of(name, entity)
    words = look.share("letters") >= _MOST and not look.share("sum")
    dates = look.share("date") >= _MOST
    if kind == "date":
        return _no_dates(look)
    if kind == "sum" and (why := _no_sums(name, look, dates=dates, words=words)):
        return why
    if kind == "clock" and look.share("date") - look.share("epoch") >= _SOME:
        return "в нём даты"
    shortened = look.share("shortened") > 0
    if kind == "phone" and not (look.phones or look.share("email") or shortened) and words:
        return "в нём нет телефонов"
    if name == "patient_id":
        return _no_patients(look)
    return _not_words(name, entity, kind, look, dates=dates)


def _no_dates(look: Look) -> str:
    if look.share("date") or look.share("day_month") >= _MOST:
        return ""
    if look.share("clock") >= _MOST:
        return "в нём время без даты"
    if look.share("short_day") >= _MOST:
        return "в нём числа вроде «3.1»: третье января или октября, не видно"
    if look.share("sum") >= _MOST and max(map(look.share, ("serial", "unix"))) < _SOME:
        return "в нём числа, а не даты"
    if max(map(look.words, ("flag", "payment_status", "appointment_status"))) >= _MOST:
        return "в нём слова, а не даты"
    return ""


def _no_sums(name: str, look: Look, *, dates: bool, words: bool) -> str:
    """A part of a payment may be marked: by which means, and the sum stands beside it."""
    if not look.share("sum") and look.words("flag") >= _MOST:
        return "" if name in PARTS else "в нём «да» и «нет», а не суммы"
    return f"в нём {'даты' if dates else 'слова'}, а не суммы" if dates or words else ""


def _no_patients(look: Look) -> str:
    if look.share("bank_card") >= _SOME:
        return "в нём номера банковских карт, а не пациентов"
    if look.share("worded") >= _MOST and not look.share("numbered"):
        return "в нём слова, а не номера пациентов"
    return "в нём телефоны, а не номера пациентов" if look.phones >= _MOST else ""


def _not_words(name: str, entity: str, kind: str, look: Look, *, dates: bool) -> str:
    if name == "cancelled" and dates:
        return ""  # when it was cancelled says that it was
    if name == "direction" and look.words("call_direction") >= _MOST:
        return "в нём направления звонков"
    if kind == "flag" and not look.words("flag"):
        return "в нём не «да» и «нет»"
    if kind != "words":
        return ""
    share = max(map(look.words, _TABLES[entity, name]))
    if (
        (entity, name) == ("payments", "status")
        and not share
        and look.words("payment_kind") >= _MOST
    ):
        return "в нём виды оплат"
    if share < _SOME and (dates or look.share("sum") >= _MOST):
        return f"в нём {'даты' if dates else 'числа'}, а не слова"
    if (entity, name) == ("calls", "call_direction") and not share:
        return "в нём не «входящий» и «исходящий»"
    return ""
