"""The outbox: a letter is written once, taken once, and its outcome kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sheets_sync.store import Letter, Store

AT = datetime(2026, 10, 26, 6, tzinfo=UTC)
DIGEST = Letter(
    "email:1",
    "digest:2026-W44",
    ("Клиника", "Лиды: 66"),
    AT,
    picture=b"\x89PNG\x00",
    rule="Правило",
)


def test_a_letter_is_written_once_by_channel_and_key(store: Store) -> None:
    store.outbox.put("one", [DIGEST, replace(DIGEST, channel="max:2")])
    store.outbox.put("one", [replace(DIGEST, lines=("Другое",), made_at=AT + timedelta(hours=1))])
    store.outbox.put("two", [replace(DIGEST, lines=("Вторая",))])
    assert store.outbox.waiting("one") == [DIGEST, replace(DIGEST, channel="max:2")]
    assert [letter.lines for letter in store.outbox.waiting("two")] == [("Вторая",)]


def test_only_one_takes_it_and_what_was_taken_does_not_wait(store: Store) -> None:
    store.outbox.put("one", [DIGEST])
    assert store.outbox.begin("one", DIGEST, AT)
    assert not store.outbox.begin("one", DIGEST, AT)
    assert store.outbox.waiting("one") == []
    store.outbox.end("one", DIGEST, "sent", answer="<id@clinic>")
    store.outbox.give_up("one", {"message": "убит"})
    (letter,) = store.outbox.since("one", AT)
    sent = {"state": "sent", "answer": "<id@clinic>", "tried_at": AT, "picture": None}
    assert letter == replace(DIGEST, **sent)
    store.outbox.drop_refused("one", DIGEST.key)
    assert len(store.outbox.since("one", AT)) == 1


def test_what_a_killed_process_was_at_is_unknown_and_never_goes_again(store: Store) -> None:
    store.outbox.put("one", [DIGEST])
    store.outbox.begin("one", DIGEST, AT)
    store.outbox.give_up("one", {"message": "убит"})
    store.outbox.drop_refused("one", DIGEST.key)
    store.outbox.put("one", [DIGEST])
    assert store.outbox.waiting("one") == []
    (letter,) = store.outbox.since("one", AT)
    assert (letter.state, letter.error) == ("unknown", {"message": "убит"})


def test_a_refused_one_may_be_written_anew(store: Store) -> None:
    store.outbox.put("one", [DIGEST])
    store.outbox.begin("one", DIGEST, AT)
    store.outbox.end("one", DIGEST, "failed", error={"message": "пароль"})
    assert store.outbox.waiting("one") == []
    later = replace(DIGEST, made_at=AT + timedelta(hours=3), lines=("Заново",))
    store.outbox.drop_refused("one", DIGEST.key)
    store.outbox.put("one", [later])
    assert store.outbox.waiting("one") == [later]
    assert store.outbox.begin("one", later, later.made_at)


def test_old_letters_are_forgotten(store: Store) -> None:
    store.outbox.put("one", [DIGEST])
    later = AT + timedelta(days=91)
    store.outbox.put("one", [replace(DIGEST, key="digest:2027-W05", made_at=later)])
    assert [letter.key for letter in store.outbox.since("one", AT)] == ["digest:2027-W05"]


def test_a_clinic_is_muted_until_a_moment(store: Store) -> None:
    assert store.outbox.muted("one") is None
    for days in (7, 3):
        store.outbox.mute("one", AT + timedelta(days=days))
    assert store.outbox.muted("one") == AT + timedelta(days=3)
    assert store.outbox.muted("two") is None
