"""Tags and pages without personal data: some mailings put the addressee into them."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote_plus

from sheets_sync.privacy.personal import scrub


@lru_cache(maxsize=100_000)
def kept_tag(text: str) -> str:
    """A utm tag, or what is left of it; "" where it carries a phone or an e-mail."""
    plain = unquote_plus(text)
    scrubbed = scrub(plain)
    return text if scrubbed == plain else scrubbed


@lru_cache(maxsize=100_000)
def kept_campaign(text: str) -> str:
    """The same for a campaign, which may be named after a doctor."""
    return scrub(text, names=False)


@lru_cache(maxsize=100_000)
def kept_path(path: str) -> str:
    """A page's path; "" where one of its steps carries a person."""
    steps = unquote_plus(path).split("/")
    return path if all(scrub(step) == step for step in steps) else ""
