"""What tells one person from all others in a text and is no phone, e-mail or name: numbers of
passports and policies, dates of birth, flats, pages and nicknames of people.

Works on a `readable` text, in time that grows with it.
"""

from __future__ import annotations

import re

from sheets_sync.privacy.latin import in_cyrillic
from sheets_sync.privacy.morphology import read
from sheets_sync.privacy.surnames import is_trade

Span = tuple[int, int]

_DIGITS = r"\d(?:[ \-]{0,2}\d)"
_BETWEEN = r"[\s.:;=№#,\-]{0,4}(?:(?:серия|сер|номер|ном|рф|омс|дмс|и)[\s.:№,]{0,4}){0,3}"
_NUMBER = re.compile(
    r"(?<![^\W_])(?:"
    # A passport's series and number, a policy of sixteen digits, a person's tax number.
    rf"(?:паспорт\w{{0,3}}|пасп?|п/п|загран\w{{0,8}}|серия|сер){_BETWEEN}\d\d[ \-]?\d\d[\s,№\-]{{0,3}}(?:номер|ном|n)?[\s.:№]{{0,3}}\d{{6}}"
    rf"|(?:паспорт\w{{0,3}}|загран\w{{0,8}}){_BETWEEN}\d\d[ \-]?\d{{7}}"
    rf"|(?:полис\w{{0,2}}|омс|енп){_BETWEEN}{_DIGITS}{{15}}"
    rf"|снилс\w{{0,2}}{_BETWEEN}{_DIGITS}{{10}}"
    r"|инн[^\d\n]{0,14}\d{12}|св(?:идетельств\w|-в\w)[^\d\n]{0,24}\d{6}"
    rf"|(?:карт\w{{1,3}}|сбер\w{{0,5}}|мир|visa|виза){_BETWEEN}{_DIGITS}{{15}}"
    r")(?!\d)",
    re.IGNORECASE,
)
#: The number of a pension's insurance is grouped as nothing else is.
_PENSION = re.compile(r"(?<![\d\-])\d{3}-\d{3}-\d{3}[ \-]\d\d(?![\d\-])")
_DATE = r"(?:\d{1,2}[./\- ](?:\d{1,2}|[а-я]{3,8})[./\- ](?:19|20)?\d\d)"
_BIRTH = re.compile(
    rf"(?<!\d){_DATE}[\s,]{{0,2}}(?:г\.?\s?р(?![^\W_])|года?\sрожд|рожд)"
    rf"|(?<![^\W_])(?:д[./]?\s?р|рожд\w{{0,8}}|род(?:ил\w{{1,4}}|\.)|дата\sрождения)[\s.:,=\-]{{0,3}}{_DATE}(?!\d)",
    re.IGNORECASE,
)
#: A day on which nobody came to a clinic whose exports are read: a birthday.
_OLD = re.compile(r"(?<![\d.])\d\d[./]\d\d[./](?:19\d\d|200\d|[4-9]\d)(?!\d)")
_NEIGHBOUR = re.compile(r"([^\W\d_]{2,40})[\s,(–—\-]{0,3}\Z")
_NEXT = re.compile(r"[\s,)–—\-]{0,3}([^\W\d_]{2,40})")
_LONGEST_NEIGHBOUR = 50
#: Where somebody lives, and a flat: a clinic has an office, and «1 кв. 2026» is a quarter.
_HOME = re.compile(
    r"(?:прожива\w{2,5}|прописан\w{0,2})\s?(?::|по(?:\sадресу)?\s)[^\d\n]{0,40}\d{1,4}(?!\d)",
    re.IGNORECASE,
)
_FLAT = re.compile(
    r"(?<!\d)(?:(?:[5-9]|\d{2,4})[а-я]?(?:/\d{1,3})?[\s,.;\-]{1,3}|[1-4][а-я]?(?:/\d{1,3})?[\s.]{0,2}[,;\-][\s.]{0,2})(?:к\w{0,6}[\s.]{0,2}\d{1,3}[\s,.;]{1,3})?кв(?:артира)?[\s.№\-]{0,3}\d{1,3}(?!\d)",
    re.IGNORECASE,
)
#: Somebody's page, by its number.
_PAGE = re.compile(
    r"(?:(?<![^\W_])(?:vk|вк|vkontakte|вконтакте)[\s.:]{0,2}(?:com|ru)?[\s/:]{0,3}(?:id|write)\s?\d{4,}"
    r"|(?:ok\.ru/profile|odnoklassniki\.ru/profile)/\d{4,}|profile\.php\?id=\d{4,}|tg://user\?id=\d{4,})",
    re.IGNORECASE,
)
#: Somebody's nickname: a messenger, and a word in Latin letters after a sign or with digits.
_NICK = re.compile(
    r"(?<![^\W_])(?:telegram\w{0,2}|tg|тг|телег\w{1,6}|скайп|skype|дискорд|discord|инст\w{1,8}|insta\w{0,6}|ник|t(?=\.me/))"
    r"(?:(?P<sign>[\s:]{0,2}@|:\s?|\.(?:com|me)/)|\s(?:в\s\w{2,8}\s)?)(?P<nick>[a-z][\w.]{3,31})",
    re.IGNORECASE,
)
#: Words after which a nickname is somebody's even without a sign.
_CALLS = re.compile(r"ник|ск|sk|ди|di", re.IGNORECASE)
#: Cheap looks that most texts fail.
_SOME = re.compile(r"[\d@:/]")
_HINTS = re.compile(
    r"пас|п/п|загр|сер|омс|поли|енп|снил|инн|карт|сбер|прожив|пропис|мир|visa|р\.|/р|свид|св-|рожд|род|др|кв|id|вк|vk|profile"
    r"|t(?:ele)?g|t\.me|т(?:еле)?г|sky|ски|inst|инст|ник|disc|диск"
)


def document_spans(text: str) -> list[Span]:
    """Where numbers of documents, dates of birth, flats, pages and nicknames of people stand."""
    spans: list[Span] = []
    if not _SOME.search(text):
        return spans
    if text.count("-") > 1:
        spans += [match.span() for match in _PENSION.finditer(text)]
    spans += [old.span() for old in _OLD.finditer(text) if _is_beside_surname(text, old)]
    if not _HINTS.search(text.lower()):
        return spans
    for form in (_NUMBER, _BIRTH, _HOME, _FLAT, _PAGE):
        spans += [_numbers(match) for match in form.finditer(text)]
    return spans + [nick.span("nick") for nick in _NICK.finditer(text) if _is_persons(nick)]


def _numbers(match: re.Match[str]) -> Span:
    """From the first digit on: the word before says what it was."""
    digit = next(place for place, sign in enumerate(match[0]) if sign.isdigit())
    return match.start() + digit, match.end()


def _is_beside_surname(text: str, date: re.Match[str]) -> bool:
    before = _NEIGHBOUR.search(text[max(0, date.start() - _LONGEST_NEIGHBOUR) : date.start()])
    after = _NEXT.match(text, date.end())
    words = [read(match[1]) for match in (before, after) if match]
    return any(word.is_surname and not word.place for word in words)


def _is_persons(nick: re.Match[str]) -> bool:
    """Whether a nickname is a person's and no clinic's."""
    name = nick["nick"]
    words = re.split(r"[._\d]+", name.lower())
    has_sign = "@" in (nick["sign"] or "") or (nick["sign"] and any(map(str.isdigit, name)))
    has_number = len(words) > 2 and name[-1].isdigit()
    alone = _CALLS.match(nick[0]) and (nick["sign"] or any(map(str.isdigit, name)))
    return bool(has_sign or has_number or alone) and not any(
        is_trade(in_cyrillic(w)) for w in words
    )
