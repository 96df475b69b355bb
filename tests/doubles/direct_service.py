"""The double of Direct as the doubles of other services are: a world and refusals of the same words."""

from __future__ import annotations

from typing import Any, ClassVar

from sheets_sync.net.clock import Clock
from tests.doubles.direct import DirectDouble
from tests.doubles.metrica import TOKEN
from tests.doubles.server import Reply
from tests.sources.yandex import ad_days


class DirectService(DirectDouble):
    """One advertiser with two campaigns; `null_lists` changes nothing: a report is a text."""

    kind: ClassVar[str] = "direct"
    table: ClassVar[dict[str, Any]] = {"token_env": "ROMI_SHEETS_YANDEX_TOKEN", "phrases": True}
    secrets: ClassVar[dict[str, str]] = {"ROMI_SHEETS_YANDEX_TOKEN": TOKEN}

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(ad_days(), clock=clock)
        self.null_lists = False

    def refusal(self, kind: str) -> Reply:
        words = {"auth": "53", "rights": "54", "quota": "506", "temporary": "1000"}
        return super().refusal({**words, "permanent": "4000", "bad_gateway": "502"}.get(kind, kind))
