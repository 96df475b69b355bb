"""Conversions back to Metrica: only what may go, only once, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from click.testing import CliRunner

from metrics.join.join import prepare
from sheets_sync.cli import main
from sheets_sync.clinic.config import Clinic, Push
from sheets_sync.errors import ConfigError, SourceError
from sheets_sync.push.conversions import FUTURE, NO_CLIENT, SENT, TOO_OLD, plan, upload
from sheets_sync.push.push import push
from sheets_sync.settings import Service
from sheets_sync.sources.source import Pulled
from sheets_sync.store import Sent
from tests.doubles.metrica import MetricaDouble
from tests.doubles.site import Counter, Goal
from tests.push.push_rows import (
    CLIENT,
    SETTINGS,
    YCLID,
    appointment,
    clinic_frames,
    day,
    lead,
    payment,
    unix,
)
from tests.sources.yandex import COUNTER, NOW, TOKEN_ENV

pytestmark = pytest.mark.usefixtures("yandex_token")

TARGETS = {"booking": "booked", "visit": "visited", "payment": "paid_visit"}


def _plan(frames, sent=None, now=NOW, **targets):
    return plan(prepare(frames, SETTINGS), Push(**(targets or TARGETS)), sent or {}, now)


def test_a_booking_a_visit_and_a_payment_go_with_their_times_and_money():
    planned = _plan(clinic_frames([lead(1, ym_client_id=CLIENT)], [appointment(1)], [payment(1)]))

    assert [
        (c.kind, c.id, c.by, c.client, c.target, c.at, c.price) for c in planned.conversions
    ] == [
        ("booking", "A1", "ClientId", CLIENT, "booked", unix(11), None),
        ("visit", "A1", "ClientId", CLIENT, "visited", unix(12), None),
        ("payment", "P1", "ClientId", CLIENT, "paid_visit", unix(12, 13), 450000),
    ]


def test_money_is_written_to_the_kopeck_and_ids_as_they_are():
    frames = clinic_frames([lead(1, ym_client_id=CLIENT)], [appointment(1)], [payment(1, 450007)])
    planned = _plan(frames, payment="paid_visit")

    assert upload(planned.conversions).decode() == (
        f"ClientId,Target,DateTime,Price,Currency\n{CLIENT},paid_visit,{unix(12, 13)},4500.07,RUB\n"
    )


def test_without_a_client_id_it_is_yclid_and_without_both_nothing_goes():
    leads = [lead(1, yclid=YCLID), lead(2), lead(3, ym_client_id="0"), lead(4, yclid="79161234567")]
    visits = [appointment(n) for n in (1, 2, 3, 4)]
    planned = _plan(clinic_frames(leads, visits), visit="visited")

    assert [(c.by, c.client) for c in planned.conversions] == [("Yclid", YCLID)]
    assert planned.left_out == {"visit": {NO_CLIENT: 3}}


@pytest.mark.parametrize(("lead_day", "goes"), [(3, True), (2, False)])
def test_a_visit_to_the_site_of_more_than_21_days_ago_is_too_old(lead_day, goes):
    now = datetime(2026, 11, 24, 11, 59, tzinfo=UTC)
    frames = clinic_frames([lead(1, lead_day, ym_client_id=CLIENT)], [appointment(1)])
    planned = _plan(frames, now=now, visit="visited")

    assert len(planned.conversions) == goes
    assert planned.left_out == {"visit": {} if goes else {TOO_OLD: 1}}


def test_a_later_visit_to_the_site_that_is_known_keeps_a_conversion_young():
    touch = {"touch_id": "t", "at": day(12, 9), "ym_client_id": CLIENT}
    old = lead(1, 1, ym_client_id=CLIENT)
    after = {**touch, "at": day(12, 13)}

    assert (
        len(_plan(clinic_frames([old], [appointment(1)], touches=[touch]), visit="v").conversions)
        == 1
    )
    assert not _plan(clinic_frames([old], [appointment(1)], touches=[after]), visit="v").conversions


def test_what_has_not_happened_or_has_gone_does_not_go():
    frames = clinic_frames(
        [lead(n, ym_client_id=CLIENT) for n in (1, 2)],
        [appointment(1), appointment(2, booked_at=day(24, 15), starts_at=day(25))],
    )
    planned = _plan(frames, {"booking": [Sent("A1")]}, booking="booked")

    assert planned.conversions == ()
    assert planned.left_out == {"booking": {SENT: 1, FUTURE: 1}}


MIDNIGHT = datetime(2026, 11, 11, 21, tzinfo=UTC)  # of the twelfth in Moscow
LAST = int(MIDNIGHT.timestamp()) + 86_400 - 1


def _dated(*payments, **more):
    """A lead of the twelfth at two in the afternoon; what became of it is told by dates alone."""
    at = MIDNIGHT.isoformat()
    return clinic_frames(
        [lead(1, ym_client_id=CLIENT, created_at=day(12, 11))],
        [appointment(1, booked_at=at, starts_at=at)],
        [payment(n, paid_at=at, person_key="p1") for n in payments],
        **more,
    )


def test_what_is_known_by_its_date_alone_is_its_last_second():
    planned = _plan(_dated(1, 2, 3))

    assert [(c.kind, c.id, LAST - c.at) for c in planned.conversions] == [
        ("payment", "P3", 2),
        ("payment", "P2", 1),
        ("booking", "A1", 0),
        ("payment", "P1", 0),
        ("visit", "A1", 0),
    ]


def test_what_is_known_by_its_date_alone_goes_on_the_following_day():
    last = datetime.fromtimestamp(LAST, UTC)
    today = _plan(_dated(1), now=last)
    tomorrow = _plan(_dated(1), now=last + timedelta(seconds=1))

    assert today.left_out == {k: {FUTURE: 1} for k in TARGETS}
    assert len(tomorrow.conversions) == 3


def test_a_payment_that_comes_later_takes_no_second_of_one_that_went():
    went = [
        Sent("P2", CLIENT, "paid_visit", LAST),
        Sent("P3", CLIENT, "paid_visit", LAST - 1),
    ]
    planned = _plan(_dated(1, 2, 3), {"payment": went}, payment="paid_visit")
    older = _plan(_dated(1, 2, 3), {"payment": [Sent("P2"), Sent("P3")]}, payment="paid_visit")

    assert [(c.id, LAST - c.at) for c in planned.conversions] == [("P1", 2)]
    assert older == planned


def test_a_second_that_went_is_told_of_nothing_else_though_its_row_is_gone_or_moved():
    went = [Sent(f"P{n}", CLIENT, "paid_visit", LAST - n + 1) for n in (1, 2, 3)]
    gone, moved = _dated(2, 3, 4), _dated(1, 2, 3, 4)
    moved["payments"].loc[1, "paid_at"] = pd.Timestamp(day(14))

    for frames in (gone, moved):
        planned = _plan(frames, {"payment": went}, payment="paid_visit")
        assert [(c.id, LAST - c.at) for c in planned.conversions] == [("P4", 3)]


def test_two_kinds_of_one_target_and_two_payments_of_one_minute_stay_apart():
    frames = clinic_frames(
        [lead(1, ym_client_id=CLIENT)],
        [appointment(1)],
        [payment(1), payment(2, person_key="p1")],
    )
    planned = _plan(frames, booking="one", visit="one", payment="one")

    assert len({c.at for c in planned.conversions}) == len(planned.conversions) == 4
    assert {c.at for c in planned.conversions if c.kind == "payment"} == {
        unix(12, 13),
        unix(12, 13) - 1,
    }


def test_midnight_is_that_of_the_clinic():
    settings = replace(SETTINGS, timezone="Asia/Vladivostok")
    frames = _dated(1)
    planned = plan(prepare(frames, settings), Push(payment="paid_visit"), {}, NOW)

    assert [c.at for c in planned.conversions] == [int(MIDNIGHT.timestamp())]


def test_refunds_and_bonuses_and_payments_of_unknown_people_do_not_go():
    payments = [
        payment(1, kind="refund"),
        payment(2, kind="bonus", person_key="p1"),
        payment(3, -5, person_key="p1"),
        payment(4, person_key="nobody"),
    ]
    planned = _plan(clinic_frames([lead(1, ym_client_id=CLIENT)], [appointment(1)], payments))

    assert [c.kind for c in planned.conversions] == ["booking", "visit"]


@pytest.fixture
def double(clock):
    goals = [Goal(n, event, event=event) for n, event in enumerate(TARGETS.values(), start=1)]
    with MetricaDouble([Counter(COUNTER, goals=goals)], clock=clock) as service:
        yield service


@pytest.fixture
def clinic_store(sqlite_store):
    """Two leads, by ClientID and by yclid, each with a visit and a payment."""
    frames = clinic_frames(
        [lead(1, ym_client_id=CLIENT), lead(2, yclid=YCLID)],
        [appointment(1), appointment(2)],
        [payment(1), payment(2)],
    )
    pulls = [Pulled(e, rows) for e, rows in frames.items() if len(rows)]
    sqlite_store.rows.merge("clinic", "file:test", pulls, NOW)
    return sqlite_store


def _clinic(**more):
    source = {"kind": "metrica", "counter_id": COUNTER, "token_env": TOKEN_ENV}
    given = {"enabled": True, **TARGETS, **more}
    return Clinic.model_validate({"id": "clinic", "name": "К", "source": [source], "push": given})


def _push(store, double, clock, clinic=None, later=timedelta(0), **more):
    service = Service(endpoints={"metrica": double.url})
    return push(clinic or _clinic(), store, service, NOW + later, clock=clock, **more)


def test_a_dry_run_tells_what_would_go_and_asks_nobody(clinic_store, double, clock):
    told = _push(clinic_store, double, clock, _clinic(enabled=False), dry_run=True)

    assert len(told.planned.conversions) == 6
    assert (told.sent, told.uploads, double.asked) == (0, (), [])
    assert clinic_store.pushes.sent("clinic", "visit") == []


def test_pushing_is_off_until_it_is_switched_on(clinic_store, double, clock):
    with pytest.raises(ConfigError, match="выключена"):
        _push(clinic_store, double, clock, _clinic(enabled=False))

    assert double.asked == []


def test_everything_goes_once_by_client_id_and_yclid_apart(clinic_store, double, clock):
    first = _push(clinic_store, double, clock)
    second = _push(clinic_store, double, clock)

    assert (first.sent, second.sent) == (6, 0)
    kinds = [(u.kind, [r["Target"] for r in u.rows]) for u in double.uploads.made]
    assert kinds == [
        ("CLIENT_ID", ["booked"]),
        ("YCLID", ["booked"]),
        ("CLIENT_ID", ["visited"]),
        ("YCLID", ["visited"]),
        ("CLIENT_ID", ["paid_visit"]),
        ("YCLID", ["paid_visit"]),
    ]
    assert second.planned.left_out == {k: {SENT: 2} for k in TARGETS}


def _say(double, status, **more):
    """What Metrica says of every upload so far."""
    for made in double.uploads.made:
        made.status, made.linked = status, more.get("linked")


def test_the_status_of_an_upload_is_followed_to_its_last_word(clinic_store, double, clock):
    clinic = _clinic(visit="", booking="")
    first = _push(clinic_store, double, clock, clinic)
    assert {u.status for u in first.uploads} == {"UPLOADED"}

    _say(double, "PROCESSED")
    second = _push(clinic_store, double, clock, clinic)
    assert {u.status for u in second.uploads} == {"PROCESSED"}
    assert (second.sent, second.notes) == (0, ())

    double.asked.clear()
    _push(clinic_store, double, clock, clinic)
    assert [a.path.rsplit("/", 1)[1] for a in double.asked] == ["goals"]


@pytest.mark.parametrize(("status", "linked"), [("LINKAGE_FAILURE", None), ("PROCESSED", 0)])
def test_what_metrica_did_not_link_goes_again(clinic_store, double, clock, status, linked):
    clinic = _clinic(visit="", booking="")
    _push(clinic_store, double, clock, clinic)
    _say(double, status, linked=linked)
    second = _push(clinic_store, double, clock, clinic, later=timedelta(hours=1))

    assert second.sent == 2
    assert len(second.notes) == 2
    assert "Метрика не нашла визитов" in second.notes[0]
    assert "уйдут снова" in second.notes[0]
    assert {u.status for u in second.uploads} == {"LINKAGE_FAILURE", "UPLOADED"}


def test_what_is_never_linked_goes_a_few_times_a_day_until_it_is_too_old(
    clinic_store, double, clock
):
    clinic, sent = _clinic(visit="", booking=""), []
    for hours in (*range(0, 28, 4), *range(28, 10 * 24, 12)):
        sent.append(_push(clinic_store, double, clock, clinic, later=timedelta(hours=hours)).sent)
        _say(double, "LINKAGE_FAILURE")

    # The site was visited on the tenth, 21 days end on the first of December.
    assert sent[:7] == [2, 2, 2, 0, 0, 0, 2]
    assert sum(sent) <= 2 * 3 * 8
    assert sent[-5:] == [0] * 5


def test_of_an_upload_that_was_linked_in_part_nothing_goes_twice(clinic_store, double, clock):
    clinic = _clinic(visit="", booking="", payment="paid_visit")
    extra = clinic_frames([], [], [payment(3, person_key="p1"), payment(4, person_key="p1")])
    clinic_store.rows.merge("clinic", "file:test", [Pulled("payments", extra["payments"])], NOW)
    _push(clinic_store, double, clock, clinic)
    _say(double, "PROCESSED", linked=1)
    second = _push(clinic_store, double, clock, clinic)

    assert second.sent == 0
    assert [n.partition(". ")[0] for n in second.notes] == [
        "Отправка от 24.11.2026: Метрика привязала строк 1 из 3"
    ]


@pytest.mark.parametrize("fault", ["reset", "reset_after", "truncated", "garbage", "500", "html"])
def test_whatever_happens_to_the_answer_nothing_goes_twice_and_everything_goes(
    clinic_store, double, clock, fault
):
    double.fail(fault, only=lambda a: a.path.endswith("/upload"))
    with pytest.raises(SourceError):
        _push(clinic_store, double, clock)

    _push(clinic_store, double, clock)
    _push(clinic_store, double, clock, later=timedelta(hours=3))

    rows = [tuple(r.values()) for u in double.uploads.made for r in u.rows]
    assert len(rows) == len(set(rows)) == 6


def test_a_refused_upload_may_go_again(clinic_store, double, clock):
    double.fail("access_denied", only=lambda a: a.path.endswith("/upload"))
    with pytest.raises(SourceError, match="редактирование"):
        _push(clinic_store, double, clock)

    assert _push(clinic_store, double, clock).sent == 6


def test_a_goal_that_is_not_there_is_named_before_anything_goes(clinic_store, double, clock):
    with pytest.raises(ConfigError, match="нет цели-события: nonsense"):
        _push(clinic_store, double, clock, _clinic(visit="nonsense"))

    assert double.uploads.made == []


def test_a_goal_whose_event_is_only_contained_is_none(clinic_store, double, clock):
    goals = double.counters[COUNTER].goals
    goals[1] = replace(goals[1], condition="contain")
    with pytest.raises(ConfigError, match="нет цели-события: visited") as caught:
        _push(clinic_store, double, clock)

    assert "«совпадает»" in caught.value.hint
    assert double.uploads.made == []


def test_the_command_shows_what_would_go_and_says_how_to_switch_it_on(
    clinic_store, tmp_path, monkeypatch, sqlite_url
):
    clinic_store.close()
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ROMI_SHEETS_HOME", str(tmp_path / "home"))
    file = tmp_path / "clinic.toml"
    file.write_text('name = "К"\n[push]\nvisit = "visited"\npayment = "paid_visit"\n', "utf-8")

    shown = CliRunner().invoke(main, ["push", str(file), "--dry-run"])
    refused = CliRunner().invoke(main, ["push", str(file)])

    assert shown.exit_code == 0, shown.output
    assert "Ничего не отправлено" in shown.output
    assert CLIENT not in shown.output
    assert refused.exit_code == 2
    assert "enabled = true" in refused.output
