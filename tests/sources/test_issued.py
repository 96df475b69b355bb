"""Tokens that a service issues: seldom, sealed, one at a time, renewed when refused."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from pydantic import SecretStr

from sheets_sync.errors import SourceError
from sheets_sync.net.vault import Grant, Vault
from sheets_sync.sources.access import Answer
from sheets_sync.sources.issued import Ask, IssuedToken
from sheets_sync.store import Store, open_store
from tests.doubles.services import DOUBLES
from tests.sources.live import Line
from tests.sources.yandex import Hands

KEY = b"k" * 32


def vault_of(store: Store, key: bytes = KEY) -> Vault:
    def alone(name: str) -> AbstractContextManager[None]:
        return store.alone(name)

    return Vault(store.tokens, alone, key)


class Service:
    """Issues tokens by number and counts how it was asked."""

    def __init__(self, lives: float | None = 86_400.0) -> None:
        self.asked: list[str] = []
        self.lives = lives
        self.clock = Hands()

    def issue(self, ask: Ask, refresh: str) -> Grant:
        assert ask("POST", "/token").status == 200
        self.asked.append(refresh)
        number = len(self.asked)
        return Grant(f"issued-token-{number}", f"refresh-{number}", self.lives)


def ask(method: str, path: str, **_sent: object) -> Answer:
    assert (method, path) == ("POST", "/token")
    return Answer(200, {}, "", {})


def auth_of(service: Service, **more: float) -> IssuedToken:
    return IssuedToken((SecretStr("client-secret"),), service.issue, **more)


def test_one_token_serves_every_run_and_is_kept_sealed(store: Store) -> None:
    service, vault = Service(), vault_of(store)
    for _run in range(3):
        auth = auth_of(service)
        auth.renew("vk_ads:1", vault, ask, service.clock, "")
        assert auth.token == "issued-token-1"
    assert service.asked == [""]
    sealed = store.tokens.read("vk_ads:1")
    assert sealed
    assert "issued-token" not in sealed
    assert "issued-token" not in repr(auth) + repr(vault.read("vk_ads:1"))
    assert vault_of(store, b"x" * 32).read("vk_ads:1") == Grant()


def test_a_token_is_renewed_by_its_refresh_when_it_ends_or_is_refused(store: Store) -> None:
    service, vault = Service(), vault_of(store)
    auth = auth_of(service)
    auth.renew("vk_ads:1", vault, ask, service.clock, "")
    auth.renew("vk_ads:1", vault, ask, service.clock, "issued-token-1")
    assert (auth.token, service.asked) == ("issued-token-2", ["", "refresh-1"])
    # Somebody else has renewed it meanwhile: theirs is taken.
    late = auth_of(service)
    late.renew("vk_ads:1", vault, ask, service.clock, "issued-token-1")
    assert (late.token, len(service.asked)) == ("issued-token-2", 2)
    service.clock.sleep(86_400)
    late.renew("vk_ads:1", vault, ask, service.clock, "")
    assert (late.token, service.asked[2:]) == ("issued-token-3", ["refresh-2"])


def test_who_locks_those_that_ask_often_is_asked_once_an_hour_even_after_a_failure(
    store: Store,
) -> None:
    service, vault = Service(lives=None), vault_of(store)

    def broken(_method: str, _path: str, **_sent: object) -> Answer:
        raise SourceError("423", permanent=False)

    auth = auth_of(service, every=3600.0)
    with pytest.raises(SourceError, match="423"):
        auth.renew("sqns:1", vault, broken, service.clock, "")
    with pytest.raises(SourceError, match="недавно"):
        auth.renew("sqns:1", vault, ask, service.clock, "")
    assert service.asked == []
    # Another password is another account.
    auth.renew("sqns:2", vault, ask, service.clock, "")
    service.clock.sleep(3600)
    auth.renew("sqns:1", vault, ask, service.clock, "")
    assert service.asked == ["", ""]


def test_many_workers_ask_for_one_token(sqlite_url: str, tmp_path: Path) -> None:
    service = Service()
    tokens = []

    def work() -> None:
        store = open_store(sqlite_url)
        auth = auth_of(service)
        auth.renew("vk_ads:1", vault_of(store), ask, service.clock, "")
        tokens.append(auth.token)
        store.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokens == ["issued-token-1"] * 6
    assert service.asked == [""]


@pytest.mark.parametrize(
    ("kind", "path"),
    [("vk_ads", "/api/v2/oauth2/token.json"), ("avito", "/token"), ("sqns", "/api/v2/auth")],
)
def test_a_token_serves_all_pulls_of_a_day(
    kind: str, path: str, store: Store, tmp_path: Path, clock: Hands
) -> None:
    with DOUBLES[kind](clock=clock) as double:  # type: ignore[call-arg]  # each has its own world
        line = Line(double, tmp_path, clock)
        line.more = {"vault": vault_of(store)}
        for _run in range(3):
            line.pull()
            clock.sleep(3600)
        asked = [a.path for a in double.asked]
        assert asked.count(path) == 1
        clock.sleep(86_400)
        line.pull()
    assert [a.path for a in double.asked].count(path) == (1 if kind == "sqns" else 2)
