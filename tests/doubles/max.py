"""A double of MAX: uploads to an address of their own, messages with attachments, errors by code."""

from __future__ import annotations

import re
from typing import Any

from tests.doubles.server import Asked, Loopback, Reply, json_reply
from tests.doubles.telegram import multipart

TOKEN = "max-double-token-5Yq7"
CHAT = 4711


class MaxDouble(Loopback):
    """One bot in one chat. Words for `fail`: throttled, blocked, auth, broken.

    sent       messages taken: text (without marks) and the uploaded picture
    not_ready  how often an attachment is not ready yet
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.uploads: dict[str, bytes] = {}
        self.not_ready = 0

    def refusal(self, kind: str) -> Reply:
        status, code = {
            "throttled": (429, "too.many.requests"),
            "blocked": (403, "chat.denied"),
            "auth": (401, "verify.token"),
            "broken": (500, "internal.error"),
        }.get(kind, (400, kind))
        reply = json_reply({"code": code, "message": f"{code} {TOKEN}"}, status)
        if kind == "throttled":
            reply.headers["Retry-After"] = "1"
        return reply

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/up":
            return self._taken(asked)
        if asked.headers.get("authorization") != TOKEN or "access_token" in asked.query:
            return self.refusal("auth")
        if (asked.method, asked.path) == ("POST", "/uploads"):
            assert asked.query == {"type": "image"}
            return json_reply({"url": f"{self.url}/up?sig=secret-signature"})
        if (asked.method, asked.path) == ("POST", "/messages"):
            return self._message(asked)
        return json_reply({"code": "not.found", "message": asked.path}, 404)

    def _taken(self, asked: Asked) -> Reply:
        assert "authorization" not in asked.headers, "the token is not the storage's business"
        token = f"photo-{len(self.uploads)}"
        (self.uploads[token],) = multipart(asked).values()
        return json_reply({"photos": {"key": {"token": token}}})

    def _message(self, asked: Asked) -> Reply:
        if asked.query != {"chat_id": str(CHAT)}:
            return json_reply({"code": "chat.not.found", "message": "Chat not found"}, 404)
        body = asked.json()
        pictures = [a["payload"]["token"] for a in body.get("attachments", [])]
        if pictures and self.not_ready > 0:
            self.not_ready -= 1
            return self.refusal("attachment.not.ready")
        if len(body["text"]) > 4000 or not set(pictures) <= set(self.uploads):
            return self.refusal("proto.payload")
        left = re.sub(r"</?(b|i|u|s|a|pre|code)>", "", body["text"])
        if "<" in left or re.search(r"&(?!amp;|lt;|gt;)", left):
            return self.refusal("proto.payload")
        text = left.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        picture = self.uploads[pictures[0]] if pictures else None
        self.sent.append({"text": text, "picture": picture})
        return json_reply({"message": {"body": {"mid": f"mid.{len(self.sent)}", "seq": 1}}})
