"""A clinic and its sources from forms: the same TOML that a person would write, secrets beside it."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import SecretStr

from sheets_sync.clinic.edit import put_source, write_clinic_file
from sheets_sync.clinic.folder import NOT_A_CLINIC
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.errors import ConfigError
from sheets_sync.settings import Service
from sheets_sync.sources.source import SourceTable

_SHEET = re.compile(r"/spreadsheets/d/([A-Za-z0-9_-]{20,})")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


def add_source(
    path: Path,
    home: Path,
    source: Mapping[str, Any],
    kept: Mapping[str, str],
    before: SourceTable | None = None,
) -> None:
    """Write a source into the clinic's file, in the place of the one it was `before`, its secrets
    into HOME/secrets. Raises ConfigError.
    """
    for variable, value in kept.items():
        Secrets(home, path.stem).keep(variable, value)
    put_source(path, source, before)


def make_clinic(folder: Path, home: Path, form: Mapping[str, str]) -> tuple[str, str]:
    """Write a new clinic's file; gives its id and the secret for the menu. Raises ConfigError."""
    clinic, name = form.get("id", "").strip(), form.get("name", "").strip()
    if not _ID.fullmatch(clinic) or clinic == NOT_A_CLINIC:
        raise ConfigError(
            "короткое имя — латинские строчные буквы, цифры, дефис; new занято.",
            hint="Например: implant-center.",
        )
    path = folder / f"{clinic}.toml"
    if path.exists():
        raise ConfigError("такая клиника уже есть.", hint="Дайте другое короткое имя.")
    variable = f"{re.sub(r'[^A-Z0-9]', '_', clinic.upper())}_SECRET"
    variable = variable if variable[0].isalpha() else f"CLINIC_{variable}"
    document = tomlkit.document()
    document["name"] = name
    document["timezone"] = form.get("timezone", "").strip() or "Europe/Moscow"
    document["book"] = _book(clinic, form)
    document["webhook"] = {"secret_env": variable}
    secret = secrets.token_urlsafe(24)
    write_clinic_file(path, tomlkit.dumps(document))
    Secrets(home, clinic).keep(variable, secret)
    return clinic, secret


def _book(clinic: str, form: Mapping[str, str]) -> dict[str, str]:
    if form.get("book") != "google":
        return {"kind": "xlsx", "path": f"{clinic}.xlsx"}
    address = form.get("address", "").strip()
    match = _SHEET.search(address)
    sheet = match[1] if match else address
    if not re.fullmatch(r"[A-Za-z0-9_-]{20,}", sheet):
        raise ConfigError(
            "это не адрес таблицы Google.",
            hint="Скопируйте его из строки браузера: https://docs.google.com/spreadsheets/d/…",
        )
    return {"kind": "google", "spreadsheet_id": sheet}


def editor(service: Service) -> str:
    """Whom a spreadsheet is shared with: the service account's e-mail; "" where there is none."""
    try:
        text = service.google_credentials.read_text() if service.google_credentials else "{}"
        return str(json.loads(text).get("client_email", ""))
    except (OSError, ValueError):
        return ""


def secret_of(kept: Mapping[str, str], secrets_: Secrets) -> Any:
    """How a probe finds a secret: in the form, else where it was kept."""

    def find(variable: str) -> SecretStr:
        return SecretStr(kept[variable]) if variable in kept else secrets_.get(variable)

    return find
