"""The doubles of services refuse what the services refuse, in the services' own dress."""

from __future__ import annotations

import pytest
import requests

from tests.doubles.services import DOUBLES
from tests.sources.yandex import Hands


@pytest.fixture
def service(request):
    with DOUBLES[request.param](clock=Hands()) as double:
        yield double


def _sent(double, method, path, **more):
    """Status and body; the double's secrets are put where `{NAME}` stands."""
    texts = {f"{{{name}}}": value for name, value in double.secrets.items()}

    def filled(value):
        if isinstance(value, dict):
            return {k: filled(v) for k, v in value.items()}
        for name, secret in texts.items():
            value = value.replace(name, secret) if isinstance(value, str) else value
        return value

    answer = requests.request(
        method, double.url + path, timeout=10, allow_redirects=False, **filled(more)
    )
    return answer.status_code, answer.text


_CALLIBRI = {"user_email": "{CALLIBRI_EMAIL}", "user_token": "{CALLIBRI_TOKEN}", "site_id": "12"}
_CALLTOUCH = {"clientApiId": "{CALLTOUCH_TOKEN}", "page": "1"}
_YCLIENTS = {
    "Accept": "application/vnd.yclients.v2+json",
    "Authorization": "Bearer {YCLIENTS_PARTNER}, User {YCLIENTS_USER}",
}
_UIS = {"jsonrpc": "2.0", "id": 1, "method": "get.calls_report"}
_UIS_DAYS = {"access_token": "{UIS_TOKEN}", "date_from": "2026-11-01 00:00:00"}
_CALLS = "/calls-service/RestAPI/70001/calls-diary/calls"
_BITRIX = "/rest/1/b24doublesecret7k/"
_AMO = {"Authorization": "Bearer {AMO_TOKEN}"}


@pytest.mark.parametrize(
    ("service", "method", "path", "more", "status", "word"),
    [
        ("callibri", "GET", "/site_get_statistics", {"params": _CALLIBRI | {"date1": "01.11.2026", "date2": "08.11.2026"}}, 200, "7 дней"),
        ("callibri", "GET", "/site_get_statistics", {"params": _CALLIBRI | {"date1": "2026-11-01", "date2": "02.11.2026"}}, 200, "dd.mm.yyyy"),
        ("calltouch", "GET", _CALLS, {"params": _CALLTOUCH | {"dateFrom": "11/20/2026", "dateTo": "11/21/2026", "limit": "9"}}, 400, "%d/%m/%Y"),
        ("calltouch", "GET", _CALLS, {"params": _CALLTOUCH | {"dateFrom": "01/11/2026", "dateTo": "02/11/2026", "limit": "1001"}}, 400, "1000"),
        ("calltouch", "GET", "/calls-service/RestAPI/nothing", {}, 302, ""),
        ("uis", "POST", "/v2.0", {"json": _UIS | {"params": _UIS_DAYS | {"date_till": "2027-03-01 00:00:00"}}}, 200, "date_interval_limit_reached"),
        ("uis", "POST", "/v2.0", {"json": _UIS | {"params": _UIS_DAYS | {"date_till": "2026-11-02 00:00:00", "sort": [{"field": "id", "order": "asc"}]}}}, 200, "sort_prohibited"),
        ("uis", "POST", "/v2.0", {"json": {"jsonrpc": "2.0", "method": "get.account", "params": {}}}, 200, "notifications_not_supported"),
        ("bitrix24", "POST", _BITRIX + "crm.item.list", {"json": {"entityTypeId": 2, "filter": {">nonsense": 1}}}, 400, "INVALID_ARG_VALUE"),
        ("bitrix24", "POST", "/rest/1/another/profile", {"json": {}}, 401, "NO_AUTH_FOUND"),
        ("amocrm", "GET", "/api/v4/leads", {"headers": _AMO, "params": {"limit": "251"}}, 400, "limit"),
        ("amocrm", "GET", "/api/v4/leads", {"headers": _AMO, "params": {"filter[updated_at]": "1"}}, 204, ""),
        ("amocrm", "GET", "/api/v4/leads", {"headers": {"Authorization": "Bearer x"}}, 401, "Unauthorized"),
        ("yclients", "GET", "/api/v1/records/5", {"headers": _YCLIENTS | {"Accept": "*/*"}}, 400, "Accept"),
        ("yclients", "GET", "/api/v1/records/5", {"headers": _YCLIENTS, "params": {"count": "301"}}, 422, "count"),
        ("medods", "GET", "/api/v2/appointments", {"headers": {"Authorization": "Bearer a.b.c"}}, 403, "Bad token"),
        ("sqns", "GET", "/api/v2/visit", {"headers": {"Authorization": "Bearer x"}}, 401, "User token not found"),
        ("vk_ads", "POST", "/api/v2/oauth2/token.json", {"json": {"grant_type": "client_credentials"}}, 401, "invalid_client"),
        ("avito", "POST", "/token", {"data": {"grant_type": "client_credentials"}}, 401, "invalid_client"),
    ],
    indirect=["service"],
)  # fmt: skip
def test_a_wrong_request_is_refused_in_the_services_own_dress(
    service, method, path, more, status, word
):
    answered, body = _sent(service, method, path, **more)

    assert answered == status
    assert word in body.encode().decode("unicode_escape", "replace") or word in body


def test_a_leaky_bucket_empties_with_time():
    clock = Hands()
    with DOUBLES["bitrix24"](clock=clock) as portal:
        statuses = [_sent(portal, "POST", _BITRIX + "profile", json={})[0] for _ in range(52)]
        clock.sleep(1.0)
        later = _sent(portal, "POST", _BITRIX + "profile", json={})[0]

    assert (statuses.count(200), statuses[-1], later) == (50, 503, 200)


def test_the_sixth_token_is_refused_and_a_refreshed_one_takes_no_slot():
    client = {"client_id": "{VK_ID}", "client_secret": "{VK_SECRET}"}
    path = "/api/v2/oauth2/token.json"
    with DOUBLES["vk_ads"](clock=Hands()) as cabinet:
        new = {"grant_type": "client_credentials", **client}
        statuses = [_sent(cabinet, "POST", path, data=new)[0] for _ in range(6)]
        again = {"grant_type": "refresh_token", "refresh_token": "vk-double-refresh-1", **client}
        refreshed = _sent(cabinet, "POST", path, data=again)[0]

    assert (statuses, refreshed, len(cabinet.tokens)) == ([200] * 5 + [403], 200, 5)


def test_a_row_that_changes_between_pages_moves_and_one_that_is_gone_is_gone():
    with DOUBLES["amocrm"](clock=Hands()) as account:
        account.before(2, lambda: account.change("leads", 9003, price=7))
        asked = {"order[updated_at]": "asc", "limit": "1", "filter[updated_at][from]": "1"}
        pages = [
            _sent(account, "GET", "/api/v4/leads", headers=_AMO, params=asked | {"page": str(n)})[1]
            for n in (1, 2, 3)
        ]
        account.delete("leads", 9001)
        left = {r.id for r in account.rows("leads") if not r.deleted}

    assert ['"id": 9003' in p for p in pages] == [True, False, True]
    assert left == {9002, 9003}
