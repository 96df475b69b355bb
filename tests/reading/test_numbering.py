"""Which numbers are no ids, against the definition counted number by number."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from metrics.schema import ENTITIES
from sheets_sync.reading.numbering import Numbering, numbering, repeats

MOSCOW = ZoneInfo("Europe/Moscow")
#: The second is still the first's day in Moscow, the third is not.
MOMENTS = ("2026-01-05T09:00Z", "2026-01-05T20:59Z", "2026-01-05T21:00Z", "2026-03-01T00:00Z")
PEOPLE = st.sampled_from(["", "ann", "bob", "eve"])
ROW = st.tuples(st.sampled_from(["", "1", "2", "3"]), st.sampled_from(MOMENTS), PEOPLE, PEOPLE)


def frame(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    names = ["appointment_id", "starts_at", "person_key", "patient_key"]
    made = pd.DataFrame(rows, columns=names, dtype="str")
    return made.assign(starts_at=pd.to_datetime(made["starts_at"], utc=True))


def by_definition(rows: list[tuple[str, str, str, str]]) -> Numbering:
    """Repeated numbers that two different persons, or patients, have on two local days; where there is
    one, also those that they have on one."""
    bad, met, repeated = set(), set(), set()
    for number in {row[0] for row in rows} - {""}:
        here = [row for row in rows if row[0] == number]
        if len(here) > 1:
            repeated.add(number)
        for place in (2, 3):
            whose = [row for row in here if row[place]]
            days = {pd.Timestamp(row[1]).tz_convert(MOSCOW).date() for row in whose}
            if len({row[place] for row in whose}) > 1:
                met.add(number)
                bad |= {number} if len(days) > 1 else set()
    bad |= met if bad else set()
    return Numbering(frozenset(bad), 2 * len(bad) > len(repeated))


@given(st.lists(ROW, max_size=8))
def test_numbers_are_no_ids_where_the_definition_says_so(
    rows: list[tuple[str, str, str, str]],
) -> None:
    assert numbering(ENTITIES["appointments"], frame(rows), MOSCOW) == by_definition(rows)


def test_one_number_of_two_people_on_two_days_of_the_clinic_is_no_id() -> None:
    rows = [("1", MOMENTS[1], "ann", ""), ("1", MOMENTS[2], "bob", "")]
    assert numbering(ENTITIES["appointments"], frame(rows), MOSCOW) == Numbering(
        frozenset({"1"}), column=True
    )
    same_day = [("1", MOMENTS[0], "ann", ""), ("1", MOMENTS[1], "bob", "")]
    assert not numbering(ENTITIES["appointments"], frame(same_day), MOSCOW)


def test_a_value_in_two_rows_repeats_whatever_the_order() -> None:
    for ids in ([], ["7"], ["1", "10", "2"], ["2", "10", "1"], ["", "1"]):
        assert not repeats(pd.Series(ids, dtype="str"))
    for ids in (["1", "1"], ["2", "1", "2"], ["", "1", ""], ["1", "2", "2", "3"]):
        assert repeats(pd.Series(ids, dtype="str"))
