"""By which phrases the invented clinic's search campaigns are shown."""

from __future__ import annotations

from random import Random

from sheets_sync.demo.economy import BY_NAME, Campaign

_AUTOTARGETING = "---autotargeting"
#: What part of a search campaign Direct's autotargeting takes, and what each phrase of the rest.
_AUTO, _SHARES = 0.14, (0.5, 0.3, 0.2)
_BRAND = ("стоматология пример", "клиника пример отзывы", "пример стоматология телефон")
_MINUS = " -бесплатно -вакансии"


def term(random: Random, campaign: Campaign, query: str) -> str:
    """utm_term of a lead of the campaign: the phrase that its ad was shown by."""
    if campaign.network != "SEARCH":
        return ""
    if random.random() < _AUTO:
        return _AUTOTARGETING
    return query.lower() if len(campaign.mix) == 1 else random.choices(_BRAND, _SHARES)[0]


def keywords(campaign: Campaign) -> list[tuple[str, float]]:
    """Each phrase with its share; the first stands with its minus words, as the report gives it."""
    own = len(campaign.mix) == 1
    words = tuple(q.lower() for q in BY_NAME[campaign.mix[0][0]].queries) if own else _BRAND
    shares = [(word, share * (1 - _AUTO)) for word, share in zip(words, _SHARES, strict=True)]
    return [(shares[0][0] + _MINUS, shares[0][1]), *shares[1:], (_AUTOTARGETING, _AUTO)]
