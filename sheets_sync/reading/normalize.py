"""Outside cells to values, one text at a time: counts, durations, ids, addresses. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_MOST_DIGITS = 13
_SPACES = re.compile(r"[\s'\u2019\u02bc`]+")
_FLOAT_ID = re.compile(r"(\d+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)(?:[.,]0+)?")
_COUNT = re.compile(r"(?!00)(\d{1,3}(?:[\s'\u2019\u02bc`]\d{3})+|\d+)(?:[.,]0+)?")
_STARS = re.compile(r"([★⭐]+)\ufe0f?[☆✩]*")
_RATED = re.compile(
    r"(\d+(?:[.,]0+)?)(?: ?(?:из|/|of) ?5| ?зв[её]зд[аы]?| ?балл(?:а|ов)?)?", re.IGNORECASE
)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:\.\d+)?")
_SECONDS = re.compile(r"(\d+)(?:[.,]\d+)?(?: ?(?:с|сек|s|sec)\.?)?", re.IGNORECASE)
_IN_WORDS = re.compile(
    r"(?:(\d+) ?(?:ч|час|h)\w*\.? ?)?(?:(\d+) ?(?:м|мин|m|min)\w*\.? ?)?(?:(\d+) ?(?:с|сек|s|sec)\w*\.?)?",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"[\w\-]+(?:\.[\w\-]+)+")
#: A ClientID or yclid; an expression of RE2, too.
MARKETING_ID = r"^\d{5,25}$"
#: An id that a spreadsheet has shortened: `1.03293E+19`. An expression of RE2, too.
SHORTENED = r"^[+-]?\d(?:[.,]\d+)?[eE]\+?\d+$"


def count(text: str) -> int | None:
    """A whole number of things: `1 234`, `12.0`; digits in other groups are a phone's."""
    match = _COUNT.fullmatch(text.strip())
    digits = _SPACES.sub("", match[1]) if match else ""
    return int(digits) if digits and len(digits) <= _MOST_DIGITS else None


def rating(text: str) -> int | None:
    """A number of stars: `5`, `5 из 5`, `4/5`, `★★★★☆`, `4 звезды`."""
    if stars := _STARS.fullmatch(text.replace(" ", "")):
        return len(stars[1])
    match = _RATED.fullmatch(text)
    return count(match[1]) if match else None


def seconds(text: str) -> int | None:
    """A duration in seconds: `95`, `1:35`, `00:01:35`, `95 сек`, `1 мин 35 с`."""
    if clock := _CLOCK.fullmatch(text) or _IN_WORDS.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in clock.groups())
        return hours * 3600 + minutes * 60 + rest
    match = _SECONDS.fullmatch(text)
    return int(match[1]) if match and len(match[1]) <= _MOST_DIGITS else None


def native_id(text: str) -> str:
    """An id as text; a whole number that a spreadsheet wrote as `124.0` or `1 240` is one of digits."""
    match = _FLOAT_ID.fullmatch(text)
    return re.sub(r"\D", "", match[1]) if match else text


def utm(text: str) -> str:
    """A utm value, with `%D0%B8` read as letters."""
    return unquote(text) if "%" in text else text


def landing_path(text: str) -> str:
    """The path of a page's address: no site, no query, no fragment, which may name a person."""
    if "://" in text or text.startswith("//"):
        try:
            path = urlsplit(text).path or "/"
        except ValueError:
            return ""
    else:
        path = re.split(r"[?#;]", text, maxsplit=1)[0]
        head, slash, rest = path.partition("/")
        path = slash + rest if _DOMAIN.fullmatch(head) and slash else path
    return unquote(path)


def referrer_domain(text: str) -> str:
    """The site of a referrer's address, without `www.`, or "" where there is none."""
    _, _, rest = text.lower().rpartition("://")
    site = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    site = site.partition(":")[0].removeprefix("www.")
    return site if _DOMAIN.fullmatch(site) else ""
