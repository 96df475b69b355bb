"""The doubles of Direct and Metrica as those of other services are: a [[source]], refusals of the same words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from sheets_sync.net.clock import Clock
from tests.doubles.direct import DirectDouble
from tests.doubles.metrica import TOKEN, MetricaDouble
from tests.doubles.server import Asked, Reply
from tests.doubles.service import Served
from tests.doubles.site import AdDay, Counter
from tests.sources.yandex import COUNTER, ad_days, small_counter

_SECRETS = {"ROMI_SHEETS_YANDEX_TOKEN": TOKEN}


class DirectService(Served, DirectDouble):
    """One advertiser with two campaigns; `null_lists` changes nothing: a report is a text."""

    kind: ClassVar = "direct"
    table: ClassVar[dict[str, Any]] = {"token_env": "ROMI_SHEETS_YANDEX_TOKEN", "phrases": True}
    secrets: ClassVar = _SECRETS

    def __init__(self, days: Iterable[AdDay] | None = None, clock: Clock | None = None) -> None:
        super().__init__(ad_days() if days is None else days, clock=clock)
        self.null_lists = False

    def answer(self, asked: Asked) -> Reply:
        self.act()
        return super().answer(asked)

    def refusal(self, kind: str) -> Reply:
        words = {"auth": "53", "rights": "54", "quota": "506", "temporary": "1000"}
        return super().refusal({**words, "permanent": "4000", "bad_gateway": "502"}.get(kind, kind))


class MetricaService(Served, MetricaDouble):
    """One counter; its logs of visits are ready at once."""

    kind: ClassVar = "metrica"
    table: ClassVar[dict[str, Any]] = {
        "counter_id": COUNTER,
        "token_env": "ROMI_SHEETS_YANDEX_TOKEN",
        "logs": True,
    }
    secrets: ClassVar = _SECRETS

    def __init__(self, counter: Counter | None = None, clock: Clock | None = None) -> None:
        super().__init__([counter or small_counter()], clock=clock)
        self.logs.polls = 0

    def answer(self, asked: Asked) -> Reply:
        self.act()
        return super().answer(asked)

    def refusal(self, kind: str) -> Reply:
        words = {"auth": "invalid_token", "rights": "access_denied", "quota": "quota_ip"}
        words |= {"temporary": "503", "permanent": "not_found"}
        return super().refusal(words.get(kind, kind))
