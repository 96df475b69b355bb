"""Goals in Metrica's reports: chosen, missing, deleted, and more than one request holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sheets_sync.net.limiter import Limiter
from tests.doubles.metrica import MetricaDouble
from tests.doubles.metrica_stat import Stat
from tests.doubles.site import Counter, Goal, Visit
from tests.sources.metrica_pulls import pull_reports, state_of
from tests.sources.yandex import COUNTER, TODAY, YESTERDAY, at, metrica_source

pytestmark = pytest.mark.usefixtures("yandex_token")


def test_the_counter_and_its_goals_are_asked_for_once_a_day(metrica, tmp_path, clock):
    first = pull_reports(metrica, tmp_path, clock)
    metrica.asked.clear()
    second = pull_reports(metrica, tmp_path, clock, state=state_of(first))
    assert [a.path for a in metrica.asked] == ["/stat/v1/data"]

    clock.sleep(86_400)
    metrica.asked.clear()
    pull_reports(metrica, tmp_path, clock, state=state_of(second))
    assert len(metrica.asked) == 3


def test_without_offline_goals_three_days_are_read_again_and_22_with_them(metrica, tmp_path, clock):
    source = metrica_source(**{"from": date(2026, 9, 1)})
    first = pull_reports(metrica, tmp_path, clock, source)
    metrica.counters[COUNTER].goals.append(Goal(5, "Оплачен заказ", "cdp_order_paid"))
    clock.sleep(86_400)
    (second,) = pull_reports(
        metrica, tmp_path, clock, source, state=state_of(first), as_of=date(2026, 11, 25)
    )

    assert second.replace == (date(2026, 11, 2), date(2026, 11, 25))


def test_everything_is_read_again_on_request_and_when_the_goals_wanted_change(
    metrica, tmp_path, clock
):
    state = state_of(pull_reports(metrica, tmp_path, clock))
    (full,) = pull_reports(metrica, tmp_path, clock, state=state, full=True)
    (other,) = pull_reports(metrica, tmp_path, clock, metrica_source(goals=(222333,)), state=state)

    assert full.replace == other.replace == (date(2026, 11, 14), TODAY)
    assert set(other.frame["goal_id"]) == {"", "222333"}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ((222333,), {"222333"}),
        (("заявка с ФОРМЫ",), {"222333"}),
        (("Клик по телефону", 222333), {"222333", "222336"}),
        ((222335,), set()),
    ],
)
def test_goals_are_chosen_by_id_or_name(metrica, tmp_path, clock, wanted, ids):
    (traffic,) = pull_reports(metrica, tmp_path, clock, metrica_source(goals=wanted))

    assert set(traffic.frame["goal_id"]) - {""} == ids
    assert traffic.notes == ()


def test_a_goal_that_is_not_there_is_left_out_with_a_note(metrica, tmp_path, clock):
    (traffic,) = pull_reports(metrica, tmp_path, clock, metrica_source(goals=(999, 222333)))

    assert set(traffic.frame["goal_id"]) == {"", "222333"}
    assert traffic.notes == (
        (
            "Цели «999» в счётчике нет: она пропущена. "
            "Проверьте goals в файле клиники или «Цели Метрики» в «Настройках»."
        ),
    )


def test_a_goal_deleted_since_it_was_listed_costs_a_note_and_not_the_request(
    metrica, tmp_path, clock
):
    first = pull_reports(metrica, tmp_path, clock)
    metrica.counters[COUNTER].goals[:] = [
        g for g in metrica.counters[COUNTER].goals if g.id != 222336
    ]
    (second,) = pull_reports(metrica, tmp_path, clock, state=state_of(first))

    assert second.notes == ("Цель «Клик по телефону» удалена в Метрике: она пропущена.",)
    assert set(second.frame["goal_id"]) == {"", "222333"}
    assert second.frame["visits"].sum() == 4 * 3


def test_forty_goals_go_in_batches_of_twenty_metrics(tmp_path, clock):
    goals = [Goal(n, f"Цель {n}") for n in range(1, 41)]
    visit = Visit(at(YESTERDAY), "1", "1", goals=tuple(range(1, 41)))
    with MetricaDouble([Counter(COUNTER, goals=goals, visits=[visit])], clock=clock) as metrica:
        (traffic,) = pull_reports(metrica, tmp_path, clock)

    asked = [a.query["metrics"].split(",") for a in metrica.asked if a.path == "/stat/v1/data"]
    assert [len(m) for m in asked] == [20, 20, 2]
    assert traffic.frame["visits"].sum() == 1
    assert set(traffic.frame["goal_id"]) == {"", *(str(n) for n in range(1, 41))}


def test_two_years_of_254_goals_stay_within_the_quota_of_five_minutes(
    tmp_path, clock, sqlite_store
):
    goals = [Goal(n, f"Цель {n}") for n in range(1, 255)]
    days = [TODAY - timedelta(days=n) for n in range(0, 700, 7)]
    visits = [Visit(at(day), str(n), "1", goals=(n + 1, 254)) for n, day in enumerate(days)]
    counter = Counter(COUNTER, goals=goals, visits=visits)
    source = metrica_source(**{"from": date(2024, 11, 1)})
    with MetricaDouble([counter], clock=clock) as metrica:
        (traffic,) = pull_reports(
            metrica, tmp_path, clock, source, limiter=Limiter(sqlite_store.limits, clock)
        )

    assert metrica.over_quota == 0
    assert len(metrica.asked) < 200
    assert max(clock.slept, default=0.0) < 5.0
    assert traffic.frame["visits"].sum() == 100
    assert traffic.frame["reaches"].sum() == 200


def test_what_is_said_of_any_batch_is_said_of_the_pull(tmp_path, clock, monkeypatch):
    goals = [Goal(n, f"Цель {n}") for n in range(1, 21)]
    visit = Visit(at(YESTERDAY), "1", "1", goals=tuple(range(1, 21)))

    def report(stat, counter, query):
        answer = whole(stat, counter, query)
        if "ym:s:goal20reaches" in query["metrics"]:
            answer |= {"sampled": True, "sample_share": 0.5, "data_lag": 7200}
            answer["totals"][-1] += 4
        return answer

    whole = Stat.report
    monkeypatch.setattr(Stat, "report", report)
    with MetricaDouble([Counter(COUNTER, goals=goals, visits=[visit])], clock=clock) as metrica:
        (traffic,) = pull_reports(metrica, tmp_path, clock)

    assert traffic.state["traffic"]["sample_share"] == "0.5"
    assert traffic.notes == (
        "Метрика посчитала отчёт по выборке (50 % визитов): цифры приблизительны.",
        "Итоги Метрики не равны сумме её строк (ym:s:goal20reaches: +4.00).",
        "Метрика отстаёт на 120 мин.",
    )
