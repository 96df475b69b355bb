"""Telegram and MAX against strict doubles: what arrives, what is refused, what stays in doubt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheets_sync.delivery.channel import (
    Channel,
    Delivery,
    Means,
    Message,
    NotSentError,
    UnsureError,
)
from sheets_sync.delivery.max import CHANNEL as MAX
from sheets_sync.delivery.messenger import cut, units
from sheets_sync.delivery.telegram import CHANNEL as TELEGRAM
from sheets_sync.errors import ConfigError
from tests.doubles import max as max_double
from tests.doubles import telegram
from tests.doubles.max import MaxDouble
from tests.doubles.server import Loopback
from tests.doubles.telegram import TelegramDouble
from tests.sources.yandex import Hands

PNG = b"\x89PNG\r\n\x1a\n picture"
LINES = ("Клиника <К> & Ко", "Лиды: 66 (▲ 50 %)")
MESSAGE = Message("digest:2026-W44", LINES, PNG)
MakeMeans = Callable[..., Means]
Send = Callable[[Message], Delivery]


def sender(channel: Channel[Any], double: Loopback, means: MakeMeans, **more: Any) -> Send:
    chat = telegram.CHAT if channel is TELEGRAM else max_double.CHAT
    usual = {"kind": channel.kind, "chat_id": chat, "token_env": f"{channel.kind.upper()}_TOKEN"}
    table = channel.table.model_validate(usual | more)
    return lambda message: channel.send(table, message, means(**{channel.kind: double.url}))


@pytest.fixture
def to_bot(bot: TelegramDouble, means: MakeMeans) -> Send:
    return sender(TELEGRAM, bot, means)


@pytest.fixture
def to_max(messenger: MaxDouble, means: MakeMeans) -> Send:
    return sender(MAX, messenger, means)


@pytest.fixture(params=[TELEGRAM, MAX], ids=lambda channel: channel.kind)
def pair(
    request: pytest.FixtureRequest, bot: TelegramDouble, messenger: MaxDouble, means: MakeMeans
) -> tuple[Any, Send]:
    double = bot if request.param is TELEGRAM else messenger
    return double, sender(request.param, double, means)


def only(path: str) -> dict[str, Any]:
    return {"only": lambda asked: asked.path.endswith(path)}


def test_a_short_message_is_one_with_its_picture(pair: tuple[Any, Send]) -> None:
    double, send = pair
    done = send(MESSAGE)
    (sent,) = double.sent
    assert (sent["text"], sent["picture"]) == ("\n".join(LINES), PNG)
    assert done.answer in {"1", "mid.1"}
    assert done.remark == ""


def test_a_long_one_for_telegram_is_text_then_picture(bot: TelegramDouble, to_bot: Send) -> None:
    long = Message("k", (*LINES, "х" * 1100), PNG)
    assert to_bot(long).answer == "1"
    assert [(sent["text"], sent["picture"]) for sent in bot.sent] == [(long.text, None), ("", PNG)]


def test_one_that_is_too_long_is_cut_before_it_is_marked(pair: tuple[Any, Send]) -> None:
    double, send = pair
    send(Message("k", (*LINES, *["&<😀>" * 40] * 60)))
    (sent,) = double.sent
    assert sent["text"].startswith("\n".join(LINES))
    assert sent["text"].endswith("…")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_what_is_cut_fits_and_begins_the_same(lines: list[str]) -> None:
    for most in (1, 7, 30):
        kept = cut(tuple(lines), most)
        assert units("\n".join(kept)) <= most
        assert kept[:-1] == tuple(lines[: len(kept) - 1])


@pytest.mark.parametrize(
    ("fault", "permanent", "words"),
    [
        ("blocked", True, "не принято: 403"),
        ("auth", True, "токен не подошёл"),
        ("throttled", False, "слишком часто"),
    ],
)
def test_a_refused_message_did_not_go(
    pair: tuple[Any, Send], fault: str, permanent: bool, words: str
) -> None:
    double, send = pair
    double.fail(fault, times=99)
    with pytest.raises(NotSentError, match=words) as refused:
        send(MESSAGE)
    assert (refused.value.permanent, double.sent) == (permanent, [])


def test_a_chat_that_is_not_there(bot: TelegramDouble, to_bot: Send) -> None:
    bot.chats = set()
    with pytest.raises(NotSentError, match="chat not found") as refused:
        to_bot(MESSAGE)
    assert refused.value.permanent


def test_one_throttled_waits_as_asked_and_goes_once(pair: tuple[Any, Send], clock: Hands) -> None:
    double, send = pair
    path = "/messages" if isinstance(double, MaxDouble) else "/sendPhoto"
    double.fail("throttled", **only(path))
    send(MESSAGE)
    assert len(double.sent) == 1
    assert max(clock.slept) >= 1.0


@pytest.mark.parametrize("fault", ["reset_after", "broken", "html", "bad_gateway", "truncated"])
def test_what_may_have_gone_is_in_doubt_and_not_sent_again(
    pair: tuple[Any, Send], fault: str
) -> None:
    double, send = pair
    path = "/messages" if isinstance(double, MaxDouble) else "/sendPhoto"
    double.fail(fault, times=99, **only(path))
    with pytest.raises(UnsureError):
        send(MESSAGE)
    assert sum(asked.path.endswith(path) for asked in double.asked) == 1
    assert len(double.sent) <= 1


def test_nobody_there_is_put_off(means: MakeMeans, clock: Hands) -> None:
    with TelegramDouble() as double:
        send = sender(TELEGRAM, double, means)
        endpoint = double.url
    with pytest.raises(NotSentError, match="нет соединения") as refused:
        send(MESSAGE)
    assert refused.value.permanent is False
    assert endpoint


def test_a_group_that_became_a_supergroup_gets_it_under_its_new_number(
    bot: TelegramDouble, to_bot: Send
) -> None:
    bot.moved = {str(telegram.CHAT): -1009}
    bot.chats = {"-1009"}
    done = to_bot(MESSAGE)
    assert [sent["chat_id"] for sent in bot.sent] == ["-1009"]
    assert done.remark == "Группа стала супергруппой: запишите в файл клиники chat_id = -1009."


def test_a_picture_that_does_not_go_leaves_the_text(
    bot: TelegramDouble, to_bot: Send, messenger: MaxDouble, to_max: Send
) -> None:
    bot.fail("Bad Request: IMAGE_PROCESS_FAILED", times=9, **only("/sendPhoto"))
    messenger.fail("broken", times=9, **only("/uploads"))
    long = Message("k", (*LINES, "х" * 1100), PNG)
    for send in (to_bot, to_max):
        assert send(long).remark.startswith("Картинка не ушла: ")
    assert (len(bot.sent), len(messenger.sent)) == (1, 1)
    assert messenger.sent[0]["picture"] is None


@pytest.mark.parametrize(("times", "picture"), [(2, PNG), (9, None)])
def test_a_picture_that_is_not_ready_is_waited_for(
    messenger: MaxDouble, to_max: Send, clock: Hands, times: int, picture: bytes | None
) -> None:
    messenger.not_ready = times
    to_max(MESSAGE)
    assert [sent["picture"] for sent in messenger.sent] == [picture]
    assert clock.slept[:2] == [1.0, 2.5]


def test_the_token_is_nowhere_but_on_the_wire(
    pair: tuple[Any, Send], caplog: pytest.LogCaptureFixture
) -> None:
    double, send = pair
    token = telegram.TOKEN if isinstance(double, TelegramDouble) else max_double.TOKEN
    told = []
    with caplog.at_level(logging.DEBUG):
        for fault in ("auth", "blocked", "reset_after", "broken", "html", "throttled"):
            double.faults.clear()
            double.fail(fault, times=99)
            with pytest.raises((NotSentError, UnsureError)) as error:
                send(Message("k", LINES))
            told += [str(error.value), repr(error.value.as_dict()), repr(error.value.__cause__)]
        double.faults.clear()
        send(MESSAGE)
    text = "\n".join([*told, caplog.text])
    assert token not in text
    assert token.partition(":")[2] not in text or not token.partition(":")[2]
    assert "secret-signature" not in text
    assert "api.telegram.org" not in text


def test_a_proxy_of_the_file_stands_above_the_environment(
    bot: TelegramDouble, means: MakeMeans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    table = TELEGRAM.table.model_validate(
        {
            "kind": "telegram",
            "chat_id": telegram.CHAT,
            "token_env": "TELEGRAM_TOKEN",
            "endpoint": "http://api.telegram.example",
            "proxy": bot.url,
        }
    )
    TELEGRAM.send(table, MESSAGE, means())
    assert len(bot.sent) == 1


def test_roots_that_are_not_there_are_named(means: MakeMeans, messenger: MaxDouble) -> None:
    with pytest.raises(ConfigError, match="корневыми сертификатами"):
        sender(MAX, messenger, means, max_ca_bundle="roots.pem")(MESSAGE)
