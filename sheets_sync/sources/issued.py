"""Tokens that a service issues for the clinic's secrets: asked for seldom, kept sealed, never twice at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pydantic import SecretStr
from requests import PreparedRequest

from sheets_sync.errors import SourceError
from sheets_sync.net.clock import Clock
from sheets_sync.net.secrets import Auth, without
from sheets_sync.net.vault import Grant, Vault
from sheets_sync.sources.access import Answer

#: Asks the service unsigned: `ask("POST", "/oauth2/token.json", data={…})`.
Ask = Callable[..., Answer]
#: Makes a grant of what the service answers, `ends` in seconds from now as services tell it; is given
#: the refresh token of the last one, or "".
Issue = Callable[[Ask, str], Grant]
#: A token that ends within so many seconds is renewed now.
_MARGIN = 60.0


@dataclass(frozen=True)
class IssuedToken(Auth):
    """Signs with a token that the service issued; `secrets` are what it is issued for.

    every   seconds between two askings at least, for services that lock who asks often
    scheme  what stands before the token in the header Authorization
    """

    issue: Issue = lambda _ask, _refresh: Grant()
    every: float = 0.0
    scheme: str = "Bearer"
    _held: list[Grant] = field(default_factory=list, repr=False)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._held:
            request.headers["Authorization"] = f"{self.scheme} {self._held[-1].token}".strip()
        return request

    def redacted(self, text: str) -> str:
        tokens = [SecretStr(t) for g in self._held for t in (g.token, g.refresh)]
        return without(tokens, super().redacted(text))

    @property
    def token(self) -> str:
        return self._held[-1].token if self._held else ""

    def renew(self, account: str, vault: Vault | None, ask: Ask, clock: Clock, spoilt: str) -> None:
        """Hold a token that is good, and is not the one that the service refused.

        One worker at a time asks for one; the others find it in the vault. Raises SourceError.
        """
        if vault is None:
            self._held[:] = [self.issue(ask, "")]
            return
        grant = vault.read(account)
        if not grant.is_good(clock.unix() + _MARGIN, spoilt):
            with vault.alone(f"token {account}"):
                grant = vault.read(account)
                if not grant.is_good(clock.unix() + _MARGIN, spoilt):
                    grant = self._fresh(account, vault, ask, clock, grant)
        self._held[:] = [grant]

    def _fresh(self, account: str, vault: Vault, ask: Ask, clock: Clock, last: Grant) -> Grant:
        now = clock.unix()
        if now - last.tried < self.every:
            raise SourceError(
                "вход уже пробовали недавно, чаще нельзя: сервис запирает учётную запись.",
                hint="Проверьте логин и пароль; следующий вход – не раньше чем через "
                f"{self.every / 60:.0f} мин после прошлого.",
                permanent=False,
            )
        # Written before it is asked: a try counts even where the process dies in it.
        vault.keep(account, replace(last, tried=now), now)
        self._held.clear()
        grant = replace(self.issue(ask, last.refresh), tried=now)
        if grant.ends is not None:
            grant = replace(grant, ends=now + grant.ends)
        vault.keep(account, grant, clock.unix())
        return grant
