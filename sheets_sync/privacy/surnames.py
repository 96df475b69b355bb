"""Surnames beyond the dictionary's: by their ending, as adjectives and nouns beside a given name.

Words come as `plain`: lower case, Cyrillic letters, ё = е.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sheets_sync.privacy.before_names import is_calling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymorphy3.analyzer import Parse

HE, SHE = frozenset({"masc"}), frozenset({"femn"})
ANYBODY = HE | SHE
#: A shorter word that no dictionary knows is an abbreviation, and so is one of capitals up to here.
_SHORTEST, _LONGEST_ABBREVIATION = 3, 5

_BEING = frozenset({"NOUN", "anim", "sing", "nomn"})
_NAMES = frozenset({"Name", "Patr", "Surn"})
#: Endings of surnames that no dictionary knows -> whose they are.
_ENDINGS = (
    (re.compile(r"[а-я]{2,}(?:[ое]в|[иы]н)(?:ым)?"), HE),
    (re.compile(r"[а-я]{2,}(?:[ое]в|[иы]н)ой"), SHE),
    (re.compile(r"[а-я]{2,}(?:[ое]в|[иы]н)[ауе]"), ANYBODY),
    (re.compile(r"[а-я]{2,}[сц]к(?:ий|ого|ому|им)"), HE),
    (re.compile(r"[а-я]{2,}[сц]к(?:ая|ую|ой)"), SHE),
    (re.compile(r"[а-я]{3,}(?:енко|ченко|чук|юк|швили|дзе|берг|[иы]х|ян|янц)"), ANYBODY),
    (re.compile(r"[а-я]{3,}ян(?:а|у|ом|е)"), HE),
)
#: How surnames end that neither a dictionary nor the endings above know: Круглик, Кличко, Югай.
_FOREIGN_ENDING = re.compile(
    r"[а-я]{2,}(?:[иыаяуюо]к|ец|[иое]вич|[ая]й|[еу]й|ман|берг|штейн|ер|[аяе]н|[аеиноу]ли|[аеио]дзе|ели|ба|ло|ко|ия)"
    r"(?:а|я|у|ю|ом|ем|е)?"
)
#: How surnames from abroad end in Latin letters: Yilmaz, Johnson.
_ABROAD = re.compile(
    r"[a-z]{2,}(?:s[eo]n|mann?|berg|stein|ez|oglu|maz|kaya|ich|sk[iy]|ya?n|dze|shvili|enko|chuk|escu|sson|elli|etti)",
    re.IGNORECASE,
)
#: Endings of his surnames that are others in hers.
_CHANGES = re.compile(r"(?:[ое]в|[иы]н|[иы]й)(?:а|у|ым|им|е|ого|ому|им|ом)?\Z")
_VOWEL = re.compile(r"[аеиоуыэюя]")
#: Words of clinics and of advertising that are in no dictionary of Russian, by their beginning.
_TRADE = re.compile(
    r".*(?:имплант|дент|клиник)|элайн|винир|брек|стом|люмин|ретейн|ботокс|фил+ер|лифт|пилинг|инвиз|мед"
    r"|лаб|смайл|бьют|лайф|люкс|спа|дерм|косм|лазер|эпил|орто|эндо|пародонт|остео|плюс|центр|профи"
    r"|эксперт|эстет|элит|вип|тайм|сити|хаус|груп|холл|таргет|лид|квиз|лендинг|ретарг|директ|гугл|ютуб"
    r"|инста|телег|ватсап|вотсап|вайбер|дзен|авито|яндекс|сбер|онлайн|промо|санта|.*маш\Z|фит|нео"
)
#: Adjectives that say what a clinic, an offer or a street is like before they are anybody's surname.
_COMMON = frozenset({
    "новый", "старый", "большой", "малый", "главный", "общий", "детский", "женский", "мужской",
    "семейный", "платный", "частный", "горячий", "теплый", "летний", "зимний", "весенний", "осенний",
    "городской", "областной", "центральный", "северный", "южный", "восточный", "западный", "верхний",
    "нижний", "красный", "советский", "лучший", "хороший", "любимый", "весь", "наш", "ваш", "твой",
    "мой", "свой", "этот", "другой", "каждый", "сам", "самый", "который", "какой", "такой", "зубной",
    "медицинский", "стоматологический", "косметический", "эстетический", "святой", "дорогой",
    "больший", "первый", "второй", "третий",
})  # fmt: skip
#: Nouns that are surnames more often beside a given name than anything else.
_NOUNS = frozenset({
    "заяц", "гусь", "волк", "лис", "лисица", "сорока", "воробей", "ворона", "баран", "козел", "бык",
    "медведь", "соловей", "журавль", "голубь", "орел", "кот", "рак", "щука", "карась", "окунь",
    "сом", "ерш", "таракан", "комар", "муха", "коваль", "мельник", "швец", "ткач", "гончар",
    "бондарь", "кравец", "пастух", "рыбак", "чумак", "козак", "король", "мороз", "туча", "гром",
    "дуб", "береза", "верба", "калина", "малина", "клюква", "горох", "капуста", "буряк", "редька",
    "хрен", "перец", "ложка", "колесо", "корень", "пень", "лопата", "молот", "шило", "игла",
    "кулик", "новик", "шин", "хван", "шаповал", "сокол", "резник", "кузнец", "скляр", "столяр",
    "маляр", "бойко", "пак", "чен", "ван", "чан", "тен", "хан", "лим", "юн", "лю", "ли", "югай",
    "нгуен", "лось", "синица", "снегирь", "рябчик", "чижик", "барин", "сирота", "кобзарь", "палий",
    "копач", "рубан", "бабак", "лысак", "скок", "деркач", "пуля", "цапля", "филин", "дятел", "грач",
    "хомяк", "барсук", "кабан", "зубр", "сапог", "борода", "хмель", "чеснок", "огурец", "цай", "кожух",
})  # fmt: skip


def ending_of(plain: str, *, latin: bool) -> frozenset[str] | None:
    if latin and plain.endswith(("ин", "ине", "ове", "москов")):  # LinkedIn, online, gotovye
        return None
    return next((of for form, of in _ENDINGS if form.fullmatch(plain)), None)


def genders(parses: Sequence[Parse], surname: str = "") -> frozenset[str]:
    """Whose names they are; a surname that does not change for a woman is anybody's: Цой."""
    genders = {str(p.tag.gender) for p in parses}
    if genders - ANYBODY or (surname and genders == HE and not _CHANGES.search(surname)):
        return ANYBODY
    return frozenset(genders)


def is_strange(word: str, plain: str) -> bool:
    """Whether a word outside the dictionary may be a name: no abbreviation, no word of the trade."""
    short = len(plain) < _SHORTEST or (word.isupper() and len(plain) <= _LONGEST_ABBREVIATION)
    return not short and bool(_VOWEL.search(plain[1:])) and not is_trade(plain)


def is_trade(plain: str) -> bool:
    """Whether a word that no dictionary knows is one of clinics and of advertising."""
    return _TRADE.match(plain) is not None


def is_foreign(plain: str) -> bool:
    """Whether a strange word ends as surnames from beyond Russia do."""
    return _FOREIGN_ENDING.fullmatch(plain) is not None


def ends_abroad(word: str) -> bool:
    """Whether a Latin word ends as surnames from abroad do."""
    return _ABROAD.fullmatch(word) is not None


def is_beast(parses: Sequence[Parse]) -> bool:
    """Whether a noun is a being, one, named by itself, and by no trade or kin."""
    return any(
        p.tag.grammemes >= _BEING
        and _NAMES.isdisjoint(p.tag.grammemes)
        and not is_calling(p.normal_form.replace("ё", "е"))
        and not is_trade(p.normal_form)
        for p in parses
    )


def nickname_of(plain: str, parses: Sequence[Parse]) -> frozenset[str]:
    """Whose surname an adjective or a noun may be."""
    if plain in _NOUNS or any(p.normal_form in _NOUNS and "sing" in p.tag for p in parses):
        return ANYBODY
    adjectives = [
        p.tag
        for p in parses
        if "ADJF" in p.tag and "Apro" not in p.tag and p.normal_form not in _COMMON
    ]
    if any("plur" in tag and "gent" in tag for tag in adjectives):
        return ANYBODY  # «Седых»
    return frozenset(str(tag.gender) for tag in adjectives if "sing" in tag) & ANYBODY
