"""Fixtures that several tests share."""

from __future__ import annotations

import gc

gc.set_threshold(
    0
)  # loading makes millions of objects and no garbage: see pytest_collection_finish

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from sheets_sync.books import open_workbook
from sheets_sync.line.verify import verify
from sheets_sync.store import Store, open_store
from tests import postgres
from tests.books.google_live import Live, running
from tests.books.xlsx_files import is_filled
from tests.doubles.metrica import TOKEN, MetricaDouble
from tests.examples import examples
from tests.sources.yandex import TOKEN_ENV, Hands, small_counter

# How long an example takes is the machine's affair: no test is timed.
settings.register_profile("untimed", deadline=None, max_examples=examples(25))
settings.load_profile("untimed")

#: Files whose tests take longest, the longest first: begun at the end, one would run alone.
LONGEST = (
    "test_bench.py",
    "service/test_jobs_kill.py",
    "service/test_jobs.py",
    "sources/test_all_at_once.py",
    "sources/test_contract.py",
    "sources/test_faults.py",
    "sources/test_live_sync.py",
    "line/test_changes.py",
    "test_demo.py",
    "test_home.py",
    "test_cli.py",
    "books/test_google_kill.py",
    "books/test_xlsx_files.py",
    "books/test_line_google.py",
    "books/test_google_faults.py",
    "books/test_contract.py",
    "metrics/test_against_reference.py",
    "web/test_serve.py",
    "web/test_pages_fuzz.py",
    "web/test_new_clinic.py",
    "web/test_openapi.py",
    "web/test_clinic_page.py",
    "web/test_upload.py",
)

#: Workbooks that were recounted in this process: a copy is not counted once more.
RECOUNTED: set[bytes] = set()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; within a file, and among the rest, as they stand."""
    place = {Path(__file__).parent / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(autouse=True)
def books_agree_with_themselves(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every workbook that a clinic's sync left in a test's folder is recounted (definitions §21).

    A module that changes numbers by hand says EDITS_BOOKS = True.
    """
    edits = getattr(request.module, "EDITS_BOOKS", False)
    looks = "tmp_path" in request.fixturenames and not edits
    folder: Path | None = request.getfixturevalue("tmp_path") if looks else None
    yield
    for path in folder.rglob("*.xlsx") if folder else ():
        digest = hashlib.sha256(path.read_bytes()).digest()
        if digest not in RECOUNTED and is_filled(path):
            RECOUNTED.add(digest)
            rows = verify(open_workbook(path)).rows
            assert rows.loc[rows["differ"] > 0].to_dict("records") == []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server; without one the test is skipped, with CI=true it fails."""
    with postgres.server() as url:
        if url is None:
            if os.environ.get("CI", "").lower() == "true":
                pytest.fail(postgres.MISSING, pytrace=False)
            pytest.skip(postgres.MISSING)
        yield url


@pytest.fixture(scope="session")
def migrated_database(postgres_server: str) -> Iterator[str]:
    """The name of one with tables and nothing in them, to be copied: migrating takes longer."""
    name = f"romi_migrated_{uuid.uuid4().hex[:12]}"
    with postgres.database(postgres_server, name) as url:
        open_store(url).close()
        yield name


@pytest.fixture
def migrated_url(postgres_server: str, migrated_database: str) -> Iterator[str]:
    """A PostgreSQL store of its own for each test, empty, dropped afterwards."""
    name = f"romi_test_{uuid.uuid4().hex[:12]}"
    with postgres.database(postgres_server, name, migrated_database) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A schema of its own for each test without a table, dropped afterwards."""
    with postgres.schema(postgres_server, f"romi_test_{uuid.uuid4().hex[:12]}") as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store with its tables and nothing in them, to be copied: migrating takes longer."""
    path = tmp_path_factory.mktemp("migrated") / "store.sqlite3"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """The URL of an empty SQLite store."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_file, home)
    return f"sqlite:///{home / migrated_file.name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, of each kind in turn."""
    name = {"sqlite": "sqlite_url", "postgresql": "migrated_url"}[request.param]
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on each database in turn."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """An empty store, on SQLite only: where the database does not matter."""
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Hands:
    """A clock that does not wait."""
    return Hands()


@pytest.fixture
def yandex_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token that the doubles of Yandex take, where the service looks for it."""
    monkeypatch.setenv(TOKEN_ENV, TOKEN)


@pytest.fixture
def metrica(clock: Hands) -> Iterator[MetricaDouble]:
    """Metrica with one small counter, whose days go by the hands of `clock`."""
    with MetricaDouble([small_counter()], clock=clock) as double:
        yield double


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The Sheets double, started once for a module."""
    with running(tmp_path_factory.mktemp("google")) as found:
        yield found


@pytest.fixture
def live(served: Live) -> Live:
    """A service before a new, blank spreadsheet."""
    return served.anew()


@pytest.fixture
def filled(live: Live) -> Live:
    """The same after its first refresh."""
    live.refresh()
    return live
