"""What single services do to rows, money and long first pulls: literal worlds in, literal rows out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.doubles import bitrix24_world, medods, sqns
from tests.doubles.amocrm import AmocrmDouble
from tests.doubles.bitrix24 import Bitrix24Double
from tests.doubles.medods import MedodsDouble
from tests.doubles.sqns import SqnsDouble
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
        assert offsets == ["100", "200"]
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
        seen = {f.what: f for f in Line(account, tmp_path, clock).probe()}
    assert "1002 «Новая» = in_work?, 1" in seen["воронка 32 «Общая»"].seen


def test_how_far_back_a_source_goes_is_said(clock: Hands, tmp_path: Path) -> None:
    with SqnsDouble(clock=clock) as double:
        notes = {n for p in Line(double, tmp_path, clock).pull() for n in p.notes}
    assert "История читается с 04.11.2026." in notes
