"""Costs of Direct: exact kopecks per day, campaign and network, whatever the queue says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.schema import check
from sheets_sync.errors import SourceError
from sheets_sync.net.limiter import Limiter
from sheets_sync.sources import SOURCES
from sheets_sync.sources.direct import reports
from tests.doubles.direct import REFUSALS, DirectDouble
from tests.doubles.metrica import TOKEN
from tests.doubles.site import AdDay, AdPhrase
from tests.sources.yandex import TODAY, YESTERDAY, Hands, ad_days, context, direct_source, whole

pytestmark = pytest.mark.usefixtures("yandex_token")


@pytest.fixture
def double(clock):
    with DirectDouble(ad_days(), clock=clock) as service:
        yield service


def _pull(double, tmp_path, clock, source=None, **more):
    given = context(tmp_path, double, clock, **more)
    (pulled,) = whole(SOURCES["direct"].pull(source or direct_source(), given))
    check("costs", pulled.frame)
    return pulled


def test_a_day_has_a_row_per_campaign_and_network_with_vat_in_kopecks(double, tmp_path, clock):
    pulled = _pull(double, tmp_path, clock)

    day = pulled.frame[pulled.frame["date_from"] == str(YESTERDAY)]
    names = ["date_to", "platform", "campaign", "campaign_id", "network", "cost"]
    assert day[[*names, "vat_included", "impressions", "clicks"]].astype(str).values.tolist() == [
        [
            "2026-11-23",
            "Яндекс Директ",
            "Имплантация | Поиск",
            "300001",
            "search",
            "512050",
            "True",
            "1200",
            "40",
        ],
        [
            "2026-11-23",
            "Яндекс Директ",
            'Имплантация "РСЯ"',
            "300002",
            "ad_network",
            "1201",
            "True",
            "22000",
            "95",
        ],
    ]
    assert (pulled.read, pulled.refused_count, pulled.partial_day) == (10, 0, TODAY)
    assert pulled.replace == (date(2026, 11, 14), TODAY)


NBSP, LINE = "\N{NO-BREAK SPACE}", "\N{LINE SEPARATOR}"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Всего", "Всего"),
        ("Total rows: 7", "Total rows: 7"),
        ("Date", "Date"),
        ("--", ""),
        ('Брекеты "под ключ"', 'Брекеты "под ключ"'),
        ('"', '"'),
        ("'", "'"),
        ('=IMPORTXML("http://x";"//a")', '=IMPORTXML("http://x";"//a")'),
        ("-Скидка 20 %", "-Скидка 20 %"),
        (f"Акция{NBSP}июня", "Акция июня"),
        (f"два{LINE}ряда", "два ряда"),
        ("два\rряда", "два ряда"),
        ("два\x85ряда", "два ряда"),
        ("два\x0bряда\x0c", "два ряда"),
        ("  по краям  ", "по краям"),
        ("<b>имя</b> & co; a,b|c\\d", "<b>имя</b> & co; a,b|c\\d"),
        ("🦷 имплант", "🦷 имплант"),
    ],
)
def test_a_campaign_called_anything_costs_what_it_cost(double, tmp_path, clock, name, kept):
    cost = Decimal("1234.57")
    double.days.append(AdDay(YESTERDAY, 300009, name, "SEARCH", 9, 3, cost))
    pulled = _pull(double, tmp_path, clock, direct_source(include_vat=False))

    ours = pulled.frame[pulled.frame["campaign_id"] == "300009"]
    assert ours[["campaign", "cost", "clicks"]].to_numpy().tolist() == [[kept, 123457, 3]]
    assert (pulled.read, pulled.refused_count) == (11, 0)


def test_without_vat_the_costs_are_without_it(double, tmp_path, clock):
    pulled = _pull(double, tmp_path, clock, direct_source(include_vat=False))

    assert pulled.frame["cost"].tolist()[:2] == [426708, 1001]
    assert not pulled.frame["vat_included"].any()


def test_a_change_of_vat_reads_everything_again(double, tmp_path, clock):
    state = _pull(double, tmp_path, clock).state
    same = _pull(double, tmp_path, clock, state=state)
    other = _pull(double, tmp_path, clock, direct_source(include_vat=False), state=state)

    assert same.replace == (date(2026, 11, 21), TODAY)
    assert other.replace == (date(2026, 11, 14), TODAY)


def test_the_last_days_are_as_many_as_the_source_says(double, tmp_path, clock):
    state = _pull(double, tmp_path, clock).state
    again = _pull(double, tmp_path, clock, direct_source(trailing_days=7), state=state)

    assert again.replace == (date(2026, 11, 17), TODAY)


def test_money_is_never_asked_for_in_micros(double, tmp_path, clock):
    _pull(double, tmp_path, clock)
    headers = double.asked[0].headers

    assert headers["returnmoneyinmicros"] == "false"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert "client-login" not in headers


def test_money_in_micros_is_refused_and_not_shown_a_million_times_too_large(
    double, tmp_path, clock
):
    double.micros = True

    with pytest.raises(SourceError, match="миллионные доли"):
        _pull(double, tmp_path, clock)


@pytest.mark.parametrize("retry_in", [1, 60, None])
@pytest.mark.parametrize("queued", [1, 2, 5])
def test_a_queued_report_is_asked_for_by_the_identical_request(
    double, tmp_path, clock, queued, retry_in
):
    double.queued, double.retry_in = queued, retry_in
    pulled = _pull(double, tmp_path, clock)

    assert len(pulled.frame) == 10
    assert len({(a.body, a.headers["processingmode"]) for a in double.asked}) == 1
    assert clock.slept == [retry_in or 20.0] * queued


def test_a_report_that_is_never_ready_is_given_up(double, tmp_path, clock):
    double.queued, double.retry_in = 10_000, 900
    with pytest.raises(SourceError, match="слишком долго") as caught:
        _pull(double, tmp_path, clock)

    assert not caught.value.permanent


def _run(double, tmp_path, clock, state, source=None, seconds=300.0, **more):
    """A run of so many seconds: what it gave and what the next is given to go on from."""
    given = context(tmp_path, double, clock, state=state, until=clock.unix() + seconds, **more)
    pulls = list(SOURCES["direct"].pull(source or direct_source(), given))
    return pulls, {key: value for p in pulls for key, value in p.state.items()}


def test_a_report_that_is_not_ready_in_time_is_taken_by_the_next_run(double, tmp_path, clock):
    double.queued, double.retry_in = 20, None
    began = clock.unix()
    first, state = _run(double, tmp_path, clock, {})
    assert clock.unix() - began <= 300
    assert [(p.frame, p.error.permanent) for p in first] == [(None, False)]
    assert "следующая синхронизация заберёт его готовым" in first[0].error.hint

    second, state = _run(double, tmp_path, clock, state)
    assert [len(p.frame) for p in second] == [10]
    assert len({json.loads(a.body)["params"]["ReportName"] for a in double.asked}) == 1
    assert state["costs_memory"] == {}


@pytest.mark.parametrize(
    ("fault", "times", "retry_in"),
    [("1000", 12, None), ("503", 12, None), ("500", 40, 10), ("503", 1, 290), ("1002", 1, 3600)],
)
def test_looks_that_fail_do_not_end_a_run(double, tmp_path, clock, fault, times, retry_in):
    double.queued, double.retry_in = 1 if retry_in and retry_in > 100 else 2, retry_in
    double.fail(fault, first=2, times=times)
    pulls, _ = _run(double, tmp_path, clock, {})

    assert [(len(p.frame), p.error) for p in pulls] == [(10, None)]


def test_looks_that_fail_to_the_end_are_told_as_that(double, tmp_path, clock):
    double.queued = 10_000
    double.fail("503", first=2, times=10_000)
    (pulled,), state = _run(double, tmp_path, clock, {})
    assert "слишком долго" not in str(pulled.error)
    double.faults.clear()
    double.queued = 0
    assert [len(p.frame) for p in _run(double, tmp_path, clock, state)[0]] == [10]


def test_a_report_ordered_yesterday_is_taken_today_and_the_new_day_after_it(
    tmp_path,
):
    clock = Hands(datetime(2026, 11, 23, 20, 50, tzinfo=UTC))  # ten minutes before midnight
    with DirectDouble(ad_days(), clock=clock) as double:
        double.queued = 65
        _, state = _run(double, tmp_path, clock, {}, as_of=YESTERDAY)
        double.days = [d for d in double.days if d.day != YESTERDAY]
        clock.sleep(3600)
        double.queued = 0
        second, state = _run(double, tmp_path, clock, state, as_of=TODAY)

    assert [p.replace for p in second] == [
        (date(2026, 11, 14), YESTERDAY),
        (date(2026, 11, 21), TODAY),
    ]
    assert (state["costs"]["since"], state["costs"]["until"]) == ("2026-11-14", str(YESTERDAY))


def test_a_report_that_was_ordered_too_long_ago_is_ordered_anew(double, tmp_path, clock):
    double.queued, double.retry_in = 20, None
    _, state = _run(double, tmp_path, clock, {})
    clock.sleep(5 * 3600)
    double.queued = 1
    second, _ = _run(double, tmp_path, clock, state)

    assert [len(p.frame) for p in second] == [10]
    assert len({json.loads(a.body)["params"]["ReportName"] for a in double.asked}) == 2


def test_what_was_read_stays_when_a_later_report_is_refused(double, tmp_path, clock):
    source = direct_source(**{"from": date(2025, 6, 1)})
    double.fail("54", first=2, times=99)
    first, state = _run(double, tmp_path, clock, {}, source)

    assert [(p.replace, bool(p.error)) for p in first] == [
        ((date(2026, 5, 26), TODAY), False),
        (None, True),
    ]
    double.faults.clear()
    asked = len(double.asked)
    second, state = _run(double, tmp_path, clock, state, source)
    assert [p.replace for p in second] == [
        (date(2026, 11, 21), TODAY),
        (date(2025, 11, 24), date(2026, 5, 25)),
        (date(2025, 6, 1), date(2025, 11, 23)),
    ]
    assert len(double.asked) - asked == 3
    assert state["costs"]["since"] == "2025-06-01"


def test_a_row_of_a_phrase_has_the_day_the_campaign_and_what_it_cost(double, tmp_path, clock):
    double.phrases = [
        AdPhrase(YESTERDAY, 300001, "Имплантация | Поиск", "SEARCH", text, 100, 4, Decimal(cost))
        for text, cost in (
            ("имплант цена -бесплатно", "100.10"),
            ("---autotargeting", "10"),
            ("--", "1"),
            ("позвонить +7 916 123-45-67", "2"),
        )
    ]
    pulls, state = _run(double, tmp_path, clock, {}, direct_source(phrases=True))
    costs, phrases = pulls
    check("phrases", phrases.frame)

    assert phrases.frame[
        ["platform", "campaign_id", "network"]
    ].drop_duplicates().values.tolist() == [["Яндекс Директ", "300001", "search"]]
    assert phrases.frame[["keyword", "cost", "clicks"]].values.tolist() == [
        ["имплант цена -бесплатно", 12012, 4],
        ["---autotargeting", 1200, 4],
        ["{keyword}", 120, 4],
        ["{keyword}", 240, 4],
    ]
    assert (phrases.replace, phrases.read) == (costs.replace, 4)
    assert {key for key in state if not key.endswith("_memory")} == {"costs", "phrases"}


def test_phrases_that_are_refused_leave_the_costs(double, tmp_path, clock):
    double.fail("1000", times=99, only=lambda a: b"CRITERIA" in a.body)
    pulls, _ = _run(double, tmp_path, clock, {}, direct_source(phrases=True))

    assert [(p.entity, p.frame is None, bool(p.error)) for p in pulls] == [
        ("costs", False, False),
        ("phrases", True, True),
    ]


def test_a_full_queue_is_waited_for(double, tmp_path, clock):
    double.fail("9000", times=3)

    assert len(_pull(double, tmp_path, clock).frame) == 10
    assert clock.slept == [20.0] * 3


def test_a_report_that_takes_too_long_to_build_is_halved(double, tmp_path, clock):
    whole = _pull(double, tmp_path, clock)
    double.max_days = 3
    halved = _pull(double, tmp_path, clock)

    assert halved.frame.equals(whole.frame)


def test_a_report_of_all_the_rows_there_may_be_is_halved(double, tmp_path, clock, monkeypatch):
    whole = _pull(double, tmp_path, clock)
    monkeypatch.setattr(reports, "PAGE", 3)

    assert _pull(double, tmp_path, clock).frame.equals(whole.frame)


def test_a_report_name_stands_for_its_parameters(double, tmp_path, clock):
    for vat in (True, False, True):
        _pull(double, tmp_path, clock, direct_source(include_vat=vat))
    names = [json.loads(a.body)["params"]["ReportName"] for a in double.asked]

    assert names[0] == names[2] != names[1]


def test_statistics_are_asked_for_of_three_years_at_most(double, tmp_path, clock):
    pulled = _pull(double, tmp_path, clock, direct_source(**{"from": date(2015, 1, 1)}))

    assert pulled.replace == (date(2023, 11, 26), TODAY)
    ranges = [json.loads(a.body)["params"]["SelectionCriteria"] for a in double.asked]
    assert len(ranges) == 6


def test_days_are_those_of_the_clinics_zone(tmp_path):
    clock = Hands(datetime(2026, 11, 23, 21, 30, tzinfo=UTC))
    with DirectDouble(ad_days(), clock=clock) as double:
        pulled = _pull(double, tmp_path, clock, as_of=date(2026, 11, 25))

    assert (pulled.replace[1], pulled.partial_day) == (TODAY, TODAY)


def test_an_agency_names_its_client(double, tmp_path, clock):
    double.logins = ["clinic-direct"]
    pulled = _pull(double, tmp_path, clock, direct_source(client_login="clinic-direct"))

    assert set(pulled.frame["source"]) == {"direct:clinic-direct"}
    with pytest.raises(SourceError, match="нет прав"):
        _pull(double, tmp_path, clock, direct_source(client_login="another"))


@pytest.mark.parametrize(
    ("fault", "words", "permanent"),
    [
        ("53", "не принял токен", True),
        ("54", "нет прав", True),
        ("58", "не одобрен доступ", True),
        ("513", "не подключён", True),
        ("152", "баллы", False),
        ("8000", "Не указан Client-Login", True),
        ("8800", "не подключён", True),
        ("9000", "очередь отчётов Директа полна", False),
        ("4000", "код 4000", True),
        ("1000", "код 1000", False),
        ("506", "код 506", False),
    ],
)
def test_a_refusal_is_a_russian_sentence_with_the_next_step(
    double, tmp_path, clock, fault, words, permanent
):
    double.fail(fault, times=999)

    with pytest.raises(SourceError) as caught:
        _pull(double, tmp_path, clock)

    assert fault in REFUSALS
    assert words in caught.value.message
    assert caught.value.hint
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("fault", ["54", "513", "8000", "8800"])
def test_whose_login_is_wrong_is_told_with_and_without_one(double, tmp_path, clock, fault):
    double.fail(fault, times=99)
    with pytest.raises(SourceError, match=r"client_login") as own:
        _pull(double, tmp_path, clock)
    with pytest.raises(SourceError, match=r"clinic-direct") as agency:
        _pull(double, tmp_path, clock, direct_source(client_login="clinic-direct"))

    assert "client_login" in own.value.hint
    assert "client_login" in agency.value.hint
    assert own.value.hint != agency.value.hint


def test_a_row_without_a_number_is_refused_and_counted(double, tmp_path, clock):
    double.days = [AdDay(YESTERDAY, 1, "К", "SEARCH", 1, 1, Decimal(1))]
    double.dirty_rows = (
        "2026-11-23\t2\tЛ\tSEARCH\t--\t--\t--",
        "2026-11-23\t3\tМ\tНовая\t--\t--\t5.00",
    )
    pulled = _pull(double, tmp_path, clock)

    assert (pulled.read, pulled.refused_count) == (3, 1)
    assert [(r.row, r.column, r.value) for r in pulled.refused] == [(2, "cost", "")]
    assert pulled.frame[["campaign", "network"]].values.tolist() == [["К", "search"], ["М", ""]]
    assert pulled.frame["clicks"].isna().tolist() == [False, True]


def test_no_activity_at_all_is_a_success_that_covers_its_days(double, tmp_path, clock):
    double.days = []
    pulled = _pull(double, tmp_path, clock)

    assert len(pulled.frame) == 0
    assert pulled.replace == (date(2026, 11, 14), TODAY)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals("0", "9999999.99", places=2), max_size=20))
def test_costs_are_exact_to_the_kopeck(double, tmp_path, clock, costs):
    double.days = [
        AdDay(YESTERDAY, n, f"К{n}", "SEARCH", 1, 1_000_000, cost) for n, cost in enumerate(costs)
    ]
    pulled = _pull(double, tmp_path, clock, direct_source(include_vat=False))

    assert pulled.frame["cost"].tolist() == [int(cost * 100) for cost in costs]


def test_twenty_requests_in_ten_seconds_are_not_passed(double, tmp_path, clock, sqlite_store):
    for _ in range(45):
        _pull(double, tmp_path, clock, limiter=Limiter(sqlite_store.limits, clock))

    assert len(double.asked) == 45
    assert 19.9 < sum(clock.slept) < 20.1
