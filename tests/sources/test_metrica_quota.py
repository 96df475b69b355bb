"""Metrica's refusals, each a sentence with its next step, and its quotas, which are not met."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from sheets_sync.errors import SourceError
from sheets_sync.net.limiter import Limiter
from sheets_sync.net.secrets import token_name
from tests.doubles.metrica import TOKEN, MetricaDouble
from tests.sources.metrica_pulls import pull_reports, state_of
from tests.sources.yandex import Hands, metrica_source, small_counter

pytestmark = pytest.mark.usefixtures("yandex_token")


@pytest.mark.parametrize(
    ("fault", "words", "permanent"),
    [
        ("unauthorized", "не приняла токен", True),
        ("invalid_token", "не приняла токен", True),
        ("access_denied", "нет доступа к счётчику 11111111", True),
        ("not_found", "счётчика 11111111", True),
        ("quota_day", "суточная квота", False),
        ("quota_day_420", "суточная квота", False),
        ("quota_parallel", "квота запросов превышена", False),
        ("503", "ответ 503", False),
    ],
)
def test_a_refusal_is_a_russian_sentence_with_the_next_step(
    metrica, tmp_path, clock, fault, words, permanent
):
    metrica.fail(fault, times=99)

    with pytest.raises(SourceError) as caught:
        pull_reports(metrica, tmp_path, clock)

    assert words in caught.value.message
    assert caught.value.hint
    assert caught.value.permanent is permanent
    assert TOKEN not in repr(caught.value.as_dict())


def test_a_days_quota_is_not_asked_again_by_any_clinic(metrica, tmp_path, clock, sqlite_store):
    metrica.fail("quota_day")
    for _ in range(3):
        with pytest.raises(SourceError, match="суточная квота"):
            pull_reports(metrica, tmp_path, clock, limiter=Limiter(sqlite_store.limits, clock))

    assert len(metrica.asked) == 1


def test_the_quota_of_five_minutes_is_waited_out_and_closes_no_day(
    metrica, tmp_path, clock, sqlite_store
):
    metrica.fail("quota_minutes")
    pull_reports(metrica, tmp_path, clock, limiter=Limiter(sqlite_store.limits, clock))

    assert max(clock.slept) == 300.0


def test_under_one_limiter_many_clinics_of_one_token_never_meet_a_quota(tmp_path, sqlite_store):
    clock = Hands()
    counters = [replace(small_counter(1), id=n) for n in range(1, 16)]
    with MetricaDouble(counters, clock=clock) as metrica:
        for counter in counters:
            limiter = Limiter(sqlite_store.limits, clock)
            pull_reports(
                metrica, tmp_path, clock, metrica_source(counter_id=counter.id), limiter=limiter
            )

    assert len(metrica.asked) == 45
    assert metrica.over_quota == 0


def test_when_the_day_runs_short_rows_of_a_day_or_three_ago_are_enough(tmp_path, sqlite_store):
    clock = Hands(datetime(2026, 11, 24, 0, 1, tzinfo=UTC))
    limiter, key = Limiter(sqlite_store.limits, clock), f"metrica:{token_name(SecretStr(TOKEN))}"
    source = metrica_source(logs=True)
    with MetricaDouble([small_counter()], clock=clock) as metrica:
        state = state_of(pull_reports(metrica, tmp_path, clock, source, limiter=limiter))
        for _ in range(510):
            sqlite_store.limits.take(key, clock.unix(), [(10**6, 1.0)])
        asked = len(metrica.asked)
        spared = pull_reports(metrica, tmp_path, clock, source, limiter=limiter, state=state)
        assert len(metrica.asked) == asked
        assert state_of(spared) == state
        state["traffic"]["at"] -= 86_400
        state["touches"]["at"] -= 86_400
        read = pull_reports(metrica, tmp_path, clock, source, limiter=limiter, state=state)
        assert len(metrica.asked) == asked + 1

    assert [p.frame is None for p in spared] == [True, True]
    assert "берегу квоту" in spared[0].notes[0]
    assert [(p.entity, p.frame is None) for p in read] == [("traffic", False), ("touches", True)]
