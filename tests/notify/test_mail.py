"""E-mail against a strict server: what arrives, what is refused, what stays in doubt."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sheets_sync.delivery import mail as module
from sheets_sync.delivery.channel import Means, Message, NotSentError, UnsureError
from sheets_sync.delivery.mail import EmailTable, send
from sheets_sync.errors import ConfigError
from tests.doubles.smtp import PASSWORD, USER, SmtpDouble
from tests.sources.yandex import Hands

OWNER, MARKETER = "owner@clinic.example", "marketer@clinic.example"
PNG = b"\x89PNG\r\n\x1a\n picture"
MESSAGE = Message("digest:2026-W44", ("Клиника & К · неделя", "Лиды: 66 (▲ 50 %)", "x" * 1200), PNG)
MakeMeans = Callable[..., Means]


def table(double: SmtpDouble, **more: Any) -> EmailTable:
    usual = {
        "kind": "email",
        "to": (OWNER, MARKETER),
        "host_env": "SMTP_HOST",
        "port": double.port,
        "user_env": "SMTP_USER",
        "password_env": "SMTP_PASSWORD",
        "tls": "none",
    }
    return EmailTable.model_validate(usual | more)


def test_a_letter_with_its_picture_inside(mail: SmtpDouble, means: MakeMeans) -> None:
    done = send(table(mail), MESSAGE, means())
    (letter,) = mail.letters
    assert isinstance(letter, EmailMessage)
    assert (letter["Subject"], letter["From"]) == ("Клиника & К · неделя", USER)
    assert (mail.recipients, letter["To"]) == ([[OWNER, MARKETER]], f"{OWNER}, {MARKETER}")
    assert (done.answer, done.remark) == (letter["Message-ID"], "")
    assert letter["List-Unsubscribe"] == f"<mailto:{USER}?subject=unsubscribe>"
    text = letter.get_body(("plain",))
    assert text is not None
    assert tuple(text.get_content().splitlines()) == MESSAGE.lines
    parts = {part.get_content_type(): part for part in letter.walk()}
    assert "<b>Клиника &amp; К · неделя</b>" in parts["text/html"].get_content()
    assert 'src="cid:digest"' in parts["text/html"].get_content()
    assert parts["image/png"]["Content-ID"] == "<digest>"
    assert parts["image/png"].get_payload(decode=True) == PNG


def test_one_dead_address_does_not_keep_the_letter_from_the_other(
    mail: SmtpDouble, means: MakeMeans
) -> None:
    mail.dead = {MARKETER}
    done = send(table(mail), MESSAGE, means())
    assert mail.recipients == [[OWNER]]
    assert done.remark == "адрес № 2 не принят (550)"


@pytest.mark.parametrize(
    ("wrong", "permanent", "words"),
    [
        ({"dead": {OWNER, MARKETER}}, True, "ни одного адреса (550)"),
        ({"faults": {"spam": 1}}, True, "не принял письмо (554)"),
        ({"faults": {"busy": 9}}, False, "не принял письмо (451)"),
        ({"faults": {"throttled": 9}}, False, "не принял отправителя (421)"),
        ({"password": "other"}, True, "не принял имя или пароль (535)"),
    ],
)
def test_a_refused_letter_did_not_go(
    mail: SmtpDouble, means: MakeMeans, wrong: dict[str, Any], permanent: bool, words: str
) -> None:
    vars(mail).update(wrong)
    with pytest.raises(NotSentError) as refused:
        send(table(mail), MESSAGE, means())
    assert refused.value.permanent is permanent
    assert words in refused.value.message
    assert mail.letters == []
    for secret in (PASSWORD, USER, OWNER):
        assert secret not in str(refused.value) + repr(refused.value.__context__)


def test_what_is_put_off_is_tried_again_and_goes_once(
    mail: SmtpDouble, means: MakeMeans, clock: Hands
) -> None:
    mail.faults = {"throttled": 1, "busy": 1}
    send(table(mail), MESSAGE, means())
    assert len(mail.letters) == 1
    assert clock.slept == [2.0, 5.0]


@pytest.mark.parametrize("fault", ["gone", "silent"])
def test_a_letter_without_an_answer_is_in_doubt_and_not_sent_again(
    mail: SmtpDouble, means: MakeMeans, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", 0.5)
    mail.faults = {fault: 1}
    with pytest.raises(UnsureError, match="письмо передано, ответа нет"):
        send(table(mail), MESSAGE, means())
    assert len(mail.letters) == 1


def test_a_server_that_is_not_there_is_put_off(means: MakeMeans, mail: SmtpDouble) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotSentError, match="нет соединения") as refused:
        send(table(mail, port=port), MESSAGE, means())
    assert refused.value.permanent is False


def test_a_server_that_talks_for_ever_is_left(
    mail: SmtpDouble, means: MakeMeans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST", 0.3)
    mail.faults = {"silent": 1}
    with pytest.raises(UnsureError):
        send(table(mail), MESSAGE, means())


def test_without_encryption_only_to_this_machine(mail: SmtpDouble, means: MakeMeans) -> None:
    with pytest.raises(ValueError, match="только на этой же машине"):
        table(mail, host_env="", host="mail.example")
    far = Means(lambda name: means().secret(name.replace("FAR", "USER")))
    with pytest.raises(ConfigError, match="только через эту же машину"):
        send(table(mail, host_env="SMTP_FAR"), MESSAGE, far)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate that this machine believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "double")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return context


@pytest.mark.parametrize("tls", ["ssl", "starttls"])
def test_encrypted_both_ways(tls: str, certificate: ssl.SSLContext, means: MakeMeans) -> None:
    with SmtpDouble(tls, certificate) as double:
        send(table(double, tls=tls), MESSAGE, means())
        assert len(double.letters) == 1


@pytest.mark.parametrize("tls", ["ssl", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    tls: str, certificate: ssl.SSLContext, means: MakeMeans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with SmtpDouble(tls, certificate) as double:
        with pytest.raises(NotSentError, match="защищённое соединение"):
            send(table(double, tls=tls), MESSAGE, means())
        assert double.letters == []


def test_a_server_without_starttls_is_not_talked_to_in_the_clear(
    mail: SmtpDouble, means: MakeMeans
) -> None:
    with pytest.raises(NotSentError, match="не умеет STARTTLS"):
        send(table(mail, tls="starttls"), MESSAGE, means())
    assert "AUTH" not in mail.said
