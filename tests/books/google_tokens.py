"""Google's side of identity tokens on loopback: a key, its certificate, and a server of both."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from google.auth import crypt, jwt
from google.auth.transport import Response

from sheets_sync.web.identity import CachedCertificates

ISSUER = "https://accounts.google.com"


class Key:
    """An RSA key with a self-signed certificate, as Google publishes its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def certificate(self) -> str:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self._private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self._private, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode()

    def token(self, audience: str, email: str, /, **changes: Any) -> str:
        """An identity token; a change of None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "email": email,
            "email_verified": True,
            "sub": "1",
            "iat": now,
            "exp": now + 3600,
        } | changes
        pem = self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        signer = crypt.RSASigner.from_string(pem, self.name)
        return jwt.encode(signer, {k: v for k, v in claims.items() if v is not None}).decode()


@dataclass
class CertificateServer:
    """Google's certificates at a loopback address; `down` makes it refuse."""

    keys: list[Key]
    fetches: int = 0
    down: bool = False
    #: Seconds that an answer takes.
    slow: float = 0.0
    passed: float = 0.0
    address: str = field(default="", init=False)

    def certificates(self) -> LoopbackCertificates:
        return LoopbackCertificates(self)

    def later(self, seconds: float) -> None:
        """Let time pass for everybody's caches."""
        self.passed += seconds


class LoopbackCertificates(CachedCertificates):
    """The service's own cache, asking the loopback server instead of Google's."""

    def __init__(self, server: CertificateServer) -> None:
        super().__init__(clock=lambda: time.monotonic() + server.passed)
        self._server = server

    def __call__(self, url: str, method: str = "GET", **kwargs: Any) -> Response:
        assert url.startswith("https://www.googleapis.com/")
        return super().__call__(self._server.address, method, **kwargs)


@contextmanager
def certificate_server(*keys: Key) -> Iterator[CertificateServer]:
    known = CertificateServer(list(keys))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.fetches += 1
            time.sleep(known.slow)
            body = json.dumps({k.name: k.certificate for k in known.keys}).encode()
            self.send_response(503 if known.down else 200)
            self.send_header("Cache-Control", "public, max-age=20000, must-revalidate")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.address = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
