"""Metrica's reports: visits, goals and costs, exact, whole and as Metrica itself sees them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from metrics.schema import check
from sheets_sync.doubles.metrica import TOKEN, MetricaDouble
from sheets_sync.doubles.site import Counter, Expense, Goal, Visit
from sheets_sync.errors import SourceError
from sheets_sync.limiter import Limiter
from sheets_sync.sources import SOURCES
from sheets_sync.sources.metrica import report
from sheets_sync.tokens import token_name
from tests.yandex import (
    COUNTER,
    TODAY,
    TOKEN_ENV,
    Hands,
    at,
    context,
    metrica_source,
    small_counter,
)

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def _token(monkeypatch):
    monkeypatch.setenv(TOKEN_ENV, TOKEN)


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def double(clock):
    with MetricaDouble([small_counter()], clock=clock) as service:
        yield service


def _pull(double, tmp_path, clock, source=None, **more):
    pulls = list(
        SOURCES["metrica"](source or metrica_source(), context(tmp_path, double, clock, **more))
    )
    for pulled in pulls:
        if pulled.frame is not None:
            check(pulled.entity, pulled.frame)
    return pulls


def _rows(frame, *columns):
    return frame[list(columns)].astype(str).values.tolist()


def _state(pulls):
    return {key: value for p in pulls for key, value in p.state.items()}


def test_a_day_of_traffic_has_a_row_per_source_and_a_row_per_goal_that_was_reached(
    double, tmp_path, clock
):
    (traffic,) = _pull(double, tmp_path, clock)

    day = traffic.frame[traffic.frame["date"] == str(YESTERDAY)]
    names = ("traffic_source", "source_engine", "adv_engine", "utm_source", "utm_campaign")
    assert _rows(day, *names, "visits", "users", "goal_id", "reaches") == [
        ["ad", "", "", "vk", "осень\\2026", "1", "1", "", "0"],
        ["ad", "ad.Яндекс: Директ", "ya_direct", "", "", "1", "1", "", "0"],
        ["ad", "ad.Яндекс: Директ", "ya_direct", "", "", "0", "0", "222333", "1"],
        ["organic", "organic.yandex", "", "", "", "1", "1", "", "0"],
        ["organic", "organic.yandex", "", "", "", "0", "0", "222333", "1"],
        ["organic", "organic.yandex", "", "", "", "0", "0", "222336", "2"],
    ]
    assert traffic.frame["source"].unique().tolist() == ["metrica:11111111"]


def test_what_is_asked_is_exact_and_without_robots(double, tmp_path, clock):
    _pull(double, tmp_path, clock)

    (asked,) = [a for a in double.asked if a.path == "/stat/v1/data"]
    assert asked.query["accuracy"] == "full"
    assert asked.query["include_undefined"] == "true"
    assert asked.query["filters"] == "ym:s:isRobot=='No'"
    assert asked.query["limit"] == "100000"
    assert (asked.query["date1"], asked.query["date2"]) == ("2026-11-14", "2026-11-24")
    assert TOKEN not in repr([(a.path, a.query) for a in double.asked])


def test_today_is_said_to_be_partial_and_is_read_again(double, tmp_path, clock):
    (first,) = _pull(double, tmp_path, clock)
    clock.sleep(3600)
    (second,) = _pull(double, tmp_path, clock, state=_state([first]))

    assert first.partial_day == TODAY
    assert first.state["traffic"]["until"] == "2026-11-23"
    assert second.replace == (date(2026, 11, 21), TODAY)


def test_a_report_of_a_past_day_asks_for_nothing_after_it(double, tmp_path, clock):
    (traffic,) = _pull(double, tmp_path, clock, as_of=date(2026, 11, 22))

    assert traffic.replace == (date(2026, 11, 14), date(2026, 11, 22))
    assert traffic.partial_day is None


def test_days_are_those_of_the_counters_zone(tmp_path):
    # 01:30 in Yekaterinburg is still yesterday in Moscow, where the counter counts.
    clock = Hands(datetime(2026, 11, 23, 20, 30, tzinfo=UTC))
    with MetricaDouble([small_counter()], clock=clock) as double:
        (traffic,) = _pull(double, tmp_path, clock)

    assert traffic.replace[1] == date(2026, 11, 23)
    assert traffic.partial_day == date(2026, 11, 23)


def test_the_counter_and_its_goals_are_asked_for_once_a_day(double, tmp_path, clock):
    first = _pull(double, tmp_path, clock)
    double.asked.clear()
    second = _pull(double, tmp_path, clock, state=_state(first))
    assert [a.path for a in double.asked] == ["/stat/v1/data"]

    clock.sleep(86_400)
    double.asked.clear()
    _pull(double, tmp_path, clock, state=_state(second))
    assert len(double.asked) == 3


def test_without_offline_goals_three_days_are_read_again_and_22_with_them(double, tmp_path, clock):
    source = metrica_source(**{"from": date(2026, 9, 1)})
    first = _pull(double, tmp_path, clock, source)
    double.counters[COUNTER].goals.append(Goal(5, "Оплачен заказ", "cdp_order_paid"))
    clock.sleep(86_400)
    (second,) = _pull(
        double, tmp_path, clock, source, state=_state(first), as_of=date(2026, 11, 25)
    )

    assert second.replace == (date(2026, 11, 2), date(2026, 11, 25))


def test_everything_is_read_again_on_request_and_when_the_goals_wanted_change(
    double, tmp_path, clock
):
    state = _state(_pull(double, tmp_path, clock))
    (full,) = _pull(double, tmp_path, clock, state=state, full=True)
    (other,) = _pull(double, tmp_path, clock, metrica_source(goals=(222333,)), state=state)

    assert full.replace == other.replace == (date(2026, 11, 14), TODAY)
    assert set(other.frame["goal_id"]) == {"", "222333"}


def test_the_first_pull_goes_back_as_far_as_the_cohorts(double, tmp_path, clock):
    (traffic,) = _pull(double, tmp_path, clock, metrica_source(**{"from": None}))

    assert traffic.replace == (date(2024, 11, 1), TODAY)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ((222333,), {"222333"}),
        (("заявка с ФОРМЫ",), {"222333"}),
        (("Клик по телефону", 222333), {"222333", "222336"}),
        ((222335,), set()),
    ],
)
def test_goals_are_chosen_by_id_or_name(double, tmp_path, clock, wanted, ids):
    (traffic,) = _pull(double, tmp_path, clock, metrica_source(goals=wanted))

    assert set(traffic.frame["goal_id"]) - {""} == ids
    assert traffic.notes == ()


def test_a_goal_that_is_not_there_is_left_out_with_a_note(double, tmp_path, clock):
    (traffic,) = _pull(double, tmp_path, clock, metrica_source(goals=(999, 222333)))

    assert set(traffic.frame["goal_id"]) == {"", "222333"}
    assert traffic.notes == (
        (
            "Цели «999» в счётчике нет: она пропущена. "
            "Проверьте goals в файле клиники или «Цели» в «Настройках»."
        ),
    )


def test_a_goal_deleted_since_it_was_listed_costs_a_note_and_not_the_request(
    double, tmp_path, clock
):
    first = _pull(double, tmp_path, clock)
    double.counters[COUNTER].goals[:] = [
        g for g in double.counters[COUNTER].goals if g.id != 222336
    ]
    (second,) = _pull(double, tmp_path, clock, state=_state(first))

    assert second.notes == ("Цель «Клик по телефону» удалена в Метрике: она пропущена.",)
    assert set(second.frame["goal_id"]) == {"", "222333"}
    assert second.frame["visits"].sum() == 4 * 3


def test_forty_goals_go_in_batches_of_less_than_twenty_metrics(tmp_path, clock):
    goals = [Goal(n, f"Цель {n}") for n in range(1, 41)]
    visit = Visit(at(YESTERDAY), "1", "1", goals=tuple(range(1, 41)))
    with MetricaDouble([Counter(COUNTER, goals=goals, visits=[visit])], clock=clock) as double:
        (traffic,) = _pull(double, tmp_path, clock)

    asked = [a.query["metrics"].split(",") for a in double.asked if a.path == "/stat/v1/data"]
    assert [len(m) for m in asked] == [19, 19, 8]
    assert traffic.frame["visits"].sum() == 1
    assert set(traffic.frame["goal_id"]) == {"", *(str(n) for n in range(1, 41))}


@pytest.mark.parametrize("page", [1, 2, 3, 5])
def test_pages_of_any_size_give_the_same_rows(double, tmp_path, clock, monkeypatch, page):
    (whole,) = _pull(double, tmp_path, clock)
    monkeypatch.setattr(report, "PAGE", page)
    (paged,) = _pull(double, tmp_path, clock)

    assert paged.frame.equals(whole.frame)
    assert paged.notes == ()


@pytest.mark.parametrize("days", [1, 3, 7])
def test_a_range_that_is_too_complicated_is_halved(double, tmp_path, clock, days):
    (whole,) = _pull(double, tmp_path, clock)
    double.stat.max_days = days
    (split,) = _pull(double, tmp_path, clock)

    assert split.frame.equals(whole.frame)


def test_a_day_that_is_too_complicated_is_asked_for_with_less_accuracy(double, tmp_path, clock):
    def full(asked):
        return asked.query.get("accuracy") == "full"

    double.fail("query_error", times=99, only=full)
    double.stat.sampled = ("high",)
    (traffic,) = _pull(double, tmp_path, clock)

    assert traffic.frame["visits"].sum() == 15
    assert traffic.notes == (
        "Метрика посчитала отчёт по выборке (10 % визитов): цифры приблизительны.",
    )
    assert traffic.state["traffic"]["sampled"] is True
    assert traffic.state["traffic"]["sample_share"] == "0.1"


def test_a_heavy_query_is_tried_twice_and_then_halved(double, tmp_path, clock):
    double.fail("504", times=2, only=lambda asked: asked.path == "/stat/v1/data")
    (traffic,) = _pull(double, tmp_path, clock)

    asked = [a.query for a in double.asked if a.path == "/stat/v1/data"]
    assert [(q["date1"], q["date2"]) for q in asked] == [
        ("2026-11-14", "2026-11-24"),
        ("2026-11-14", "2026-11-24"),
        ("2026-11-14", "2026-11-19"),
        ("2026-11-20", "2026-11-24"),
    ]
    assert traffic.frame["visits"].sum() == 15


def test_small_groups_that_metrica_hides_are_said(double, tmp_path, clock):
    double.stat.hide_below = 2
    (traffic,) = _pull(double, tmp_path, clock)

    assert traffic.notes == (
        "Метрика скрыла маленькие группы посетителей (визитов в них: 15): их нет в строках.",
    )
    assert traffic.state["traffic"]["contains_sensitive_data"] is True


def test_a_rounded_total_of_rows_is_not_believed(double, tmp_path, clock):
    double.stat.rounded = True
    (traffic,) = _pull(double, tmp_path, clock)

    assert traffic.frame["visits"].sum() == 15


def test_a_lag_is_said_and_kept(double, tmp_path, clock):
    double.stat.lag = 7260
    (traffic,) = _pull(double, tmp_path, clock)

    assert traffic.notes == ("Метрика отстаёт на 121 мин.",)
    assert traffic.state["traffic"]["data_lag"] == 7260


def test_the_model_is_kept_as_answered_and_a_change_of_it_is_said_until_all_is_read_again(
    double, tmp_path, clock
):
    state = _state(_pull(double, tmp_path, clock))
    assert state["traffic"]["attribution"] == "CROSS_DEVICE_LAST_SIGNIFICANT"
    state["traffic"]["attributions"] = ["LastSign"]

    (second,) = _pull(double, tmp_path, clock, state=state)
    (third,) = _pull(double, tmp_path, clock, state=second.state)
    (full,) = _pull(double, tmp_path, clock, state=third.state, full=True)

    note = (
        "Метрика сменила модель атрибуции с LastSign на CROSS_DEVICE_LAST_SIGNIFICANT: старые дни "
        "посчитаны иначе, чем новые. Перечитайте всё: romi-sheets sync … --full."
    )
    assert (second.notes, third.notes, full.notes) == ((note,), (note,), ())


def test_a_series_that_crosses_june_2026_is_warned_of(double, tmp_path, clock):
    (traffic,) = _pull(double, tmp_path, clock, metrica_source(**{"from": date(2026, 6, 1)}))

    assert traffic.notes == (
        (
            "Ряд визитов пересекает июнь 2026 года, когда Метрика сменила модели атрибуции. "
            "Сейчас вместо «lastsign» она считает по CROSS_DEVICE_LAST_SIGNIFICANT. "
            "Сравнивайте источники до и после с осторожностью."
        ),
    )


def test_costs_of_metrica_are_exact_kopecks(double, tmp_path, clock):
    double.counters[COUNTER].expenses += [
        Expense(YESTERDAY, "ya_direct", "cpc", "300001", Decimal("0.29"), 1),
        Expense(YESTERDAY, "", "", "", Decimal("1000000.01")),
    ]
    _, costs = _pull(double, tmp_path, clock, metrica_source(costs=True))

    day = costs.frame[costs.frame["date_from"] == str(YESTERDAY)]
    assert _rows(day, "platform", "utm_medium", "campaign", "campaign_id", "cost", "clicks") == [
        ["Не указана", "", "", "", "100000001", "0"],
        ["vk", "cpc", "осень", "", "123457", "7"],
        ["Яндекс Директ", "cpc", "300001", "300001", "29", "1"],
    ]
    assert costs.notes == ()
    assert costs.replace == (date(2026, 11, 14), TODAY)
    assert costs.partial_day == TODAY


def test_tags_that_carry_a_person_are_emptied(double, tmp_path, clock):
    visit = Visit(at(YESTERDAY), "77", "1", "email", utm_source="ivan@mail.ru", utm_medium="email")
    double.counters[COUNTER].visits.append(visit)
    (traffic,) = _pull(double, tmp_path, clock)

    assert "ivan" not in traffic.frame.to_csv()
    assert traffic.frame["visits"].sum() == 16


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
    double, tmp_path, clock, fault, words, permanent
):
    double.fail(fault, times=99)

    with pytest.raises(SourceError) as caught:
        _pull(double, tmp_path, clock)

    assert words in caught.value.message
    assert caught.value.hint
    assert caught.value.permanent is permanent
    assert TOKEN not in repr(caught.value.as_dict())


def test_a_days_quota_is_not_asked_again_by_any_clinic(double, tmp_path, clock, sqlite_store):
    double.fail("quota_day")
    for _ in range(3):
        with pytest.raises(SourceError, match="суточная квота"):
            _pull(double, tmp_path, clock, limiter=Limiter(sqlite_store, clock))

    assert len(double.asked) == 1


def test_the_quota_of_five_minutes_is_waited_out_and_closes_no_day(
    double, tmp_path, clock, sqlite_store
):
    double.fail("quota_minutes")
    _pull(double, tmp_path, clock, limiter=Limiter(sqlite_store, clock))

    assert max(clock.slept) == 300.0


def test_under_one_limiter_many_clinics_of_one_token_never_meet_a_quota(tmp_path, sqlite_store):
    clock = Hands()
    counters = [replace(small_counter(1), id=n) for n in range(1, 16)]
    with MetricaDouble(counters, clock=clock) as double:
        for counter in counters:
            limiter = Limiter(sqlite_store, clock)
            _pull(double, tmp_path, clock, metrica_source(counter_id=counter.id), limiter=limiter)

    assert len(double.asked) == 45
    assert double.over_quota == 0


def test_when_the_day_runs_short_rows_of_a_day_or_three_ago_are_enough(tmp_path, sqlite_store):
    clock = Hands(datetime(2026, 11, 24, 0, 1, tzinfo=UTC))
    limiter, key = Limiter(sqlite_store, clock), f"metrica:{token_name(SecretStr(TOKEN))}"
    source = metrica_source(logs=True)
    with MetricaDouble([small_counter()], clock=clock) as double:
        state = _state(_pull(double, tmp_path, clock, source, limiter=limiter))
        for _ in range(510):
            sqlite_store.spend(key, clock.unix(), [(10**6, 1.0)])
        asked = len(double.asked)
        spared = _pull(double, tmp_path, clock, source, limiter=limiter, state=state)
        assert len(double.asked) == asked
        assert _state(spared) == state
        state["traffic"]["at"] -= 86_400
        state["touches"]["at"] -= 86_400
        read = _pull(double, tmp_path, clock, source, limiter=limiter, state=state)
        assert len(double.asked) == asked + 1

    assert [p.frame is None for p in spared] == [True, True]
    assert "берегу квоту" in spared[0].notes[0]
    assert [(p.entity, p.frame is None) for p in read] == [("traffic", False), ("touches", True)]
