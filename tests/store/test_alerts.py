"""Rows of «Внимание» in the store: those of a day are made anew, what was sent stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from metrics.measures.alert import Alert
from sheets_sync.store import Store

ZONE = ZoneInfo("Asia/Yekaterinburg")
DAY = date(2026, 11, 15)
AT = datetime(2026, 11, 16, 9, 30, tzinfo=ZONE)


def alert(channel: str, effect: float, day: date = DAY, rule: str = "Меньше лидов") -> Alert:
    return Alert(day, rule, channel, 15, 4, effect, "визиты на рубль ▼ 30 %")


def test_unsent_rows_of_a_day_are_made_anew_and_sent_ones_stay_as_sent(store: Store) -> None:
    store.alerts.keep("one", DAY, [alert("Директ", 3_300_000), alert("Все", 4_000_000)], AT)
    assert store.alerts.mark_sent("one", "Меньше лидов", "Директ", DAY, AT)
    store.alerts.keep("one", DAY, [alert("Директ", 9_900_000), alert("SEO", 2_500_000)], AT)
    rows = store.alerts.read("one")
    assert [(a.channel, a.effect, a.sent) for a in rows] == [
        ("Директ", 3_300_000, AT),
        ("SEO", 2_500_000, None),
    ]
    assert store.alerts.read("two") == []


def test_a_row_is_marked_once_and_only_where_it_stands(store: Store) -> None:
    store.alerts.keep("one", DAY, [alert("Директ", 3_300_000)], AT)
    assert not store.alerts.mark_sent("one", "Меньше лидов", "SEO", DAY, AT)
    assert not store.alerts.mark_sent("one", "Меньше лидов", "Директ", DAY - timedelta(1), AT)
    assert store.alerts.mark_sent("one", "Меньше лидов", "Директ", DAY, AT)
    assert not store.alerts.mark_sent("one", "Меньше лидов", "Директ", DAY, AT + timedelta(hours=1))
    assert [a.sent for a in store.alerts.read("one")] == [AT]


def test_days_stand_newest_first_for_ninety_days(store: Store) -> None:
    old, older = DAY - timedelta(days=89), DAY - timedelta(days=90)
    for day in (older, old, DAY):
        store.alerts.keep("one", day, [alert("Директ", 3_300_000, day)], AT)
    assert [a.day for a in store.alerts.read("one")] == [DAY, old]


def test_one_is_due_a_day_the_greatest_first_by_rule_and_channel_where_equal(store: Store) -> None:
    rows = [
        alert("SEO", 3_000_000),
        alert("Директ", 3_000_000, rule="Меньше визитов"),
        alert("Авито", 3_000_000, rule="Меньше визитов"),
        alert("Все", 2_000_000),
    ]
    store.alerts.keep("one", DAY, rows, AT)
    due = store.alerts.due("one", DAY, AT)
    assert due is not None
    assert (due.rule, due.channel) == ("Меньше визитов", "Авито")
    assert store.alerts.due("one", DAY - timedelta(days=1), AT) is None
    store.alerts.mark_sent("one", due.rule, due.channel, DAY, AT.astimezone(UTC))
    assert store.alerts.due("one", DAY, AT.replace(hour=23)) is None
    assert store.alerts.due("one", DAY, AT.replace(hour=0) + timedelta(days=1)) is not None


def test_a_rule_and_channel_is_silent_for_seven_days_after_it_was_sent(store: Store) -> None:
    store.alerts.keep("one", DAY, [alert("Директ", 3_300_000)], AT)
    store.alerts.mark_sent("one", "Меньше лидов", "Директ", DAY, AT)
    for days, again in ((6, False), (7, True)):
        later, at = DAY + timedelta(days=days), AT + timedelta(days=days)
        store.alerts.keep("one", later, [alert("Директ", 3_300_000, later)], at)
        assert (store.alerts.due("one", later, at) is not None) == again
