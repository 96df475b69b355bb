"""What went wrong between the service and Google, in the marketer's words with the next step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sheets_sync.books.google.change.book_plan import too_large
from sheets_sync.errors import BookError

#: Google says why with each of these; whoever does not is not Google.
_REFUSALS = frozenset({401, 403, 404, 407, 410, 451})
#: Worth another try.
_PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})
#: Reasons of a 403 that is a quota and no right.
_QUOTA = frozenset(
    {"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"}
)


class RefusedError(BookError):
    """Raised where Google found fault with a batch and applied nothing of it."""


class ProtectedError(BookError):
    """Raised where cells of ours are locked against the service; `sheet_id` says in which tab."""

    sheet_id: int | None = None


@dataclass(frozen=True)
class FailedCall:
    """One failed call.

    status  0 where there was no answer
    error   the `error` object of Google's answer
    reason  why there was no answer, in words without secrets
    unclear whether a write may have been carried out all the same
    key     the service account's key was refused: "revoked", "clock", or ""
    batch   the requests that were sent
    """

    status: int = 0
    error: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    retry_after: float = 0.0
    unclear: bool = False
    key: str = ""
    batch: Sequence[Mapping[str, Any]] = ()

    @property
    def passing(self) -> bool:
        """Whether trying again may help."""
        if self.key:
            return False
        quota = self.status == 403 and not _QUOTA.isdisjoint(self.reasons)
        return quota or self.status in _PASSING or not self.status

    @property
    def message(self) -> str:
        return str(self.error.get("message") or "")

    @property
    def reasons(self) -> set[str]:
        """Google's words for why, of both its ways to say them."""
        details = (*self.error.get("details", []), *self.error.get("errors", []))
        return {
            str(one["reason"]) for one in details if isinstance(one, Mapping) and "reason" in one
        }


#: Cause -> what is told and the next step; the first whose mark is in the answer is taken. {email}
#: is the service account's, {text} Google's own words.
_DENIALS: tuple[tuple[str, str, str], ...] = (
    (
        "SERVICE_DISABLED",
        "в проекте Google Cloud, откуда ключ сервиса, выключен Google Sheets API.",
        "Включите его{url} и подождите несколько минут.",
    ),
    (
        "SUSPENDED",
        "Google приостановил аккаунт сервиса {email} или его проект; таблица не тронута.",
        "Откройте проект в Google Cloud и снимите приостановку или возьмите ключ другого аккаунта.",
    ),
    (
        "SCOPE_INSUFFICIENT",
        "ключу сервиса {email} не разрешены Google Таблицы; таблица не тронута.",
        "Создайте новый ключ (JSON) сервисного аккаунта и укажите его сервису.",
    ),
    (
        "BILLING",
        "в проекте Google Cloud, откуда ключ сервиса, не оплачен счёт; таблица не тронута.",
        "Оплатите счёт в Google Cloud или возьмите ключ другого проекта.",
    ),
    (
        "DAILYLIMIT",
        "суточная квота проекта в Google Cloud, откуда ключ сервиса, исчерпана; таблица не тронута.",
        "Она вернётся за сутки; больше просят в Google Cloud, раздел «Квоты».",
    ),
    *(
        (
            mark,
            "администратор организации в Google закрыл сервису доступ к таблицам; таблица не тронута.",
            "Попросите администратора Google Workspace открыть доступ для {email}.",
        )
        for mark in ("POLICY", "DOMAIN_ADMIN")
    ),
)


def book_error(fault: FailedCall, account: str, address: str, *, writing: bool) -> BookError:
    """The error that a marketer reads. `account` is the service account's e-mail."""
    if not fault.key and not fault.error and fault.status in _REFUSALS:
        error = _of_nobody(fault)
    elif fault.key or fault.status == 401:
        error = _of_key(fault.key, account)
    elif fault.status == 403:
        error = _of_rights(fault, account, writing=writing)
    elif fault.status in _MEANINGS:
        error = _MEANINGS[fault.status](fault)
    else:
        error = _of_silence(fault, writing=writing)
    error.where = address
    return error


def _of_batch(fault: FailedCall) -> BookError:
    text = fault.message
    if "10000000 cells" in text:
        return too_large()
    if "protected cell" in text:
        error = ProtectedError(
            "ячейки, которые заполняет сервис, закрыты от изменений; таблица не тронута.",
            hint="В меню «Данные» → «Защищённые листы и диапазоны» снимите эту защиту.",
        )
        error.sheet_id = _refused_sheet(fault)
        return error
    if "not supported for this document" in text:
        return BookError(
            "это файл Excel на Google Диске, а не Google Таблица.",
            hint="Откройте его, выберите «Файл» → «Сохранить как Google Таблицу» и укажите "
            "spreadsheet_id новой таблицы.",
        )
    return RefusedError(
        f"Google не принял изменения ({text or 'без объяснения'}); таблица не тронута.",
        hint="Обновите ещё раз; если повторится, покажите этот текст тому, кто обслуживает сервис.",
    )


def _refused_sheet(fault: FailedCall) -> int | None:
    """The tab of the request that Google names by its number."""
    number = re.search(r"requests\[(\d+)\]", fault.message)
    if number is None or int(number[1]) >= len(fault.batch):
        return None
    return next(_sheet_ids(fault.batch[int(number[1])]), None)


def _sheet_ids(part: Any) -> Iterator[int]:
    if isinstance(part, Mapping):
        if "sheetId" in part:
            yield part["sheetId"]
        for value in part.values():
            yield from _sheet_ids(value)


def _of_nobody(fault: FailedCall) -> BookError:
    return BookError(
        f"доступ закрыт без объяснения (ответ {fault.status}), так отвечает не Google, а прокси или "
        "защита сети; таблица не тронута.",
        hint="Проверьте, что с сервера открыт sheets.googleapis.com; затем обновите ещё раз.",
    )


def _of_rights(fault: FailedCall, account: str, *, writing: bool) -> BookError:
    if not _QUOTA.isdisjoint(fault.reasons):
        return _of_quota(fault)
    marks = {*map(str.upper, fault.reasons), fault.message.upper().replace(" ", "_")}
    for mark, message, hint in _DENIALS:
        if any(mark in one for one in marks):
            url = _activation_url(fault.error)
            return BookError(
                message.format(email=account),
                hint=hint.format(email=account, url=f": {url}" if url else ""),
            )
    if fault.message and "does not have permission" not in fault.message:
        return BookError(
            f"Google отказал сервису ({fault.message}); таблица не тронута.",
            hint=f"Проверьте аккаунт {account} и его проект в Google Cloud.",
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


def _activation_url(error: Mapping[str, Any]) -> str:
    """Where to switch the API on; "" if Google does not say."""
    metadata = (d.get("metadata", {}) for d in error.get("details", []) if isinstance(d, Mapping))
    return next((str(m["activationUrl"]) for m in metadata if "activationUrl" in m), "")


def _of_size(_fault: FailedCall) -> BookError:
    return BookError(
        "Google не принимает столько данных за один раз; таблица не тронута.",
        hint="Уменьшите «Воронка: месяцев» в «Настройки» и обновите ещё раз.",
    )


def _of_nowhere(_fault: FailedCall) -> BookError:
    return BookError(
        "такой таблицы нет.",
        hint="Проверьте spreadsheet_id в файле клиники: это часть адреса таблицы между /d/ и /edit "
        "или весь её адрес.",
    )


def _of_quota(_fault: FailedCall) -> BookError:
    return BookError(
        "Google принимает не больше 60 запросов в минуту, и они исчерпаны; таблица не тронута.",
        hint="Обновите через пару минут. Если это повторяется, сервису нужна квота больше: её "
        "просят в Google Cloud, раздел «Квоты», Google Sheets API.",
        permanent=False,
    )


def _of_silence(fault: FailedCall, *, writing: bool) -> BookError:
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


_MEANINGS: dict[int, Callable[[FailedCall], BookError]] = {
    400: _of_batch,
    404: _of_nowhere,
    413: _of_size,
    429: _of_quota,
}
