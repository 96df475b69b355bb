"""E-mail by SMTP: text, HTML with the picture in it; nothing but the last answer is left to doubt."""

from __future__ import annotations

import html
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from sheets_sync.delivery.channel import (
    LONGEST,
    Channel,
    Delivery,
    Means,
    Message,
    NotifyTable,
    NotSentError,
    UnsureError,
)
from sheets_sync.errors import ConfigError
from sheets_sync.net.secrets import Variable

#: Seconds of silence.
_TIMEOUT = 20.0
#: Tries of what was put off, and the seconds before the next one.
_PAUSES = (2.0, 5.0)
_PORTS = {"ssl": 465, "starttls": 587, "none": 25}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ADDRESS = re.compile(r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]{1,64}@[A-Za-z0-9.\-]{1,180}")


if TYPE_CHECKING:
    from email.policy import EmailPolicy


def _mailbox(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("нужен адрес почты без имени, например owner@clinic.example")
    return value


Mailbox = Annotated[str, AfterValidator(_mailbox)]


class EmailTable(NotifyTable):
    """[[notify]] of kind email.

    host, host_env  the server, or the variable that names it; one of them
    port            of the server; by default that of `tls`
    sender          `from`; by default the user, where that is an address
    user_env, password_env  both or none
    tls             "none" on loopback alone
    """

    kind: Literal["email"]
    to: tuple[Mailbox, ...]
    host: str = Field(default="", pattern=r"^[\w.:-]*$")
    host_env: Variable = ""
    port: int | None = Field(default=None, ge=1, le=65535)
    sender: Mailbox | None = Field(default=None, alias="from")
    user_env: Variable = ""
    password_env: Variable = ""
    tls: Literal["ssl", "starttls", "none"] = "ssl"

    @model_validator(mode="after")
    def _is_whole(self) -> EmailTable:
        if not self.to:
            raise ValueError('нужен хотя бы один адрес: to = ["owner@clinic.example"]')
        if bool(self.host) == bool(self.host_env):
            raise ValueError('нужно одно из host и host_env, например host_env = "SMTP_HOST"')
        if bool(self.user_env) != bool(self.password_env):
            raise ValueError("user_env и password_env нужны вместе")
        if not (self.sender or self.user_env):
            raise ValueError('нужен from, например from = "report@clinic.example"')
        if self.host and self.tls == "none" and self.host not in _LOOPBACK:
            raise ValueError('tls = "none" можно только на этой же машине (127.0.0.1)')
        return self

    @property
    def target(self) -> str:
        return ",".join(sorted(address.lower() for address in self.to))

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(n for n in (self.host_env, self.user_env, self.password_env) if n)


def send(table: EmailTable, message: Message, means: Means) -> Delivery:
    """Send a message to every address at once. Raises NotSentError, UnsureError, ConfigError."""
    until = means.clock.unix() + LONGEST / 2
    for pause in (*_PAUSES, None):
        try:
            return _Post(table, message, means).deliver()
        except NotSentError as error:
            if error.permanent or pause is None or means.clock.unix() > until:
                raise
        means.clock.sleep(pause)
    raise AssertionError


class _Post:
    """One try: what it needs is looked up first, what may be refused is asked before the last step."""

    def __init__(self, table: EmailTable, message: Message, means: Means) -> None:
        self.table = table
        self.means = means
        self.host = _find(table.host, table.host_env, means)
        self.user = _find("", table.user_env, means)
        self.password = _find("", table.password_env, means)
        self.sender = table.sender or self.user
        if "@" not in self.sender:
            raise ConfigError(
                "имя входа — не адрес, отправителя не видно.",
                where="[[notify]] email",
                hint='Добавьте в файл клиники from = "report@clinic.example".',
            )
        if table.tls == "none" and self.host not in _LOOPBACK:
            raise ConfigError(
                "без шифрования почта отправляется только через эту же машину.",
                where="[[notify]] email",
                hint='Поставьте tls = "ssl" или "starttls".',
            )
        self.mail = written(message, self.sender, table.to)

    def deliver(self) -> Delivery:
        """Raises NotSentError, UnsureError."""
        try:
            with self._connected() as smtp:
                remark = self._addressed(smtp)
                self._handed(smtp)
        except smtplib.SMTPResponseException as error:
            failure = _refused(error.smtp_code, "сервер отказал")
        except (smtplib.SMTPException, OSError) as error:
            failure = NotSentError(
                f"Почта не отвечает ({_reason(error)}).",
                hint="Проверьте host, port и tls; попробую при следующей синхронизации.",
                permanent=False,
            )
        else:
            self.means.observe("email", 250)
            return Delivery(str(self.mail["Message-ID"]), remark)
        # Outside of the handler: a server's words may hold a name or an address.
        self.means.observe("email", 0)
        raise failure

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A session that somebody ends after LONGEST seconds, however slowly the server talks."""
        name = self.sender.rpartition("@")[2]
        port = self.table.port or _PORTS[self.table.tls]
        context = ssl.create_default_context()
        smtp: smtplib.SMTP
        if self.table.tls == "ssl":
            smtp = smtplib.SMTP_SSL(
                self.host, port, local_hostname=name, timeout=_TIMEOUT, context=context
            )
        else:
            smtp = smtplib.SMTP(self.host, port, local_hostname=name, timeout=_TIMEOUT)
        watch = threading.Timer(LONGEST, _shut, (smtp,))
        watch.daemon = True
        watch.start()
        try:
            smtp.ehlo_or_helo_if_needed()
            if self.table.tls == "starttls":
                smtp.starttls(context=context)
            if self.user:
                self._let_in(smtp)
            yield smtp
        finally:
            watch.cancel()
            with suppress(smtplib.SMTPException, OSError):
                smtp.close()

    def _let_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self.user, self.password)
        except smtplib.SMTPAuthenticationError as error:
            code = error.smtp_code
        except smtplib.SMTPNotSupportedError:
            code = 504
        else:
            return
        raise NotSentError(
            f"Почта: сервер не принял имя или пароль ({code}).",
            hint="Положите верные заново: romi-sheets secret; почтовым службам нужен пароль "
            "приложения.",
            permanent=code >= 500,
        )

    def _addressed(self, smtp: smtplib.SMTP) -> str:
        """Sender and addresses are told; gives a remark on those that were refused."""
        code, _ = smtp.mail(self.sender)
        if code != 250:
            raise _refused(code, "сервер не принял отправителя")
        codes = [smtp.rcpt(address)[0] for address in self.table.to]
        lost = [(n, code) for n, code in enumerate(codes, start=1) if code not in {250, 251}]
        if len(lost) == len(codes):
            raise _refused(min(code for _, code in lost), "сервер не принял ни одного адреса")
        return "; ".join(f"адрес № {n} не принят ({code})" for n, code in lost)

    def _handed(self, smtp: smtplib.SMTP) -> None:
        """The message itself: after it only a refusal in words says that it did not go."""
        try:
            code, _ = smtp.data(self.mail.as_bytes(policy=_policy()))
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
        except (smtplib.SMTPException, OSError) as error:
            reason = _reason(error)
            raise UnsureError(f"Почта: письмо передано, ответа нет ({reason}).") from None
        if code != 250:
            raise _refused(code, "сервер не принял письмо")
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()


def written(message: Message, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """The letter: plain text, and HTML with the picture in its place."""
    mail = EmailMessage(policy=_policy())
    mail["Subject"] = message.subject
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail["List-Unsubscribe"] = f"<mailto:{sender}?subject=unsubscribe>"
    mail.set_content(message.text)
    head, *rest = (html.escape(line) for line in message.lines)
    body = f"<p><b>{head}</b></p>" + "".join(f"<p>{_linked(line)}</p>" for line in rest)
    picture = (
        '<p><img src="cid:digest" alt="Лиды и маржа по неделям" width="600"></p>'
        if message.picture
        else ""
    )
    mail.add_alternative(f"<html><body>{body}{picture}</body></html>", subtype="html")
    if message.picture:
        whole: Any = mail.get_payload(1)
        whole.add_related(message.picture, "image", "png", cid="<digest>", filename="digest.png")
    return mail


def _policy() -> EmailPolicy[EmailMessage]:
    """Seven bits, which every server takes."""
    # Imported only here: its grammar of headers takes as long to load as all channels together.
    from email.policy import SMTP  # noqa: PLC0415

    return SMTP.clone(cte_type="7bit")


def _linked(line: str) -> str:
    return re.sub(r"https://\S+", lambda match: f'<a href="{match[0]}">{match[0]}</a>', line)


def _find(value: str, variable: str, means: Means) -> str:
    return value or (means.secret(variable).get_secret_value() if variable else "")


def _refused(code: int, what: str) -> NotSentError:
    return NotSentError(
        f"Почта: {what} ({code}).",
        hint="Проверьте адреса в [[notify]]."
        if code >= 500
        else "Попробую при следующей синхронизации.",
        permanent=code >= 500,
    )


def _reason(error: Exception) -> str:
    """Why, in words that hold nothing of the letter."""
    if isinstance(error, ssl.SSLError):
        return "не удалось защищённое соединение"
    if isinstance(error, TimeoutError):
        return "время ожидания вышло"
    if isinstance(error, ConnectionRefusedError):
        return "нет соединения"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "сервер не умеет STARTTLS"
    return "соединение прервано"


def _shut(smtp: smtplib.SMTP) -> None:
    with suppress(OSError):
        if smtp.sock:
            smtp.sock.shutdown(socket.SHUT_RDWR)


CHANNEL = Channel("email", "Почта", EmailTable, send)
