"""The service's own settings, its HOME and its secrets, taken from the environment at the entry points."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr, ValidationError

from sheets_sync.clinic.faults import faults
from sheets_sync.errors import ConfigError, because
from sheets_sync.privacy.keys import derived_key
from sheets_sync.settings import Service, variable
from sheets_sync.store import Store, open_store

_HOME = ".romi-sheets"
_KEPT_IN = "admin-password"
#: What earlier versions left in HOME with the usual rights.
_LEFT_OPEN = ("*.sqlite3*", "locks", "locks/*", "names", "names/*", "clinics", "clinics/*.toml")


def load_service(clinic_file: Path | None = None) -> Service:
    """Settings from the environment, with HOME found and closed to everybody but its owner.

    HOME is ROMI_SHEETS_HOME; else, for a clinic's file, the `.romi-sheets` in its folder or the
    nearest one above, else a new one beside the file; else `.romi-sheets` right here.
    Raises ConfigError that names every wrong variable.
    """
    try:
        service = Service()
    except ValidationError as error:
        raise ConfigError(
            f"{faults(error, variable)}.",
            where="переменные окружения",
            hint="Исправьте переменную или уберите её и повторите.",
        ) from None
    if clinic_file is not None and "home" not in service.model_fields_set:
        service = service.model_copy(update={"home": _home_of(clinic_file)})
    close_to_others(service.home)
    return service


def _home_of(clinic_file: Path) -> Path:
    folder = clinic_file.resolve().parent
    homes = (above / _HOME for above in (folder, *folder.parents))
    home = next((path for path in homes if path.is_dir()), None)
    if home is None:
        return folder / _HOME
    if os.geteuid() not in {0, home.stat().st_uid}:
        raise ConfigError(
            "эта папка данных принадлежит другому пользователю.",
            where=str(home),
            hint="Запустите команду от его имени или задайте свою папку в ROMI_SHEETS_HOME.",
        )
    return home


def close_to_others(home: Path) -> None:
    """Make HOME, and take away what others may do with it and with what was left open in it.

    From here on this process makes files for its owner alone. What cannot be made or changed is
    left to whoever opens it, and says so.
    """
    os.umask(0o077)
    with suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
    # A HOME may be somebody's project folder, too: only what is ours is touched.
    for path in (home, *(p for pattern in _LEFT_OPEN for p in home.glob(pattern))):
        with suppress(OSError):  # another machine's, or gone meanwhile
            mode = path.lstat().st_mode
            if mode & 0o077 and not stat.S_ISLNK(mode):
                path.chmod(mode & 0o700)


def reserve_name(clinic_file: Path, service: Service, *, keep: bool = True) -> None:
    """Make a clinic's name that of one file: rows are kept under it, and two clinics would mix.

    The file is remembered in HOME if `keep`; one that was moved takes its name along. Raises
    ConfigError where another file of the same name is there.
    """
    mark = service.home / "names" / clinic_file.stem
    path = clinic_file.resolve()
    try:
        owner = Path(mark.read_text(encoding="utf-8")) if mark.exists() else path
    except OSError as error:
        raise ConfigError(
            f"не могу прочитать папку данных ({because(error)}).",
            where=str(mark),
            hint="Проверьте права или укажите другую папку в ROMI_SHEETS_HOME.",
        ) from error
    if owner != path and _is_there(owner):
        raise ConfigError(
            f"так же называется файл другой клиники: {owner}. Их строки смешались бы.",
            where=str(clinic_file),
            hint="Дайте файлу другое имя, например clinic-2.toml, или задайте другую папку "
            "данных в ROMI_SHEETS_HOME.",
        )
    if keep and not (mark.exists() and owner == path):
        with suppress(OSError):  # the store says it better
            mark.parent.mkdir(parents=True, exist_ok=True)
            # Whole at once: another process would take an empty mark for another clinic's.
            draft = mark.with_name(f".{mark.name}.{os.getpid()}")
            draft.write_text(str(path), encoding="utf-8")
            draft.replace(mark)


def _is_there(path: Path) -> bool:
    """Whether a file is there; one that only others may look at is."""
    try:
        return path.exists()
    except OSError:
        return True


def clinics_folder(service: Service) -> Path:
    """Where clinics' files lie: ROMI_SHEETS_CLINICS, else `clinics` in the service's folder."""
    return (service.clinics or service.home / "clinics").resolve()


def admin_password(service: Service) -> SecretStr | None:
    """The page's password: ROMI_SHEETS_ADMIN_PASSWORD, else the one `serve` keeps in its folder."""
    if service.admin_password is not None:
        return service.admin_password
    path = service.home / _KEPT_IN
    return SecretStr(path.read_text(encoding="utf-8").strip()) if path.exists() else None


def page_key(service: Service) -> bytes:
    """What sessions and links of pages are signed with; another one when the password is changed.

    Raises ConfigError where the service has no secret.
    """
    password = admin_password(service)
    word = password.get_secret_value() if password else ""
    return hmac.digest(derived_key(service, "web"), word.encode(), "sha256")


def keep_admin_password(service: Service) -> str:
    """Make sure that there is a password; say in words where it stands, never what it is."""
    if service.admin_password is not None:
        return "в переменной ROMI_SHEETS_ADMIN_PASSWORD"
    path = service.home / _KEPT_IN
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(18) + "\n")
    return f"в файле {path.resolve()}"


@contextmanager
def opened(service: Service) -> Iterator[Store]:
    """The service's store, closed at the end. Raises StoreError."""
    store = open_store(service.store_url)
    try:
        yield store
    finally:
        store.close()
