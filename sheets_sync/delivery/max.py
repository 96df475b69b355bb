"""MAX, dev.max.ru: the picture is uploaded first, then one message carries text and picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

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
from sheets_sync.errors import ConfigError
from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.retry import Retry, Verdict, retry_after
from sheets_sync.net.secrets import Auth, headers

_ENDPOINT = "https://platform-api2.max.ru"
#: Characters of a text; counted as UTF-16 units, which are never fewer.
_TEXT = 4000
#: Seconds to wait for a picture that is uploaded and not ready yet.
_READY = (1.0, 2.5, 5.0)
_NOT_READY = ("attachment.not.ready", "attachment.not.processed")


class MaxTable(MessengerTable):
    """[[notify]] of kind max. `max_ca_bundle`: a file of roots, its path relative to the clinic's
    file; the service's chain ends at the root of Минцифры."""

    kind: Literal["max"]
    chat_id: int
    max_ca_bundle: str = ""


def send(table: MaxTable, message: Message, means: Means) -> Delivery:
    """Send a message. Raises NotSentError, UnsureError, ConfigError."""
    base, roots = table.base(_ENDPOINT, means), _roots(table.max_ca_bundle, means)
    auth = headers(Authorization=means.secret(table.token_env))
    http, outside = (session("MAX", one, table, means, roots=roots) for one in (auth, Auth()))
    attachments, remark = [], ""
    if message.picture:
        try:
            attachments = [_uploaded(http, outside, base, message.picture)]
        except HttpError as error:
            remark = f"Картинка не ушла: {error.message}"
    try:
        answer = _sent(http, base, table.chat_id, message, attachments, means)
    except HttpError as error:
        failure = outcome(error)
        raise failure from None
    return Delivery(answer, remark)


def _roots(path: str, means: Means) -> str:
    if not path:
        return ""
    whole = means.folder / path
    if not whole.is_file():
        raise ConfigError(
            "нет такого файла с корневыми сертификатами.",
            where=f"[[notify]] max_ca_bundle = {path}",
            hint="Скачайте корневой сертификат Минцифры и положите его рядом с файлом клиники.",
        )
    return str(whole)


def _uploaded(http: Http, outside: Http, base: str, picture: bytes) -> dict[str, Any]:
    """The attachment of an uploaded picture. Its address is the service's own, and gets no token."""
    address = http.request(
        "POST", f"{base}/uploads", params={"type": "image"}, retry=_once(_judge_upload)
    )
    files = {"data": ("digest.png", picture, "image/png")}
    try:
        done = outside.request(
            "POST", str(address.json()["url"]), files=files, retry=_once(_judge_upload)
        )
        photos = done.json()["photos"]
        token = next(iter(photos.values()))["token"]
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        token = ""
    if not token:
        raise HttpError("MAX: ответ на загрузку не прочитать.")
    return {"type": "image", "payload": {"token": token}}


def _sent(
    http: Http,
    base: str,
    chat: int,
    message: Message,
    attachments: list[dict[str, Any]],
    means: Means,
) -> str:
    body: dict[str, Any] = {"text": _fitting(message.lines), "format": "html"}
    for wait in _READY if attachments else ():
        try:
            return _call(http, base, chat, body | {"attachments": attachments})
        except HttpError as error:
            # Refused whole, so it may be asked again; in the end the text goes alone.
            if (error.payload or {}).get("code") not in _NOT_READY:
                raise
        means.clock.sleep(wait)
    return _call(http, base, chat, body)


def _fitting(lines: tuple[str, ...]) -> str:
    """Lines as HTML that is no longer than a text may be, marks and all."""
    room = _TEXT
    while (long := units(text := marked(cut(lines, room)))) > _TEXT:
        room = room * _TEXT // long
    return text


def _call(http: Http, base: str, chat: int, body: dict[str, Any]) -> str:
    params = {"chat_id": chat}
    retry = _once(_judge)
    answer = http.request("POST", f"{base}/messages", params=params, json=body, retry=retry)
    return str(answer.json()["message"]["body"]["mid"])


def _once(judge: Callable[[Response], Verdict | None]) -> Retry:
    return replace(ONCE, judge=judge)


def _judge_upload(answer: Response) -> Verdict | None:
    return refusal(answer.status_code, _reason(answer), retry_after(answer))


def _judge(answer: Response) -> Verdict | None:
    try:
        if answer.status_code < 300:
            str(answer.json()["message"]["body"]["mid"])
            return None
    except (ValueError, KeyError, TypeError, AttributeError):
        return UNREADABLE
    return refusal(answer.status_code, _reason(answer), retry_after(answer))


def _reason(answer: Response) -> str:
    try:
        body = answer.json()
        return str(body.get("message") or body.get("code") or "")
    except (ValueError, AttributeError):
        return ""


CHANNEL = Channel("max", "MAX", MaxTable, send)
