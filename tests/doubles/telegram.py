"""A double of Telegram's Bot API: keeps messages, refuses as the service does, counts by UTF-16."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from typing import Any

from tests.doubles.server import Asked, Loopback, Reply, json_reply

TOKEN = "123456789:AAH-double_token-5Yq7"
CHAT = -1001234567890
_TAG = re.compile(r"</?(b|i|u|s|code|pre)>")


def multipart(asked: Asked) -> dict[str, bytes]:
    """The fields of a form with files."""
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + asked.body, policy=default)
    found = {}
    for part in parts.iter_parts():  # type: ignore[attr-defined]
        name = part.get_param("name", header="content-disposition")
        found[name] = part.get_payload(decode=True)
    return found


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class TelegramDouble(Loopback):
    """One bot in some chats. `refuse` words: throttled, blocked, no_chat, auth, broken.

    sent     messages taken: chat_id, text (without marks) and picture
    moved    chat -> the number of the supergroup that it has become
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.chats = {str(CHAT)}
        self.moved: dict[str, int] = {}
        self.retry_after = 1

    def refusal(self, kind: str) -> Reply:
        def no(code: int, description: str, **more: Any) -> Reply:
            body = {"ok": False, "error_code": code, "description": description, **more}
            return json_reply(body, code)

        if kind == "throttled":
            return no(429, "Too Many Requests", parameters={"retry_after": self.retry_after})
        if kind == "blocked":
            return no(403, "Forbidden: bot was blocked by the user")
        if kind == "auth":
            # The path with the token, as a proxy may show it.
            return no(401, f"Unauthorized: /bot{TOKEN}/sendMessage {TOKEN}")
        if kind == "broken":
            return no(500, "Internal Server Error")
        return no(400, kind)

    def answer(self, asked: Asked) -> Reply:
        found = re.fullmatch(r"/bot([^/]+)/(sendMessage|sendPhoto)", asked.path)
        if found is None or asked.method != "POST":
            return self.refusal("auth") if found is None else json_reply({"ok": False}, 404)
        if found[1] != TOKEN:
            return json_reply({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        is_photo = found[2] == "sendPhoto"
        fields: dict[str, Any] = (
            {k: v if k == "photo" else v.decode() for k, v in multipart(asked).items()}
            if is_photo
            else asked.json()
        )
        chat = str(fields["chat_id"])
        if chat in self.moved:
            new = self.moved[chat]
            body = {
                "ok": False,
                "error_code": 400,
                "description": "Bad Request: group chat was upgraded to a supergroup chat",
                "parameters": {"migrate_to_chat_id": new},
            }
            return json_reply(body, 400)
        if chat not in self.chats:
            return self.refusal("Bad Request: chat not found")
        text = str(fields.get("caption" if is_photo else "text", ""))
        if not is_photo and not text:
            return self.refusal("Bad Request: message text is empty")
        if fields.get("parse_mode") == "HTML":
            left = _TAG.sub("", text)
            if re.search(r"[<>]|&(?!amp;|lt;|gt;|quot;)", left):
                return self.refusal("Bad Request: can't parse entities")
            text = left.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        if units(text) > (1024 if is_photo else 4096):
            return self.refusal("Bad Request: message is too long")
        if is_photo and not fields["photo"].startswith(b"\x89PNG"):
            return self.refusal("Bad Request: PHOTO_INVALID")
        self.sent.append({"chat_id": chat, "text": text, "picture": fields.get("photo")})
        return json_reply({"ok": True, "result": {"message_id": len(self.sent)}})
