"""The invented clinic's economy as tables: what brings leads, at what cost, and what is treated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Step:
    """One visit of a treatment plan.

    after     days since the step before it, from and to
    price     roubles, from and to; (0, 0) is a visit that costs nothing
    chance    that a patient who came so far goes on to this step
    times     how often the step is repeated at most
    cost      share of the price that materials, the laboratory and the doctor take
    needed    True: a patient who does not go on to it goes on to nothing of the plan
    """

    service: str
    after: tuple[int, int]
    price: tuple[int, int]
    chance: float = 1.0
    times: int = 1
    cost: float = 0.5
    needed: bool = False


@dataclass(frozen=True)
class Direction:
    """A direction: its services as leads name them, its doctors, its plan, its recall.

    recall     chance that a patient comes for a check-up half a year after the last visit, each time
    advance    True: half of a step above 30 000 ₽ is paid in advance
    """

    name: str
    queries: tuple[str, ...]
    landing: str
    doctors: tuple[str, ...]
    plan: tuple[Step, ...]
    recall: float
    margin_rate: str
    advance: bool = False


@dataclass(frozen=True)
class Campaign:
    """What brings leads: a campaign, or a source that has none (`campaign` "").

    share      of all leads, per cent
    cpl        roubles per lead that it costs; 0 costs nothing
    monthly    True: paid by the month, else by the day
    mix        directions its leads ask for, with weights
    booking, show, accept   chance to book, to come, and a factor on every step of the plan
    calls      share of its leads that are calls
    site       visits of the site per lead; 0 where it brings none
    since, until   share of the whole time at which it starts and stops
    """

    platform: str
    source: str
    share: float
    cpl: int
    mix: tuple[tuple[str, float], ...]
    campaign: str = ""
    campaign_id: str = ""
    network: str = ""
    utm: tuple[str, str, str] = ("", "", "")
    monthly: bool = False
    booking: float = 0.55
    show: float = 0.72
    accept: float = 1.0
    calls: float = 0.5
    site: int = 0
    traffic: tuple[str, str, str] = ("", "", "")
    since: float = 0.0
    until: float = 1.0

    @property
    def is_direct(self) -> bool:
        return self.platform == DIRECT


DIRECT = "Яндекс Директ"
#: The only words of the demo that name a person's trade; the people themselves are in people.py.
DIRECTIONS = (
    Direction(
        "имплантация",
        ("Имплантация зубов", "All-on-4", "Имплант под ключ"),
        "/implantaciya/",
        ("Орлов Д. А.", "Седова М. И."),
        (
            Step("Консультация имплантолога", (0, 0), (1500, 1500), cost=0.45),
            Step(
                "Компьютерная томография", (0, 3), (3200, 3800), chance=0.55, cost=0.3, needed=True
            ),
            Step(
                "Установка импланта",
                (6, 28),
                (39000, 62000),
                chance=0.75,
                times=2,
                cost=0.6,
                needed=True,
            ),
            Step("Коронка на имплант", (85, 150), (29000, 43000), chance=0.88, times=2, cost=0.62),
        ),
        recall=0.5,
        margin_rate="0.38",
        advance=True,
    ),
    Direction(
        "ортодонтия",
        ("Брекеты", "Элайнеры", "Исправление прикуса"),
        "/ortodontiya/",
        ("Лебедева К. П.",),
        (
            Step("Консультация ортодонта", (0, 0), (1000, 1000), cost=0.45),
            Step(
                "Установка брекет-системы",
                (7, 25),
                (38000, 82000),
                chance=0.42,
                cost=0.55,
                needed=True,
            ),
            Step("Активация брекетов", (27, 36), (4200, 5600), chance=0.96, times=18, cost=0.48),
        ),
        recall=0.35,
        margin_rate="0.48",
        advance=True,
    ),
    Direction(
        "терапия",
        ("Лечение кариеса", "Лечение каналов", "Болит зуб"),
        "/lechenie/",
        ("Зимина А. В.", "Гордеев П. С.", "Титова Н. О."),
        (
            Step("Лечение кариеса", (0, 0), (5200, 9800), cost=0.5),
            Step("Лечение каналов", (5, 18), (7800, 14500), chance=0.5, cost=0.52),
            Step("Реставрация зуба", (6, 24), (6500, 12500), chance=0.55, times=3, cost=0.5),
        ),
        recall=0.5,
        margin_rate="0.5",
    ),
    Direction(
        "гигиена",
        ("Чистка зубов", "Отбеливание", "Гигиена полости рта"),
        "/gigiena/",
        ("Панова Е. Ю.",),
        (
            Step("Профессиональная гигиена", (0, 0), (4600, 6800), cost=0.42),
            Step("Лечение кариеса", (4, 16), (5200, 9800), chance=0.3, times=2, cost=0.5),
        ),
        recall=0.62,
        margin_rate="0.55",
    ),
    Direction(
        "протезирование",
        ("Коронки", "Виниры", "Съёмный протез"),
        "/protezirovanie/",
        ("Фомин Г. Л.",),
        (
            Step("Консультация ортопеда", (0, 0), (1000, 1000), cost=0.45),
            Step(
                "Коронка из диоксида циркония",
                (8, 24),
                (27000, 41000),
                chance=0.5,
                cost=0.58,
                needed=True,
            ),
            Step("Винир керамический", (10, 30), (24000, 36000), chance=0.45, times=2, cost=0.6),
        ),
        recall=0.4,
        margin_rate="0.4",
        advance=True,
    ),
)
#: What a check-up half a year later is, whatever was treated first.
RECALL = Step("Контрольный осмотр и гигиена", (165, 205), (4600, 6800), cost=0.42)

_ANY = (
    ("терапия", 4.0),
    ("гигиена", 2.5),
    ("имплантация", 2.0),
    ("ортодонтия", 1.5),
    ("протезирование", 1.2),
)
_SEARCH = ("ad", "ad.Яндекс: Директ", "ya_direct")


def _direct(
    number: int, name: str, network: str, share: float, cpl: int, direction: str, **more: float
) -> Campaign:
    return Campaign(
        DIRECT,
        "Яндекс Директ",
        share,
        cpl,
        ((direction, 1.0),) if direction else _ANY,
        campaign=name,
        campaign_id=str(number),
        network=network,
        utm=("yandex", "cpc", str(number)),
        traffic=_SEARCH,
        **{"site": 28 if network == "SEARCH" else 75, **more},  # type: ignore[arg-type]
    )


CAMPAIGNS = (
    _direct(70310001, "Имплантация | Поиск", "SEARCH", 7.0, 3500, "имплантация"),
    _direct(70310002, "Брекеты и элайнеры | Поиск", "SEARCH", 5.0, 2400, "ортодонтия"),
    _direct(70310003, "Лечение зубов | Поиск", "SEARCH", 7.0, 1500, "терапия", booking=0.6),
    _direct(70310004, "Коронки | Поиск", "SEARCH", 4.0, 2900, "протезирование", accept=0.9),
    _direct(70310005, "Бренд | Поиск", "SEARCH", 3.0, 750, "", booking=0.68, show=0.82),
    _direct(
        70310011, "Имплантация | РСЯ", "AD_NETWORK", 4.0, 2300, "имплантация",
        booking=0.46, show=0.66, accept=0.85,
    ),
    _direct(
        70310012, "Акция: чистка зубов | РСЯ", "AD_NETWORK", 5.0, 1900, "гигиена",
        booking=0.47, show=0.6, accept=0.6,
    ),
    _direct(
        70310013, "Ретаргет | РСЯ | цены на импланты", "AD_NETWORK", 3.0, 1200, "имплантация",
        booking=0.62, show=0.78, since=0.3,
    ),
    _direct(
        70310014, "Виниры | РСЯ", "AD_NETWORK", 3.0, 3300, "протезирование",
        booking=0.45, show=0.65, accept=0.55, since=0.4,
    ),
    Campaign(
        "SEO-продвижение", "Поиск Яндекса", 13.0, 1900, _ANY, monthly=True, site=32,
        traffic=("organic", "organic.yandex", ""), booking=0.6, show=0.76,
    ),
    Campaign(
        "2ГИС", "2ГИС", 7.0, 1100, _ANY[:3], monthly=True, calls=0.85, booking=0.6, show=0.74,
    ),
    Campaign(
        "Яндекс Карты", "Яндекс.Карты", 5.0, 1200, _ANY[:3], campaign="Карточка клиники", monthly=True,
        utm=("yandex_maps", "maps", "kartochka"), traffic=("referral", "referral.yandex.ru", ""),
        calls=0.8, site=6, booking=0.62, show=0.77,
    ),
    Campaign(
        "ПроДокторов", "ПроДокторов", 5.5, 2100, _ANY, monthly=True, calls=0.6, show=0.8,
    ),
    Campaign("СберЗдоровье", "СберЗдоровье", 3.5, 2600, _ANY[:2], monthly=True, accept=0.8),
    Campaign(
        "VK Реклама", "VK Реклама", 4.0, 2000, (("ортодонтия", 1.0),), campaign="Элайнеры | VK",
        utm=("vk_ads", "cpc", "vk-elainery"), traffic=("ad", "ad.VK Реклама", "vkontakte"),
        calls=0.15, booking=0.46, show=0.58, accept=0.55, site=60,
    ),
    Campaign(
        "VK Реклама", "VK Реклама", 4.0, 1700, (("гигиена", 1.0),), campaign="Отбеливание | VK",
        utm=("vk_ads", "cpc", "vk-otbelivanie"), traffic=("ad", "ad.VK Реклама", "vkontakte"),
        calls=0.15, booking=0.44, show=0.56, accept=0.55, site=70,
    ),
    Campaign(
        "Авито", "Авито", 2.5, 1300, (("протезирование", 1.0), ("терапия", 1.0)), monthly=True,
        calls=0.7, booking=0.5, show=0.66, accept=0.8,
    ),
    Campaign("", "Рекомендация знакомых", 6.5, 0, _ANY, calls=0.8, booking=0.72, show=0.85),
    Campaign("", "", 4.5, 0, _ANY, calls=1.0, booking=0.58, show=0.74),
    Campaign("", "Telegram", 2.0, 0, _ANY, calls=0.0, site=15,
             traffic=("messenger", "messenger.telegram", "")),
    Campaign("", "", 2.0, 0, _ANY, calls=0.0, site=40, traffic=("direct", "", "")),
)  # fmt: skip
#: Money spent on a trial that brought nobody: cost without patients.
TRIAL = _direct(70310099, "Детская стоматология | РСЯ | тест", "AD_NETWORK", 0.0, 0, "")
TRIAL_DAYS, TRIAL_COST = 12, 9400

#: How many leads a month brings against the mean month.
SEASON = (0.8, 1.0, 1.08, 1.05, 0.92, 0.95, 0.88, 0.95, 1.1, 1.12, 1.05, 0.9)
#: Monday first.
WEEKDAY = (1.25, 1.15, 1.1, 1.05, 1.0, 0.75, 0.55)

BY_NAME = {d.name: d for d in DIRECTIONS}
#: The clinic's branches and who receives in them.
BRANCHES = {
    "Центр": ("Орлов Д. А.", "Лебедева К. П.", "Зимина А. В.", "Фомин Г. Л.", "Панова Е. Ю."),
    "Заречный": ("Седова М. И.", "Гордеев П. С.", "Титова Н. О."),
}


def branch_of(doctor: str) -> str:
    """Where the doctor receives."""
    return next(branch for branch, doctors in BRANCHES.items() if doctor in doctors)


def weight(day: date) -> float:
    """How many leads a day brings against the mean day."""
    return SEASON[day.month - 1] * WEEKDAY[day.weekday()]
