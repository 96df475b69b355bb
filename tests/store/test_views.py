"""The views of PostgreSQL for BI: every clinic's last tables, commented, read-only, replaced at once."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from sheets_sync.cli import main
from sheets_sync.demo import write_clinic
from sheets_sync.errors import StoreError
from sheets_sync.store import Store, open_store
from templates_sheets.data_table import DataColumn, DataTable
from tests import postgres
from tests.books.xlsx_files import load

DAY = date(2026, 10, 31)
CHANNEL = DataColumn("channel", "Канал", "string", "", "Откуда пришёл пациент.")
COST = DataColumn("cost", "Расходы", "double", "RUB", "Расходы на рекламу, 100 %.")
LEADS = DataColumn("leads", "Лиды", "double", "count", "Обращения.")


def report(*rows: tuple[Any, ...], columns: tuple[DataColumn, ...] = (CHANNEL, COST)) -> DataTable:
    kinds = {"string": pa.string(), "double": pa.float64()}
    lanes = list(zip(*rows, strict=True)) or [() for _ in columns]
    arrays = [pa.array(lane, kinds[c.type]) for lane, c in zip(lanes, columns, strict=True)]
    return DataTable(
        "channel_report", "Отчёт по каналам", columns, pa.table(arrays, [c.name for c in columns])
    )


@pytest.fixture
def database(postgres_server: str) -> Iterator[str]:
    """A database of its own: the views' schemas are the whole database's."""
    with postgres.database(postgres_server, f"romi_views_{uuid.uuid4().hex[:8]}") as url:
        yield url


@pytest.fixture
def shelf(database: str) -> Iterator[Store]:
    opened = open_store(database)
    yield opened
    opened.close()


def asked(database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(make_conninfo(database), autocommit=True) as conn:
        return conn.execute(query.encode()).fetchall()


def test_all_clinics_stand_in_one_view_by_their_name(shelf: Store, database: str) -> None:
    shelf.views.show("lesnaya", "На Лесной", DAY, [report(("SEO", 10.5), ("", None))])
    shelf.views.show("zarya", "Заря", DAY, [report(("2ГИС", 7.0))])
    assert asked(database, "SELECT * FROM romi.channel_report ORDER BY clinic, channel") == [
        ("lesnaya", "На Лесной", DAY, "", None),
        ("lesnaya", "На Лесной", DAY, "SEO", 10.5),
        ("zarya", "Заря", DAY, "2ГИС", 7.0),
    ]


def test_only_the_rows_of_that_clinic_are_replaced(shelf: Store, database: str) -> None:
    shelf.views.show("a", "А", DAY, [report(("SEO", 1.0))])
    shelf.views.show("b", "Б", DAY, [report(("SEO", 2.0))])
    shelf.views.show("a", "А", DAY, [report(("Карты", 3.0))])
    rows = asked(database, "SELECT clinic, channel, cost FROM romi.channel_report ORDER BY clinic")
    assert rows == [("a", "Карты", 3.0), ("b", "SEO", 2.0)]
    shelf.views.show("a", "А", DAY, [report()])
    assert asked(database, "SELECT clinic FROM romi.channel_report") == [("b",)]


def test_a_reader_sees_the_old_tables_or_the_new(shelf: Store, database: str) -> None:
    other = replace(report(("SEO", 1.0)), name="campaigns")
    shelf.views.show("a", "А", DAY, [report(("SEO", 1.0)), other])
    broken = replace(other, rows=other.rows.rename_columns(["channel", "nothing"]))
    with pytest.raises(StoreError):
        shelf.views.show("a", "А", DAY, [report(("SEO", 2.0)), broken])
    assert asked(database, "SELECT cost FROM romi.channel_report") == [(1.0,)]


def test_nobody_writes_into_a_view(shelf: Store, database: str) -> None:
    shelf.views.show("a", "А", DAY, [report(("SEO", 1.0))])
    for query in ("DELETE FROM romi.channel_report", "UPDATE romi.channel_report SET cost = 0"):
        with pytest.raises(psycopg.Error, match="cannot"):
            asked(database, query)


def test_every_column_says_what_it_means(shelf: Store, database: str) -> None:
    shelf.views.show("a", "А", DAY, [report(("SEO", 1.0))])
    comments = asked(
        database,
        "SELECT column_name, col_description('romi.channel_report'::regclass, ordinal_position) "
        "FROM information_schema.columns WHERE table_schema = 'romi' ORDER BY ordinal_position",
    )
    assert comments == [
        ("clinic", "Клиника. Имя файла клиники без .toml."),
        ("clinic_name", "Название клиники. Как она названа в своём файле."),
        ("as_of", "День отчёта. На какой день посчитано."),
        ("channel", "Канал. Откуда пришёл пациент."),
        ("cost", "Расходы, RUB. Расходы на рекламу, 100 %."),
    ]
    told = "SELECT obj_description('romi.channel_report'::regclass)"
    assert asked(database, told) == [("Отчёт по каналам",)]


def test_a_new_version_adds_its_columns_and_readers_keep_their_right(
    shelf: Store, database: str
) -> None:
    reader = f"bi_{uuid.uuid4().hex[:8]}"
    shelf.views.show("a", "А", DAY, [report(("SEO", 1.0))])
    with psycopg.connect(make_conninfo(database), autocommit=True) as conn:
        conn.execute(f"CREATE ROLE {reader}".encode())
        try:
            conn.execute(f"GRANT USAGE ON SCHEMA romi TO {reader}".encode())
            conn.execute(f"GRANT SELECT ON romi.channel_report TO {reader}".encode())
            wide = (CHANNEL, LEADS, COST)
            shelf.views.show("b", "Б", DAY, [report(("SEO", 4.0, 2.0), columns=wide)])
            conn.execute(f"SET ROLE {reader}".encode())
            rows = conn.execute("SELECT clinic, leads, cost FROM romi.channel_report ORDER BY 1")
            assert rows.fetchall() == [("a", None, 1.0), ("b", 4.0, 2.0)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute("SELECT * FROM romi_rows.channel_report")
        finally:
            conn.execute("RESET ROLE")
            conn.execute(f"DROP OWNED BY {reader}".encode())
            conn.execute(f"DROP ROLE {reader}".encode())


def test_many_clinics_at_once_make_the_views_once(shelf: Store, database: str) -> None:
    failed: list[BaseException] = []

    def show(name: str) -> None:
        try:
            shelf.views.show(name, name, DAY, [report((name, 1.0))])
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=show, args=(f"c{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert asked(database, "SELECT count(DISTINCT clinic) FROM romi.channel_report") == [(6,)]


def test_a_database_file_has_no_views(sqlite_store: Store) -> None:
    assert not sqlite_store.views.exist


def sync(clinic: Path, database: str) -> Any:
    env = {
        "ROMI_SHEETS_HOME": str(clinic.parent / "home"),
        "ROMI_SHEETS_SECRET": "5" * 64,
        "DATABASE_URL": database,
    }
    words = ["sync", str(clinic), "--as-of", "2026-10-31"]
    return CliRunner().invoke(main, words, env=env)


def test_a_sync_that_wrote_its_book_shows_its_tables(tmp_path: Path, database: str) -> None:
    clinic = write_clinic(tmp_path, leads=80, months=3)
    assert sync(clinic, database).exit_code == 0
    header, *rows = load(tmp_path / "report.xlsx")["Отчёт по каналам"].iter_rows(values_only=True)
    place = header.index("Расходы")
    shown = dict(asked(database, "SELECT channel, cost FROM romi.channel_report"))
    assert shown == pytest.approx({row[0]: row[place] for row in rows})
    assert asked(database, "SELECT DISTINCT clinic, as_of FROM romi.funnel") == [("clinic", DAY)]
    views = {
        name
        for (name,) in asked(database, "SELECT viewname FROM pg_views WHERE schemaname = 'romi'")
    }
    assert {"channel_report", "campaigns", "cohorts", "weekly", "summary", "actions"} <= views

    before = asked(database, "SELECT sum(leads) FROM romi.funnel")
    book = tmp_path / "report.xlsx"
    book.write_text("сломано", encoding="utf-8")
    (tmp_path / "exports" / "leads_crm.csv").unlink()
    assert sync(clinic, database).exit_code == 1
    assert asked(database, "SELECT sum(leads) FROM romi.funnel") == before


def test_a_user_who_may_make_no_schema_gets_the_book_all_the_same(
    tmp_path: Path, database: str, postgres_server: str
) -> None:
    user = f"romi_user_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(make_conninfo(database), autocommit=True) as conn:
        conn.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'x'".encode())
        conn.execute(f"GRANT ALL ON SCHEMA public TO {user}".encode())
        conn.execute(f'REVOKE CREATE ON DATABASE "{conn.info.dbname}" FROM PUBLIC'.encode())
    server = database.partition("@")[2]
    try:
        done = sync(write_clinic(tmp_path, leads=20, months=2), f"postgresql://{user}:x@{server}")
        assert done.exit_code == 0, done.output
        assert "схема romi" in done.output
        assert (tmp_path / "report.xlsx").exists()
    finally:
        with psycopg.connect(make_conninfo(database), autocommit=True) as conn:
            conn.execute(f"DROP OWNED BY {user}".encode())
            conn.execute(f"DROP ROLE {user}".encode())
