"""Which touch of a lead's last days gives its channel, by the models that name one (3)."""

from __future__ import annotations

from datetime import timedelta

from tests.reference import touches as models
from tests.reference.channels import PAID_MEDIUM, found, is_direct
from tests.reference.people import People
from tests.reference.rows import Row
from tests.reference.touches import INSIGNIFICANT, Touch


class Histories(People):
    """Touches before leads."""

    def touches_before(self, lead: Row) -> list[Row]:
        """«which touch of the lead's last 90 days (setting)»; «A lead finds its touches by
        ClientID, else yclid», the visitor who has it, earliest first."""
        oldest = lead["created_at"] - timedelta(hours=24 * self.settings.lookback_days)
        near = [t for t in self.touches if oldest <= t["at"] <= lead["created_at"]]
        visitors = [{lead["ym_client_id"]}, self._visitors_of_click(lead["yclid"])]
        for visitor in visitors:
            own = [t for t in near if t["ym_client_id"] and t["ym_client_id"] in visitor]
            if own:
                return sorted(own, key=lambda t: (t["at"], t["touch_id"]))
        return []

    def _visitors_of_click(self, yclid: str) -> set[str]:
        return {t["ym_client_id"] for t in self.touches if yclid and t["yclid"] == yclid}

    def deciding_touch(self, lead: Row) -> Row | None:
        """«**Attribution model**: which touch … gives the channel»; «traffic_source `internal` is
        not a channel: the previous significant touch decides; with none, the rules go on as if it
        were empty.» None: «With no touches found, the lead's own utm and source are its only
        touch.»"""
        rows = self.touches_before(lead)
        if not rows:
            return None
        history = [Touch(t["at"], t["traffic_source"], paid(t)) for t in rows]
        weights = getattr(models, self.settings.attribution)(history)
        place = weights.index(1)
        if rows[place]["traffic_source"] == "internal":
            before = [t for t in rows[:place] if t["traffic_source"] not in INSIGNIFICANT]
            return before[-1] if before else rows[place]
        return rows[place]


def paid(touch: Row) -> bool:
    """A touch of paid advertising: a click of Direct, a visit by an ad, or a paid utm_medium."""
    return (
        is_direct(touch)
        or touch["traffic_source"] == "ad"
        or found(PAID_MEDIUM, touch["utm_medium"])
    )
