"""What a run leaves behind: the last value of a name, by clinic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sheets_sync.store import Store

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_last_value_of_a_name_is_kept_by_clinic(store: Store) -> None:
    assert store.memory.read("one") == {}
    store.memory.keep("one", {"page": {"rows": [[1, "я", None]]}, "changes": []}, AT)
    store.memory.keep("two", {"page": 2}, AT)
    store.memory.keep("one", {"page": {"rows": [[2.5]]}}, AT + timedelta(hours=1))
    assert store.memory.read("one") == {"page": {"rows": [[2.5]]}, "changes": []}
    assert store.memory.read("one", "page") == {"page": {"rows": [[2.5]]}}
    assert store.memory.read("two") == {"page": 2}
