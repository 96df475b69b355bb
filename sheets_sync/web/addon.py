"""The Google Workspace add-on: the same two actions as cards, asked by Google's own servers.

Google posts an event to our address with an identity token of its own (aud = the address, e-mail =
the project's add-on account) and, in the body, one of the user. Shapes: Workspace add-ons with an
HTTP runtime, projects.deployments and "Verify requests" of Google's documentation; the answer that
asks for the file's scope was not seen live.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sheets_sync.clinic.config import Clinic
from sheets_sync.clinic.folder import Clinics
from sheets_sync.settings import Service
from sheets_sync.web.bodies import RunStatus
from sheets_sync.web.identity import email_of

#: Google's events carry two tokens and the state of the editor.
MAX_BODY = 65_536

_STATES = {"queued": "В очереди", "running": "Идёт", "done": "Готово", "failed": "Не получилось"}
_COUNTS = {"new": "Новых строк", "changed": "Изменено", "refused": "Отказано"}


@dataclass(frozen=True)
class Caller:
    """Who Google says is asking, and about which clinic's spreadsheet (None: no right to know)."""

    clinic: Clinic | None
    has_file: bool


def caller(
    bearer: str,
    path: str,
    event: dict[str, Any],
    service: Service,
    clinics: Clinics,
    certificates: Callable[..., Any],
) -> Caller | None:
    """The caller of an add-on's address, or None if it is not Google's add-on runtime.

    Raises google.auth.exceptions.TransportError where Google's certificates cannot be had.
    """
    address = service.addon_url.rstrip("/") + path
    audience = [address] if service.addon_url else []
    system = email_of(bearer.removeprefix("Bearer ").strip(), audience, certificates)
    if not system or system != service.addon_email.casefold():
        return None
    sheet, authorization = _part(event, "sheets"), _part(event, "authorizationEventObject")
    user = email_of(
        str(authorization.get("userIdToken", "")), service.identity_audience, certificates
    )
    clinic = clinics.of_spreadsheet(str(sheet.get("id", "")))
    people = clinic.webhook.allowed_emails if clinic and clinic.webhook else ()
    is_allowed = user != "" and user in {p.casefold() for p in people}
    return Caller(clinic if is_allowed else None, bool(sheet.get("addonHasFileScopePermission")))


def _part(event: dict[str, Any], name: str) -> dict[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}


def homepage(who: Caller, base: str, run: RunStatus | None) -> dict[str, Any]:
    """The card that opens the add-on."""
    return {"action": {"navigations": [{"pushCard": _card(who, base, run)}]}}


def refreshed(who: Caller, base: str, run: RunStatus) -> dict[str, Any]:
    """The card after a click on «Обновить»."""
    action = {
        "navigations": [{"updateCard": _card(who, base, run)}],
        "notification": {"text": "Обновление запрошено."},
    }
    return {"renderActions": {"action": action}}


def ask_for_file() -> dict[str, Any]:
    """Makes Google ask the user to let the add-on see which file is open."""
    return {"renderActions": {"hostAppAction": {"editorAction": {
        "requestFileScopeForActiveDocument": {}}}}}  # fmt: skip


def _card(who: Caller, base: str, run: RunStatus | None) -> dict[str, Any]:
    if not who.has_file:
        widgets = [
            _text("Разрешите дополнению узнать, какая таблица открыта: читать её оно не будет."),
            _button("Разрешить", base),
        ]
    elif who.clinic is None:
        widgets = [
            _text(
                "Эта таблица не связана с сервисом, или вашей почты нет в списке клиники. "
                "Попросите того, кто ведёт сервис, добавить её в allowed_emails."
            )
        ]
    else:
        widgets = [*_status(run), _button("Обновить", base)]
    name = who.clinic.name if who.clinic else "Аналитика клиники"
    return {"header": {"title": name}, "sections": [{"widgets": widgets}]}


def _status(run: RunStatus | None) -> list[dict[str, Any]]:
    if run is None:
        return [_text("Таблицу ещё не обновляли.")]
    facts = [("Последний запуск", _STATES[run.state])]
    facts += [(word, str(run.counts[key])) for key, word in _COUNTS.items() if key in run.counts]
    widgets = [{"decoratedText": {"topLabel": name, "text": value}} for name, value in facts]
    if run.error:
        widgets.append(_text(f"{run.error} {run.hint}"))
    return widgets


def _text(text: str) -> dict[str, Any]:
    return {"textParagraph": {"text": text}}


def _button(title: str, base: str) -> dict[str, Any]:
    action = {"function": base.rstrip("/") + "/addon/refresh"}
    return {"buttonList": {"buttons": [{"text": title, "onClick": {"action": action}}]}}
