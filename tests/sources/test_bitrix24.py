"""What a portal of Bitrix24 does to a pull and to `check`: batches, limits, its own fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from sheets_sync.errors import SourceError
from sheets_sync.net.secrets import Path as Address
from sheets_sync.sources import SOURCES
from sheets_sync.sources.api import Api
from sheets_sync.sources.bitrix24.portal import LEAD, Bitrix24Table, there
from sheets_sync.sources.source import Finding
from tests.doubles import bitrix24_world
from tests.doubles.bitrix24 import Bitrix24Double
from tests.sources.live import Line
from tests.sources.yandex import Hands


def findings(line: Line, **more: Any) -> dict[str, Finding]:
    return {f.what: f for f in line.probe(**more)}


def test_once_a_week_rows_that_are_held_are_looked_for(clock: Hands, tmp_path: Path) -> None:
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as double:
        double.crowd("leads", 110)
        line = Line(double, tmp_path, clock, **{"from": date(2026, 11, 1)})
        line.pull()
        held = len(line.rows("leads"))
        gone = [row.id for row in double.rows("leads")[-3:]]
        for number in gone:
            double.delete("leads", number)
        clock.sleep(3600)
        line.pull()
        assert len(line.rows("leads")) == held
        clock.sleep(7 * 86_400)
        before = len(double.asked)
        line.pull()
        batches = [a.json() for a in double.asked[before:] if a.path.endswith("/batch")]
    assert [len(batch["cmd"]) for batch in batches] == [3, 1]  # of leads, of deals
    assert len(line.rows("leads")) == held - 3
    assert not {f"bitrix24:L{number}" for number in gone} & {
        row["lead_id"] for row in line.rows("leads")
    }


class Roll(Bitrix24Double):
    """Of every number asked for in a batch it says that it is there."""

    def _batch(self, params: dict[str, Any]) -> dict[str, Any]:
        asked = {n: parse_qsl(c.partition("?")[2]) for n, c in params["cmd"].items()}
        rows = {n: [{"id": int(v)} for k, v in q if "@id" in k] for n, q in asked.items()}
        result = {name: {"items": items} for name, items in rows.items()}
        return {"result": result, "result_error": [], "result_total": [], "result_time": []}


def test_two_thousand_five_hundred_rows_are_looked_for_in_one_request(
    clock: Hands, tmp_path: Path
) -> None:
    with Roll(bitrix24_world.WORLD, clock=clock) as double:
        line = Line(double, tmp_path, clock)
        connector = SOURCES["bitrix24"].pull.args[0]  # type: ignore[attr-defined]  # a partial
        api: Api[Bitrix24Table] = Api(connector, line.table, line.context())
        assert set(there(api, LEAD, range(1, 2_503))) == set(range(1, 2_503))
        assert len(double.asked) == 2


class Worn(Bitrix24Double):
    """Refuses, inside a batch, the commands of `names` once, as a method that worked too long."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.names, self.error = ["p0"], "OPERATION_TIME_LIMIT"

    def _batch(self, params: dict[str, Any]) -> dict[str, Any]:
        answer = super()._batch(params)
        refused, self.names = self.names, []
        for name in refused:
            answer["result"].pop(name)
            answer["result_time"].pop(name)
            error = {"error": self.error, "error_description": "слишком долго"}
            answer["result_error"] = {**(answer["result_error"] or {}), name: error}
        return {name: part or [] for name, part in answer.items()}


@pytest.fixture
def swept(clock: Hands, tmp_path: Path) -> Iterator[tuple[Worn, Line]]:
    """A portal that was read, and whose rows are to be looked for next time."""
    with Worn(bitrix24_world.WORLD, clock=clock) as double:
        double.names = []
        line = Line(double, tmp_path, clock)
        line.pull()
        clock.sleep(8 * 86_400)
        double.names = ["p0"]
        yield double, line


def numbers(line: Line) -> set[str]:
    return {row["lead_id"].removeprefix("bitrix24:") for row in line.rows("leads")}


def test_a_command_of_a_batch_that_worked_too_long_is_asked_again_alone(
    swept: tuple[Worn, Line], clock: Hands
) -> None:
    double, line = swept
    before, asked = numbers(line), len(double.asked)
    line.pull()
    assert numbers(line) == before
    batches = [a.json()["cmd"] for a in double.asked[asked:] if a.path.endswith("/batch")]
    assert batches[0] == batches[1]
    assert [s for s in clock.slept if 60 <= s <= 601]


@pytest.mark.parametrize(
    ("error", "seconds", "words"),
    [("OPERATION_TIME_LIMIT", 30, "реже"), ("INVALID_ARG_VALUE", 3000, "INVALID_ARG_VALUE")],
)
def test_a_command_that_is_refused_takes_no_row_for_deleted(
    error: str, seconds: float, words: str, swept: tuple[Worn, Line], clock: Hands
) -> None:
    double, line = swept
    before, double.error = numbers(line), error
    with pytest.raises(SourceError, match=words):
        line.pull(until=clock.unix() + seconds)
    assert numbers(line) == before


def test_check_goes_on_where_stages_could_not_be_counted(clock: Hands, tmp_path: Path) -> None:
    with Worn(bitrix24_world.WORLD, clock=clock) as double:
        double.names = ["0"]
        seen = findings(Line(double, tmp_path, clock), until=clock.unix() + 30)
    assert "не посчитаны" in seen["стадии"].seen
    assert "NEW «Не обработан» = in_work?, –" in seen["лиды"].seen
    assert "C3:WON «Оплатил» = won, 1" in seen["воронка 3 «Имплантация»"].seen


def test_check_names_the_portals_own_fields_and_those_it_has_not(
    clock: Hands, tmp_path: Path
) -> None:
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as double:
        fields = {"ym_client_id": "UF_CRM_1700000000"}
        seen = findings(Line(double, tmp_path, clock, fields=fields))["поля"]
        assert seen.ok
        assert seen.seen == "свои поля: UF_CRM_1700000000 «UF_CRM_1700000000» = ym_client_id"
        missing = findings(Line(double, tmp_path, clock, fields={"service": "UF_CRM_5"}))["поля"]
    assert not missing.ok
    assert missing.seen.startswith("нет полей UF_CRM_5; ")


def test_webhooks_of_one_portal_are_counted_together() -> None:
    one, two, other = (
        Address((SecretStr(f"https://{where}/"),)).name
        for where in (
            "a.bitrix24.ru/rest/1/code1",
            "a.bitrix24.ru/rest/7/code2",
            "b.bitrix24.ru/rest/1/c",
        )
    )
    assert one == two != other
