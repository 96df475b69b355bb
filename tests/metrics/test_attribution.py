"""Weights of touches: closed forms, the ladder of finding them, whole leads and kopecks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.coded import Coded, constant
from metrics.join.attribution import weights
from metrics.join.entities import entity_rows
from metrics.join.histories import RUNGS, Histories, histories
from metrics.join.join import attribute, join, prepare
from metrics.join.looks import Looks
from metrics.reports.models import models
from metrics.settings import MODELS, Settings
from tests.rows import frame

DAY = 86_400_000_000
SETTINGS = Settings(
    as_of=date(2026, 6, 30),
    first=date(2026, 1, 1),
    last=date(2026, 6, 30),
    margin_rate=Decimal("0.5"),
    timezone="Europe/Moscow",
)


def history(days: list[int], sources: list[str], leads: list[int] | None = None) -> Histories:
    size = len(days)
    names = sorted(set(sources))
    fields = {
        "traffic_source": Coded(np.array([names.index(s) for s in sources]), names),
        "source_raw": constant("", size),
        "utm_source": constant("", size),
        "utm_medium": constant("", size),
        "adv_engine": constant("", size),
    }
    return Histories(
        np.array(leads or [0] * size),
        np.array(days) * DAY,
        np.zeros(size, dtype=bool),
        np.zeros(size, dtype=np.int64),
        np.arange(size),
        Looks(fields, np.zeros(size, dtype=bool)),
        np.arange(size),
    )


def weigh(model: str, touches: Histories) -> list[float]:
    channel = constant("a", len(touches.lead))
    return weights(model, touches, channel, touches.lead >= 0).tolist()  # type: ignore[arg-type]


FIVE = history([0, 5, 12, 30, 38], ["ad", "organic", "social", "referral", "direct"])


def test_time_decay_of_five_touches_is_the_closed_form() -> None:
    money = [round(12_000 * w, 2) for w in weigh("time_decay", FIVE)]
    assert money == [175.20, 287.44, 574.88, 3417.04, 7545.45]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", [1, 0, 0, 0, 0]),
        ("last", [0, 0, 0, 0, 1]),
        ("last_significant", [0, 0, 0, 1, 0]),
        ("last_paid", [1, 0, 0, 0, 0]),
        ("linear", [0.2] * 5),
        ("position", [0.4, 0.2 / 3, 0.2 / 3, 0.2 / 3, 0.4]),
    ],
)
def test_each_model_weighs_five_touches(model: str, expected: list[float]) -> None:
    assert weigh(model, FIVE) == pytest.approx(expected)


def test_position_gives_one_touch_all_and_two_touches_half() -> None:
    two = history([0, 1, 0], ["ad", "organic", "ad"], [0, 0, 7])
    assert weigh("position", two) == [0.5, 0.5, 1.0]


def test_nothing_significant_or_paid_falls_back_to_the_last() -> None:
    quiet = history([0, 1], ["direct", "saved"])
    assert weigh("last_significant", quiet) == [0, 1]
    assert weigh("last_paid", quiet) == [0, 1]


@given(
    st.lists(
        st.tuples(st.integers(0, 89), st.sampled_from(["ad", "direct", "organic", "internal"])),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([m for m in MODELS if m != "markov"]),
)
def test_weights_of_a_lead_add_up_to_one(touches: list[tuple[int, str]], model: str) -> None:
    touches.sort()
    weight = weigh(model, history([d for d, _ in touches], [s for _, s in touches]))
    assert sum(weight) == pytest.approx(1)
    assert min(weight) >= 0


def touch(touch_id: str, at: str, **more: Any) -> dict[str, Any]:
    return {"touch_id": touch_id, "at": at, "ym_client_id": "", **more}


LEAD = {"lead_id": "L", "created_at": "2026-03-10T12:00:00Z", "person_key": "p"}


def rungs(lead: dict[str, Any], *touches: dict[str, Any], calls: Any = ()) -> list[tuple[str, str]]:
    frames = {
        "leads": frame("leads", {**LEAD, **lead}),
        "touches": frame("touches", *touches),
        "calls": frame("calls", *calls),
    }
    rows, _ = entity_rows(frames, SETTINGS)
    found = histories(rows, np.array([0]), SETTINGS)
    source = found.looks.fields["utm_source"].take(found.look)
    return [
        (RUNGS[r], source.values[c])
        for r, c in zip(found.rung.tolist(), source.codes.tolist(), strict=True)
    ]


def test_a_client_id_finds_its_touches_of_the_last_ninety_days_only() -> None:
    found = rungs(
        {"ym_client_id": "c", "utm_source": "own"},
        touch("1", "2025-12-10T11:59:59Z", ym_client_id="c", utm_source="old"),
        touch("2", "2025-12-10T12:00:00Z", ym_client_id="c", utm_source="edge"),
        touch("3", "2026-03-10T12:00:00Z", ym_client_id="c", utm_source="now"),
        touch("4", "2026-03-10T12:00:01Z", ym_client_id="c", utm_source="later"),
        touch("5", "2026-03-09T12:00:00Z", ym_client_id="d", utm_source="other"),
    )
    assert found == [("client_id", "edge"), ("client_id", "now")]


def test_a_yclid_finds_the_whole_history_of_the_client_that_clicked() -> None:
    found = rungs(
        {"yclid": "y"},
        touch("1", "2026-03-01T12:00:00Z", ym_client_id="c", utm_source="first"),
        touch("2", "2026-03-02T12:00:00Z", ym_client_id="c", yclid="y", utm_source="click"),
    )
    assert found == [("yclid", "first"), ("yclid", "click")]


def test_a_call_within_minutes_finds_its_client_else_stands_for_itself() -> None:
    call = {"call_id": "k", "started_at": "2026-03-10T11:40:00Z", "person_key": "p"}
    visit = touch("1", "2026-03-01T12:00:00Z", ym_client_id="c", utm_source="site")
    assert rungs({}, visit, calls=[{**call, "ym_client_id": "c"}]) == [("call", "site")]
    assert rungs({}, visit, calls=[{**call, "utm_source": "banner"}]) == [("call", "banner")]
    late = {**call, "started_at": "2026-03-10T11:29:59Z", "utm_source": "banner"}
    assert rungs({"source_raw": "2ГИС"}, visit, calls=[late]) == [("source", "")]


def test_without_touches_a_lead_stands_on_its_utm_its_source_or_nothing() -> None:
    assert rungs({"utm_source": "vk"}) == [("utm", "vk")]
    assert rungs({"source_raw": "2ГИС"}) == [("source", "")]
    assert rungs({}) == [("none", "")]


def test_an_internal_touch_gives_way_to_the_one_before_it() -> None:
    internal = touch(
        "2", "2026-03-02T12:00:00Z", ym_client_id="c", traffic_source="internal", utm_source="in"
    )
    before = touch(
        "1", "2026-03-01T12:00:00Z", ym_client_id="c", traffic_source="organic", utm_source="out"
    )
    assert rungs({"ym_client_id": "c"}, before, internal) == [("client_id", "out")]
    assert rungs({"ym_client_id": "c"}, internal) == [("client_id", "in")]


def clinic() -> dict[str, Any]:
    """One lead of three touches who pays 100.00 and 0.01 roubles."""
    return {
        "leads": frame("leads", {**LEAD, "ym_client_id": "c"}),
        "touches": frame(
            "touches",
            touch("1", "2026-03-01T12:00:00Z", ym_client_id="c", traffic_source="organic"),
            touch("2", "2026-03-05T12:00:00Z", ym_client_id="c", traffic_source="social"),
            touch("3", "2026-03-10T11:00:00Z", ym_client_id="c", traffic_source="direct"),
        ),
        "appointments": frame(
            "appointments",
            {
                "appointment_id": "a",
                "person_key": "p",
                "starts_at": "2026-03-12T12:00:00Z",
                "status": "completed",
            },
        ),
        "payments": frame(
            "payments",
            *(
                {
                    "payment_id": str(amount),
                    "person_key": "p",
                    "paid_at": "2026-03-12T13:00:00Z",
                    "amount": amount,
                    "kind": "payment",
                }
                for amount in (10_000, 1)
            ),
        ),
    }


def test_money_of_a_fractional_model_is_split_to_the_kopeck() -> None:
    facts = join(clinic(), replace(SETTINGS, attribution="linear"))
    money = facts.payments.assign(channel=facts.groups["channel"].to_numpy()[facts.payments.group])
    assert money.groupby("channel")["amount"].sum().to_dict() == {
        "SEO": 3335,
        "Прямые заходы": 3333,
        "Соцсети": 3333,
    }
    assert facts.leads["weight"].tolist() == pytest.approx([1 / 3] * 3)


def test_every_model_brings_the_same_whole_in_other_parts() -> None:
    joined = prepare(clinic(), SETTINGS)
    report = models(joined, attribute(joined, "last_significant")).set_index("channel")
    for model in MODELS[:-1]:
        assert report.loc["Итого", f"{model}_leads"] == pytest.approx(1)
        assert report.loc["Итого", f"{model}_new_patients"] == pytest.approx(1)
        parts = report.drop("Итого")
        assert parts[f"{model}_leads"].sum() == pytest.approx(1)
        assert parts[f"{model}_margin"].sum() == report.loc["Итого", f"{model}_margin"]
    assert report["markov_leads"].isna().all()


def test_one_touch_histories_agree_in_all_models() -> None:
    rows = clinic() | {"touches": frame("touches")}
    joined = prepare(rows, SETTINGS)
    first = attribute(joined, "first")
    for model in MODELS:
        facts = attribute(joined, model)
        assert facts.groups.equals(first.groups)
        assert facts.payments.equals(first.payments)
