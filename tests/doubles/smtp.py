"""A mail server on 127.0.0.1: keeps letters, and refuses as real ones do. Stricter than they are.

Lines end in CRLF, are at most 998 bytes of seven bits; nothing is taken before EHLO and, where there is
a password, before AUTH; a letter has Date, Message-ID and the sender that MAIL told.
"""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

USER, PASSWORD = "robot@clinic.example", "app-password-5Yq7"


class SmtpDouble:
    """One server. `wire` is plain, ssl or starttls; `context` its certificate.

    letters   what was taken, in order; `recipients` to whom
    dead      addresses that are refused with 550
    faults    word -> how many times from now on: throttled (421 to MAIL), busy (451 after the letter),
              spam (554 after the letter), silent (the letter is taken, the answer never comes),
              gone (the letter is taken, the connection is cut)
    said      every line of every client, without letters and passwords
    """

    def __init__(self, wire: str = "plain", context: ssl.SSLContext | None = None) -> None:
        self.wire = wire
        self.context = context
        self.password: str | None = PASSWORD
        self.letters: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.dead: set[str] = set()
        self.faults: dict[str, int] = {}
        self.said: list[str] = []
        self.let_go = threading.Event()
        self.lock = threading.Lock()
        self._server: socketserver.ThreadingTCPServer | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    def strikes(self, word: str) -> bool:
        with self.lock:
            left = self.faults.get(word, 0)
            self.faults[word] = max(0, left - 1)
            return left > 0

    def __enter__(self) -> Self:
        double = self

        class Session(_Session):
            service = double

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._server is not None
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()


class _Session(socketserver.StreamRequestHandler):
    service: SmtpDouble

    def handle(self) -> None:
        try:
            if self.service.wire == "ssl":
                self._secure()
            self._talk()
        except (OSError, ssl.SSLError):
            """A client that went away is no news."""
        finally:
            for file in (self.rfile, self.wfile, self.connection):
                with suppress(OSError):
                    file.close()

    def _secure(self) -> None:
        assert self.service.context is not None
        self.connection = self.service.context.wrap_socket(self.request, server_side=True)
        self.rfile: Any = self.connection.makefile("rb")
        self.wfile: Any = self.connection.makefile("wb", buffering=0)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _line(self) -> str:
        line = self.rfile.readline(1000)
        assert not line or line.endswith(b"\r\n"), line
        return str(line.decode("ascii").rstrip("\r\n"))

    def _talk(self) -> None:
        double = self.service
        hello = secure = known = False
        sender, to = "", []
        self._say("220 mail.example ESMTP")
        while line := self._line():
            word, _, rest = line.partition(" ")
            word = word.upper()
            double.said.append(word if word == "AUTH" else line)
            if word == "EHLO" and rest:
                hello = True
                offers = ["AUTH PLAIN LOGIN"] if double.password else []
                offers += ["STARTTLS"] if double.wire == "starttls" and not secure else []
                for offer in ["mail.example", *offers][:-1]:
                    self._say(f"250-{offer}")
                self._say(f"250 {['mail.example', *offers][-1]}")
            elif word == "STARTTLS" and double.wire == "starttls" and not secure:
                self._say("220 go ahead")
                self._secure()
                secure, hello = True, False
            elif not hello:
                self._say("503 EHLO first")
            elif double.wire == "starttls" and not secure and word != "QUIT":
                self._say("530 Must issue a STARTTLS command first")
            elif word == "AUTH":
                known = self._auth(rest)
            elif word == "QUIT":
                self._say("221 bye")
                return
            elif double.password and not known:
                self._say("530 Authentication required")
            elif word == "MAIL":
                if double.strikes("throttled"):
                    self._say("421 too many messages, try later")
                    return
                sender, to = _between(rest), []
                self._say("250 ok")
            elif word == "RCPT" and sender:
                if _between(rest) in double.dead:
                    self._say("550 5.1.1 no such user")
                else:
                    to.append(_between(rest))
                    self._say("250 ok")
            elif word == "DATA" and to:
                if not self._letter(sender, to):
                    return
            elif word in {"RSET", "NOOP"}:
                self._say("250 ok")
            else:
                self._say("503 bad sequence")

    def _auth(self, rest: str) -> bool:
        kind, _, first = rest.partition(" ")
        if kind == "PLAIN":
            given = base64.b64decode(first or self._more("334 ")).decode().split("\0")[1:]
        else:
            given = [base64.b64decode(first or self._more("334 VXNlcm5hbWU6")).decode()]
            given.append(base64.b64decode(self._more("334 UGFzc3dvcmQ6")).decode())
        right = given == [USER, self.service.password]
        # Some servers repeat what they were told.
        said = f"535 5.7.8 not accepted: {given[0]} {given[-1]}"
        self._say("235 ok" if right else said)
        return right

    def _more(self, prompt: str) -> str:
        self._say(prompt)
        return self._line()

    def _letter(self, sender: str, to: list[str]) -> bool:
        """Take a letter; False where the connection ends here."""
        double = self.service
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline(2000)) != b".\r\n":
            assert line.endswith(b"\r\n"), line
            assert len(line) <= 1000, len(line)
            lines.append(line.removeprefix(b"."))
        if double.strikes("busy"):
            self._say("451 try again later")
            return True
        if double.strikes("spam"):
            self._say("554 looks like spam")
            return True
        raw = b"".join(lines)
        raw.decode("ascii")
        letter = message_from_bytes(raw, policy=default)
        assert letter["Date"]
        assert letter["Message-ID"]
        assert letter["From"] == sender
        with double.lock:
            double.letters.append(letter)  # type: ignore[arg-type]
            double.recipients.append(to)
        if double.strikes("silent"):
            double.let_go.wait(30)
            return False
        if double.strikes("gone"):
            return False
        self._say("250 2.0.0 taken")
        return True


def _between(text: str) -> str:
    return text[text.index("<") + 1 : text.index(">")]
