"""What a service issued stays, sealed, until a newer one takes its place."""

from __future__ import annotations

from sheets_sync.store import Store
from tests.store.rows import AT


def test_the_last_token_of_an_account_is_kept(store: Store) -> None:
    assert store.tokens.read("vk_ads:1") == ""
    store.tokens.keep("vk_ads:1", "sealed", AT)
    store.tokens.keep("vk_ads:2", "another", AT)
    store.tokens.keep("vk_ads:1", "newer", AT)
    assert (store.tokens.read("vk_ads:1"), store.tokens.read("vk_ads:2")) == ("newer", "another")
