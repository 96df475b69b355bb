"""«Ключевые фразы»: how a phrase is written, what it took of its campaign, and sums that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from metrics.join.join import Joined, attribute, prepare
from metrics.join.phrases import AUTOTARGETING, NO_PHRASE, normal_form
from metrics.measures.events import ADDITIVE
from metrics.reports.campaigns import campaigns
from metrics.reports.phrases import BY, phrases
from metrics.settings import MODELS, OTHER, Settings
from tests.examples import examples
from tests.metrics.clinic_rows import Row, call, lead, paid, spent, touch, visit
from tests.metrics.clinic_tables import ClinicTables
from tests.metrics.clinics import phrase_clinics, seeded_phrases
from tests.metrics.differences import period_tables
from tests.reference.phrases import PhraseClinic
from tests.rows import frame

JUNE = Settings(date(2026, 7, 1), date(2026, 6, 1), date(2026, 6, 30))
CELL = ["campaign", "channel", "direction"]


def nobody(_: str) -> bool:
    return False


def phrase(day: str, keyword: str, roubles: int, **more: object) -> Row:
    row = {"source": "direct:me", "date": day, "platform": "Яндекс Директ", "keyword": keyword}
    return row | {"campaign": "Импланты", "campaign_id": "7", "cost": roubles * 100} | more


def direct(first: str, roubles: int, **more: object) -> Row:
    given = {"source": "direct:me", "campaign": "Импланты", "campaign_id": "7"} | more
    return spent(first, first, roubles, "Яндекс Директ", **given)


def asked(utm_term: str, **more: object) -> Row:
    utm = {"utm_source": "yandex", "utm_medium": "cpc", "utm_campaign": "7"}
    return utm | {"utm_term": utm_term} | more


def table(asked: Settings = JUNE, **rows: list[Row]) -> pd.DataFrame:
    """The report of lists of rows, by the names of entities."""
    frames = {entity: frame(entity, *given) for entity, given in rows.items()}
    frames = {"phrases": frame("phrases")} | frames
    return report(prepare(frames, asked), frames)


def report(joined: Joined, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    whole = campaigns(attribute(joined, joined.settings.attribution))
    made = phrases(joined, frames, whole, nobody)
    assert set(made.columns) == {*whole.columns, "phrase"}
    return made


def money(made: pd.DataFrame) -> dict[str, float]:
    return dict(zip(made["phrase"], made["cost"] / 100, strict=True))


def test_the_page_s_example_to_the_kopeck() -> None:
    made = table(
        costs=[direct("2026-06-10", 10_000)],
        phrases=[phrase("2026-06-10", "имплант", 4_000), phrase("2026-06-10", "all-on-4", 5_500)],
    )
    assert money(made) == {"all-on-4": 5_500, "имплант": 4_000, NO_PHRASE: 500}
    assert set(made["campaign"]) == {"Импланты"}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("+Имплантация  [зубов] -цена -бесплатно", "имплантация зубов"),
        ('"!Ёлка"', "елка"),
        ("(лечение) all-on-4", "лечение all-on-4"),
        ("---autotargeting", AUTOTARGETING),
        (" ---Autotargeting -мск", AUTOTARGETING),
        ("", NO_PHRASE),
        ("  +  ", NO_PHRASE),
        ("{keyword}", NO_PHRASE),
        (" -минус", NO_PHRASE),
    ],
)
def test_a_phrase_is_written_one_way(text: str, form: str) -> None:
    assert normal_form(text, nobody) == form


def test_a_phrase_of_a_person_is_nobodys() -> None:
    assert normal_form("+Иванов +Иван", lambda text: text == "иванов иван") == NO_PHRASE


def test_money_follows_the_phrase_of_the_touch_that_gives_the_channel() -> None:
    touches = [
        touch("T1", "2026-06-01", "C1", **asked("первая"), traffic_source="ad"),
        touch("T2", "2026-06-02", "C1", **asked("!Вторая"), traffic_source="ad"),
        touch("T3", "2026-06-03", "C1", traffic_source="direct"),
    ]
    rows = {
        "leads": [lead("L1", "2026-06-03T15:00", ym_client_id="C1", utm_term="своя")],
        "touches": touches,
        "appointments": [visit("V1", "2026-06-05", "K", "L1")],
        "payments": [paid("P1", "2026-06-05", "K", 9_000, cost=0)],
        "costs": [direct("2026-06-02", 1_000)],
    }
    made = table(**rows).set_index("phrase")
    assert made.loc["вторая", ["leads", "new_patients", "margin"]].tolist() == [1, 1, 9_000_00]
    linear = table(replace(JUNE, attribution="linear"), **rows).set_index("phrase")
    assert linear["leads"].to_dict() == pytest.approx(
        {NO_PHRASE: 1 / 3, "вторая": 1 / 3, "первая": 1 / 3}
    )


def test_a_call_tells_the_phrase_that_it_was_made_after() -> None:
    rung = call("K1", "2026-06-03", "p1", is_unique=True, **asked("имплант цена"))
    assert table(calls=[rung])["phrase"].tolist() == ["имплант цена"]


def test_phrases_count_only_where_the_channels_cost_is_directs() -> None:
    of_metrica = {"source": "metrica:1"}
    rows = [phrase("2026-06-10", "имплант", 400), phrase("2026-06-11", "имплант", 300)]
    rows += [phrase("2026-06-12", "имплант", 200), phrase("2026-06-13", "имплант", 100)]
    costs = [
        direct("2026-06-10", 1_000),
        direct("2026-06-11", 1_000, source="file:costs"),
        # The channel is Direct's, the winning row is neither its source's nor of its platform.
        spent("2026-06-12", "2026-06-12", 1_000, "ya", utm_source="yandex", utm_medium="cpc",
              campaign="Импланты", campaign_id="7", **of_metrica),
    ]  # fmt: skip
    assert money(table(costs=costs, phrases=rows)) == {NO_PHRASE: 2_300, "имплант": 700}


def test_of_two_sources_that_tell_a_days_phrases_one_wins() -> None:
    rows = [
        phrase("2026-06-10", "имплант", 400),
        phrase("2026-06-10", "имплант", 410, source="file:x"),
    ]
    made = table(costs=[direct("2026-06-10", 1_000)], phrases=rows)
    assert money(made) == {NO_PHRASE: 600, "имплант": 400}


def test_what_is_dearer_than_its_campaign_leaves_less_than_nothing() -> None:
    made = table(
        costs=[direct("2026-06-10", 1_000)], phrases=[phrase("2026-06-10", "имплант", 1_200)]
    )
    assert money(made) == {"имплант": 1_200, NO_PHRASE: -200}


def test_the_dearest_have_rows_and_the_rest_is_other_below() -> None:
    rows = [phrase("2026-06-10", f"фраза {n}", 100 * n) for n in range(1, 6)]
    asked_two = replace(JUNE, phrases_top=2)
    made = table(asked_two, costs=[direct("2026-06-10", 10_000)], phrases=rows)
    assert money(made) == {NO_PHRASE: 8_500, "фраза 5": 500, OTHER: 1_000}
    assert made["phrase"].tolist()[-1] == OTHER


def test_equal_costs_stand_by_leads_then_text() -> None:
    rows = [phrase("2026-06-10", text, 100) for text in ("в", "б", "а")]
    leads = [lead("L1", "2026-06-10", **asked("в"))]
    made = table(costs=[direct("2026-06-10", 300)], phrases=rows, leads=leads)
    assert made["phrase"].tolist() == ["в", "а", "б", NO_PHRASE]


def test_small_rows_are_one_other_of_the_table() -> None:
    rows = [phrase("2026-06-10", "имплант", 4_000)]
    costs = [direct("2026-06-10", 10_000), spent("2026-06-10", "2026-06-10", 500, "Авито")]
    made = table(replace(JUNE, min_patients=5), costs=costs, phrases=rows)
    assert made[list(BY)].to_numpy().tolist() == [[OTHER, "", OTHER, OTHER]]
    assert money(made) == {OTHER: 10_500}


def test_a_clinic_without_phrases_has_no_row() -> None:
    assert table(costs=[direct("2026-06-10", 1_000)], leads=[lead("L", "2026-06-10")]).empty


def assert_sums_are_those_of_campaigns(clinic: ClinicTables, **more: object) -> None:
    asked = replace(clinic.settings, **more)
    frames = clinic.frames
    joined = prepare(frames, asked)
    made = report(joined, frames)
    if made.empty:
        return
    whole = campaigns(attribute(joined, asked.attribution)).set_index(CELL)[list(ADDITIVE)]
    parts = made.groupby(CELL)[list(ADDITIVE)].sum(min_count=1)
    unknown = made[made["margin"].isna()].set_index(CELL).index
    parts.loc[parts.index.isin(unknown), "margin"] = float("nan")
    apart = parts.index.difference(whole.index)
    assert (parts.loc[apart].fillna(0) == 0).all().all()
    parts = parts.reindex(whole.index)
    fractional = asked.attribution in ("linear", "position", "time_decay", "markov")
    exact = ["cost", "revenue", "margin", "impressions", "clicks", "sessions", "goal_reaches"]
    for name in ADDITIVE:
        near = (
            {"rel": 1e-9, "abs": 1e-9} if fractional and name not in exact else {"rel": 0, "abs": 0}
        )
        want = pytest.approx(whole[name].to_numpy(), nan_ok=True, **near)
        assert parts[name].to_numpy() == want, name


@pytest.mark.parametrize("seed", range(examples(len(MODELS))))
def test_summed_by_campaign_channel_and_direction_they_are_campaigns(seed: int) -> None:
    top = (200, 1, 3)[seed % 3]
    assert_sums_are_those_of_campaigns(
        seeded_phrases(seed, 60), phrases_top=top, attribution=MODELS[seed % len(MODELS)]
    )


@settings(
    max_examples=examples(10),
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(phrase_clinics(), st.sampled_from((1, 2, 200)))
def test_so_they_are_in_any_clinic(clinic: ClinicTables, top: int) -> None:
    assert_sums_are_those_of_campaigns(clinic, phrases_top=top)


@pytest.mark.parametrize("seed", range(examples(6)))
def test_every_number_is_the_references(seed: int) -> None:
    rows = seeded_phrases(100 + seed, 40)
    rows = replace(rows, settings=replace(rows.settings, phrases_top=10_000))
    frames, clinic = rows.frames, PhraseClinic(rows.tables, rows.settings)
    made = report(prepare(frames, rows.settings), frames)
    made = made[made["cost"] >= 0]  # what a cost below 0 does to bounds is no number to promise
    if not made.empty:
        told = period_tables("phrases", clinic, made, BY)
        assert [line for line in told if "no row" not in line or "'cost': -" not in line] == []
