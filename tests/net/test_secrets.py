"""Secrets wherever a service wants them, and nowhere else."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pydantic import SecretStr

from sheets_sync.net.http import Http, HttpError
from sheets_sync.net.retry import Retry
from sheets_sync.net.secrets import Auth, FreshHeader, Path, bearer, body, headers, query
from tests.doubles.server import Asked, Loopback, Reply, json_reply
from tests.sources.yandex import Hands

WORD = "s3cret+of/nobody=1"
HOOK = f"https://portal.example/rest/1/{WORD.replace('/', '_')}/"


class Echo(Loopback):
    """Says back everything that it was asked."""

    status = 200

    def answer(self, asked: Asked) -> Reply:
        said = [asked.path, asked.query, asked.headers, asked.body.decode()]
        return json_reply({"said": said, "raw": str(asked.pairs)}, self.status)


SECRET = SecretStr(WORD)
WAYS: dict[str, Auth] = {
    "bearer": bearer(SECRET),
    "header": headers(X_Token=SECRET),
    "query": query(user_token=SECRET),
    "body": body("params.access_token", SECRET),
    "path": Path((SecretStr(HOOK),)),
    "made": FreshHeader((SECRET,), make=lambda _now: f"Bearer {WORD}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_goes_where_it_belongs_and_into_no_error_log_or_repr(
    way: str, clock: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    auth = WAYS[way]
    with Echo() as echo:
        http = Http("Служба", auth, clock=clock)
        asked: dict[str, Any] = {"json": {"params": {"limit": 1}}}
        http.request("POST", f"{echo.url}/crm.item.list", params={"a": "1"}, **asked)
        (one,) = echo.asked
        where = {
            "bearer": one.headers.get("authorization"),
            "header": one.headers.get("x-token"),
            "query": one.query.get("user_token"),
            "body": one.json()["params"].get("access_token"),
            "path": one.path,
            "made": one.headers.get("authorization"),
        }[way]
        assert where in {WORD, f"Bearer {WORD}", f"/rest/1/{WORD.replace('/', '_')}/crm.item.list"}
        assert (one.query["a"], one.json()["params"]["limit"]) == ("1", 1)
        echo.status = 403
        with pytest.raises(HttpError) as caught:
            http.request("POST", f"{echo.url}/x", retry=Retry(tries=1), **asked)
    error = caught.value
    told = f"{error!s} {error!r} {error.__dict__} {auth!r} {caplog.text}"
    assert WORD not in told
    assert WORD.replace("/", "_") not in told
