"""Opening the store: both databases, migrations, several processes at once, errors."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sheets_sync.errors import ConfigError, StoreError
from sheets_sync.settings import Service
from sheets_sync.store import Store, open_store
from sheets_sync.store.database import Database
from sheets_sync.store.migrate import HEAD, MIGRATIONS, upgrade
from sheets_sync.store.tables import METADATA
from tests.forks import PROCESSES, start
from tests.store.processes import open_and_close
from tests.store.rows import AT, SOURCE, pulls_of


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database with nothing at all in it, not even tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new/store.sqlite3"
    url: str = request.getfixturevalue("postgres_url")
    return url


def test_the_migrations_make_the_tables_that_the_program_uses(new_url: str) -> None:
    """A new database gets them at once, without the migrations: they are the same."""
    open_store(new_url).close()
    db = Database(new_url)
    with db.write() as conn:
        made = shape(conn)
        everything = sa.MetaData()
        everything.reflect(conn)
        everything.drop_all(conn)
        upgrade(conn)
        assert shape(conn) == made
        assert compare_metadata(MigrationContext.configure(conn), METADATA) == []
    db.close()


def test_what_was_merged_gets_into_the_file_itself_meanwhile(tmp_path: Path) -> None:
    store, copy = (open_store(f"sqlite:///{tmp_path}/{name}/store.sqlite3") for name in "ab")
    copy.close()
    store.rows.merge("clinic", SOURCE, pulls_of("A"), AT)
    with store.checkpoint_beside():
        store.memory.keep("clinic", {"somebody": "writes"}, AT)
    # The log stays behind: what is read is the file.
    shutil.copyfile(tmp_path / "a" / "store.sqlite3", tmp_path / "b" / "store.sqlite3")
    copy = open_store(f"sqlite:///{tmp_path}/b/store.sqlite3")
    assert len(copy.rows.read("clinic", "leads")) == 1500
    copy.close()
    store.close()


def shape(conn: sa.Connection) -> dict[str, object]:
    """What the database itself says of its tables: columns in their order, keys, indexes."""
    look = sa.inspect(conn)
    tables: dict[str, object] = {
        name: (
            [{**column, "type": str(column["type"])} for column in look.get_columns(name)],
            look.get_pk_constraint(name),
            look.get_indexes(name),
            look.get_table_options(name),
        )
        for name in look.get_table_names()
    }
    assert len(tables) > 20
    return tables


def test_a_new_store_has_the_newest_revision(new_url: str) -> None:
    open_store(new_url).close()
    db = Database(new_url)
    with db.read() as conn:
        version = sa.text("SELECT version_num FROM alembic_version")
        assert conn.execute(version).scalars().all() == [HEAD]
    db.close()


def test_the_program_knows_its_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_processes_that_start_at_once_migrate_once(new_url: str) -> None:
    go = PROCESSES.Event()
    others = [start(open_and_close, new_url, go) for _ in range(4)]
    go.set()
    for other in others:
        other.join(60)
        assert other.exitcode == 0
    store = open_store(new_url)
    assert store.sources.states("clinic") == []
    store.close()


def test_a_store_opened_again_has_what_it_had(store: Store, store_url: str) -> None:
    store.rows.merge("clinic", SOURCE, pulls_of("A", 3), AT)
    store.close()
    again = open_store(store_url)
    assert list(again.rows.read("clinic", "leads")["status"]) == ["A", "A", "A"]
    again.close()


def test_a_database_of_a_newer_program_is_left_alone(store: Store, store_url: str) -> None:
    with store.db.write() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="более новой версией"):
        open_store(store_url)


def test_the_folder_the_file_and_its_locks_are_the_owners_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    home = tmp_path / "моя папка #1, 100%41?" / "home"
    before = os.umask(0o022)
    try:
        store = open_store(Service(home=home).store_url)
        store.jobs.want("clinic", AT)
        claim = store.jobs.claim("clinic", AT)
        assert claim is not None
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*")}
        claim.lock.release()
        store.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert modes.pop("locks") == 0o700
    assert {"store.sqlite3", "store.sqlite3-wal", "store.sqlite3-shm"} < set(modes)
    assert set(modes.values()) == {0o600}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/store.sqlite3", tmp_path / "store.sqlite3"
    open_store(url).close()
    path.chmod(0o644)
    open_store(url).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://user:hunter2@host/romi", "mysql"),
        ("sqlite://", "sqlite"),
        ("sqlite:///:memory:", "sqlite"),
        ("not a url hunter2", "не разобрать"),
        ("postgresql://user:hunter2@host:port/romi", "не разобрать"),
        ("postgresql://user:hunter2@host:/romi", "не разобрать"),
        ("postgresql://user:hunter2@[::1/romi", "не разобрать"),
        ("postgresql://user:hunter2@host:65536/romi", "порт 65536"),
        ("postgresql://user:hunter2@host:-1/romi", "порт -1"),
        ("postgresql://user:hunter2@host/romi?ssl=1", "не понимает параметров адреса: ssl"),
    ],
)
def test_a_wrong_address_is_a_fault_of_the_settings(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        open_store(url)
    assert caught.value.where == "DATABASE_URL"
    assert "hunter2" not in str(caught.value)
    assert caught.value.hint


def test_a_server_that_does_not_answer_may_do_so_later() -> None:
    with pytest.raises(StoreError, match="не отвечает") as caught:
        open_store("postgresql://user:hunter2@127.0.0.1:1/romi")
    assert not caught.value.permanent
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    with pytest.raises(StoreError, match="это не файл SQLite"):
        open_store(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="не могу создать папку") as caught:
        open_store(f"sqlite:///{tmp_path}/file/store.sqlite3")
    assert caught.value.where == str(tmp_path / "file")


def test_a_failed_statement_names_no_value(store: Store) -> None:
    with pytest.raises(StoreError) as caught, store.db.write() as conn:
        conn.execute(sa.text("SELECT :v FROM nowhere"), {"v": "+79161234567"})
    assert "916" not in str(caught.value)
    assert "916" not in str(caught.value.__cause__)
