"""What services do that no document tells: each of it over all kinds, and what single ones do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from sheets_sync.errors import SourceError
from tests.doubles import bitrix24_world
from tests.doubles.amocrm import AmocrmDouble
from tests.doubles.bitrix24 import Bitrix24Double
from tests.doubles.server import Reply
from tests.sources.contract import KINDS, ROWS, line_of, snapshot, started, unhurried
from tests.sources.live import Line
from tests.sources.test_odd_answers import Listed, Odd, pulled
from tests.sources.yandex import Hands

#: What an answer's value becomes by its key.
Change = Callable[[Any, str], Any]
#: Of an answer to a question, another one; the double that gave it.
Bend = Callable[[Reply, Any], Reply]

#: These keys hold what is no value of a row: codes, tokens.
_OTHER = {"access_token", "refresh_token", "token", "expires_in", "code", "status", "jsonrpc"}


def walked(value: Any, change: Change, key: str = "") -> Any:
    if isinstance(value, dict):
        value = {k: walked(v, change, k) for k, v in value.items()}
    elif isinstance(value, list):
        value = [walked(v, change, key) for v in value]
    return value if key in _OTHER else change(value, key)


def values(change: Change) -> Bend:
    """Changes every value of an answer that is JSON."""

    def bend(reply: Reply, _double: Any) -> Reply:
        try:
            body = json.loads(reply.body)
        except ValueError:
            return reply
        return Reply(reply.status, json.dumps(walked(body, change)).encode(), reply.headers)

    return bend


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _doubled(value: Any, _key: str) -> Any:
    rows = isinstance(value, list) and value and isinstance(value[0], dict)
    return [row for row in value for _ in (1, 2)] if rows else value


def _mapped(value: Any, _key: str) -> Any:
    rows = isinstance(value, list) and value and isinstance(value[0], dict)
    return {str(place): row for place, row in enumerate(value)} if rows else value


def _as_text(value: Any, _key: str) -> Any:
    """Numbers and flags as texts."""
    return str(value) if _number(value) or isinstance(value, bool) else value


def _as_number(value: Any, key: str) -> Any:
    """Digits as numbers, ids with a fraction, nothing as an empty text."""
    if isinstance(value, str) and value.isdigit() and value[0] != "0":
        return int(value)
    if _number(value) and "id" in key.lower():
        return float(value)
    return "" if value is None else value


def _marked(reply: Reply, double: Any) -> Reply:
    bent = values(_as_text)(reply, double)
    return replace(bent, body=(b"\xef\xbb\xbf" if bent.body else b"") + bent.body)


def _packed(reply: Reply, double: Any) -> Reply:
    bent = values(_as_number)(reply, double)
    headers = {**bent.headers, "Content-Encoding": "gzip"}
    return replace(bent, body=gzip.compress(bent.body), headers=headers)


#: Other dresses of the same answer.
DRESSES: dict[str, Bend] = {"texts behind a BOM": _marked, "numbers in gzip": _packed}
#: Answers that are none.
NONE: dict[str, Reply] = {
    "204": Reply(204),
    "{}": Reply(200, b"{}"),
    "text": Reply(200, b'"ok"'),
    "moved": Reply(308, b"", {"Location": "https://elsewhere.example/x?token=1"}),
    "a guard's page": Reply(403, b"<html>Checking your browser</html>"),
    "packed wrongly": Reply(200, b'{"a": 1}', {"Content-Encoding": "gzip"}),
}
#: Kinds to whom 204 says that nothing changed.
EMPTY = {"amocrm"}


@pytest.fixture(params=KINDS)
def double(request: pytest.FixtureRequest, clock: Hands) -> Iterator[Any]:
    with started(request.param, clock) as service:
        unhurried(service)
        yield service


@pytest.fixture
def line(double: Any, tmp_path: Path, clock: Hands) -> Line:
    line = line_of(double, tmp_path / "home", clock)
    line.pull()
    return line


def bent(double: Any, bend: Bend) -> None:
    """From now on the double answers so."""
    usual = type(double).answer
    double.answer = lambda asked: bend(usual(double, asked), double)


def test_an_answer_in_another_dress_is_the_same(line: Line, double: Any, clock: Hands) -> None:
    before = snapshot(line)
    for name, bend in DRESSES.items():
        bent(double, bend)
        clock.sleep(3600)
        line.pull()
        assert snapshot(line) == before, name


def test_what_is_no_answer_leaves_the_rows_and_is_told(
    line: Line, double: Any, clock: Hands
) -> None:
    before = snapshot(line)
    for name, reply in NONE.items():
        is_token = double.kind in {"sqns", "vk_ads", "avito"}
        double.answer = lambda asked, r=reply, t=is_token: (
            type(double).answer(double, asked) if t and asked.path.endswith("token") else r
        )
        clock.sleep(3600)
        if name == "204" and double.kind in EMPTY:
            line.pull()
        else:
            with pytest.raises(SourceError) as caught:
                line.pull(until=clock.unix() + 300)
            assert caught.value.permanent is (name == "moved" or _is_lock(name, double.kind))
            assert caught.value.hint
            assert "token=1" not in str(caught.value.as_dict())
        assert snapshot(line) == before, name


def _is_lock(name: str, kind: str) -> bool:
    # A page instead of amoCRM's 403 is its lock of a server that asked too often.
    return name == "a guard's page" and kind == "amocrm"


RENAMED = {"date", "start_time", "datetime", "callTime", "created_at", "createdTime"}


def test_a_renamed_field_takes_no_stored_row_away(line: Line, double: Any, clock: Hands) -> None:
    before = snapshot(line)

    def renamed(value: Any, _key: str) -> Any:
        if not isinstance(value, dict):
            return value
        return {f"new_{k}" if k in RENAMED else k: v for k, v in value.items()}

    bent(double, values(renamed))
    clock.sleep(3600)
    try:
        line.pull()
    except SourceError as error:
        assert not error.permanent  # noqa: PT017 (who has no such field reads on)
    assert snapshot(line) == before


def test_each_row_twice_is_once_and_lists_may_be_maps_of_places(
    line: Line, double: Any, clock: Hands
) -> None:
    entity = ROWS[double.kind][1]
    before = len(snapshot(line)[entity])
    for change in (_doubled, _mapped):
        bent(double, values(change))
        clock.sleep(3600)
        try:
            line.pull()
        except SourceError as error:
            assert not error.permanent  # noqa: PT017 (never fewer rows, be it with an error)
        assert len(snapshot(line)[entity]) == before


def test_half_an_emoji_stops_nobody(line: Line, double: Any, clock: Hands) -> None:
    texts = {"utm_source", "utmSource", "source", "title", "name", "utm_campaign", "UTM_SOURCE"}
    bent(double, values(lambda v, k: f"{v}\ud83d" if k in texts and isinstance(v, str) else v))
    count = len(line.held.frames[ROWS[double.kind][1]])
    clock.sleep(3600)
    try:
        line.pull()
    except SourceError:
        assert double.kind == "metrica"
    assert len(line.held.frames[ROWS[double.kind][1]]) == count


def test_a_wait_may_be_told_as_a_date(clock: Hands, tmp_path: Path) -> None:
    asked: list[str] = []

    def answers(path: str, _sent: dict[str, Any]) -> Any:
        asked.append(path)
        until = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
        if len(asked) == 1:
            return Reply(429, b"", {"Retry-After": until})
        return [] if path == "requests" else {"records": [], "recordsTotal": 0}

    pulled(Odd("calltouch", answers, site_id=1, token_env="TOKEN"), tmp_path, clock)
    assert 85 < max(clock.slept) <= 90


def test_rows_that_a_service_has_twice_are_no_short_list() -> None:
    listed = Listed([*range(100), *range(50)], 100, 150)
    assert listed.read(100) == set(range(100))


def test_a_lead_that_goes_to_another_pipeline_goes(clock: Hands, tmp_path: Path) -> None:
    with AmocrmDouble(clock=clock) as account:
        line = Line(account, tmp_path, clock, pipelines=[31])
        line.pull()
        before = {row["lead_id"] for row in line.rows("leads")}
        clock.sleep(60)
        account.change("leads", 9001, pipeline=32)
        line.pull()
        assert {row["lead_id"] for row in line.rows("leads")} == before - {"amocrm:9001"}


def test_a_deal_that_goes_to_another_funnel_goes_and_its_lead_stays(
    clock: Hands, tmp_path: Path
) -> None:
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as portal:
        line = Line(portal, tmp_path, clock, categories=[0, 3], payments=True)
        line.pull()
        before = {row["lead_id"].removeprefix("bitrix24:") for row in line.rows("leads")}
        clock.sleep(60)
        own = next(int(number[1:]) for number in before if number[0] == "D")
        portal.change("deals", own, category=9)
        portal.change("deals", 41, category=9)
        line.pull()
        after = {row["lead_id"].removeprefix("bitrix24:") for row in line.rows("leads")}
        assert after == before - {f"D{own}"}
        assert "bitrix24:41" not in {row["payment_id"] for row in line.rows("payments")}


def test_of_a_leads_two_deals_the_one_that_did_not_change_keeps_its_number(
    clock: Hands, tmp_path: Path
) -> None:
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as portal:
        deal = next(d for d in portal.rows("deals") if d.lead)
        portal.add("deals", bitrix24_world.Item(77, deal.at, "C3:NEW", deal.updated, 3, deal.lead))
        line = Line(portal, tmp_path, clock)
        line.pull()
        clock.sleep(7200)
        portal.change("deals", 77, stage="C3:BOOKED")
        line.pull()
        (row,) = (r for r in line.rows("leads") if r["lead_id"] == f"bitrix24:L{deal.lead}")
        assert {f"bitrix24:D{n}" for n in (deal.id, 77)} <= set(str(row["aliases"]).split())


def test_check_names_stages_that_the_service_has_no_more(clock: Hands, tmp_path: Path) -> None:
    stages = {"lead:NEW": "new", "C3:GONE": "visited"}
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as portal:
        seen = {f.what: f for f in Line(portal, tmp_path, clock, stages=stages).probe()}["стадии"]
    assert (seen.ok, seen.seen) == (False, "в кабинете нет стадий C3:GONE")
    with AmocrmDouble(clock=clock) as account:
        stages = {"31:142": "won", "999": "booked"}
        seen = {f.what: f for f in Line(account, tmp_path, clock, stages=stages).probe()}["стадии"]
    assert seen.seen == "в кабинете нет стадий 999"
