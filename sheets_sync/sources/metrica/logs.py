"""The Logs API: a request is made or found again, waited for, downloaded, and always cleaned."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

from sheets_sync.errors import SourceError
from sheets_sync.net.http import HttpError
from sheets_sync.sources.metrica.api import Metrica
from sheets_sync.sources.metrica.intents import Intent, Journal, LogQuery
from sheets_sync.sources.window import spans
from sheets_sync.sources.yandex import LOGS, refusal

#: Days of one request; the service takes a year.
MAX_DAYS = 365
#: Seconds between looks at a request, the last one for all further looks.
_POLLS = (20, 30, 60)
#: Seconds until a request that is not ready is left to the next run.
_DEADLINE = 2400
#: Seconds for which an intent without an id is looked for.
_INTENT_LIFE = 2 * 86_400
_WAITING = ("created", "awaiting_retry")
_READY = "processed"
_WHERE = "Яндекс.Метрика, Logs API"

#: One part: its name for people, and its bytes in pieces.
Part = tuple[str, Iterator[bytes]]


def possible_days(
    metrica: Metrica, journal: Journal, first: date, last: date, fields: tuple[str, ...]
) -> int:
    """Days that one request may hold; the service keeps only 10 GB of logs per counter.

    Raises SourceError where it has no room for even a day.
    """
    begin, end = spans(first, last, MAX_DAYS)[-1]
    probe = LogQuery(begin.isoformat(), end.isoformat(), fields).params()
    for last_try in (False, True):
        answer = metrica.get("/logrequests/evaluate", probe).get("log_request_evaluation", {})
        if answer.get("possible"):
            return MAX_DAYS
        # It may be 0, and even negative.
        most = int(answer.get("max_possible_day_quantity") or 0)
        if most > 0:
            return most
        if not last_try:
            living(metrica, journal, ())
    raise refusal(LOGS, "room", where=_WHERE)


def living(metrica: Metrica, journal: Journal, fields: tuple[str, ...]) -> dict[LogQuery, int]:
    """Requests that earlier runs of ours made and did not take away, those that ask for `fields`.

    The others of ours are cleaned; requests of others are left alone. Raises SourceError.
    """
    if not journal.made and not journal.intents:
        return {}
    listed = {int(r["request_id"]): r for r in _listed(metrica)}
    for intent in list(journal.intents):
        if not _adopt(journal, intent, listed) and _is_old(metrica, intent):
            journal.drop(intent)
    useful: dict[LogQuery, int] = {}
    for request_id in list(journal.made):
        request = listed.get(request_id)
        if request is None or request.get("status") not in {*_WAITING, _READY}:
            journal.forget(request_id)
            continue
        query = LogQuery(str(request.get("date1")), str(request.get("date2")), fields)
        if query.is_asked_by(request) and query not in useful:
            useful[query] = request_id
        else:
            _try_to_clean(metrica, journal, request_id, str(request["status"]))
    return useful


def clean(metrica: Metrica, journal: Journal, requests: Mapping[LogQuery, int]) -> None:
    """Clean requests of ours that nobody needs any more."""
    if not requests:
        return
    statuses = {int(r["request_id"]): str(r.get("status")) for r in _listed(metrica)}
    for request_id in requests.values():
        _try_to_clean(metrica, journal, request_id, statuses.get(request_id, _READY))


def fetch_log(
    metrica: Metrica,
    journal: Journal,
    query: LogQuery,
    request_id: int | None,
    say: Callable[[str, float], None],
) -> Generator[Part, None, None]:
    """Every part of one log, of the request that is there already or of a new one.

    The request is cleaned whatever happens, but for one that is still being prepared when the
    source's time is over: the next run takes it. Raises SourceError.
    """
    say("Жду журнал визитов Метрики", 0.0)
    number = request_id or _create(metrica, journal, query)
    ready = _wait(metrica, journal, number)
    with _cleaned(metrica, journal, number):
        parts = ready.get("parts") or []
        for place, part in enumerate(parts):
            say("Качаю журнал визитов Метрики", place / len(parts))
            path = f"/logrequest/{number}/part/{part['part_number']}/download"
            with metrica.download(path) as pieces:
                whole = _whole(pieces, int(part.get("size") or 0))
                yield f"{query.first}…{query.last}, часть {part['part_number']}", whole


def _whole(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The same pieces. Raises SourceError where they end in a line's middle or before `size` bytes.

    A proxy in between may cut a body and tell the shorter length: a log without its end would
    look like fewer visits.
    """
    got, end = 0, b""
    for piece in pieces:
        got, end = got + len(piece), piece[-1:]
        yield piece
    if got < size or end != b"\n":
        raise refusal(LOGS, "cut", where=_WHERE)


def _adopt(journal: Journal, intent: Intent, listed: dict[int, dict[str, Any]]) -> int | None:
    """The request that the intent became, if exactly one can be it."""
    became = [
        number
        for number, request in listed.items()
        if number not in intent.others
        and number not in journal.made
        and request.get("status") in {*_WAITING, _READY}
        and intent.query.is_asked_by(request)
    ]
    if len(became) != 1:
        return None
    journal.note(became[0], intent)
    return became[0]


def _is_old(metrica: Metrica, intent: Intent) -> bool:
    return metrica.clock.unix() - intent.at > _INTENT_LIFE


def _create(metrica: Metrica, journal: Journal, query: LogQuery) -> int:
    """Make a request, once, even where the answer to making it is lost."""
    others = [int(r["request_id"]) for r in _listed(metrica)]
    intent = journal.intend(query, others, metrica.clock.unix())
    for last_try in (False, True):
        try:
            answer = metrica.post("/logrequests", query.params(), repeatable=False)
            request_id = int(answer["log_request"]["request_id"])
        except HttpError:
            # Nobody said whether it was made: look, then try once more.
            adopted = _adopt(journal, intent, {int(r["request_id"]): r for r in _listed(metrica)})
            if adopted is not None:
                return adopted
            if last_try:
                raise
        except SourceError:
            journal.drop(intent)
            raise
        except (KeyError, TypeError, ValueError):
            raise _unexpected() from None
        else:
            journal.note(request_id, intent)
            return request_id
    raise AssertionError("the last try returns or raises")


def _wait(metrica: Metrica, journal: Journal, request_id: int) -> dict[str, Any]:
    """The request when it is ready; a look that nobody answers is followed by another one. Raises
    SourceError for one that failed or takes too long."""
    began = metrica.clock.unix()
    polls = iter(_POLLS)
    pause = 0
    while True:
        lost = None
        try:
            if (ready := _ready(metrica, journal, request_id)) is not None:
                return ready
        except HttpError as error:
            if error.permanent:
                raise
            lost = error
        pause = next(polls, pause)
        now = metrica.clock.unix()
        if now + pause > min(began + _DEADLINE, metrica.until):
            minutes = max(round((now - began) / 60), 1)
            raise lost or refusal(LOGS, "slow", where=_WHERE, minutes=minutes)
        metrica.clock.sleep(pause)


def _ready(metrica: Metrica, journal: Journal, request_id: int) -> dict[str, Any] | None:
    """The request if it is ready, None while it is prepared. Raises SourceError."""
    request = metrica.get(f"/logrequest/{request_id}").get("log_request")
    if not isinstance(request, dict):
        raise _unexpected()
    status = request.get("status")
    if status == _READY:
        return request
    if status not in _WAITING:
        # Failed, cancelled or cleaned by somebody: it takes no room any more.
        journal.forget(request_id)
        raise refusal(LOGS, "failed", where=_WHERE, status=status)
    return None


@contextmanager
def _cleaned(metrica: Metrica, journal: Journal, request_id: int) -> Iterator[None]:
    """Clean a ready request behind the block, whatever becomes of it.

    A clean that fails is made good by the next run: the journal still holds the request.
    """
    try:
        yield
    except BaseException:
        _try_to_clean(metrica, journal, request_id, _READY)
        raise
    try:
        _clean(metrica, journal, request_id, _READY)
    except SourceError as error:
        if error.permanent:
            raise


def _try_to_clean(metrica: Metrica, journal: Journal, request_id: int, status: str) -> None:
    """One that cannot be cleaned now stays in the journal; it must not stop the new one."""
    with suppress(SourceError):
        _clean(metrica, journal, request_id, status)


def _clean(metrica: Metrica, journal: Journal, request_id: int, status: str) -> None:
    verb = "clean" if status == _READY else "cancel"
    metrica.post(f"/logrequest/{request_id}/{verb}", repeatable=True)
    journal.forget(request_id)


def _listed(metrica: Metrica) -> list[dict[str, Any]]:
    requests = metrica.get("/logrequests").get("requests")
    if not isinstance(requests, list):
        raise _unexpected()
    return requests


def _unexpected() -> SourceError:
    return refusal(LOGS, "unexpected", where=_WHERE)
