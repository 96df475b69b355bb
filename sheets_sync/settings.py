"""The service's own settings, by environment; `load_service` of home reads them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    model_validator,
)

#: Days beyond these are slips of the keyboard, and calendars end soon after them.
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
#: Settings whose variables have names that others gave them.
_NAMED = {
    "database_url": "DATABASE_URL",
    "google_credentials": "GOOGLE_APPLICATION_CREDENTIALS",
    "port": "PORT",
}
_ENDPOINT = re.compile(r"ROMI_SHEETS_([A-Z0-9_]+)_ENDPOINT")


def _address(value: str) -> str:
    if not re.fullmatch(r"(https?://[^\s/?#@]+(/[^\s?#]*)?)?", value):
        raise ValueError("нужен адрес, по которому открывают страницы: https://sync.example.org")
    return value.rstrip("/")


def _no_number(value: Any) -> Any:
    """Zero would be the first day of 1970."""
    if isinstance(value, int | float):
        raise ValueError(f"нужна дата без кавычек, например 2026-06-30; найдено «{value}»")  # noqa: TRY004 - pydantic tells ValueErrors alone
    return value


def near(day: date) -> date:
    """A day that a report may be about. Raises ValueError with what was expected."""
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValueError(
            f"нужна дата с {_FIRST_DAY:%d.%m.%Y} по {_LAST_DAY:%d.%m.%Y}; найдено «{day.isoformat()}»"
        )
    return day


#: A day in the environment, a clinic's file or a form.
Day = Annotated[date, BeforeValidator(_no_number), AfterValidator(near)]


def _near(now: datetime) -> datetime:
    if not _FIRST_DAY <= now.date() <= _LAST_DAY:
        raise ValueError(f"нужно время с 1990 по 2099 год; найдено «{now.isoformat()}»")
    return now


def variable(setting: str) -> str:
    """The variable that says a setting."""
    return _NAMED.get(setting, f"ROMI_SHEETS_{setting.upper()}")


def _listed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(
            'нужен список JSON, например ["123-abc.apps.googleusercontent.com"]'
        ) from None


class Service(BaseModel):
    """The service's own settings. `ROMI_SHEETS_HOME=/var/lib/romi-sheets` and so on: what is not
    given is taken from the environment, where an empty variable is none."""

    home: Path = Path(".romi-sheets")
    #: What the clock of a command shows when it begins; None = the real time.
    now: Annotated[AwareDatetime, AfterValidator(_near)] | None = None
    secret: SecretStr | None = None
    google_endpoint: str = "https://sheets.googleapis.com"
    #: Whose versions of spreadsheets are believed; "": Google Drive's, beside Google's own Sheets.
    drive_endpoint: str = ""
    #: By kind of source, what replaces the real host: ROMI_SHEETS_CALLIBRI_ENDPOINT and so on.
    endpoints: dict[str, str] = Field(default_factory=lambda: _endpoints(os.environ))
    #: Seconds that one source may take of a run.
    source_deadline: float = Field(default=300.0, gt=0)
    clinics: Path | None = None
    admin_password: SecretStr | None = None
    identity_audience: Annotated[list[str], BeforeValidator(_listed)] = []
    addon_url: str = ""
    #: Where people open the pages; links of messages lead there.
    url: Annotated[str, AfterValidator(_address)] = ""
    addon_email: str = ""
    redis_url: SecretStr | None = None
    metrics_with_names: bool = False
    #: How many proxies stand in front of the web part: who asks is read from what they add.
    proxies: int = Field(default=0, ge=0, le=5)
    database_url: SecretStr | None = None
    google_credentials: Path | None = None
    #: Folder of service accounts' keys, for books that name one.
    google_accounts: Path | None = None
    port: int = Field(default=8000, ge=1, le=65535)

    @model_validator(mode="before")
    @classmethod
    def _or_of_environment(cls, own: dict[str, Any]) -> dict[str, Any]:
        others = {setting: os.environ.get(variable(setting)) for setting in cls.model_fields}
        return {setting: value for setting, value in others.items() if value} | own

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the store: PostgreSQL as the platform set it, else SQLite in HOME."""
        if self.database_url is None:
            return f"sqlite:///{quote(str(self.home / 'store.sqlite3'))}"
        url = self.database_url.get_secret_value()
        scheme, _, rest = url.partition("://")
        schemes = ("postgres", "postgresql")
        return f"postgresql+psycopg://{rest}" if scheme in schemes else url

    def endpoint(self, kind: str, usual: str) -> str:
        """Where a kind of source is asked: what the environment says, else the real host."""
        return self.endpoints.get(kind, usual).rstrip("/")


def _endpoints(environment: Mapping[str, str]) -> dict[str, str]:
    matches = {_ENDPOINT.fullmatch(name): value for name, value in environment.items()}
    return {match[1].lower(): value for match, value in matches.items() if match and value}
