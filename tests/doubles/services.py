"""All doubles of services by kind, for tests that drive all alike."""

from tests.doubles.bitrix24 import Bitrix24Double
from tests.doubles.callibri import CallibriDouble
from tests.doubles.calltouch import CalltouchDouble
from tests.doubles.service import Double
from tests.doubles.uis import UisDouble

DOUBLES: dict[str, type[Double]] = {
    d.kind: d for d in (CallibriDouble, CalltouchDouble, UisDouble, Bitrix24Double)
}
