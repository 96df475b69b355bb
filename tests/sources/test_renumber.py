"""Numbers that the rows of the store show to be no ids."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.schema import ENTITIES
from sheets_sync.reading.ids import content_ids
from sheets_sync.reading.numbering import Numbering, numbering
from sheets_sync.sources.renumber import Renumbering, numbers_met, renumber
from sheets_sync.sources.source import Pulled
from sheets_sync.store import OfSource, Store
from tests.rows import frame

SOURCE = "file:test"
AT = datetime(2026, 3, 1, tzinfo=UTC)


def leads(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return frame(
        "leads", *({"lead_id": i, "created_at": at, "person_key": who} for i, at, who in rows)
    )


JANUARY = leads(("1", "2026-01-05T09:00Z", "ann"), ("2", "2026-01-06T09:00Z", "bob"))
FEBRUARY = leads(("1", "2026-02-05T09:00Z", "eve"), ("2", "2026-02-06T09:00Z", "dan"))


def met(
    store: Store,
    new: pd.DataFrame,
    known: Numbering = Numbering(),  # noqa: B008
    clinic: str = "clinic",
) -> Numbering:
    """Which numbers of the pull `new` are no ids by what is stored."""
    stored = OfSource(store.rows, clinic, SOURCE)
    return numbers_met("leads", new, known, stored, "", ZoneInfo("Europe/Moscow"))


def over(
    store: Store,
    new: pd.DataFrame,
    known: Numbering = Numbering(),  # noqa: B008
) -> tuple[Numbering, Renumbering]:
    """The pull `new` over what is stored, read again by content where a number is no id."""
    no_ids = met(store, new, known)
    stored = OfSource(store.rows, "clinic", SOURCE)
    if no_ids == known:
        return no_ids, renumber("leads", new, no_ids, stored, "")
    bad = new["lead_id"].isin(no_ids.ids) | no_ids.column
    made = pd.Series(content_ids(ENTITIES["leads"], new[bad]), index=new.index[bad])
    read = new.assign(lead_id=new["lead_id"].mask(bad, made).astype("str"))
    return no_ids, renumber("leads", read, no_ids, stored, "")


def test_a_number_of_another_person_on_another_day_is_no_id_and_the_stored_row_stays(
    store: Store,
) -> None:
    store.rows.merge("clinic", SOURCE, [Pulled("leads", JANUARY)], AT)
    no_ids, found = over(store, FEBRUARY)
    assert (no_ids.column, found.gone, found.rows) == (True, ("1", "2"), 2)
    store.rows.merge("clinic", SOURCE, [Pulled("leads", found.frame, gone=found.gone)], AT)
    stored = store.rows.read("clinic", "leads")
    assert sorted(stored["person_key"]) == ["ann", "bob", "dan", "eve"]
    assert stored["lead_id"].str.startswith("~").all()
    # Read once more, by content at once: nothing changes.
    _, again = over(store, found.frame, no_ids)
    assert (again.gone, again.rows) == ((), 0)
    assert sorted(again.frame["lead_id"]) == sorted(stored["lead_id"])


def test_one_such_number_of_several_is_none_and_the_others_stay(store: Store) -> None:
    same = leads(("3", "2026-01-07T09:00Z", "kim"), ("2", "2026-01-06T09:00Z", "bob"))
    store.rows.merge("clinic", SOURCE, [Pulled("leads", pd.concat([JANUARY, same.iloc[:1]]))], AT)
    new = pd.concat([FEBRUARY.iloc[:1], same], ignore_index=True)
    no_ids, found = over(store, new)
    assert (no_ids, found.gone) == (Numbering(frozenset({"1"})), ("1",))
    assert sorted(found.frame["lead_id"].str[:1]) == ["2", "3", "~", "~"]


def test_an_update_of_one_person_or_of_one_day_keeps_its_id(store: Store) -> None:
    store.rows.merge("clinic", SOURCE, [Pulled("leads", JANUARY)], AT)
    moved = leads(("1", "2026-02-05T09:00Z", "ann"), ("2", "2026-01-06T10:00Z", "eve"))
    no_ids, found = over(store, moved)
    assert (no_ids, found.gone, found.rows) == (Numbering(), (), 0)
    assert found.frame["lead_id"].tolist() == ["1", "2"]


def test_a_row_that_another_source_gave_says_nothing_of_the_number(store: Store) -> None:
    others = JANUARY.assign(source="file:others")
    store.rows.merge("clinic", "file:others", [Pulled("leads", others)], AT)
    no_ids, found = over(store, FEBRUARY)
    assert (no_ids, found.gone, found.rows) == (Numbering(), (), 0)


ROW = st.tuples(st.sampled_from("123456"), st.integers(1, 2), st.sampled_from(["", "ann", "bob"]))
_clinics = itertools.count()
LEADS = st.lists(ROW, max_size=6, unique_by=lambda row: row[0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(earlier=LEADS, later=LEADS)
def test_what_the_store_leaves_out_changes_no_answer(
    sqlite_store: Store, earlier: list[tuple[str, int, str]], later: list[tuple[str, int, str]]
) -> None:
    clinic = f"clinic {next(_clinics)}"
    old, new = (
        leads(*((i, f"2026-01-0{day}T09:00Z", who) for i, day, who in rows))
        for rows in (earlier, later)
    )
    whole = numbering(ENTITIES["leads"], pd.concat([old, new]), ZoneInfo("Europe/Moscow"))
    sqlite_store.rows.merge(clinic, SOURCE, [Pulled("leads", old)], AT)
    assert met(sqlite_store, new, clinic=clinic) == (whole if len(new) else Numbering())
