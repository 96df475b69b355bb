"""What a word says of the name after it: a street is called so, a person is, or who the person is.

A `plain` word is lower case, ё = е.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Words after which a name is a street, a hospital, a park.
PLACES = frozenset({
    "им", "имени", "алл", "аллея", "ул", "улица", "улице", "улицы", "пр", "просп", "проспект", "пер", "переулок",
    "пл", "площадь", "наб", "набережная", "ш", "шоссе", "бульвар", "бул", "проезд", "мкр",
    "микрорайон", "метро", "м", "станция", "ст", "парк", "сквер", "памятник", "г", "гор", "город",
    "село", "поселок", "п", "д", "деревня", "с", "тц", "трц", "бц", "жк",
})  # fmt: skip
#: Words after which a surname alone is a person's: patients, relatives, who sent whom.
_PERSON = re.compile(
    r"фамили[яиею]й?|фио|пац|пациент(?:к?[аеиу]|ов|ом|к?ой|ам)?|клиент(?:к?[аеиу]|ов|ом|кой|ам)?"
    r"|граждан(?:ин[ау]?|к[аеиу])|господин[ау]?|госпож[аеиу]"
    r"|муж[ау]?|мужем|жен[аеуы]|женой|жених[ау]?|невест[аеуы]|супру[гж][аеиу]?|мам[аеуы]|пап[аеуы]|отец|отца"
    r"|сын[ау]?|сынок|сыном|доч(?:к[аеиу]|ь|ери|ка)|брат[ау]?|сестр[аеуы]|баб(?:ушк|ул)[аеиуя]"
    r"|дедушк[аеиу]|тет[еиюя]|дяд[еиюя]|вну(?:к|чк)[аеиу]?|племянни(?:к|ц)[аеуы]?|теща|свекровь|ребен(?:ок|ка|ку)"
    r"|друг[ау]?|подруг[аеиу]|сосед(?:к?[аеиу])?|знаком(?:ый|ая|ой|ого|ому|ую)"
    r"|рек|реком|совет[ау]?|рекомендаци[еиюя]|(?:по)?(?:рекомендовал|советовал)[аи]?|направил[аи]?|привел[аи]?"
    r"|звонит|(?:по)?звонил[аи]?|записал(?:ся|ась|ись)"
    r"|г-(?:ж[аеиу]|н[ау]?)|[пк]-(?:к[аеиу]|т[ау]?)|б-(?:ой|ая|ого|ная|ный)"
)
#: Whom a noun calls by a trade.
_TRADE = re.compile(
    r".*(?:лог|ист|тор|тер|ер|нт|арь|ник|ница|[чщ]ик|[чщ]ица|иатр|евт|ург|врач|тель|есса|овек|чина|щина|ушка)"
    r"|малыш|дети|дама|леди|мисс|гость|фея|ангел|принц|цар[ьие].*|мать"
)


@lru_cache(maxsize=10_000)
def says_person(word: str) -> bool:
    """Whether a surname alone after the word is somebody's: «пациент», «мама», «г-жа»."""
    return _PERSON.fullmatch(word.lower().replace("ё", "е")) is not None


def is_calling(plain: str) -> bool:
    """Whether a word says what a person is or does before it is anybody's surname."""
    return says_person(plain) or _TRADE.fullmatch(plain) is not None
