"""[[notify]] of a clinic's file: what is taken, what is refused and how, what `check` says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sheets_sync.clinic.config import Clinic, load_clinic
from sheets_sync.errors import ConfigError
from sheets_sync.notify.check import channel_findings
from sheets_sync.settings import Service

EMAIL = (
    'kind = "email"\nto = ["owner@clinic.example"]\nhost_env = "SMTP_HOST"\nfrom = "a@b.example"'
)
TELEGRAM = 'kind = "telegram"\nchat_id = -100\ntoken_env = "TELEGRAM_TOKEN"'
MAX = 'kind = "max"\nchat_id = 1\ntoken_env = "MAX_TOKEN"'


def load(folder: Path, *tables: str) -> Clinic:
    path = folder / "clinic.toml"
    text = "\n".join(f"[[notify]]\n{table}\n" for table in tables)
    path.write_text(f'name = "К"\n{text}', encoding="utf-8")
    return load_clinic(path)


def test_all_three_with_their_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, EMAIL, TELEGRAM, MAX).notify
    assert [(t.kind, t.digest, t.alerts) for t in found] == [
        ("email", "mon 09:00", True),
        ("telegram", "mon 09:00", True),
        ("max", "mon 09:00", True),
    ]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('kind = "sms"', "[[notify]] № 1.kind: нужно одно из: 'email', 'max', 'telegram'"),
        (TELEGRAM + '\ndigest = "monday 9"', "№ 1.digest: нужны день недели и время"),
        (TELEGRAM.replace("TELEGRAM_TOKEN", "12:abc"), "№ 1.token_env: нужно имя переменной"),
        (TELEGRAM.replace("-100", '"chat"'), "№ 1.chat_id: нужен номер чата"),
        (TELEGRAM + '\nproxy = "http://u:secret@h:1"', "№ 1.proxy: нужен адрес вида"),
        (TELEGRAM + '\nendpoint = "api"', "№ 1.endpoint: нужен адрес вида"),
        (MAX + '\nto = ["a@b.c"]', "№ 1.to: такого ключа нет"),
        (EMAIL.replace("owner@", "Владелец <owner@"), "№ 1.to.0: нужен адрес почты без имени"),
        (EMAIL.replace("owner@clinic", r"a\\r\\nBcc: b@clinic"), "№ 1.to.0: нужен адрес почты"),
        (EMAIL.replace('["owner@clinic.example"]', "[]"), "№ 1: нужен хотя бы один адрес"),
        (EMAIL + '\nhost = "h"', "№ 1: нужно одно из host и host_env"),
        (EMAIL + '\nuser_env = "U"', "№ 1: user_env и password_env нужны вместе"),
        (EMAIL.replace("from", "#"), "№ 1: нужен from"),
        (
            EMAIL.replace('host_env = "SMTP_HOST"', 'host = "mail.example"') + '\ntls = "none"',
            '№ 1: tls = "none" можно только на этой же машине',
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, table: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, table)
    assert told in refused.value.message
    assert "secret" not in refused.value.message
    assert "12:abc" not in refused.value.message


def test_one_target_stands_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[\[notify\]\] № 2 \(max\): то же, что и № 1"):
        load(tmp_path, MAX, MAX)


def test_single_brackets_are_told(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text('name = "К"\n[notify]\nkind = "max"', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"нужны двойные скобки: \[\[notify\]\]"):
        load_clinic(path)


def test_the_moment_is_this_weeks_by_the_clinics_clock(tmp_path: Path) -> None:
    table = load(tmp_path, MAX + '\ndigest = "sun 23:30"').notify[0]
    zone = ZoneInfo("Asia/Yekaterinburg")
    monday = datetime(2026, 10, 25, 19, 0, tzinfo=UTC)  # 00:00 of Monday there
    moment = table.moment(monday, zone)
    assert moment == datetime(2026, 11, 1, 23, 30, tzinfo=zone)
    assert load(tmp_path, MAX + '\ndigest = ""').notify[0].moment(monday, zone) is None


def test_check_says_what_is_set_and_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "123:abc")
    clinic = load(tmp_path, TELEGRAM + "\nalerts = false", MAX + '\ndigest = ""')
    found = list(channel_findings(clinic, Service(home=tmp_path)))
    assert [(line.what, line.ok, line.seen) for line in found] == [
        ("Telegram", True, "сводка mon 09:00, без «Внимания»; есть TELEGRAM_TOKEN"),
        ("MAX", False, "не задано: MAX_TOKEN"),
    ]
    assert found[1].hint == "Положите: romi-sheets secret clinic.toml MAX_TOKEN."
