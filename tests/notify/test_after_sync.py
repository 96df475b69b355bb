"""What a run sends: once a week, at most one alert a day, and nothing twice after a kill."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from metrics.measures.alert import Alert
from sheets_sync.clinic.config import Clinic
from sheets_sync.errors import SourceError
from sheets_sync.line.run import LiveRun, Run
from sheets_sync.net.clock import Clock
from sheets_sync.notify.after_sync import after_sync, send_digest
from sheets_sync.notify.letters import journal_lines
from sheets_sync.sources.source import Pulled
from sheets_sync.store import Letter, Store, open_store
from tests.doubles.max import MaxDouble
from tests.doubles.smtp import SmtpDouble
from tests.doubles.telegram import TelegramDouble
from tests.forks import start
from tests.notify.clinic import NOW, clinic, email, keep_week, service, to_max, to_telegram
from tests.notify.conftest import SECRETS
from tests.rows import frame
from tests.sources.yandex import Hands

SOURCE = {"kind": "file", "entity": "leads", "path": "leads.csv"}
NAME = "file:leads.csv"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def run_of(clinic: Clinic, store: Store, now: datetime = NOW) -> LiveRun:
    day = now.astimezone(clinic.zone).date()
    run = Run(clinic, service(clinic.folder), day, now, "")
    return LiveRun(run, store, outside=Hands(now))


def end(run: LiveRun) -> tuple[str, ...]:
    """What stands at the end of a run."""
    return after_sync(run.clinic, run.store, run.service, run.outside, run.now, run.as_of)


def letters(store: Store) -> list[Letter]:
    return store.outbox.since("clinic", NOW - timedelta(days=30))


def effect(
    rule: str = "Меньше лидов", channel: str = "Директ", day: date = date(2026, 10, 25)
) -> Alert:
    return Alert(day, rule, channel, 15.0, 4.0, 3_300_000.0, "лиды на визит ▼ 60 %")


@pytest.fixture
def everybody(
    tmp_path: Path, mail: SmtpDouble, bot: TelegramDouble, messenger: MaxDouble
) -> Clinic:
    return clinic(tmp_path, email(mail), to_telegram(bot), to_max(messenger))


def test_the_digest_goes_to_every_channel_once_a_week(
    everybody: Clinic, store: Store, mail: SmtpDouble, bot: TelegramDouble, messenger: MaxDouble
) -> None:
    keep_week(store)
    early = datetime(2026, 10, 26, 5, 59, tzinfo=UTC)  # 08:59 in Moscow
    assert end(run_of(everybody, store, early)) == ()
    assert letters(store) == []
    for hours in (0, 1, 24, 100):
        assert end(run_of(everybody, store, NOW + timedelta(hours=hours))) == ()
    assert (len(mail.letters), len(bot.sent), len(messenger.sent)) == (1, 1, 1)
    text = bot.sent[0]["text"]
    assert text.splitlines()[0] == "Клиника · неделя 19.10–25.10 · данные на 26.10"
    assert "Лиды: 66 (▲ 50 %)" in text
    assert text.splitlines()[-1] == "Отчёт: https://sync.example.org/clinics/clinic"
    assert messenger.sent[0]["text"] == text
    body = mail.letters[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()
    assert bot.sent[0]["picture"] == messenger.sent[0]["picture"]
    assert {letter.state for letter in letters(store)} == {"sent"}
    end(run_of(everybody, store, NOW + timedelta(days=7)))
    assert (len(mail.letters), len(bot.sent)) == (2, 2)


def test_each_channel_has_its_own_moment(
    tmp_path: Path, sqlite_store: Store, bot: TelegramDouble, messenger: MaxDouble
) -> None:
    keep_week(sqlite_store)
    ours = clinic(
        tmp_path, to_telegram(bot, digest="fri 18:00"), to_max(messenger, digest=""),
        timezone="Asia/Yekaterinburg",
    )  # fmt: skip
    friday = datetime(2026, 10, 30, 12, 59, tzinfo=UTC)
    end(run_of(ours, sqlite_store, friday))
    assert bot.sent == []
    end(run_of(ours, sqlite_store, friday + timedelta(minutes=1)))
    assert (len(bot.sent), messenger.sent) == (1, [])


def test_a_report_of_another_day_sends_nothing(everybody: Clinic, sqlite_store: Store) -> None:
    keep_week(sqlite_store)
    today = run_of(everybody, sqlite_store)
    run = replace(today, run=replace(today.run, as_of=date(2026, 10, 1)))
    assert end(run) == ()
    assert letters(sqlite_store) == []


def test_a_failing_channel_is_a_notice_and_the_others_go(
    everybody: Clinic, sqlite_store: Store, mail: SmtpDouble, bot: TelegramDouble
) -> None:
    keep_week(sqlite_store)
    mail.password = "other"
    (notice,) = end(run_of(everybody, sqlite_store))
    assert notice.startswith("Почта: сводка за неделю — не отправлено. Почта: сервер не принял имя")
    assert len(bot.sent) == 1
    lines = journal_lines(everybody, sqlite_store, NOW)
    shown = {line.where: (line.outcome, line.message) for line in lines}
    assert shown["Telegram: сводка за неделю"] == ("отправлено", None)
    outcome, message = shown["Почта: сводка за неделю"]
    assert (outcome, "пароль" in str(message)) == ("не отправлено", True)
    # A refused password is not tried every hour; a person who mended it says so.
    mail.password = SECRETS["SMTP_PASSWORD"]
    assert end(run_of(everybody, sqlite_store, NOW + timedelta(hours=1))) == ()
    assert mail.letters == []
    sent = send_digest(everybody, sqlite_store, service(everybody.folder), Hands(NOW), NOW)
    assert [letter.state for letter in sent] == ["sent"] * 3
    assert (len(mail.letters), len(bot.sent)) == (1, 1)


def test_what_is_put_off_goes_with_a_later_run_for_a_day(
    tmp_path: Path, sqlite_store: Store, bot: TelegramDouble
) -> None:
    keep_week(sqlite_store)
    ours = clinic(tmp_path, to_telegram(bot))
    bot.fail("throttled", times=3)
    (notice,) = end(run_of(ours, sqlite_store))
    assert "ждёт отправки" in notice
    end(run_of(ours, sqlite_store, NOW + timedelta(hours=1)))
    assert len(bot.sent) == 1
    bot.fail("throttled", times=999)
    later = NOW + timedelta(days=7)
    for hours in (0, 12, 25, 26):
        end(run_of(ours, sqlite_store, later + timedelta(hours=hours)))
    newest = letters(sqlite_store)[0]
    assert (newest.state, newest.tried_at) == ("failed", later + timedelta(hours=25))


def test_a_missing_secret_is_waited_for(
    tmp_path: Path, sqlite_store: Store, bot: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_week(sqlite_store)
    ours = clinic(tmp_path, to_telegram(bot))
    monkeypatch.delenv("TELEGRAM_TOKEN")
    (notice,) = end(run_of(ours, sqlite_store))
    assert "переменная TELEGRAM_TOKEN пуста" in notice
    monkeypatch.setenv("TELEGRAM_TOKEN", SECRETS["TELEGRAM_TOKEN"])
    assert end(run_of(ours, sqlite_store, NOW + timedelta(hours=2))) == ()
    assert len(bot.sent) == 1


@pytest.mark.parametrize("fault", ["gone"])
def test_a_letter_in_doubt_never_goes_twice(
    tmp_path: Path, sqlite_store: Store, mail: SmtpDouble, fault: str
) -> None:
    keep_week(sqlite_store)
    ours = clinic(tmp_path, email(mail))
    mail.faults = {fault: 1}
    (notice,) = end(run_of(ours, sqlite_store))
    assert "неизвестно, дошло ли" in notice
    end(run_of(ours, sqlite_store, NOW + timedelta(hours=1)))
    send_digest(ours, sqlite_store, service(tmp_path), Hands(NOW), NOW)
    assert len(mail.letters) == 1


def send_and_wait(url: str, folder: str, channel: dict[str, Any]) -> None:
    """Send a digest to a server that takes it and never answers."""
    os.environ.update(SECRETS)
    store = open_store(url)
    end(replace(run_of(clinic(Path(folder), channel), store), outside=Clock()))


def test_kill_9_between_outbox_and_sent_sends_nothing_twice(
    tmp_path: Path, store: Store, store_url: str, mail: SmtpDouble
) -> None:
    keep_week(store)
    mail.faults = {"silent": 1}
    worker = start(send_and_wait, store_url, str(tmp_path), email(mail))
    deadline = time.monotonic() + 60
    while not mail.letters and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.kill()
    worker.join()
    (letter,) = letters(store)
    assert letter.state == "sending"
    ours = clinic(tmp_path, email(mail))
    for hours in (1, 2):
        end(run_of(ours, store, NOW + timedelta(hours=hours)))
    (letter,) = letters(store)
    assert (letter.state, len(mail.letters)) == ("unknown", 1)
    (line,) = journal_lines(ours, store, NOW + timedelta(hours=2))
    assert (line.outcome, "оборвалась" in str(line.message)) == ("неизвестно, дошло ли", True)


def test_a_letter_that_was_written_before_a_kill_goes(
    tmp_path: Path, store: Store, bot: TelegramDouble
) -> None:
    keep_week(store)
    ours = clinic(tmp_path, to_telegram(bot))
    name = ours.notify[0].name
    store.outbox.put("clinic", [Letter(name, "digest:2026-W44", ("Голова", "Лиды: 66"), NOW)])
    end(run_of(ours, store, NOW + timedelta(minutes=5)))
    assert [sent["text"] for sent in bot.sent] == ["Голова\nЛиды: 66"]


def test_the_digest_tells_the_greatest_effect_and_the_day_is_done(
    tmp_path: Path, store: Store, bot: TelegramDouble
) -> None:
    keep_week(store)
    ours = clinic(tmp_path, to_telegram(bot))
    day = date(2026, 10, 25)
    smaller = replace(effect(channel="SEO"), effect=2_500_000.0)
    store.alerts.keep("clinic", day, [smaller, effect()], NOW)
    for hours in (0, 1):
        end(run_of(ours, store, NOW + timedelta(hours=hours)))
    (sent,) = bot.sent
    line = "Внимание: Меньше лидов — Директ: было 15, стало 4. Эффект: 33 000 ₽. "
    assert line + "Причины: лиды на визит ▼ 60 %." in sent["text"].splitlines()
    marks = {alert.channel: alert.sent for alert in store.alerts.read("clinic")}
    assert marks == {"Директ": NOW, "SEO": None}


def test_at_most_one_alert_a_day_and_none_of_a_rule_and_channel_in_seven(
    tmp_path: Path, store: Store, bot: TelegramDouble
) -> None:
    ours = clinic(tmp_path, to_telegram(bot, digest=""))
    sent = []
    for days in range(9):
        now, day = NOW + timedelta(days=days), date(2026, 10, 25) + timedelta(days=days)
        smaller = replace(effect(channel="SEO", day=day), effect=2_500_000.0)
        store.alerts.keep("clinic", day, [effect(day=day), smaller], now)
        for hours in (0, 3):
            end(run_of(ours, store, now + timedelta(hours=hours)))
        sent.append([m["text"].splitlines()[1].partition(":")[0] for m in bot.sent])
        bot.sent.clear()
    first, second = ["Меньше лидов — Директ"], ["Меньше лидов — SEO"]
    assert sent == [first, second, [], [], [], [], [], first, second]


def stale_source(store: Store, name: str, last_good: datetime, **state: Any) -> None:
    rows = frame("leads", {"source": name, "lead_id": name, "created_at": "2026-01-01T00:00:00Z"})
    store.rows.merge("clinic", name, [Pulled("leads", rows, state=state)], last_good)
    if not state:
        error = SourceError("нет такого файла.", hint="Положите выгрузку.")
        store.sources.fail("clinic", name, error, last_good + timedelta(hours=1))


def test_stale_sources_and_ending_tokens_come_before_effects(
    tmp_path: Path, store: Store, bot: TelegramDouble
) -> None:
    sources = [SOURCE, SOURCE | {"path": "other.csv", "system": "b"}]
    sources = [SOURCE | {"system": "a"}, *sources[1:]]
    ours = clinic(tmp_path, to_telegram(bot, digest=""), source=sources)
    names = [source.name for source in ours.source]
    stale_source(store, names[0], NOW - timedelta(hours=23))
    stale_source(store, names[1], NOW, token_ends="2026-11-02T00:00:00+00:00")
    told = []
    for days in range(3):
        now = NOW + timedelta(days=days)
        day = date(2026, 10, 25) + timedelta(days=days)
        store.alerts.keep("clinic", day, [effect(day=day)], now)
        end(run_of(ours, store, now))
        told += [sent["text"].splitlines()[1:-2] for sent in bot.sent]
        bot.sent.clear()
    assert [lines[0].partition(" — ")[0] for lines in told] == [
        "Ключ кончается",
        "Источник не читается",
        "Меньше лидов",
    ]
    assert told[1][1] == "нет такого файла. Положите выгрузку."


def test_a_muted_clinic_hears_no_alert_and_gets_its_digest(
    tmp_path: Path, store: Store, bot: TelegramDouble
) -> None:
    keep_week(store)
    ours = clinic(tmp_path, to_telegram(bot))
    store.outbox.mute("clinic", NOW + timedelta(days=7))
    tuesday = NOW + timedelta(days=1)
    store.alerts.keep("clinic", date(2026, 10, 26), [effect(day=date(2026, 10, 26))], NOW)
    end(run_of(ours, store))
    end(run_of(ours, store, tuesday))
    assert len(bot.sent) == 1
    end(run_of(ours, store, NOW + timedelta(days=8)))
    assert len(bot.sent) == 2  # the next week's digest


def test_an_alert_brings_a_link_that_mutes(
    tmp_path: Path, sqlite_store: Store, bot: TelegramDouble
) -> None:
    ours = clinic(tmp_path, to_telegram(bot, digest=""))
    sqlite_store.alerts.keep("clinic", date(2026, 10, 25), [effect()], NOW)
    end(run_of(ours, sqlite_store))
    last = bot.sent[0]["text"].splitlines()[-1]
    assert last.startswith("Замолчать на неделю: https://sync.example.org/mute/")


def test_two_channels_of_one_kind_are_told_apart(
    tmp_path: Path, sqlite_store: Store, mail: SmtpDouble
) -> None:
    keep_week(sqlite_store)
    mail.dead = {"second@clinic.example"}
    ours = clinic(tmp_path, email(mail), email(mail, to=["second@clinic.example"]))
    (notice,) = end(run_of(ours, sqlite_store))
    assert notice.startswith("Почта № 2: ")
    assert "@" not in notice


def test_a_source_that_was_never_read_is_told_after_a_day_and_names_nobody(
    tmp_path: Path, store: Store, bot: TelegramDouble
) -> None:
    ours = clinic(tmp_path, to_telegram(bot, digest=""), source=[SOURCE])
    error = SourceError("нет файла «Скворцова Ульяна Тимофеевна.csv».")
    for hours in (0, 23, 24):
        now = NOW + timedelta(hours=hours)
        store.runs.start("clinic", "hourly", now)
        store.sources.fail("clinic", ours.source[0].name, error, now)
        end(run_of(ours, store, now))
        assert len(bot.sent) == (1 if hours == 24 else 0)
    head, reason = bot.sent[0]["text"].splitlines()[1:3]
    assert head.startswith("Источник не читается — ")
    assert head.endswith("не прочитан ни разу.")
    assert "Скворцова" not in reason


def test_a_stale_source_stands_first_and_the_digest_goes(
    tmp_path: Path, store: Store, mail: SmtpDouble
) -> None:
    keep_week(store)
    stale_source(store, NAME, NOW - timedelta(days=3))
    end(run_of(clinic(tmp_path, email(mail, alerts=False), source=[SOURCE]), store))
    (letter,) = mail.letters
    body = letter.get_body(("plain",))
    assert body is not None
    first, second = body.get_content().splitlines()[:2]
    assert first.startswith("Данные неполные: ")
    assert first.endswith("данные от 23.10.2026")
    assert letter["Subject"] == second == "Клиника · неделя 19.10–25.10 · данные на 26.10"
