"""Services that keep to their documents less than our doubles do: literal answers in, literal rows out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sheets_sync.errors import SourceError
from sheets_sync.sources.paging import all_pages
from tests.doubles.server import Asked, Loopback, Reply
from tests.sources.live import Line
from tests.sources.yandex import Hands

Answers = Callable[[str, dict[str, Any]], Any]


class Odd(Loopback):
    """Answers with what a function makes of a path's end and what was sent; None is 204."""

    def __init__(self, kind: str, answers: Answers, **table: Any) -> None:
        super().__init__()
        self.kind, self.table, self.answers = kind, table, answers
        names = [v for k, v in table.items() if k.endswith("_env")]
        self.secrets = dict.fromkeys(names, "https://portal.example/rest/1/odd-secret/")

    def answer(self, asked: Asked) -> Reply:
        is_json = "json" in asked.headers.get("content-type", "")
        sent = asked.query | (asked.json() if is_json and asked.body else {})
        made = self.answers(asked.path.rpartition("/")[2], sent)
        if made is None or isinstance(made, Reply):
            return made or Reply(204)
        return Reply(200, json.dumps(made).encode(), {"Content-Type": "application/json"})


def pulled(service: Odd, folder: Path, clock: Hands, **more: Any) -> Line:
    with service:
        line = Line(service, folder, clock, **{"from": date(2026, 11, 1)})
        line.pull(**more)
    return line


def ids(line: Line, entity: str, key: str) -> set[str]:
    return {row[key].partition(":")[2] for row in line.rows(entity)}


def refused(line: Line, entity: str) -> list[tuple[str, str]]:
    last = [p for p in line.pulled if p.entity == entity][-1]
    return [(r.column, r.reason) for r in last.refused]


# Pages


class Listed:
    """A list that is read page by page; `gives` rows a page, whatever is asked, `told` rows in all."""

    def __init__(self, rows: Sequence[int], gives: int, told: int | None = None) -> None:
        self.rows, self.gives, self.tells = list(rows), gives, told is not None
        self.hidden = len(rows) - (told or 0)
        self.asked: list[int] = []
        self.leaves: list[int] = []
        self.hole = 0

    def __call__(self, page: int, before: int) -> tuple[int, list[dict[str, int]], int | None]:
        self.asked.append(page)
        told = len(self.rows) - self.hidden if self.tells else None
        found = [] if page == self.hole else self.rows[before : before + self.gives]
        self.hole = 0 if page == self.hole else self.hole
        while page == 1 and self.leaves:
            self.rows.remove(self.leaves.pop())
        return page, [{"id": row} for row in found], told

    def read(self, size: int) -> set[int]:
        seen: set[int] = set()

        def ask(page: int, before: int) -> tuple[list[int], list[dict[str, int]], int | None]:
            _, found, told = self(page, before)
            return [row["id"] for row in found], found, told

        for rows in all_pages(ask, size):
            seen |= set(rows)
        return seen


@pytest.mark.parametrize("told", [None, 250])
@pytest.mark.parametrize("gives", [100, 30])
def test_a_page_smaller_than_was_asked_for_is_not_the_last(gives: int, told: int | None) -> None:
    assert Listed(range(250), gives, told).read(100) == set(range(250))


def test_as_many_rows_as_are_told_are_asked_for_no_more() -> None:
    listed = Listed(range(250), 100, 250)
    listed.read(100)
    assert listed.asked == [1, 2, 3]


def test_a_full_page_may_be_followed_by_more_than_was_told() -> None:
    assert Listed(range(150), 100, 100).read(100) == set(range(150))


def test_rows_that_leave_while_a_list_is_read_take_nobody_with_them() -> None:
    listed = Listed(range(250), 100, 250)
    listed.leaves = [3, 7]
    assert listed.read(100) == set(range(250))


def test_a_page_that_came_empty_is_read_again() -> None:
    listed = Listed(range(250), 100, 250)
    listed.hole = 2
    assert listed.read(100) == set(range(250))


def test_pages_that_never_come_are_an_error_and_no_short_list() -> None:
    with pytest.raises(SourceError, match="строк 5 из 50") as caught:
        Listed(range(5), 100, 50).read(100)
    assert not caught.value.permanent


def test_a_service_that_gives_the_same_page_for_ever_is_not_asked_for_ever() -> None:
    asked = 0

    def ask(_page: int, _before: int) -> tuple[None, list[dict[str, int]], None]:
        nonlocal asked
        asked += 1
        return None, [{"id": 1}], None

    assert len(list(all_pages(ask, 100))) == 1
    assert asked == 2


# Services


def calltouch(calls: list[Any], requests: list[Any], **told: Any) -> Odd:
    def answers(path: str, _sent: dict[str, Any]) -> Any:
        return requests if path == "requests" else {"records": calls, **told}

    return Odd("calltouch", answers, site_id=1, token_env="TOKEN")


CALL = {"date": "03/11/2026 10:00:00", "callerNumber": "79000000001"}


def test_flags_and_numbers_may_be_texts_and_of_what_says_neither_nothing_is_told(
    tmp_path: Path, clock: Hands
) -> None:
    calls = [
        CALL | {"callId": "1", "successful": "False", "uniqueCall": "True", "duration": "12"},
        CALL | {"callId": 2, "successful": None, "uniqueCall": None, "duration": None},
    ]
    requests = [
        {"requestId": 1, "date": "1793700000000", "client": None, "session": None},
        {
            "requestId": 2,
            "date": None,
            "dateStr": "03/11/2026 13:00:00",
            "client": {"phones": [None]},
        },
    ]
    line = pulled(calltouch(calls, requests), tmp_path, clock)
    rows = sorted(line.rows("calls"), key=lambda r: r["call_id"])
    assert [(r["status"], str(r["is_unique"]), str(r["talk_duration"])) for r in rows] == [
        ("missed", "True", "12"),
        ("", "None", "None"),
    ]
    assert [f"{r['created_at']:%d %H:%M}" for r in line.rows("leads")] == ["03 10:00"] * 2


def test_an_odd_record_is_refused_and_an_odd_answer_is_none(tmp_path: Path, clock: Hands) -> None:
    odd = {"requestId": 2, "date": 1793700000000, "client": {"phones": "нет"}, "session": "нет"}
    good = {"requestId": 1, "date": 1793700000000}
    line = pulled(calltouch([], [good, odd | {"date": {}}]), tmp_path, clock)
    assert ids(line, "leads", "lead_id") == {"1"}
    assert [column for column, _ in refused(line, "leads")] == ["created_at"]
    with pytest.raises(SourceError, match="не тем"):
        pulled(calltouch([], {"error": "x"}), tmp_path, clock)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [(Reply(200), False), (Reply(200, b"<html>help</html>"), True), (Reply(302), True)],
)
def test_an_answer_without_data_is_never_an_empty_one(
    reply: Reply, permanent: bool, tmp_path: Path, clock: Hands
) -> None:
    service = Odd("calltouch", lambda _path, _sent: reply, site_id=1, token_env="TOKEN")
    with pytest.raises(SourceError) as caught:
        pulled(service, tmp_path, clock)
    assert caught.value.permanent is permanent


def uis(calls: list[Any], forms: list[Any], total: int | None = None) -> Odd:
    def answers(_path: str, sent: dict[str, Any]) -> Any:
        rows = {"get.calls_report": calls, "get.offline_messages_report": forms}
        data = rows.get(sent["method"])
        return {"id": 1, "result": {"data": data, "metadata": total and {"total_items": total}}}

    return Odd("uis", answers, token_env="TOKEN")


def test_forms_without_a_number_are_refused_each_and_null_lists_are_empty(
    tmp_path: Path, clock: Hands
) -> None:
    forms = [{"id": None, "date_time": f"2026-11-0{day} 10:00:00"} for day in (2, 3)]
    line = pulled(uis(None, forms), tmp_path, clock)  # type: ignore[arg-type]
    assert line.rows("leads") == []
    assert refused(line, "leads") == [("lead_id", "нет номера")] * 2


def test_a_lost_call_may_be_a_text(tmp_path: Path, clock: Hands) -> None:
    calls = [
        {"id": number, "start_time": "2026-11-02 10:00:00", "is_lost": is_lost}
        for number, is_lost in enumerate(["false", "true", 1, 0, None])
    ]
    rows = sorted(pulled(uis(calls, []), tmp_path, clock).rows("calls"), key=lambda r: r["call_id"])
    assert [r["status"] for r in rows] == ["answered", "missed", "missed", "answered", ""]


def test_callibris_code_may_be_a_text_and_who_has_no_number_is_refused(
    tmp_path: Path, clock: Hands
) -> None:
    calls = [{"appeal_id": None, "clbvid": None, "date": "2026-11-02T06:44:44.000Z"}]
    answers = {"code": "200", "channels_statistics": [{"calls": calls}, None, {"calls": None}]}
    table = {"site_id": 1, "email_env": "EMAIL", "token_env": "TOKEN"}
    line = pulled(Odd("callibri", lambda _path, _sent: answers, **table), tmp_path, clock)
    assert line.rows("calls") == []
    assert ("call_id", "нет номера") in refused(line, "calls")
    bad = {"code": "401", "message": "bad token", "channels_statistics": []}
    with pytest.raises(SourceError, match="bad token") as caught:
        pulled(Odd("callibri", lambda _path, _sent: bad, **table), tmp_path, clock)
    assert caught.value.permanent


def deal(number: int, **more: Any) -> dict[str, Any]:
    """As the older methods give it: numbers as texts."""
    usual = {"id": str(number), "categoryId": "3", "contactId": "7", "leadId": "0"}
    stage = {"stageId": "C3:WON", "stageSemanticId": "S", "opportunity": "52000.50"}
    times = {"createdTime": "2026-11-01T10:00:00+03:00", "updatedTime": "2026-11-20T12:05:00+03:00"}
    return {**usual, **stage, **times, "closedate": "2026-11-20T00:00:00+03:00", **more}


def bitrix(items: Callable[[dict[str, Any]], Any], **table: Any) -> Odd:
    def answers(method: str, sent: dict[str, Any]) -> Any:
        if method == "batch":
            kinds = {n: int(c.partition("entityTypeId=")[2][0]) for n, c in sent["cmd"].items()}
            given = {n: items({"entityTypeId": kind})["result"] for n, kind in kinds.items()}
            return {"result": {"result": given, "result_error": []}}
        return items(sent) if method == "crm.item.list" else {"result": []}

    return Odd("bitrix24", answers, webhook_env="HOOK", **table)


def test_a_portal_may_give_ids_as_texts_and_a_day_as_its_own_midnight(
    tmp_path: Path, clock: Hands
) -> None:
    lead = deal(2, updatedTime="2026-11-02T12:05:00+03:00", leadId=None)
    rows = {1: [lead], 2: [deal(41, leadId="2"), deal(42, currencyId="USD"), deal(43)]}

    def items(sent: dict[str, Any]) -> Any:
        return {"result": {"items": rows.get(sent["entityTypeId"])}}

    with bitrix(items, payments=True) as portal:
        line = Line(portal, tmp_path, clock, **{"from": date(2026, 11, 1)})
        line.more = {"zone": ZoneInfo("Europe/Kaliningrad")}
        line.pull()
    assert ids(line, "leads", "lead_id") == {"L2", "D42", "D43"}
    paid = {r["payment_id"]: f"{r['paid_at']:%d %H:%M}" for r in line.rows("payments")}
    assert paid == {"bitrix24:41": "19 22:00", "bitrix24:43": "19 22:00"}
    assert refused(line, "payments") == [("amount", "сумма не в рублях")]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"time": {}}, "не тем"),
        ({"result": None}, "не тем"),
        ({"result": {"items": [deal(n) for n in range(1, 51)]}}, "одну и ту же"),
    ],
)
def test_a_portal_that_answers_nothing_or_the_same_is_told(
    answer: Any, words: str, tmp_path: Path, clock: Hands
) -> None:
    with pytest.raises(SourceError, match=words):
        pulled(bitrix(lambda _sent: answer, leads=False), tmp_path, clock)


class Account:
    """Leads of amoCRM by id -> when each changed; the first full page makes `restless` ones change."""

    def __init__(self, leads: dict[int, int], restless: tuple[int, ...] = ()) -> None:
        self.leads, self.restless, self.asked = leads, restless, 0
        self.heeds = True

    def __call__(self, path: str, sent: dict[str, Any]) -> Any:
        self.asked += 1
        if path != "leads" or sent.get("with") == "only_deleted":
            return None
        first, last = (int(sent[f"filter[updated_at][{end}]"]) for end in ("from", "to"))
        inside = {n: at for n, at in self.leads.items() if not self.heeds or first <= at <= last}
        order = sorted(inside, key=lambda n: (inside[n], n))
        begin = (int(sent["page"]) - 1) * 250
        page = [(n, inside[n]) for n in order[begin : begin + 250]]
        if len(page) == 250:
            self.leads |= dict.fromkeys(self.restless, 1_800_000_000)
        more = {"next": {"href": "x"}} if begin + 250 < len(order) else {}
        return (page or None) and {
            "_links": more,
            "_embedded": {"leads": [amo_lead(*row) for row in page]},
        }


def amo_lead(number: int, at: int) -> dict[str, Any]:
    pipeline = 99 if number == 99_999 else 31
    fields = [{"field_id": 11, "field_code": "UTM_SOURCE", "values": None}, None]
    more = {"custom_fields_values": fields, "_embedded": {"contacts": None}}
    times = {"created_at": 1_793_700_000, "updated_at": at}
    return {"id": number, "status_id": 5, "pipeline_id": pipeline, **times, **more}


AMO = {"domain": "acc.amocrm.ru", "token_env": "TOKEN", "pipelines": [31]}


def test_leads_that_change_while_they_are_read_take_nobody_with_them(
    tmp_path: Path, clock: Hands
) -> None:
    account = Account({n: 1_795_000_000 + n for n in range(1, 601)}, (3, 7))
    line = pulled(Odd("amocrm", account, **AMO), tmp_path, clock)
    assert ids(line, "leads", "lead_id") == {str(n) for n in range(1, 601)}


def test_more_leads_of_one_second_than_a_page_holds_all_come(tmp_path: Path, clock: Hands) -> None:
    line = pulled(
        Odd("amocrm", Account(dict.fromkeys(range(1, 601), 1_795_000_000)), **AMO), tmp_path, clock
    )
    assert len(line.rows("leads")) == 600


def test_filters_that_are_not_heeded_are_heeded_here_and_told(tmp_path: Path, clock: Hands) -> None:
    account = Account({1: 1_795_000_000, 2: 1_600_000_000, 99_999: 1_795_000_000})
    account.heeds = False
    line = pulled(Odd("amocrm", account, **AMO), tmp_path, clock)
    assert ids(line, "leads", "lead_id") == {"1"}
    assert any("не слушает фильтр" in note for p in line.pulled for note in p.notes)


def test_a_lead_of_the_bin_that_has_lost_its_pipeline_goes(tmp_path: Path, clock: Hands) -> None:
    account = Account({1: 1_795_000_000, 2: 1_795_000_000})

    def answers(path: str, sent: dict[str, Any]) -> Any:
        if sent.get("with") != "only_deleted":
            return account(path, sent)
        bin_ = [{"id": 1, "updated_at": 1_795_000_060, "is_deleted": True, "price": None}]
        return None if "pipeline" in str(sent) else {"_embedded": {"leads": bin_}}

    line = pulled(Odd("amocrm", answers, **AMO), tmp_path, clock)
    assert ids(line, "leads", "lead_id") == {"2"}


def test_a_change_of_before_a_deletion_revives_nobody_and_a_restored_lead_comes_back(
    tmp_path: Path, clock: Hands
) -> None:
    now = int(clock.unix())
    leads, deleted = {1: now - 600, 2: now - 600}, [{"id": 1, "updated_at": now - 480}]
    account = Account(leads)

    def answers(path: str, sent: dict[str, Any]) -> Any:
        if sent.get("with") != "only_deleted":
            return account(path, sent)
        first, last = (int(sent[f"filter[updated_at][{end}]"]) for end in ("from", "to"))
        here = [row for row in deleted if first <= row["updated_at"] <= last]
        return {"_embedded": {"leads": here}} if here else None

    seen = []
    with Odd("amocrm", answers, **AMO) as service:
        line = Line(service, tmp_path, clock, **{"from": date(2026, 11, 1)})
        for changed in (leads, leads, {1: now - 60}):
            account.leads = dict(changed)
            line.pull()
            seen.append(ids(line, "leads", "lead_id"))
            deleted.clear()
            clock.sleep(60)
    assert seen == [{"2"}, {"2"}, {"1", "2"}]


YCLIENTS = {"company_id": 5, "partner_token_env": "PARTNER", "user_token_env": "USER"}


def record(number: int) -> dict[str, Any]:
    times = {"datetime": "2026-11-20T12:00:00+03:00", "create_date": "2026-11-12T09:30:00+0300"}
    more = {
        "client": {"id": 71},
        "services": None,
        "staff": None,
        "deleted": "0",
        "attendance": "1",
    }
    return {"id": number, **times, "last_change_date": "2026-11-20T13:01:00+0300", **more}


def paid(number: int, client: int | None = 71) -> dict[str, Any]:
    expense = {"expense": {"title": "Оказание услуг"}, "date": "2026-11-20T12:40:00+0300"}
    return {"id": str(number), **expense, "amount": "100.00", "client": client and {"id": client}}


def test_yclients_may_give_fifty_rows_a_page_and_flags_as_texts(
    tmp_path: Path, clock: Hands
) -> None:
    def answers(path: str, sent: dict[str, Any]) -> Any:
        begin = (int(sent["page"]) - 1) * 50
        made = [paid(n) if "real_money" in sent else record(n) for n in range(1, 121)]
        return {"success": True, "data": made[begin : begin + 50], "meta": []}

    line = pulled(Odd("yclients", answers, **YCLIENTS), tmp_path, clock)
    assert {r["status"] for r in line.rows("appointments")} == {"completed"}
    assert len(line.rows("appointments")) == len(line.rows("payments")) == 120


def test_a_status_may_be_explained_and_payments_of_nobody_are_told_with_their_sum(
    tmp_path: Path, clock: Hands
) -> None:
    def answers(path: str, sent: dict[str, Any]) -> Any:
        rows = [record(1) | {"attendance": 7}, record(2) | {"attendance": 1}]
        money = [paid(1), paid(2, None), paid(3, None) | {"amount": "-40.50"}]
        made = [] if sent["page"] != "1" else money if "real_money" in sent else rows
        return {"success": True, "data": made, "meta": []}

    words = {"7": "arrived", "1": "confirmed"}
    line = pulled(Odd("yclients", answers, **YCLIENTS, statuses=words), tmp_path, clock)
    assert {r["appointment_id"][-1]: r["status"] for r in line.rows("appointments")} == {
        "1": "arrived",
        "2": "confirmed",
    }
    assert ids(line, "payments", "payment_id") == {"1"}
    assert refused(line, "payments") == [("patient_id", refused(line, "payments")[0][1])] * 2
    notes = {n.replace("\xa0", " ") for p in line.pulled for n in p.notes}
    assert "Оплаты без клиента не приняты: 2 на 59,50 ₽." in notes


def test_yclients_may_call_an_empty_list_not_found_and_that_is_told(
    tmp_path: Path, clock: Hands
) -> None:
    body = json.dumps({"success": False, "data": None, "meta": {"message": "Не найдено"}}).encode()
    line = pulled(Odd("yclients", lambda *_: Reply(404, body), **YCLIENTS), tmp_path, clock)
    assert line.rows("appointments") == []
    assert any("«Не найдено»" in note for p in line.pulled for note in p.notes)
    with pytest.raises(SourceError):
        pulled(Odd("yclients", lambda *_: Reply(404, b"{}"), **YCLIENTS), tmp_path, clock)


MEDODS = {"host": "c.medods.ru", "identity_env": "IDENTITY", "secret_env": "SECRET"}


def visit(number: int) -> dict[str, Any]:
    return {"id": number, "clientId": 1, "date": "2026-11-20", "time": "12:00", "status": "new"}


@pytest.mark.parametrize("gives", [100, 40])
def test_medods_may_give_fewer_rows_a_page_and_rows_that_leave_take_nobody_with_them(
    gives: int, tmp_path: Path, clock: Hands
) -> None:
    rows = list(range(1, 251))

    def answers(path: str, sent: dict[str, Any]) -> Any:
        begin = int(sent["offset"])
        page = rows[begin : begin + gives]
        rows[:] = [n for n in rows if n != 3 or begin]
        return {"data": [visit(n) for n in page]}

    line = pulled(Odd("medods", answers, **MEDODS), tmp_path, clock)
    assert ids(line, "appointments", "appointment_id") == {str(n) for n in range(1, 251)}


def test_a_bill_that_is_no_more_stops_nobody(tmp_path: Path, clock: Hands) -> None:
    billed = [visit(n) | {"status": "billed", "orderId": n} for n in (1, 2)]

    def answers(path: str, sent: dict[str, Any]) -> Any:
        if path == "appointments":
            return {"data": billed[int(sent["offset"]) :]}
        return Reply(404, b"{}") if path == "1" else {"data": [{"id": 2, "finalSum": "10.5"}]}

    line = pulled(Odd("medods", answers, **MEDODS), tmp_path, clock)
    assert {r["payment_id"]: r["amount"] for r in line.rows("payments")} == {"medods:2": 1050}
    assert any("Счёта 1 " in note for p in line.pulled for note in p.notes)


SQNS = {"email_env": "EMAIL", "password_env": "PASSWORD"}


def sqns_visit(number: int | None, *paid_sums: Any) -> dict[str, Any]:
    services = [{"id": n, "paySum": s} for n, s in enumerate(paid_sums, 1)] or None
    times = {"datetime": "2026-11-20 12:00:00", "create_date": "2026-11-12 09:30:00"}
    more = {"client": 71, "attendance": "1", "deleted": "0", "services": services}
    return {"id": number, **more, **times}


def test_sqns_may_give_small_pages_and_tell_of_none(tmp_path: Path, clock: Hands) -> None:
    def answers(path: str, sent: dict[str, Any]) -> Any:
        if path == "auth":
            return {"token": "issued-token"}
        begin = (int(sent["page"]) - 1) * 30
        page = [sqns_visit(n) for n in range(1, 76)][begin : begin + 30]
        return {"data": [] if "modificate" in sent else page, "meta": None}

    line = pulled(Odd("sqns", answers, **SQNS), tmp_path, clock)
    assert len(line.rows("appointments")) == 75


def test_sums_of_sqns_in_any_dress(tmp_path: Path, clock: Hands) -> None:
    visits = [sqns_visit(1, "0.0", "0,00", None, "1500,50", 20), sqns_visit(None, 5)]

    def answers(path: str, sent: dict[str, Any]) -> Any:
        here = [] if "modificate" in sent else visits
        return {"token": "t"} if path == "auth" else {"data": here, "meta": {"lastPage": "1"}}

    line = pulled(Odd("sqns", answers, **SQNS), tmp_path, clock)
    assert {r["payment_id"]: r["amount"] for r in line.rows("payments")} == {
        "sqns:1:4": 150_050,
        "sqns:1:5": 2_000,
    }
    assert refused(line, "appointments") == [("appointment_id", "нет номера")]


def test_campaigns_of_vk_come_twenty_a_page_and_an_answer_without_them_is_none(
    tmp_path: Path, clock: Hands
) -> None:
    table = {"client_id_env": "ID", "client_secret_env": "SECRET"}

    def answers(path: str, sent: dict[str, Any]) -> Any:
        if path == "token.json":
            return {"access_token": "issued-token", "expires_in": "86400"}
        if path == "ad_plans.json":
            begin = int(sent["offset"])
            made = [{"id": n, "name": f"К{n}"} for n in range(1, 46)][begin : begin + 20]
            return {"count": None, "items": made}
        day = {"date": "2026-11-20", "base": {"shows": None, "spent": "1.00"}}
        return {"items": [{"id": n, "rows": [day]} for n in sent["id"].split(",")]}

    line = pulled(Odd("vk_ads", answers, **table), tmp_path, clock)
    assert len(line.rows("costs")) == 45
    token = {"access_token": "issued-token", "expires_in": "86400"}
    nothing = Odd("vk_ads", lambda path, _: token if path == "token.json" else {}, **table)
    with pytest.raises(SourceError, match="не тем"):
        pulled(nothing, tmp_path, clock)


@pytest.mark.parametrize(
    ("answer", "words", "permanent"),
    [
        ({"error": {"code": "403", "message": "нет подписки"}}, "нет подписки", True),
        ({"error": {"code": "forbidden"}}, "forbidden", True),
        ({"error": {"code": 500, "message": "сбой"}}, "сбой", False),
        ({"result": "x"}, "не тем", False),
        ({"result": {"days": []}}, "не тем", False),
    ],
)
def test_a_refusal_of_avito_in_any_dress_is_no_day_without_costs(
    answer: Any, words: str, permanent: bool, tmp_path: Path, clock: Hands
) -> None:
    table = {"user_id": 5, "client_id_env": "ID", "client_secret_env": "SECRET"}
    token = {"access_token": "issued-token", "expires_in": 86400}
    service = Odd("avito", lambda path, _: token if path == "token" else answer, **table)
    with pytest.raises(SourceError, match=words) as caught:
        pulled(service, tmp_path, clock)
    assert caught.value.permanent is permanent
