"""What went wrong between the service and Google, in the marketer's words with the next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sheets_sync.books.google.change.plan import too_large
from sheets_sync.errors import BookError

#: Worth another try.
_PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})


class RefusedError(BookError):
    """Raised where Google found fault with a batch and applied nothing of it."""


@dataclass(frozen=True)
class Fault:
    """One failed call.

    status  0 where there was no answer
    error   the `error` object of Google's answer
    reason  why there was no answer, in words without secrets
    unclear whether a write may have been carried out all the same
    key     the service account's key was refused: "revoked", "clock", or ""
    """

    status: int = 0
    error: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    retry_after: float = 0.0
    unclear: bool = False
    key: str = ""

    @property
    def passing(self) -> bool:
        """Whether trying again may help."""
        return not self.key and (self.status in _PASSING or not self.status)

    @property
    def message(self) -> str:
        return str(self.error.get("message", ""))


def told(fault: Fault, account: str, address: str, *, writing: bool) -> BookError:
    """The error that a marketer reads. `account` is the service account's e-mail."""
    if fault.key or fault.status == 401:
        found = _of_key(fault.key, account)
    elif fault.status == 403:
        found = _of_rights(fault, account, writing=writing)
    elif fault.status in _MEANINGS:
        found = _MEANINGS[fault.status](fault)
    else:
        found = _of_silence(fault, writing=writing)
    found.where = address
    return found


def _of_batch(fault: Fault) -> BookError:
    text = fault.message
    if "10000000 cells" in text:
        return too_large()
    if "protected cell" in text:
        return BookError(
            "ячейки, которые заполняет сервис, закрыты от изменений; таблица не тронута.",
            hint="В меню «Данные» → «Защищённые листы и диапазоны» снимите эту защиту.",
        )
    if "not supported for this document" in text:
        return BookError(
            "это файл Excel на Google Диске, а не Google Таблица.",
            hint="Откройте его, выберите «Файл» → «Сохранить как Google Таблицу» и укажите "
            "spreadsheet_id новой таблицы.",
        )
    return RefusedError(
        f"Google не принял изменения ({text or 'без объяснения'}); таблица не тронута.",
        hint="Обновите ещё раз; если повторится, выполните «romi-sheets init».",
    )


def _of_rights(fault: Fault, account: str, *, writing: bool) -> BookError:
    off = _service_off(fault.error)
    if off is not None:
        return BookError(
            "в проекте Google Cloud, откуда ключ сервиса, выключен Google Sheets API.",
            hint=f"Включите его{f': {off}' if off else ''} и подождите несколько минут.",
        )
    if writing:
        return BookError(
            "таблица открыта сервису только для чтения; она не тронута.",
            hint=f"В «Настройках доступа» таблицы дайте {account} роль «Редактор».",
        )
    return BookError(
        "таблица не открыта сервису.",
        hint=f"В таблице нажмите «Настройки доступа», добавьте {account} с ролью «Редактор» и "
        "обновите ещё раз.",
    )


def _service_off(error: Mapping[str, Any]) -> str | None:
    """Where to switch the API on, "" if Google does not say; None if it is on."""
    for detail in error.get("details", []):
        if detail.get("reason") == "SERVICE_DISABLED":
            return str(detail.get("metadata", {}).get("activationUrl", ""))
    return None


def _of_nowhere(_fault: Fault) -> BookError:
    return BookError(
        "такой таблицы нет.",
        hint="Проверьте spreadsheet_id в файле клиники: это часть адреса таблицы между /d/ и /edit.",
    )


def _of_quota(_fault: Fault) -> BookError:
    return BookError(
        "Google принимает не больше 60 запросов в минуту, и они исчерпаны; таблица не тронута.",
        hint="Обновите через пару минут. Если это повторяется, сервису нужна квота больше: её "
        "просят в Google Cloud, раздел «Квоты», Google Sheets API.",
        permanent=False,
    )


def _of_silence(fault: Fault, *, writing: bool) -> BookError:
    why = fault.reason or f"ответ {fault.status}"
    state = "таблица показывает прежнее или новое целиком" if writing else "таблица не тронута"
    return BookError(
        f"Google не отвечает ({why}); {state}.",
        hint="Обновите через несколько минут.",
        permanent=False,
    )


def _of_key(kind: str, account: str) -> BookError:
    if kind == "clock":
        return BookError(
            "Google не принял ключ сервиса: часы сервера идут неверно.",
            hint="Поставьте на сервере точное время.",
        )
    return BookError(
        f"ключ сервисного аккаунта {account} отозван, или аккаунт удалён.",
        hint="Создайте новый ключ (JSON) в Google Cloud и укажите его файл в "
        "GOOGLE_APPLICATION_CREDENTIALS.",
    )


_MEANINGS: dict[int, Callable[[Fault], BookError]] = {
    400: _of_batch,
    404: _of_nowhere,
    429: _of_quota,
}
