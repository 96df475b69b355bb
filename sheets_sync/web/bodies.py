"""Bodies of the API, as models: what comes in, what goes out, what is said when it is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from metrics.sources import ENTITY_NAMES
from sheets_sync.sources import noun
from sheets_sync.store import RunRecord, SourceState

#: Bytes that the body of a request may have.
MAX_BODY = 8192

RUN_ID = "^[0-9a-f]{32}$"
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]


class RefreshRequest(BaseModel):
    """What the menu «Обновить» sends."""

    model_config = ConfigDict(extra="forbid", strict=True)

    spreadsheetId: Token  # noqa: N815 - the contract's name
    action: Literal["refresh"]
    requestId: Token  # noqa: N815 - the contract's name


class RefreshAccepted(BaseModel):
    """The run that answers the click; a repeated requestId gets the same one."""

    run_id: str
    status_url: str


class LinkRequest(BaseModel):
    """What the menu sends for «Страница клиники» and «Загрузить выгрузку»."""

    model_config = ConfigDict(extra="forbid", strict=True)

    spreadsheetId: Token  # noqa: N815 - the contract's name
    action: Literal["page", "upload"]
    requestId: Token  # noqa: N815 - the contract's name


class LinkMade(BaseModel):
    """The path of a link that opens the page once, within ten minutes."""

    path: str


class ErrorBody(BaseModel):
    """What went wrong: a word for programs, a sentence and a next step for people."""

    code: str
    message: str
    hint: str


class ErrorAnswer(BaseModel):
    error: ErrorBody


class SourceStatus(BaseModel):
    """How fresh one source is; `good_at` is a local day, "" if it was never read."""

    what: str
    good_at: str
    stale: bool


class RunStatus(BaseModel):
    """How a run is getting on; never a number or a name of the clinic's data."""

    run_id: str
    state: Literal["queued", "running", "done", "failed"]
    stage: str
    percent: Annotated[int, Field(ge=0, le=100)]
    counts: dict[str, int]
    sources: list[SourceStatus]
    error: str
    hint: str


#: Every refusal by HTTP status: code, message, hint.
REFUSALS: dict[int, ErrorBody] = {
    400: ErrorBody(
        code="bad_request",
        message="Запрос не понят.",
        hint='Тело: {"spreadsheetId", "action": "refresh", "requestId"}.',
    ),
    401: ErrorBody(
        code="unauthorized",
        message="Не могу подтвердить, кто спрашивает.",
        hint="Проверьте секрет в меню «Аналитика» → «Настроить» и часы компьютера.",
    ),
    403: ErrorBody(
        code="forbidden",
        message="Эта страница не вашей клиники.",
        hint="Откройте свою из таблицы: меню «Аналитика» → «Страница клиники».",
    ),
    404: ErrorBody(
        code="not_found",
        message="Такой страницы нет.",
        hint="Откройте её заново из меню «Аналитика» таблицы или со страницы клиник.",
    ),
    405: ErrorBody(
        code="method_not_allowed",
        message="Так к этому адресу не обращаются.",
        hint="Откройте страницу заново и повторите.",
    ),
    413: ErrorBody(
        code="too_large",
        message="Запрос слишком большой.",
        hint="Запрос меню — не больше 8 КБ.",
    ),
    429: ErrorBody(
        code="too_often",
        message="Слишком часто.",
        hint="Подождите минуту и повторите.",
    ),
    500: ErrorBody(
        code="internal",
        message="Сервис споткнулся.",
        hint="Повторите через минуту; если не поможет, пришлите нам время запроса.",
    ),
    503: ErrorBody(
        code="unavailable",
        message="Сервис сейчас не может ответить.",
        hint="Повторите через минуту.",
    ),
}


def refusal(status: int) -> dict[str, Any]:
    """The body of a refusal."""
    body = REFUSALS.get(status, REFUSALS[500] if status >= 500 else REFUSALS[400])
    return ErrorAnswer(error=body).model_dump()


def source_status(state: SourceState, zone: ZoneInfo) -> SourceStatus:
    """«Лиды, выгрузка»: the kind and what it gives, not its path."""
    what = ENTITY_NAMES.get(state.entity, "данные")
    good = state.last_good_at
    return SourceStatus(
        what=f"{what.capitalize()}, {noun(state.source)}",
        good_at=f"{good.astimezone(zone):%d.%m.%Y %H:%M}" if good else "",
        stale=state.stale,
    )


def status_of(run: RunRecord, sources: list[SourceStatus]) -> RunStatus:
    """What may be said of a run."""
    error = run.error or {}
    return RunStatus(
        run_id=run.run_id,
        state=run.status,
        stage=run.stage,
        percent=max(0, min(100, round(run.percent))),
        counts={k: v for k, v in run.counts.items() if isinstance(v, int)},
        sources=sources,
        error=str(error.get("message", "")),
        hint=str(error.get("hint", "")),
    )
