"""The command from outside: what it reads, prints, leaves, and with which status it ends."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

from sheets_sync.cli import main
from sheets_sync.command.calls import exits
from sheets_sync.store import open_store

NAME, PHONE, EMAIL = "Скворцова Ульяна Тимофеевна", "+7 (916) 222-33-44", "ulyana.s@example.com"
LEADS = f"""\
ID заявки;Дата обращения;ФИО;Телефон;Почта;Статус;Источник;utm_source;utm_medium;utm_campaign;Направление;Комментарий
1;05.01.2026 10:00;{NAME};{PHONE};{EMAIL};новая;;yandex;cpc;300001;терапия;звонить {PHONE}
2;06.01.2026 11:00;;8 916 555-66-77;;новая;2ГИС;;;;терапия;
3;вчера;;8 916 555-66-78;;новая;2ГИС;;;;терапия;
"""
APPOINTMENTS = f"""\
Номер записи;№ карты;Телефон;Дата записи;Дата приёма;Статус;Услуга;Врач
10;77;{PHONE};05.01.2026 12:00;07.01.2026 09:00;Пришёл;Лечение кариеса;Иванов И. И.
11;78;89165556677;06.01.2026 12:00;08.01.2026 09:00;Не явился;Лечение кариеса;Иванов И. И.
"""
PAYMENTS = """\
Номер платежа;№ карты;Дата оплаты;Сумма;Себестоимость;Услуга
100;77;07.01.2026;12 500,00 ₽;2 500,00;Лечение кариеса
Итого;;;12 500,00 ₽;;
"""
COSTS = """\
Дата;Площадка;Кампания;ID кампании;Направление;Расход
05.01.2026;Яндекс Директ;Терапия | Поиск;300001;терапия;4 000,00
"""
CLINIC = """\
name = "Клиника на Лесной"
timezone = "Asia/Yekaterinburg"
[report]
from = 2026-01-01
to = 2026-01-31
[[source]]
kind = "file"
entity = "leads"
path = "leads*.csv"
[[source]]
kind = "file"
entity = "appointments"
path = "appointments.csv"
[[source]]
kind = "file"
entity = "payments"
path = "payments.csv"
[[source]]
kind = "file"
entity = "costs"
path = "costs.csv"
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    for name, text, encoding in (
        ("leads.csv", LEADS, "cp1251"),
        ("appointments.csv", APPOINTMENTS, "cp1251"),
        ("payments.csv", PAYMENTS, "utf-8-sig"),
        ("costs.csv", COSTS, "cp1251"),
    ):
        (tmp_path / name).write_bytes(text.encode(encoding))
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC, encoding="utf-8")
    return path


def romi(*words: str | Path, home: Path) -> Result:
    env = {"ROMI_SHEETS_HOME": str(home / "home"), "DATABASE_URL": ""}
    return CliRunner().invoke(main, [str(word) for word in words], env=env)


def sync(clinic: Path, *more: str) -> tuple[int, dict[str, Any]]:
    done = romi("sync", clinic, "--as-of", "2026-01-31", "--json", *more, home=clinic.parent)
    assert done.stdout, done.stderr
    return done.exit_code, json.loads(done.stdout)


def tab(clinic: Path, title: str) -> list[list[Any]]:
    book = CalamineWorkbook.from_path(str(clinic.parent / "report.xlsx"))
    return book.get_sheet_by_name(title).to_python()


def cells(clinic: Path, title: str, row: str) -> dict[str, Any]:
    """A row of a tab by the text of its first cell."""
    header, *rows = tab(clinic, title)
    return dict(zip(header, next(r for r in rows if r[0] == row), strict=False))


#: What takes long to load; names of modules.
HEAVY = {"numpy", "pandas", "pyarrow", "pydantic", "requests", "scipy", "sqlalchemy"}


def test_help_loads_no_more_than_it_says() -> None:
    """Loading everything takes a second and a half of CPU."""
    program = (
        "import sys; from sheets_sync.cli import main; main(['--help'], standalone_mode=False);"
        "print(' '.join(sys.modules))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert all(name in said for name in main.commands)
    assert HEAVY & {*said.splitlines()[-1].split()} == set()


def test_a_clinic_of_exports_loads_nothing_that_asks_others(clinic: Path) -> None:
    program = (
        "import sys; import sheets_sync.command.sync; from pathlib import Path;"
        "from sheets_sync.clinic.config import load_clinic; load_clinic(Path(sys.argv[1]));"
        "print(' '.join(sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program, clinic], capture_output=True, text=True, check=True
    ).stdout.split()
    asking = {"requests", "urllib3", "smtplib", "cryptography", "gspread", "sheets_sync.net.http"}
    assert asking & {*loaded} == set()


def test_a_sync_fills_the_workbook_and_says_what_it_refused(clinic: Path) -> None:
    status, told = sync(clinic)
    assert status == 0
    leads = next(s for s in told["sources"] if s["entity"] == "leads")
    assert (leads["read"], leads["refused"], leads["new"]) == (3, 1, 2)
    assert told["refused"][0]["row"] == 4
    assert told["refused"][0]["column"] == "Дата обращения"
    direct = cells(clinic, "Отчёт по каналам", "Директ — поиск")
    assert (direct["Лиды"], direct["Визиты"], direct["Новые пациенты"]) == (1, 1, 1)
    assert (direct["Выручка"], direct["Маржа"], direct["Расходы"]) == (12_500, 10_000, 4_000)
    assert (direct["CAC"], direct["ROMI"]) == (4_000, 1.5)
    assert cells(clinic, "Отчёт по каналам", "Итого")["Лиды"] == 2
    assert any("Дата обращения" in map(str, row) for row in tab(clinic, "Журнал"))
    run = cells(clinic, "Журнал", "Запуск")
    done = [run[c] for c in ("Итог", "Прочитано", "Новых", "Изменено", "Отказано")]
    assert done == ["готово", 7, 6, 0, 1]


def test_the_same_again_changes_nothing_and_still_tells_what_is_refused(clinic: Path) -> None:
    sync(clinic)
    before = tab(clinic, "Отчёт по каналам")
    _, told = sync(clinic)
    assert all(s["unchanged_since_last_time"] for s in told["sources"])
    assert [s["refused"] for s in told["sources"]] == [1, 0, 0, 0]
    assert tab(clinic, "Отчёт по каналам") == before


@pytest.mark.parametrize("wordy", ["payments.csv", "payments_2.csv"])
def test_the_longest_exports_are_read_first_and_of_one_row_the_later_source_has_the_word(
    clinic: Path, wordy: str
) -> None:
    corrected = PAYMENTS.replace("12 500,00 ₽", "9 500,00 ₽")
    for name, text in {"payments.csv": PAYMENTS, "payments_2.csv": corrected}.items():
        service = f"Лечение{' ' * (10_000 if name == wordy else 1)}кариеса"
        export = text.replace("Лечение кариеса", service)
        (clinic.parent / name).write_text(export, encoding="utf-8-sig")
    with clinic.open("a", encoding="utf-8") as file:
        file.write('[[source]]\nkind = "file"\nentity = "payments"\npath = "payments_2.csv"\n')
    done = romi("sync", clinic, "--as-of", "2026-01-31", home=clinic.parent)
    said = [line.split()[-1] for line in done.stderr.splitlines()]
    names = [one for one in said if one.endswith(".csv") and one != "leads*.csv"]
    first_of_each = ("leads.csv", "appointments.csv", "payments.csv", "costs.csv")
    by_size = sorted(first_of_each, key=lambda name: -(clinic.parent / name).stat().st_size)
    assert names == [*by_size, "payments_2.csv"]
    assert (by_size[0] == "payments.csv") == (wordy == "payments.csv")
    assert cells(clinic, "Отчёт по каналам", "Итого")["Выручка"] == 9_500


@pytest.mark.parametrize("path", ["x" * 300 + ".csv", "x" * 300 + "/*.csv", "a\\u0000b/*.csv"])
def test_a_folder_that_cannot_be_looked_into_stops_no_other_source(clinic: Path, path: str) -> None:
    text = clinic.read_text(encoding="utf-8")
    clinic.write_text(text.replace("payments.csv", path), encoding="utf-8")
    status, told = sync(clinic)
    assert status == 1
    assert [bool(source["error"]) for source in told["sources"]] == [False, False, True, False]
    assert told["sources"][2]["error"]["message"].startswith("не могу посмотреть, что лежит")
    assert cells(clinic, "Отчёт по каналам", "Итого")["Лиды"] == 2


def _leads(names: str, day: int, count: int) -> str:
    rows = (
        f"{n};{day:02}.01.2026 10:{n:02};8 916 {names}{n:02}-{n:02};2ГИС;терапия"
        for n in range(1, count + 1)
    )
    return "\n".join(("ID заявки;Дата обращения;Телефон;Источник;Направление", *rows, ""))


def test_what_an_export_is_held_against_is_what_the_one_before_it_left(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads ahead of the merges, here by the length of 20 000 payments, must see the store
    as if it read one after another."""
    text = clinic.read_text(encoding="utf-8")
    again = '[[source]]\nkind = "file"\nentity = "leads"\npath = "again.csv"\n'
    clinic.write_text(text + again, encoding="utf-8")
    rows = "".join(f"{n};77;07.01.2026;1,00;0,50;Лечение кариеса\n" for n in range(1_000, 21_000))
    totals = []
    for cores in (2, 1):
        monkeypatch.setattr("sheets_sync.ahead.CORES", cores)
        home = clinic.parent / f"home of {cores}"
        for names, day, count in (("111-", 5, 50), ("222-", 9, 51)):
            for name, of_whom, how_many in (("leads", "111-", count), ("again", names, 50)):
                export = _leads(of_whom, 5 if name == "leads" else day, how_many)
                (clinic.parent / f"{name}.csv").write_text(export, encoding="utf-8")
            more = rows if day == 9 else ""
            (clinic.parent / "payments.csv").write_text(PAYMENTS + more, encoding="utf-8-sig")
            ran = romi("sync", clinic, "--as-of", "2026-01-31", "--json", home=home)
            assert ran.exit_code == 0, ran.output
        totals.append(cells(clinic, "Отчёт по каналам", "Итого")["Лиды"])
    assert totals == [51, 51]


def test_splitting_a_file_in_two_changes_nothing(clinic: Path) -> None:
    sync(clinic)
    before = tab(clinic, "Отчёт по каналам")
    header, first, *rest = LEADS.splitlines(keepends=True)
    folder = clinic.parent
    (folder / "leads.csv").write_bytes((header + first).encode("cp1251"))
    (folder / "leads2.csv").write_bytes("".join((header, *rest)).encode("cp1251"))
    status, _ = sync(clinic)
    assert status == 0
    assert tab(clinic, "Отчёт по каналам") == before


def test_a_source_that_fails_keeps_its_rows_and_is_marked_stale(clinic: Path) -> None:
    sync(clinic)
    (clinic.parent / "payments.csv").write_bytes(b"PK\x03\x04 not a workbook")
    status, told = sync(clinic)
    assert status == 1
    payments = next(s for s in told["sources"] if s["entity"] == "payments")
    assert payments["stale"]
    assert payments["error"]["hint"]
    assert payments["rows"] == 1
    assert cells(clinic, "Отчёт по каналам", "Итого")["Выручка"] == 12_500
    assert any("не прочитан" in str(row) for row in tab(clinic, "Журнал"))


def test_the_clinics_page_has_the_cells_of_the_book(clinic: Path) -> None:
    sync(clinic)
    store = open_store(f"sqlite:///{clinic.parent / 'home' / 'store.sqlite3'}")
    shown = store.memory.read("clinic", "page")["page"]
    store.close()
    titles = {"weekly": "Неделя", "channel_report": "Отчёт по каналам", "journal": "Журнал"}
    for key, table in shown.items():
        header, *rows = tab(clinic, titles[key])
        places = [header.index(title) for title in table["titles"]]
        for row, cells_of in zip(rows, table["rows"], strict=True):
            for place, value in zip(places, cells_of, strict=True):
                found = row[place] if place < len(row) else ""
                text = found.isoformat() if hasattr(found, "isoformat") else found
                assert (value or "") == (text or "")


def test_nobody_of_the_exports_is_anywhere_afterwards(clinic: Path) -> None:
    done = romi("sync", clinic, "--as-of", "2026-01-31", home=clinic.parent)
    folder = clinic.parent
    left = done.stdout + done.stderr
    with zipfile.ZipFile(folder / "report.xlsx") as book:
        left += "".join(book.read(n).decode("utf-8", "replace") for n in book.namelist())
    for path in (folder / "home").rglob("*"):
        if path.is_file():
            left += path.read_bytes().decode("utf-8", "replace")
    for planted in ("Скворцова", "Ульяна", "222-33-44", "9162223344", "ulyana", "9165556677"):
        assert planted not in left, planted


def test_no_cell_is_a_formula(clinic: Path) -> None:
    (clinic.parent / "costs.csv").write_bytes(
        (COSTS + '06.01.2026;VK Реклама;"=HYPERLINK(""http://x"")";;;100,00\n').encode("cp1251")
    )
    sync(clinic)
    with zipfile.ZipFile(clinic.parent / "report.xlsx") as book:
        sheets = [n for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
        assert sheets
        assert not any(b"<f>" in book.read(n) or b"<f " in book.read(n) for n in sheets)
    assert any("=HYPERLINK" in str(row[0]) for row in tab(clinic, "Кампании"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "TOML"),
        ('name = "К"\n[[source]]\nkind = "file"\n', "entity"),
        ('name = "К"\ntimezone = "Mars/Base"\n', "Mars/Base"),
        ('name = "К"\n[report]\nmargin = 1\n', "report.margin"),
    ],
)
def test_a_wrong_file_of_a_clinic_ends_with_two(clinic: Path, text: str, words: str) -> None:
    clinic.write_text(text, encoding="utf-8")
    done = romi("sync", clinic, home=clinic.parent)
    assert done.exit_code == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_two_clinics_of_one_file_name_do_not_mix_and_a_moved_one_goes_on(clinic: Path) -> None:
    sync(clinic)
    other = clinic.parent / "other"
    other.mkdir()
    text = 'name = "Другая"\n[[source]]\nkind = "file"\nentity = "leads"\npath = "leads.csv"\n'
    (other / "clinic.toml").write_text(text, encoding="utf-8")
    (other / "leads.csv").write_text("Дата;Источник\n05.01.2026;сайт\n", encoding="utf-8")
    for command in ("sync", "check", "init"):
        done = romi(command, other / "clinic.toml", home=clinic.parent)
        assert done.exit_code == 2
        assert "называется файл другой клиники" in done.stderr
    clinic.unlink()
    assert romi("sync", other / "clinic.toml", home=clinic.parent).exit_code == 0


def test_a_wrong_request_ends_with_two(clinic: Path) -> None:
    for words in (("sync", clinic, "--as-of", "31.01.2026"), ("sync", "nowhere.toml"), ("fly",)):
        done = romi(*words, home=clinic.parent)
        assert done.exit_code == 2
        assert "Traceback" not in done.stderr


def test_square_brackets_in_names_are_shown_and_break_nothing(clinic: Path) -> None:
    text = CLINIC.replace("Клиника на Лесной", "Клиника [dent] [/b] :id:")
    clinic.write_text(text.replace('"costs.csv"', '"[b]costs[/i].csv"'), encoding="utf-8")
    (clinic.parent / "costs.csv").rename(clinic.parent / "costs_b.csv")
    done = romi("sync", clinic, "--as-of", "2026-01-31", home=clinic.parent)
    assert done.exit_code == 1
    assert "Клиника [dent] [/b] :id:" in done.stdout
    assert "[b]costs[/i].csv: нет такого файла" in done.stdout.replace("\n", " ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("ROMI_SHEETS_IDENTITY_AUDIENCE", "123.apps.googleusercontent.com"),
        ("ROMI_SHEETS_CLINICS", __file__),
    ],
)
def test_a_wrong_variable_is_named_and_ends_with_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PORT", str(probe.getsockname()[1]))
    monkeypatch.setenv(name, value)
    done = romi("serve", home=tmp_path)
    assert done.exit_code == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demo_that_cannot_be_written_ends_with_two(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = romi("demo", "--dir", tmp_path / "file" / "demo", "--leads", "1", home=tmp_path)
    assert done.exit_code == 2
    assert "--dir" in done.stderr


def test_check_names_the_next_thing_to_do(clinic: Path) -> None:
    done = romi("check", clinic, home=clinic.parent)
    assert done.exit_code == 1  # a third of the leads' rows is refused
    assert "Дата обращения → created_at" in done.stdout
    assert "План внедрения" in done.stdout
    assert "Дальше:" in done.stdout


def test_the_command_is_there_as_a_module_and_tells_its_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sheets_sync", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "0.1.0" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fly",), "такой команды нет: fly."),
        (("--fly",), "такого ключа нет: --fly."),
        (("sync",), "не задано: CLINIC_FILE."),
        (("sync", "a.toml", "b.toml"), "лишнее в команде: b.toml."),
        (("recall", "a.toml"), "не задано: --out."),
        (("recall", "a.toml", "--out"), "ключу --out нужно значение"),
        (("worker", "--threads", "0"), "--threads: нужно целое число от 1 до 64."),
        (("demo", "--seed", "x"), "--seed: нужно целое число."),
        (("export", "a.toml", "--dir", "x", "--format", "xml"), "нужно одно из: parquet, csv."),
    ],
)
def test_a_wrong_call_is_told_in_russian(words: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(main, list(words))
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "--help" in done.stderr
    assert "rror" not in done.stderr


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_where_calendars_end_is_a_wrong_request(clinic: Path, day: str) -> None:
    done = romi("sync", clinic, "--as-of", day, "--json", home=clinic.parent)
    assert (done.exit_code, json.loads(done.stdout)["ok"]) == (2, False)
    assert "нужна дата с 01.01.1990 по 31.12.2099" in done.stderr


def test_a_name_commands_no_terminal(clinic: Path) -> None:
    (clinic.parent / "leads.csv").rename(clinic.parent / "leads\x1b[31m\u202egnp.csv")
    text = CLINIC.replace("leads.csv", "leads*.csv").replace('"', '"\\u001b]0;x\\u0007', 1)
    clinic.write_text(text, encoding="utf-8")
    done = romi("sync", clinic, "--as-of", "2026-01-31", home=clinic.parent)
    assert done.exit_code == 0
    assert not {"\x1b", "\x07", "\u202e"} & {*done.stdout, *done.stderr}


def test_a_fault_of_the_program_is_a_sentence_and_an_object(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @exits()
    def fail(*, as_json: bool) -> int:
        raise ZeroDivisionError("row of Иванов")

    with pytest.raises(SystemExit) as ended:
        fail(as_json=True)
    told = capsys.readouterr()
    assert ended.value.code == 1
    assert "ZeroDivisionError (calls.py, строка" in json.loads(told.out)["error"]["message"]
    assert "Traceback" not in told.err
    assert "Иванов" not in told.err + told.out
