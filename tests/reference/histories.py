"""Which touch of a lead's last days gives its channel, by the models that name one (3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.reference import touches as models
from tests.reference.channels import PAID_MEDIUM, found, is_direct
from tests.reference.people import People
from tests.reference.rows import Row
from tests.reference.touches import INSIGNIFICANT, Touch


class Histories(People):
    """Touches before leads."""

    def visits_before(self, lead: Row) -> tuple[list[Row], bool]:
        """«which touch of the lead's last 90 days (setting)»; «A lead finds its touches by
        ClientID, else yclid», the visitor who has it, else that of its call, else by phone;
        earliest first. And whether they are the lead's by its own ids."""
        oldest = lead["created_at"] - timedelta(hours=24 * self.settings.lookback_days)
        near = [t for t in self.touches if oldest <= t["at"] <= lead["created_at"]]
        call = self.call_near(lead, self.settings.call_minutes)
        visitors = [{lead["ym_client_id"]}, self._visitors_of_click(lead["yclid"])]
        visitors += [{call["ym_client_id"]} if call else set()]
        for place, visitor in enumerate(visitors):
            own = [t for t in near if t["ym_client_id"] and t["ym_client_id"] in visitor]
            if own:
                return sorted(own, key=lambda t: (t["at"], t["touch_id"])), place < 2
        phone = [t for t in near if t["person_key"] and t["person_key"] == lead["person_key"]]
        return sorted(phone, key=lambda t: (t["at"], t["touch_id"])), True

    def touches_of(self, lead: Row) -> list[tuple[datetime, Row]]:
        """«With no touches found, the lead's own utm and source are its only touch.» «it is that
        row's call, a second touch; the row keeps its own marks»: these come last, whatever brought
        the call; a call that says nothing of where it came from is no touch."""
        visits, by_own_ids = self.visits_before(lead)
        found = [(t["at"], 0, t) for t in visits]
        call = self.call_near(lead, self.settings.call_lead_minutes)
        if call and _says(call) and (by_own_ids or not visits):
            at = min(call["started_at"], lead["created_at"])
            found.append((at, 1, call | {"contact_type": "call"}))
        if not found or (_says(lead) and not (visits and by_own_ids)):
            found.append((lead["created_at"], 2, lead))
        return [(at, row) for at, _, row in sorted(found, key=lambda f: f[:2])]

    def _visitors_of_click(self, yclid: str) -> set[str]:
        return {t["ym_client_id"] for t in self.touches if yclid and t["yclid"] == yclid}

    def deciding_touch(self, lead: Row) -> Row:
        """«**Attribution model**: which touch … gives the channel»; «traffic_source `internal` is
        not a channel: the previous significant touch decides; with none, the rules go on as if it
        were empty.»"""
        found = self.touches_of(lead)
        rows = [row for _, row in found]
        history = [Touch(at, row.get("traffic_source", ""), paid(row)) for at, row in found]
        weights = getattr(models, self.settings.attribution)(history)
        place = weights.index(1)
        if history[place].traffic_source == "internal":
            before = [i for i in range(place) if history[i].traffic_source not in INSIGNIFICANT]
            return rows[before[-1]] if before else rows[place]
        return rows[place]


def _says(row: Row) -> bool:
    return any(row[n] for n in ("utm_source", "utm_medium", "utm_campaign", "yclid", "source_raw"))


def paid(touch: Row) -> bool:
    """A touch of paid advertising: a click of Direct, a visit by an ad, or a paid utm_medium."""
    return (
        is_direct(touch)
        or touch.get("traffic_source") == "ad"
        or found(PAID_MEDIUM, touch["utm_medium"])
    )
