"""`romi-sheets digest`, and a sync that sends it: the numbers are the sheet's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

from sheets_sync.cli import main
from sheets_sync.demo.demo import run_demo
from sheets_sync.notify.numbers import cell
from tests.doubles.smtp import PASSWORD, USER, SmtpDouble

MONDAY = "2026-11-02T09:30:00+03:00"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    run_demo(folder, seed=2, leads=300, months=4)
    return folder


@pytest.fixture
def clinic(made: Path, mail: SmtpDouble) -> Path:
    path = made / "clinic.toml"
    text = path.read_text(encoding="utf-8").partition("\n[[notify]]")[0]
    channel = f"""
[[notify]]
kind = "email"
to = ["owner@clinic.example"]
host_env = "SMTP_HOST"
port = {mail.port}
user_env = "SMTP_USER"
password_env = "SMTP_PASSWORD"
tls = "none"
"""
    path.write_text(text + channel, encoding="utf-8")
    return path


def romi(*words: str | Path, now: str = MONDAY, password: str = PASSWORD) -> Result:
    env = {"ROMI_SHEETS_NOW": now, "DATABASE_URL": "", "SMTP_HOST": "127.0.0.1"}
    env |= {"SMTP_USER": USER, "SMTP_PASSWORD": password}
    return CliRunner().invoke(main, [str(word) for word in words], env=env)


def weekly(folder: Path) -> list[list[object]]:
    book = CalamineWorkbook.from_path(str(folder / "report.xlsx"))
    return book.get_sheet_by_name("Неделя").to_python()


def test_a_sync_sends_the_cells_of_the_sheet_once(clinic: Path, mail: SmtpDouble) -> None:
    for minute in (30, 45):
        done = romi("sync", clinic, "--json", now=MONDAY.replace(":30:", f":{minute}:"))
        assert (done.exit_code, json.loads(done.stdout)["messages"]) == (0, [])
    (letter,) = mail.letters
    text = letter.get_body(("plain",))
    assert text is not None
    lines = text.get_content().splitlines()
    shown = romi("digest", clinic)
    assert shown.stdout.splitlines() == lines
    header, *rows = weekly(clinic.parent)
    assert header[-2] == "02.11.2026 (идёт)"
    assert lines[0].endswith(" · неделя 26.10–01.11 · данные на 02.11")
    forms = dict.fromkeys(("Лиды", "Записи", "Визиты"), "count")
    forms |= {"ROMI": "percent", "Доходимость": "percent"}
    for row, line in zip(rows, lines[1:11], strict=False):
        value = row[-3]
        form = forms.get(str(row[0]), "text" if isinstance(value, str) else "money")
        told = cell(value, form).replace("\u00a0", " ") or "нет данных"
        words = told.split("\n")
        assert line.startswith(f"{row[0]}: {words[0]}"), line
    # Sent by hand after that, it is there already.
    sent = romi("digest", clinic, "--send")
    assert (sent.exit_code, len(mail.letters)) == (0, 1)
    assert sent.stdout.splitlines()[-1] == "Почта: отправлено."


def test_a_refused_password_fails_no_run(clinic: Path, mail: SmtpDouble) -> None:
    week = "2026-11-09T09:30:00+03:00"
    done = romi("sync", clinic, "--json", now=week, password="wrong-password-1")
    assert done.exit_code == 0
    (notice,) = json.loads(done.stdout)["messages"]
    assert "не принял имя или пароль (535)" in notice
    assert "wrong-password-1" not in done.output
    again = romi("sync", clinic, now=week.replace(":30:", ":50:"))
    assert again.exit_code == 0
    book = CalamineWorkbook.from_path(str(clinic.parent / "report.xlsx"))
    rows = book.get_sheet_by_name("Журнал").to_python()
    (line,) = [row for row in rows if row[0] == "Сообщение" and row[3] == "не отправлено"]
    assert line[2] == "Почта: сводка за неделю"
    failed = romi("digest", clinic, "--send", now=week, password="wrong-password-1")
    assert failed.exit_code == 1
    assert romi("digest", clinic, "--send", now=week).exit_code == 0
    assert sum("· неделя" in letter["Subject"] for letter in mail.letters) == 1


def test_the_picture_is_written_and_a_place_that_is_none_is_named(
    clinic: Path, tmp_path: Path
) -> None:
    path = tmp_path / "digest.png"
    for _ in range(2):
        assert romi("digest", clinic, "--picture", path).exit_code == 0
        assert path.read_bytes().startswith(b"\x89PNG")
    wrong = romi("digest", clinic, "--picture", tmp_path / "no" / "digest.png")
    assert wrong.exit_code == 2
    assert "не могу записать картинку (нет такого файла)" in wrong.stderr


def test_an_alert_is_a_row_of_its_tab_and_is_marked_there(clinic: Path, mail: SmtpDouble) -> None:
    for day in ("2026-11-16", "2026-11-17", "2026-11-18"):
        assert romi("sync", clinic, now=f"{day}T10:00:00+03:00").exit_code == 0
    book = CalamineWorkbook.from_path(str(clinic.parent / "report.xlsx"))
    header, *rows = book.get_sheet_by_name("Внимание").to_python()
    records = [dict(zip(header, row, strict=True)) for row in rows]
    sent = [record for record in records if str(record["Отправлено"]) >= "2026-11-17"]
    (record,) = [r for r in sent if str(r["Отправлено"]).startswith("2026-11-17")]
    (letter,) = [one for one in mail.letters if one["Subject"].endswith("внимание · 17.11")]
    text = letter.get_body(("plain",))
    assert text is not None
    head, effect = text.get_content().splitlines()[1:3]
    assert head.startswith(f"{record['Правило']} — {record['Канал']}: было ")
    assert effect == f"Эффект: {cell(record['Эффект'], 'money')}."


def test_before_the_first_sync_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text('name = "К"\n', encoding="utf-8")
    shown = romi("digest", path)
    assert shown.exit_code == 1
    assert "Сначала соберите его: romi-sheets sync." in shown.stderr


def test_without_a_channel_there_is_nowhere_to_send(made: Path, clinic: Path) -> None:
    text = clinic.read_text(encoding="utf-8").partition("\n[[notify]]")[0]
    clinic.write_text(text, encoding="utf-8")
    sent = romi("digest", clinic, "--send")
    assert sent.exit_code == 2
    assert "сводку отправлять некуда" in sent.stderr
