"""«Сегменты»: who belongs to one, when a lead is a visitor's, and sums that can be counted by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from metrics.join.join import attribute, prepare
from metrics.measures.visitors import SEGMENT_PATTERNS, SegmentPattern
from metrics.reports.segments import EVERYBODY, segments
from metrics.settings import Settings
from metrics.sources import SourceFreshness
from tests.examples import examples
from tests.metrics.clinic_rows import Row, call, lead, paid, touch, visit
from tests.metrics.clinics import GOAL_NAMES, seeded_clinic, with_pages
from tests.metrics.differences import unequal
from tests.reference import Clinic
from tests.reference.segments import segment_row
from tests.rows import frame

ASKED = Settings(date(2026, 6, 30), date(2026, 4, 1), date(2026, 6, 29))
PRICES = (SegmentPattern("Цены", "landing_path", "price|цен"),)
FORMS = (SegmentPattern("Формы", "goals", "начал.*форм|^11$", "отправ"),)
NAMES = {"traffic": {"counter": {"goals": [[10, "Начало формы", "action", False],
                                           [12, "Отправка формы", "form", False]]}}}  # fmt: skip
COUNTER = SourceFreshness("Метрика", "traffic", None, state=NAMES)


def table(
    patterns: tuple[SegmentPattern, ...], asked: Settings = ASKED, **rows: list[Row]
) -> pd.DataFrame:
    frames = {entity: frame(entity, *given) for entity, given in rows.items()}
    joined = prepare(frames, asked)
    facts = attribute(joined, asked.attribution)
    made = segments(facts, joined, frames, [COUNTER], patterns)
    return made.set_index("segment")


def seen(*touches: Row) -> int:
    """How many visitors the segment of abandoned forms has."""
    return int(table(FORMS, touches=list(touches)).loc["Формы", "visitors_90"])


def test_the_page_s_example() -> None:
    """200 visitors, 10 with a lead; all 4 000 and 80: 5 %, 2.5, Без лида 190."""
    touches = [
        touch(f"T{n}", "2026-06-20", str(n), landing_path="/price" if n < 200 else "/")
        for n in range(4_000)
    ]
    leads = [
        lead(f"L{n}", "2026-06-21", ym_client_id=str(n)) for n in (*range(10), *range(300, 370))
    ]
    made = table(PRICES, touches=touches, leads=leads)
    assert made.index.tolist() == [EVERYBODY, "Цены"]
    assert made.loc[EVERYBODY, ["visitors_90", "leads", "lead_share"]].tolist() == [4_000, 80, 0.02]
    row = made.loc["Цены"]
    assert row[["visitors_30", "visitors_90", "without_lead", "leads"]].tolist() == [
        200,
        200,
        190,
        10,
    ]
    assert (row["lead_share"], row["lift"]) == (0.05, 2.5)


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        ("2026-06-01", [1, 1]),  # the 30 days that end with the 30th begin on the 1st
        ("2026-05-31", [0, 1]),
        ("2026-04-02", [0, 1]),
        ("2026-04-01", [0, 0]),
        ("2026-07-01", [0, 0]),
    ],
)
def test_days_are_those_that_end_with_as_of(day: str, numbers: list[int]) -> None:
    other = touch("T0", "2026-06-15", "other")
    made = table(PRICES, touches=[touch("T1", day, "C", landing_path="/price"), other])
    assert made.loc["Цены", ["visitors_30", "visitors_90"]].tolist() == numbers


def test_whoever_sent_the_form_later_did_not_abandon_it() -> None:
    begun, sent = ({"goals": goal} for goal in ("10", "12"))
    assert seen(touch("T1", "2026-06-10", "C", **begun)) == 1
    assert seen(touch("T1", "2026-06-10", "C", goals="10,12")) == 0
    assert (
        seen(touch("T1", "2026-06-10", "C", **begun), touch("T2", "2026-06-11", "C", **sent)) == 0
    )
    assert (
        seen(touch("T1", "2026-06-10", "C", **begun), touch("T2", "2026-06-09", "C", **sent)) == 1
    )
    assert (
        seen(touch("T1", "2026-06-10", "C", **begun), touch("T2", "2026-06-11", "D", **sent)) == 1
    )


def test_goals_are_known_by_id_by_name_and_by_the_name_in_a_file() -> None:
    assert seen(touch("T1", "2026-06-10", "C", goals="9,11")) == 1
    assert seen(touch("T1", "2026-06-10", "C", goals="111")) == 0
    assert seen(touch("T1", "2026-06-10", "C", goals="Начало формы; Звонок")) == 1


def test_rows_of_one_segment_unite_whatever_their_case() -> None:
    both = (*PRICES, SegmentPattern("цены", "end_path", "stoimost"))
    touches = [
        touch("T1", "2026-06-10", "A", landing_path="/price"),
        touch("T2", "2026-06-10", "B", end_path="/Stoimost"),
        touch("T3", "2026-06-10", "A", end_path="/stoimost"),
    ]
    assert table(both, touches=touches).loc["Цены", "visitors_90"] == 2


def test_a_lead_is_a_visitors_by_its_own_clientid_else_by_its_touches() -> None:
    touches = [touch("T1", "2026-06-10", "C", landing_path="/price", person_key="p1")]
    by_phone = lead("L1", "2026-06-11", "p1")
    assert table(PRICES, touches=touches, leads=[by_phone]).loc["Цены", "leads"] == 1
    elsewhere = by_phone | {"ym_client_id": "D"}
    assert table(PRICES, touches=touches, leads=[elsewhere]).loc["Цены", "leads"] == 0
    by_call = lead("L1", "2026-06-11T12:05", "p2")
    ring = call("K", "2026-06-11T12:00", "p2", ym_client_id="C", is_unique=False)
    assert table(PRICES, touches=touches, leads=[by_call], calls=[ring]).loc["Цены", "leads"] == 1


def test_a_lead_counts_from_the_visit_that_made_the_visitor() -> None:
    touches = [
        touch("T1", "2026-06-01", "C"),
        touch("T2", "2026-06-10", "C", landing_path="/price"),
    ]
    made = table(PRICES, touches=touches, leads=[lead("L", "2026-06-05", ym_client_id="C")])
    assert made["leads"].tolist() == [1, 0]
    assert made["without_lead"].tolist() == [0, 1]


def test_money_is_that_of_patients_whom_these_leads_acquired() -> None:
    rows: dict[str, list[Row]] = {
        "touches": [touch("T1", "2026-06-01", "C", landing_path="/price"), touch("T2", "2026-06-01", "D")],
        "leads": [lead("L1", "2026-06-05", ym_client_id="C"), lead("L2", "2026-06-05", ym_client_id="D")],
        "appointments": [visit("V1", "2026-06-06", "K1", "L1"), visit("V2", "2026-06-06", "K2", "L2")],
        "payments": [
            paid("P1", "2026-06-06", "K1", 5_000, cost=1_000),
            paid("P2", "2026-06-07", "K2", 7_000, cost=0),
        ],
    }  # fmt: skip
    made = table(PRICES, **rows)
    assert made[["new_patients", "margin"]].to_numpy().tolist() == [[2, 11_000_00], [1, 4_000_00]]
    rows["payments"][0]["cost"] = None
    assert table(PRICES, **rows)["margin"].isna().all()


def test_small_segments_are_left_out_and_counted() -> None:
    touches = [touch(f"T{n}", "2026-06-10", str(n)) for n in range(5)]
    touches[0]["landing_path"] = "/price"
    made = table(PRICES, replace(ASKED, min_patients=5), touches=touches)
    assert made["left_out"].to_dict() == {EVERYBODY: 1}


def test_without_a_visit_there_is_no_row() -> None:
    assert table(PRICES, touches=[], leads=[lead("L", "2026-06-05", ym_client_id="C")]).empty


@pytest.mark.parametrize("seed", range(examples(8)))
def test_every_number_is_the_references(seed: int) -> None:
    rows = with_pages(seeded_clinic(seed, 60), random.Random(seed))
    frames, clinic = rows.frames, Clinic(rows.tables, rows.settings)
    joined = prepare(frames, rows.settings)
    counter = replace(COUNTER, state={"traffic": {"counter": {"goals": [*GOAL_NAMES.items()]}}})
    made = segments(attribute(joined, rows.settings.attribution), joined, frames, [counter])
    places = {"landing_path": "вход", "end_path": "выход", "goals": "цель"}
    for row in made.to_dict("records"):
        own = [
            (p.segment, places[p.place], p.pattern, p.but)
            for p in SEGMENT_PATTERNS
            if p.segment == row["segment"]
        ]
        wanted = segment_row(clinic, own or None, GOAL_NAMES)
        assert list(unequal(f"segments {row['segment']}", row, wanted)) == []
