"""Telegram's Bot API: the text as a caption of the picture, or before it. The token is in its path."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import AfterValidator, SecretStr
from requests import Response

from sheets_sync.delivery.channel import Channel, Delivery, Means, Message
from sheets_sync.delivery.messenger import (
    ONCE,
    UNREADABLE,
    MessengerTable,
    cut,
    marked,
    outcome,
    refusal,
    session,
    units,
)
from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.retry import Verdict, retry_after
from sheets_sync.net.secrets import Path

_ENDPOINT = "https://api.telegram.org"
#: UTF-16 units, of a caption and of a message, after the marks are taken away.
_CAPTION, _TEXT = 1024, 4096


def _chat(value: int | str) -> int | str:
    if isinstance(value, str) and not re.fullmatch(r"-?\d{1,20}|@\w{4,64}", value):
        raise ValueError('нужен номер чата, например -1001234567890, или "@имя_канала"')
    return value


class TelegramTable(MessengerTable):
    """[[notify]] of kind telegram."""

    kind: Literal["telegram"]
    chat_id: Annotated[int | str, AfterValidator(_chat)]


def send(table: TelegramTable, message: Message, means: Means) -> Delivery:
    """Send a message. Raises NotSentError, UnsureError, ConfigError."""
    token = means.secret(table.token_env)
    base = table.base(_ENDPOINT, means)
    address = SecretStr(f"{base}/bot{quote(token.get_secret_value(), safe=':')}")
    # The path is put on by the auth alone: no error, log or counter ever holds it.
    auth = Path((address, token))
    http = session("Telegram", auth, table, means)
    try:
        return _send(http, auth.base, str(table.chat_id), message)
    except HttpError as error:
        failure = outcome(error)
    raise failure


def _send(http: Http, base: str, chat: str, message: Message) -> Delivery:
    try:
        return _sent(http, base, chat, message)
    except HttpError as error:
        # Refused, so it did not go: the group has become a supergroup, under another number.
        parameters = (error.payload or {}).get("parameters") if error.status == 400 else None
        new = (parameters or {}).get("migrate_to_chat_id")
        if not new:
            raise
    done = _sent(http, base, str(new), message)
    remark = f"Группа стала супергруппой: запишите в файл клиники chat_id = {new}."
    return Delivery(done.answer, f"{remark} {done.remark}".strip())


def _sent(http: Http, base: str, chat: str, message: Message) -> Delivery:
    if message.picture and units(message.text) <= _CAPTION:
        fields = {"chat_id": chat, "caption": marked(message.lines), "parse_mode": "HTML"}
        return Delivery(_call(http, base, "sendPhoto", fields, message.picture))
    body = {"chat_id": chat, "text": marked(cut(message.lines, _TEXT)), "parse_mode": "HTML"}
    answer = _call(http, base, "sendMessage", body)
    if message.picture:
        try:
            _call(http, base, "sendPhoto", {"chat_id": chat}, message.picture)
        except HttpError as error:
            return Delivery(answer, f"Картинка не ушла: {error.message}")
    return Delivery(answer)


def _call(
    http: Http, base: str, method: str, fields: dict[str, str], picture: bytes | None = None
) -> str:
    sent: dict[str, Any] = {"json": fields}
    if picture is not None:
        sent = {"data": fields, "files": {"photo": ("digest.png", picture, "image/png")}}
    retry = replace(ONCE, judge=_judge)
    answer = http.request("POST", f"{base}/{method}", **sent, retry=retry).json()
    return str(answer["result"]["message_id"])


def _judge(answer: Response) -> Verdict | None:
    try:
        body = answer.json()
        wait = float(body.get("parameters", {}).get("retry_after") or retry_after(answer))
        if answer.status_code < 300 and body["ok"]:
            int(body["result"]["message_id"])
            return None
        reason = str(body.get("description") or "")
        status = int(body.get("error_code") or answer.status_code)
    except (ValueError, KeyError, TypeError, AttributeError):
        reason, wait, status = "", retry_after(answer), answer.status_code
    # A good status over a body that is none of the service's: nobody knows.
    return refusal(status, reason, wait) or UNREADABLE


CHANNEL = Channel("telegram", "Telegram", TelegramTable, send)
