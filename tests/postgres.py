"""A PostgreSQL for the tests: the named one, else a local one, else one started for this run."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"
MISSING = (
    "no PostgreSQL: set ROMI_SHEETS_TEST_POSTGRES to a URL, run a server on 127.0.0.1:5432, "
    "or install its binaries (initdb)"
)


@contextmanager
def server() -> Iterator[str | None]:
    """The URL of a server where schemas may be made, or None if there is none to be had."""
    named = os.environ.get("ROMI_SHEETS_TEST_POSTGRES")
    if named:
        yield named
    elif _answers(LOCAL):
        yield LOCAL
    elif folder := _binaries():
        with _started(folder) as url:
            yield url
    else:
        yield None


@contextmanager
def schema(url: str, name: str) -> Iterator[str]:
    """The same server with a schema of one's own, dropped afterwards."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f'CREATE SCHEMA "{name}"')
    try:
        sign = "&" if "?" in url else "?"
        yield f"{url}{sign}options={quote(f'-csearch_path={name}')}"
    finally:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(f'DROP SCHEMA "{name}" CASCADE')


@contextmanager
def database(url: str, name: str, template: str = "template1") -> Iterator[str]:
    """The same server with a database of one's own, a copy of `template`, dropped afterwards."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        head, sign, query = url.partition("?")
        yield f"{head.rpartition('/')[0]}/{name}{sign}{query}"
    finally:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=3):
            return True
    except psycopg.OperationalError:
        return False


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    candidates = [Path(found)] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return candidates[0].resolve().parent if candidates else None


@contextmanager
def _started(binaries: Path) -> Iterator[str]:
    """A throw-away server of its own; PostgreSQL refuses to run as root, so not as root."""
    user = _somebody() if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="romi-postgres-"))
    if user:
        shutil.chown(folder, user)
    port = _free_port()
    files = folder / "files"

    def run(tool: str, *arguments: str) -> None:
        command = [binaries / tool, "-D", files, *arguments]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
    options = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", f"{options} -c fsync=off")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(folder)


def _somebody() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
