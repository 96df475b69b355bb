"""Where a clinic's secrets are kept: the environment, else HOME/secrets/<clinic>.env, else HOME/secrets.env."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from sheets_sync.errors import ConfigError, because
from sheets_sync.net.secrets import checked

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")


@dataclass(frozen=True)
class Secrets:
    """The secrets of one clinic, looked up anew each time: one may be changed while a worker runs."""

    home: Path
    clinic: str

    @property
    def own(self) -> Path:
        """The file of this clinic alone."""
        return self.home / "secrets" / f"{self.clinic}.env"

    def get(self, variable: str, where: str = "") -> SecretStr:
        """What the variable holds. Raises ConfigError, which names it, where that is nothing."""
        return checked(self.find(variable), variable, where)

    def find(self, variable: str) -> str:
        """What the variable holds, whatever it is; "" where that is nothing. Raises ConfigError
        where a file of secrets cannot be read.
        """
        value = os.environ.get(variable, "").strip()
        for path in (self.own, self.home / "secrets.env"):
            value = value or _lines(path).get(variable, "")
        return value

    def keep(self, variable: str, value: str) -> Path:
        """Put a secret into the clinic's own file, for its owner's eyes alone; gives the file.

        Raises ConfigError where the name or the value is none, or the file cannot be written.
        """
        if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", variable):
            raise ConfigError(
                "имя переменной пишется большими латинскими буквами.",
                where=variable[:20],
                hint='Возьмите имя, которое стоит в файле клиники: token_env = "ИМЯ".',
            )
        secret = checked(value, variable, str(self.own)).get_secret_value()
        lines = {**_lines(self.own), variable: secret}
        text = "".join(f"{name}={word}\n" for name, word in lines.items())
        try:
            _write(self.own, text)
        except OSError as error:
            raise ConfigError(
                f"не могу записать секрет ({because(error)}).",
                where=str(self.own),
                hint="Дайте службе право писать в эту папку.",
            ) from error
        return self.own


def _lines(path: Path) -> dict[str, str]:
    """NAME=value of a file, without quotes around the value; nothing where there is no file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        why = because(error) if isinstance(error, OSError) else "он не в UTF-8"
        raise ConfigError(f"не могу прочитать файл секретов ({why}).", where=str(path)) from error
    return dict(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            value = match[2]
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            yield match[1], value[1:-1] if quoted else value


def _write(path: Path, text: str) -> None:
    """Appears whole or not at all, mode 0600, in a folder of mode 0700."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
