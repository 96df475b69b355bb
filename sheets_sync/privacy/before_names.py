"""What a word says of the name after it: a street is called so, a person is, or who the person is.

A `plain` word is lower case, ё = е.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

#: Words after which a name is a street, a hospital, a park.
PLACES = frozenset({
    "им", "имени", "алл", "аллея", "ул", "улица", "улице", "улицы", "пр", "просп", "проспект", "пер", "переулок",
    "пл", "площадь", "наб", "набережная", "ш", "шоссе", "бульвар", "бул", "проезд", "мкр",
    "микрорайон", "метро", "м", "станция", "ст", "парк", "сквер", "памятник", "г", "гор", "город",
    "село", "поселок", "п", "д", "деревня", "с", "тц", "трц", "бц", "жк",
})  # fmt: skip
#: What stands on a street that is called after somebody: «филиал на Ивана Франко».
BRANCHES = frozenset({
    "филиал", "офис", "клиника", "центр", "стоматология", "отделение", "кабинет", "филиала", "адрес",
})  # fmt: skip
#: Words after which a surname alone is a person's: patients, relatives, who sent whom.
_PERSON = re.compile(
    r"фамили[яиею]й?|фио|пац|пациент(?:к?[аеиу]|ов|ом|к?ой|ам)?|клиент(?:к?[аеиу]|ов|ом|кой|ам)?"
    r"|граждан(?:ин[ау]?|к[аеиу])|господин[ау]?|госпож[аеиу]"
    r"|муж[ау]?|мужем|жен[аеуы]|женой|жених[ау]?|невест[аеуы]|супру[гж][аеиу]?|мам[аеуы]|пап[аеуы]|отец|отца"
    r"|сын[ау]?|сынок|сыном|доч(?:к[аеиу]|ь|ери|ка)|брат[ау]?|сестр[аеуы]|баб(?:ушк|ул)[аеиуя]"
    r"|дедушк[аеиу]|тет[еиюя]|дяд[еиюя]|вну(?:к|чк)[аеиу]?|племянни(?:к|ц)[аеуы]?|тещ[аеиу]|тест[ьюяе]|зят[ьюяе]|невестк[аеиу]|свекров(?:ь|и|ью)|админ[ау]?|ребен(?:ок|ка|ку)"
    r"|семь(?:я|и|е|ю|ей)|коллег[аеиуо]й?|друг[ау]?|подруг[аеиу]|сосед(?:к?[аеиу])?|знаком(?:ый|ая|ой|ого|ому|ую)"
    r"|рек|реком|совет[ау]?|рекомендаци[еиюя]|(?:по)?(?:рекомендовал|советовал)[аи]?|направил[аи]?|привел[аи]?"
    r"|звонит|(?:по)?звонил[аи]?|записал(?:ся|ась|ись)"
    r"|д-р(?:а|у|ом)?|г-(?:ж[аеиу]|н[ау]?)|[пк]-(?:к[аеиу]|т[ау]?)|б-(?:ой|ая|ого|ная|ный)"
)
#: Who treats people, and how one speaks of a visit to somebody: «записан к Плантовой».
_DOCTOR = re.compile(r"врач(?:а|у|ом)?|доктор(?:у|ом)?|лор[ау]?|узист[ау]?|dr|doctor|vrach")
_SPECIALIST = re.compile(r"[а-я]+(?:олог|иатр|апевт|ирург|опед|донт)(?:а|у|ом)?")
_VISIT = re.compile(
    r"запис[а-я]*|прием[а-я]*|консульт[а-я]*|перен[ео]с[а-я]*|хо(?:чет|тел[аи]?)|лечи[а-я]*|ходи[а-я]*"
    r"|наблюда[а-я]*|был[аи]?|попасть|очередь|уш(?:ел|ла)|отмен[а-я]*|оплат[а-я]*|возврат[а-я]*|визит[а-я]*|заявк[а-я]|дубл[а-я]"
)
_TO = frozenset({"к", "ко", "у"})
#: «Доктор Плантова» is a doctor; «Доктор Плантов» may be a clinic.
_WOMANS = re.compile(r"(?:[ое]ва|[иы]на|ская|цкая)\Z")
#: How surnames end after a preposition or a visit, «отмена Плантовой»; «от Гагарина» is a street as well.
_OF_HER = re.compile(r"(?:[ое]в|[иы]н)ой\Z")
_AFTER = {
    **dict.fromkeys(("к", "от"), _OF_HER),
    **dict.fromkeys(("с", "со"), re.compile(r"(?:[ое]в|[иы]н)(?:ой|ым)\Z")),
    "для": re.compile(r"(?:[ое]в|[иы]н)(?:ой|а)\Z"),
    "за": re.compile(r"(?:[ое]в|[иы]н)у\Z"),
}
#: Things of clinics that have a brand after them: «имплант Нобель Реплейс».
_DEVICE = re.compile(
    r"имплант(?:ат)?[ыа]?|абатмент[ыа]?|брекет[ыа]?|винир[ыа]?|элайнер[ыа]?|коронк[аи]|капп?[аы]|протез[ыа]?"
    r"|аппарат[ыа]?|лазер[ыа]?|филлер[ыа]?|препарат[ыа]?|пилинг[иа]?|вакцин[аы]|спирал[ьи]|линз[аы]|нит[ьи]"
)
#: Whom a noun calls by a trade.
_TRADE = re.compile(
    r".*(?:лог|ист|тор|тер|ер|нт|арь|ник|ница|[чщ]ик|[чщ]ица|иатр|евт|ург|врач|тель|есса|овек|чина|щина|ушка)"
    r"|малыш|дети|дама|леди|мисс|гость|фея|ангел|принц|цар[ьие].*|мать"
)


@lru_cache(maxsize=10_000)
def says_person(word: str) -> bool:
    """Whether a surname alone after the word is somebody's: «пациент», «мама», «г-жа»."""
    return _PERSON.fullmatch(_plain(word)) is not None


def is_calling(plain: str) -> bool:
    """Whether a word says what a person is or does before it is anybody's surname."""
    return says_person(plain) or _TRADE.fullmatch(plain) is not None


@lru_cache(maxsize=10_000)
def may_call(word: str) -> bool:
    """Whether a capital after the word may be a doctor's surname or anybody's: «врач», «от», «к»."""
    plain = _plain(word)
    if plain in _TO or plain in _AFTER:
        return True
    return any(form.fullmatch(plain) for form in (_DOCTOR, _SPECIALIST, _VISIT))


def calls(words: Sequence[str], surname: str) -> bool:
    """Whether words in their order say that the surname after them is somebody's: «записан к»."""
    last, plain = _plain(words[-1]), _plain(surname)
    if last in _TO and len(words) > 1 and _VISIT.fullmatch(_plain(words[-2])):
        return True
    if last in _TO - _AFTER.keys():
        return False
    form = _WOMANS if last == "доктор" else _AFTER.get(last)
    if not form and _VISIT.fullmatch(last):
        form = _OF_HER
    return form is None or form.search(plain) is not None


def is_sure_call(word: str) -> bool:
    """Whether any surname after the word is somebody's; people also say «стоматолог Чехов»."""
    return _plain(word).startswith("врач")


@lru_cache(maxsize=10_000)
def is_device(word: str) -> bool:
    """Whether a brand stands after the word rather than a person: «имплант», «лазер»."""
    return _DEVICE.fullmatch(_plain(word)) is not None


def _plain(word: str) -> str:
    return word.lower().replace("ё", "е")
