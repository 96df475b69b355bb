"""Where the database is: DATABASE_URL as SQLAlchemy takes it, or a sentence that says what is wrong."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import exc

from sheets_sync.errors import ConfigError

_PORTS = range(1, 65536)


def address(url: str) -> sa.URL:
    """The address of a PostgreSQL server or an SQLite file, each with its own driver.

    Raises ConfigError for anything else; its words never quote the address, which has a password.
    """
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
    except (exc.ArgumentError, ValueError):
        raise _unreadable("адрес базы данных не разобрать.") from None
    if backend in {"postgres", "postgresql"}:
        return _server(parsed)
    if backend == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return parsed.set(drivername="sqlite")
    raise ConfigError(
        f"база «{backend}» здесь не подходит.",
        where="DATABASE_URL",
        hint="Годится PostgreSQL или файл SQLite: sqlite:///папка/store.sqlite3.",
    )


def _server(parsed: sa.URL) -> sa.URL:
    import psycopg  # noqa: PLC0415 - its driver is loaded where the database is PostgreSQL
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    if parsed.port is not None and parsed.port not in _PORTS:
        raise _unreadable(f"порт {parsed.port}: такого не бывает.")
    try:
        make_conninfo(**{name: str(value) for name, value in parsed.query.items()})
    except psycopg.Error:
        names = ", ".join(sorted(parsed.query))
        raise _unreadable(f"PostgreSQL не понимает параметров адреса: {names}.") from None
    return parsed.set(drivername="postgresql+psycopg")


def _unreadable(message: str) -> ConfigError:
    return ConfigError(
        message,
        where="DATABASE_URL",
        hint="Пример: postgresql://user:password@host:5432/romi (порт – число; знаки «@», «:», «/» "
        "в пароле пишутся как %40, %3A, %2F). Без него берётся SQLite.",
    )
