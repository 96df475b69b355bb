"""A platform by any of its usual names: «Директ», «Яндекс.Директ» and «Yandex Direct» are one."""

from __future__ import annotations

from metrics.coded import fold

#: Names of one platform, letters and digits alone; the first stands for all.
_NAMES = (
    ("яндексдирект", "директ", "yandexdirect", "direct"),
    ("vkреклама", "vkads", "vk", "вкреклама", "вк", "вконтакте", "вконтактереклама", "vkontakte"),
    ("авито", "avito", "авитореклама", "avitoads"),
    ("яндекскарты", "yandexmaps"),
    ("яндексбизнес", "yandexbusiness"),
    ("2гис", "2gis", "дубльгис"),
    ("googleads", "google", "гугл", "googleреклама", "гуглреклама", "googleadwords", "adwords"),
    ("telegramads", "телеграмads", "telegramреклама", "телеграмреклама"),
    ("mytarget", "майтаргет"),
    ("сберads", "sberads", "сберреклама"),
    ("продокторов", "prodoctorov"),
    ("напоправку", "napopravku"),
    ("сберздоровье", "sberhealth", "docdoc"),
)
_FIRST = {name: names[0] for names in _NAMES for name in names}


def platform_key(name: str) -> str:
    """What a platform is compared by; the text itself where it has neither letters nor digits."""
    letters = "".join(filter(str.isalnum, fold(name)))
    return _FIRST.get(letters, letters) or name
