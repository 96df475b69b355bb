"""What MAX and Telegram have in common: their table, their session, what an answer says, HTML."""

from __future__ import annotations

import html
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from sheets_sync.delivery.channel import LONGEST, Means, NotifyTable, NotSentError, UnsureError
from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.retry import Retry, Verdict
from sheets_sync.net.secrets import Auth, NeededVariable, Variable

#: Only what certainly was not taken is tried again: neither messenger knows a message twice.
ONCE = Retry(tries=3, base=1.0, cap=5.0, deadline=20.0, repeatable=False)
UNREADABLE = Verdict("ответ не прочитать.", "", permanent=False, wait=None)


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_one = not value or (parts.scheme in {"http", "https"} and bool(parts.hostname))
        more = parts.username or parts.password or parts.query or parts.fragment
    except ValueError:
        is_one, more = False, None
    if not is_one or more:
        raise ValueError(
            "нужен адрес вида https://host:порт, без имени и пароля: секретам здесь не место"
        )
    return value.rstrip("/")


#: An address of a service, "" for the usual one; it holds no secret.
Address = Annotated[str, AfterValidator(_address)]


class MessengerTable(NotifyTable):
    """What [[notify]] of a messenger may say; `proxy_env` names a proxy that has a password."""

    chat_id: int | str
    token_env: NeededVariable
    proxy: Address = ""
    proxy_env: Variable = ""
    endpoint: Address = ""

    @property
    def target(self) -> str:
        return str(self.chat_id)

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(name for name in (self.token_env, self.proxy_env) if name)

    def base(self, usual: str, means: Means) -> str:
        """Where the service is: as the table says, as the environment says, the usual place."""
        return (self.endpoint or means.endpoints.get(self.kind, usual)).rstrip("/")


def session(
    title: str, auth: Auth, table: MessengerTable, means: Means, *, roots: str = ""
) -> Http:
    """The session of a messenger. `roots`: a file of the only certificates that are believed.

    Raises ConfigError.
    """
    http = Http(
        title,
        auth=auth,
        clock=means.clock,
        timeout=(10.0, 30.0),
        until=means.clock.unix() + LONGEST,
        observe=lambda _service, status: means.observe(table.kind, status),
    )
    proxy = table.proxy
    if table.proxy_env:
        proxy = means.secret(table.proxy_env).get_secret_value()
    if proxy or roots:
        # What the environment says of proxies and roots would stand above what the file says.
        http.session.trust_env = False
        http.session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        http.session.verify = roots or True
    return http


def outcome(error: HttpError) -> NotSentError | UnsureError:
    """What a messenger's failure says of the message."""
    refused = 300 <= error.status < 500
    if refused or not (error.status or error.sent):
        return NotSentError(
            error.message, hint=error.hint, where=error.where, permanent=error.permanent
        )
    return UnsureError(error.message, where=error.where)


def refusal(status: int, reason: str, wait: float) -> Verdict | None:
    """What a status says; None for one below 300."""
    if status < 300:
        return None
    because = f" ({reason[:200]})" if reason else ""
    if status == 429:
        hint = "Попробую при следующей синхронизации."
        return Verdict("слишком часто.", hint, permanent=False, wait=wait)
    if status >= 500:
        return Verdict(f"служба ответила {status}.", "", permanent=False, wait=None)
    if status == 401 or (status == 404 and reason in {"", "Not Found"}):
        hint = "Положите верный токен заново: romi-sheets secret."
        return Verdict(f"токен не подошёл{because}.", hint, permanent=True, wait=None)
    hint = "Проверьте chat_id и что бот в этом чате и не заблокирован."
    return Verdict(f"сообщение не принято: {status}{because}.", hint, permanent=True, wait=None)


def units(text: str) -> int:
    """How long a text is to a messenger: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def cut(lines: tuple[str, ...], most: int) -> tuple[str, ...]:
    """The lines that fit `most` units, the last one of them cut; nothing is escaped yet."""
    fitting: list[str] = []
    left = most
    for line in lines:
        if left <= 0:
            break
        short = line.encode("utf-16-le")[: 2 * left].decode("utf-16-le", "ignore")
        fitting.append(short if short == line else short[:-1] + "…")
        if short != line:
            break
        left -= units(line) + 1
    return tuple(fitting)


def marked(lines: tuple[str, ...]) -> str:
    """Lines as HTML, the head in bold."""
    head, *rest = (html.escape(line, quote=False) for line in lines)
    return "\n".join((f"<b>{head}</b>", *rest))
