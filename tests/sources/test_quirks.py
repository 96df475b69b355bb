"""What single services do to rows, money and long first pulls: literal worlds in, literal rows out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sheets_sync.errors import SourceError
from tests.doubles import bitrix24_world, medods, sqns
from tests.doubles.amocrm import AmocrmDouble
from tests.doubles.avito import AvitoDouble
from tests.doubles.bitrix24 import Bitrix24Double
from tests.doubles.medods import MedodsDouble
from tests.doubles.server import Reply
from tests.doubles.sqns import SqnsDouble
from tests.doubles.uis import UisDouble
from tests.doubles.yclients import YclientsDouble
from tests.sources.live import Line
from tests.sources.yandex import Hands


def amounts(line: Line) -> dict[str, int]:
    return {r["payment_id"]: r["amount"] for r in line.rows("payments")}


def test_a_service_done_twice_at_a_visit_is_paid_twice_and_what_leaves_it_goes(
    clock: Hands, tmp_path: Path
) -> None:
    visit = sqns.Visit(9, sqns.at(20, 9), sqns.at(12, 6), sqns.at(20, 10))
    with SqnsDouble(sqns.SqnsWorld((visit,)), clock=clock) as double:
        line = Line(double, tmp_path, clock)
        double.change("visits", 9, services=(("Пломба", 4000), ("Снимок", 800)))
        line.pull()
        assert sorted(amounts(line).values()) == [80_000, 400_000]
        double.change("visits", 9, services=(("Пломба", 4000),))
        clock.sleep(3600)
        line.pull()
        assert list(amounts(line).values()) == [400_000]
        double.change("visits", 9, attendance=-1)
        clock.sleep(3600)
        notes = [n for p in line.pull() for n in p.notes]
        assert amounts(line) == {}
    assert any("удалены платежи" in note for note in notes)


def test_a_visit_of_long_ago_that_changed_today_comes_again(clock: Hands, tmp_path: Path) -> None:
    old, before = sqns.at(1, 9) - timedelta(days=80), sqns.at(1, 9) - timedelta(days=400)
    visits = (
        sqns.Visit(9, old, old, old, attendance=2),
        sqns.Visit(10, before, before, before, attendance=2),
    )
    with SqnsDouble(sqns.SqnsWorld(visits), clock=clock) as double:
        line = Line(double, tmp_path, clock, **{"from": date(2026, 8, 1)})
        line.pull()
        assert [r["status"] for r in line.rows("appointments")] == ["confirmed"]
        clock.sleep(3600)
        double.change("visits", 9, attendance=1, services=(("Пломба", 4000),))
        double.change("visits", 10, attendance=1, services=(("Пломба", 4000),))
        asked = len(double.asked)
        line.pull()
        assert len(double.asked) - asked == 4
    assert [r["status"] for r in line.rows("appointments")] == ["completed"]
    assert list(amounts(line).values()) == [400_000]


def test_after_days_without_a_pull_older_visits_are_read_again(
    clock: Hands, tmp_path: Path
) -> None:
    old = sqns.at(1, 9) - timedelta(days=80)
    visits = (sqns.Visit(9, old, old, old, attendance=2),)
    with SqnsDouble(sqns.SqnsWorld(visits), clock=clock) as double:
        line = Line(double, tmp_path, clock, **{"from": date(2026, 8, 1)})
        line.pull()
        double.change("visits", 9, attendance=1)
        clock.sleep(3 * 86_400)
        asked = len(double.asked)
        notes = [n for p in line.pull() for n in p.notes]
        assert [r["status"] for r in line.rows("appointments")] == ["completed"]
        assert len(double.asked) - asked <= 9
        assert any("перечитываются" in note for note in notes)
        clock.sleep(86_400)
        asked = len(double.asked)
        line.pull()
        assert len(double.asked) - asked <= 5


class SmallMedods(MedodsDouble):
    """Gives one row a page, whatever is asked."""

    def _appointments(self, query: dict[str, str]) -> Reply:
        return super()._appointments(query | {"limit": "1"})


def test_appointments_that_medods_no_longer_names_go_with_their_bills_once_a_week(
    clock: Hands, tmp_path: Path
) -> None:
    with SmallMedods(medods.WORLD, clock=clock) as double:
        double.crowd("appointments", 20)
        double.put(
            "appointments",
            [replace(a, order=a.order if a.id < 99 else 0) for a in double.rows("appointments")],
        )
        line = Line(double, tmp_path, clock)
        line.pull()
        before = len(line.rows("appointments"))
        for name, row in (("appointments", 16), ("orders", 34), ("appointments", 900_010)):
            double.put(name, [r for r in double.rows(name) if r.id != row])
        clock.sleep(6 * 86_400)
        line.pull()
        assert len(line.rows("appointments")) == before
        clock.sleep(2 * 86_400)
        # A short run leaves the rest of the look to the next one, and is no failure.
        asked = len(double.asked)
        line.pull(until=clock.unix() + 20)
        assert len(double.asked) - asked < 27
        assert len(line.rows("appointments")) == before
        notes = [n for p in line.pull() for n in p.notes]
        there = {r["appointment_id"] for r in line.rows("appointments")}
        assert len(there) == before - 2
        assert not there & {"medods:16", "medods:900010"}
        assert amounts(line) == {"medods:33": 150_000, "medods:35": 9_999}
        assert any("удалены платежи: medods:34 на 4" in note for note in notes)


def test_a_long_first_pull_of_medods_goes_on_where_it_stopped_and_the_next_asks_little(
    clock: Hands, tmp_path: Path
) -> None:
    with MedodsDouble(medods.WORLD, clock=clock) as double:
        double.crowd("appointments", 250)
        double.put("appointments", [replace(a, order=0) for a in double.rows("appointments")])
        line = Line(double, tmp_path, clock)
        first = line.context()
        given = iter(line._each(first))
        while not line.state.get("memory", {}).get("rest"):
            next(given)
        given.close()
        before = len(double.asked)
        line.pull()
        offsets = [a.query["offset"] for a in double.asked[before:]]
        # A tenth of each page is asked again; the last one brings nothing new.
        assert offsets == ["90", "180", "246"]
        assert len(line.rows("appointments")) == 253
        clock.sleep(2 * 3600)
        before = len(double.asked)
        line.pull()
        assert len(double.asked) - before == 1
        assert int(double.asked[-1].query["updatedAtAfter"]) > clock.unix() - 4 * 3600


def test_a_deal_that_is_no_longer_won_gives_its_payment_up(clock: Hands, tmp_path: Path) -> None:
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as double:
        line = Line(double, tmp_path, clock, payments=True)
        line.pull()
        assert amounts(line) == {"bitrix24:41": 5_200_050}
        double.move(41, "C3:BOOKED")
        clock.sleep(3600)
        line.pull()
        assert amounts(line) == {}


def test_check_counts_the_stages_of_ninety_days(clock: Hands, tmp_path: Path) -> None:
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as double:
        seen = {f.what: f for f in Line(double, tmp_path, clock).probe()}
    assert "C3:BOOKED «Записан» = in_work?, 1" in seen["воронка 3 «Имплантация»"].seen
    assert "C3:WON «Оплатил» = won, 1" in seen["воронка 3 «Имплантация»"].seen
    assert "JUNK «Некачественный» = lost, 1" in seen["лиды"].seen
    assert not seen["воронка 3 «Имплантация»"].ok
    with AmocrmDouble(clock=clock) as account:
        account.crowd("leads", 10)
        account.most = 1
        seen = {f.what: f for f in Line(account, tmp_path, clock).probe()}
        part = seen["воронка 32 «Общая»"].seen.replace("\xa0", " ")
        assert "(посчитано 8 сделок, есть ещё)" in part
        account.most = None
        seen = {f.what: f for f in Line(account, tmp_path, clock).probe()}
    assert "1002 «Новая» = in_work?, 1" in seen["воронка 32 «Общая»"].seen


def test_check_shows_statuses_and_fields_and_how_each_is_understood(
    clock: Hands, tmp_path: Path
) -> None:
    with MedodsDouble(clock=clock) as clinic:
        clinic.change("appointments", 16, status="draft")
        seen = {f.what: f for f in Line(clinic, tmp_path, clock).probe()}["статусы"]
    assert (seen.ok, seen.seen) == (False, "billed = completed, 2; draft = ?, 1")
    with SqnsDouble(clock=clock) as centre:
        seen = {f.what: f for f in Line(centre, tmp_path, clock).probe()}["attendance"]
    assert seen.ok
    assert "1 = completed" in seen.seen
    with YclientsDouble(clock=clock) as branch:
        found = {f.what: f for f in Line(branch, tmp_path, clock).probe()}
    assert "Оказание услуг = оплата" in found["касса"].seen
    assert "1 = completed" in found["attendance"].seen
    with AmocrmDouble(clock=clock) as account:
        fields = {"source_raw": 21, "service": 99}
        seen = {f.what: f for f in Line(account, tmp_path, clock, fields=fields).probe()}["поля"]
    assert not seen.ok
    assert seen.seen.startswith("нет полей 99; ")
    assert "21 «Источник» = source_raw" in seen.seen


def test_a_method_that_worked_too_long_is_asked_again_when_the_portal_said(
    clock: Hands, tmp_path: Path
) -> None:
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as double:
        double.budget, double.operating = 1.0, 1.0
        line = Line(double, tmp_path, clock)
        line.pull()
        numbers = {r["lead_id"].removeprefix("bitrix24:") for r in line.rows("leads")}
        assert numbers == {"L2", "L3", "D42", "D43"}
    waits = [seconds for seconds in clock.slept if seconds > 60]
    assert waits
    assert all(595 < seconds <= 601 for seconds in waits)


def test_a_wait_that_would_outlast_the_run_is_left_to_the_next_one(
    clock: Hands, tmp_path: Path
) -> None:
    with Bitrix24Double(bitrix24_world.WORLD, clock=clock) as double:
        double.budget, double.operating = 1.0, 1.0
        with pytest.raises(SourceError) as caught:
            Line(double, tmp_path, clock).pull(until=clock.unix() + 300)
    assert not caught.value.permanent
    assert not [seconds for seconds in clock.slept if seconds > 60]


class CrowdedUis(UisDouble):
    """Says of every report longer than `days` that it has more rows than an offset reaches."""

    days = 8

    def _report(self, method: str, params: dict[str, Any], no: Any) -> tuple[list[Any], int]:
        rows, total = super()._report(method, params, no)
        ends = [datetime.fromisoformat(params[name]) for name in ("date_from", "date_till")]
        return rows, total if ends[1] - ends[0] < timedelta(days=self.days) else 110_001


def test_a_report_longer_than_an_offset_reaches_is_asked_in_parts(
    clock: Hands, tmp_path: Path
) -> None:
    with CrowdedUis(clock=clock) as double:
        line = Line(double, tmp_path, clock, **{"from": date(2026, 11, 1)})
        line.pull()
        asked = [a.json()["params"] for a in double.asked]
    assert sorted(r["call_id"] for r in line.rows("calls")) == [f"uis:{n}" for n in range(81, 86)]
    calls = [p for p in asked if "talk_duration" in p.get("fields", ())]
    assert [(p["date_from"][8:10], p["date_till"][8:10]) for p in calls] == [
        ("01", "25"),
        *(("01", "13"), ("01", "07"), ("07", "13")),
        *(("13", "25"), ("13", "19"), ("19", "25")),
    ]


def test_a_version_that_is_being_retired_is_told(clock: Hands, tmp_path: Path) -> None:
    with UisDouble(clock=clock) as double:
        line = Line(double, tmp_path, clock)
        assert not [n for p in line.pull() for n in p.notes if "верси" in n]
        double.retired = "v2.0"
        assert [n for p in line.pull() for n in p.notes if "верси" in n]
        assert [f for f in line.probe() if f.what == "версия" and not f.ok]


@pytest.mark.parametrize(("divisor", "ok", "word"), [(1, False, "= 100"), (100, True, "")])
def test_check_sets_the_spending_against_the_wallet(
    clock: Hands, tmp_path: Path, divisor: int, ok: bool, word: str
) -> None:
    class InKopecks(AvitoDouble):
        def _spendings(self, given: dict[str, Any]) -> dict[str, Any]:
            answer = super()._spendings(given)
            for group in answer["result"]["groupings"]:
                for each in group["spendings"]:
                    each["value"] *= 100
            return answer

    with InKopecks(clock=clock) as double:
        seen = {f.what: f for f in Line(double, tmp_path, clock, spend_divisor=divisor).probe()}
        assert double.no == []
    wallet = seen["кошелёк"]
    assert wallet.ok is ok
    assert word in (wallet.hint if not ok else "")
    if ok:
        told = wallet.seen.replace("\xa0", " ")
        assert told == "за 4 недели: расход 1 500,79 ₽, списано с кошелька 1 500,79 ₽"


def test_check_goes_on_where_the_wallet_is_refused(clock: Hands, tmp_path: Path) -> None:
    with AvitoDouble(clock=clock) as double:
        double.fail("rights", times=9, only=lambda a: "operations" in a.path)
        account, wallet = Line(double, tmp_path, clock).probe()
    assert account.ok
    assert "не сверен" in wallet.seen
