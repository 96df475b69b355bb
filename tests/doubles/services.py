"""All doubles of services by kind, for tests that drive all alike."""

from tests.doubles.amocrm import AmocrmDouble
from tests.doubles.avito import AvitoDouble
from tests.doubles.bitrix24 import Bitrix24Double
from tests.doubles.callibri import CallibriDouble
from tests.doubles.calltouch import CalltouchDouble
from tests.doubles.medods import MedodsDouble
from tests.doubles.service import Double
from tests.doubles.sqns import SqnsDouble
from tests.doubles.uis import UisDouble
from tests.doubles.vk_ads import VkAdsDouble
from tests.doubles.yclients import YclientsDouble

_ALL: tuple[type[Double], ...] = (
    CalltouchDouble,
    UisDouble,
    CallibriDouble,
    Bitrix24Double,
    AmocrmDouble,
    YclientsDouble,
    MedodsDouble,
    SqnsDouble,
    VkAdsDouble,
    AvitoDouble,
)
DOUBLES: dict[str, type[Double]] = {d.kind: d for d in _ALL}
