"""E-mails in the midst of a text: plain, with (at) or spaces, quoted, without a zone.

Works on a `readable` text, in time that grows with it.
"""

from __future__ import annotations

import re

Span = tuple[int, int]

#: What stands for @ where a person hides an address from machines.
_AT = re.compile(
    r"\s{0,3}@{1,3}\s{0,3}|\s{0,3}[(\[{<|*~](?:\s{0,2}(?:at|эт|собака|собачка|dog|@)\s{0,2}|a|а)[)\]}>|*~]\s{0,3}"
    r"|[\s_\-]{1,3}(?:at|эт|собака|собачка)[\s_\-]{1,3}(?=[\w\-]{2,63}[\s_]{0,2}(?:\.|точка|dot)[\s_]{0,2}"
    r"(?:ru|ру|рф|su|com|net|org|ua|by|kz|me)\b)"
    r"|[\s_\-]{0,2}(?:собака|собачка)[\s_\-]{0,2}(?=[a-z][\w\-]{1,62}\.(?:ru|ру|рф|su|com|net|org)\b)",
    re.IGNORECASE,
)
#: What stands for @ beside a host that is people's mail.
_AT_MAIL = re.compile(
    r"[\s_.\-]{1,3}(?:at|эт|собака|собачка|dog)[\s_.\-]{1,3}"
    r"(?P<host>(?:mail|yandex|ya|gmail|rambler|bk|list|inbox|hotmail|outlook|icloud|yahoo|proton|protonmail"
    r"|майл|яндекс|гмайл|гмаил|рамблер|почта|бк|лист|инбокс)"
    r"(?:[\s_.\-]{1,3}|[\s_]{0,2}(?:dot|точка)[\s_]{0,2})(?:ru|ру|рф|com|ком|su|ua|by|kz|me))(?![^\W_])",
    re.IGNORECASE,
)
#: Another sign or none where @ belongs, before people's mail: «masha#mail.ru», «masha.p gmail.com».
_SIGNLESS = re.compile(
    r"(?<![^\W_])(?P<box>[a-z][a-z0-9]{0,30}(?:[._\-][a-z0-9]{1,30}){0,3})"
    r"(?P<sign>[#&\"'`^!$?]|\s|[\s_\-](?:at|эт|на|собака|dog)[\s_\-]|(?<=[a-z]\d)|(?<=\d\d))"
    r"(?:mail|yandex|ya|gmail|rambler|bk|list|inbox|hotmail|outlook|icloud|yahoo|протон|майл|м[эе]йле?|яндексе?|рамблере?)"
    r"(?P<zone>[\s.](?:ru|ру|рф|com|ком|su|ua|by|kz|me))?(?![^\W_])",
    re.IGNORECASE,
)
_MAIL_WORD = re.compile(
    r"(?<![^\W_])(?:почта|почту|мыло|e-?mail|и?м[эе]йл|ящик|адрес)[\s:.\-]{1,3}\Z", re.IGNORECASE
)
_LONGEST_MAIL_WORD = 12
#: A box that is somebody's and no word: digits, or a point within.
_SOMEBODYS = re.compile(r"\d|[a-z]\.[a-z]", re.IGNORECASE)
#: A shorter word with digits is a mark: «top10 mail.ru».
_SHORTEST_BOX = 6
_SIGNLESS_HINT = re.compile(r"[\d.#]|почт|мыло|м[эе]йл|mail")
_HOSTS = re.compile(
    r"mail|yandex|rambler|ya\.|bk\.|list\.|inbox|icloud|outlook|yahoo|майл|м[эе]йл|яндекс|рамблер"
)
#: Cheap looks that most texts fail.
_SIGNS = re.compile(r"[@(\[{<|*~]|at|эт|соба|dog")
_HINT = re.compile(
    r"[(\[{<|*~]\s{0,2}(?:at|эт|собак|собач|dog|[aа][)\]}>|*])|[\s_.\-](?:at|эт)[\s_.\-]|собак|собачк",
    re.IGNORECASE,
)
#: The half before @, read from its end.
_BOX = re.compile(r"[\"'”][^\"'“@]{1,64}[\"'“]|»[^«»@]{1,64}«|[\w.+\-%]+")
_HOST = re.compile(
    r"[\w\-]{1,63}(?:\s?(?:\.|[(\[](?:\.|dot|точка)[)\]]|[\s_](?:dot|точка)[\s_])\s?[\w\-]{1,63}"
    r"|[\s,]\s?(?:ru|ру|рф|com|ком|net|org|su|ua|by|kz)(?![^\W_])){0,6}",
    re.IGNORECASE,
)
_ZONE = re.compile(r"-?(?:ru|ру|рф|com|su|net|org|ua|by|kz)\Z")
_LONGEST_BOX, _LONGEST_HOST = 64, 255
#: Hosts of people's mail, which are an address without a zone, too.
_PROVIDERS = frozenset({
    "mail", "mailru", "yandex", "yandexru", "ya", "gmail", "googlemail", "rambler", "bk", "list",
    "inbox", "hotmail", "outlook", "icloud", "yahoo", "proton", "protonmail", "live", "msn", "ukr",
    "tut", "майл", "яндекс", "гмаил", "рамблер",
})  # fmt: skip
#: From so many letters a word after @ is a host in a column that is no mark of advertising.
_SHORTEST_WORD = 4
#: A service account's address is nobody's: errors and logs name it, so that a table can be shared
#: with it.
_NOBODY = ".gserviceaccount.com"


def email_spans(text: str, *, bare: bool) -> list[Span]:
    """Where e-mails stand. `bare` False: a column of marks, where `all-on-4@moscow` is a name."""
    spans: list[Span] = []
    small = text.lower()
    if _SIGNLESS_HINT.search(small) and _HOSTS.search(small):
        spans += [match.span() for match in _SIGNLESS.finditer(text) if _is_signless(text, match)]
    if not _SIGNS.search(small) or not ("@" in text or _HINT.search(text)):
        return spans
    spans += [
        (at.start() - len(box[0]), at.end())
        for at in _AT_MAIL.finditer(text)
        if (box := _BOX.match(text[max(0, at.start() - _LONGEST_BOX) : at.start()][::-1]))
    ]
    for at in _AT.finditer(text):
        before = text[max(0, at.start() - _LONGEST_BOX) : at.start()]
        box = _BOX.match(before[::-1])
        host = _HOST.match(text[at.end() : at.end() + _LONGEST_HOST])
        if box and host and _is_host(host[0], bare=bare):
            spans.append((at.start() - len(box[0]), at.end() + len(host[0])))
    return spans


def _is_signless(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _LONGEST_MAIL_WORD) : match.start()]
    if _MAIL_WORD.search(before):
        return True
    in_words = len(match["sign"]) > 1
    if not (match["zone"] or in_words):
        return False
    if match["sign"] == "#":
        return True
    is_long = len(match["box"]) >= _SHORTEST_BOX
    return is_long and _SOMEBODYS.search(match["box"]) is not None


def _is_host(host: str, *, bare: bool) -> bool:
    plain = host.lower().rstrip(".")
    if plain.endswith(_NOBODY):
        return False
    labels = re.split(r"[^\w\-]+|_(?:точка|dot)_", plain)
    if len(labels) > 1 and len(labels[-1]) > 1 and not labels[-1].isdigit():
        return True
    mail = _ZONE.sub("", labels[0])
    word = labels[0].isascii() and labels[0].isalpha() and len(labels[0]) >= _SHORTEST_WORD
    return mail in _PROVIDERS or labels[0] in _PROVIDERS or (bare and word)
