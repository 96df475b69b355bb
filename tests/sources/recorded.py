"""One page of each service, as its documentation shows it: invented values, the service's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.doubles.server import Asked, Loopback, Reply
from tests.doubles.service import expect

#: Where -> the page. Where is the end of a path and, where one path gives several pages, a value that
#: the request says (a method, a kind of entity).
Pages = Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """A [[source]] of `kind`, the pages that it is answered with, and the rows of them."""

    kind: str
    table: Mapping[str, Any]
    pages: Pages
    rows: Mapping[str, tuple[dict[str, str], ...]]


class Recorded(Loopback):
    """Answers with pages, whatever else is asked; what has none is 204, «nothing» of amoCRM."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.kind, self.table, self.pages = case.kind, case.table, case.pages
        names = [v for k, v in case.table.items() if k.endswith("_env")]
        self.secrets = dict.fromkeys(names, "recorded-secret")

    def answer(self, asked: Asked) -> Reply:
        kind = asked.headers.get("content-type", "")
        sent = asked.query | (asked.json() if asked.body and "json" in kind else {})
        for where, page in self.pages.items():
            path, _, word = where.partition(" ")
            if asked.path.endswith(path) and (not word or word in map(str, sent.values())):
                return Reply(200, page.encode(), {"Content-Type": "application/json"})
        return Reply(204)


_ISSUED = '{"access_token":"recorded","token_type":"Bearer","scope":[],"expires_in":"86400"}'
_UIS = '{"jsonrpc":"2.0","id":1,"result":{"data":[%s],"metadata":{"total_items":%d}}}'

CASES = (
    Case(
        "calltouch",
        {"site_id": 70001, "token_env": "TOKEN"},
        {
            "/calls-diary/calls": """{"page":1,"pageTotal":1,"pageSize":1000,"recordsTotal":2,"records":[
 {"callId":501,"date":"03/11/2026 10:31:22","callerNumber":"79000000001","phoneNumber":"74950000900",
  "successful":true,"uniqueCall":true,"targetCall":true,"uniqTargetCall":true,"duration":95,
  "waitingConnect":6,"source":"yandex","medium":"cpc","utmSource":"yandex","utmMedium":"cpc",
  "utmCampaign":"implant_msk","keyword":"<не указано>","yaClientId":"1730000000000000001",
  "sessionId":9001,"attribution":1,"callTags":[{"category":"Качество","type":"MANUAL","names":["запись"]}]},
 {"callId":502,"date":"04/11/2026 00:10:00","callerNumber":"79000000002","phoneNumber":"74950000900",
  "successful":"False","uniqueCall":"True","targetCall":"False","duration":0,"waitingConnect":30,
  "source":"<не указано>","utmSource":"<не указано>","yaClientId":null,"sessionId":null,"callTags":null}]}""",
            "/RestAPI/requests": """[{"requestId":601,"date":1793700000000,"dateStr":"03/11/2026 13:00:00",
 "RequestTags":[],"client":{"fio":"Т","phones":[{"phoneNumber":"79000000003","phoneType":"MOBILE"}],
 "contacts":[]},"session":{"sessionId":9002,"source":"vk","utmSource":"vk","yaClientId":"1730000000000000002"}}]""",
        },
        {
            "calls": expect("""
                call_id  started_at            phone         status    is_unique  is_target  talk_duration  wait_duration  utm_campaign  ym_client_id         source_raw
                501      2026-11-03T07:31:22Z  +79000000001  answered  yes        yes        95             6              implant_msk   1730000000000000001  yandex
                502      2026-11-03T21:10:00Z  +79000000002  missed    yes        no         0              30             -             -                    -
            """),
            "leads": expect("""
                lead_id  created_at            phone         contact_type  role      utm_source  ym_client_id
                601      2026-11-03T10:00:00Z  +79000000003  form          tracking  vk          1730000000000000002
            """),
        },
    ),
    Case(
        "uis",
        {"token_env": "TOKEN"},
        {
            "/v2.0 get.account": _UIS
            % ('{"app_id":1,"name":"К","timezone":"Asia/Vladivostok"}', 1),
            "/v2.0 get.calls_report": _UIS
            % (
                """{"id":81,"start_time":"2026-11-02 09:14:05","direction":"in","is_lost":false,
 "contact_phone_number":"79000000001","talk_duration":61,"wait_duration":7,"communication_number":null,
 "ym_client_id":"1730000000000000001","yclid":null,"utm_source":"yandex","utm_campaign":"implant"},
 {"id":82,"start_time":"2026-11-02 09:20:00","direction":"out","is_lost":true,
 "contact_phone_number":"79000000002","talk_duration":null,"wait_duration":null,"communication_number":1}""",
                2,
            ),
            "/v2.0 get.offline_messages_report": _UIS
            % (
                """{"id":7,"date_time":"2026-11-03 08:00:00","visitor_phone_number":"79000000003",
 "visitor_email":null,"utm_source":"vk","yclid":"12345678901234567890"}""",
                1,
            ),
            "/v2.0 get.chats_report": _UIS
            % ('{"id":7,"date_time":"2026-11-03 09:00:00","visitor_phone_number":null}', 1),
        },
        {
            "calls": expect("""
                call_id  started_at            phone         status    call_direction  is_unique  talk_duration  utm_campaign
                81       2026-11-01T23:14:05Z  +79000000001  answered  in              -          61             implant
                82       2026-11-01T23:20:00Z  +79000000002  missed    out             yes        -              -
            """),
            "leads": expect("""
                lead_id  created_at            phone         contact_type  role      utm_source  yclid
                F7       2026-11-02T22:00:00Z  +79000000003  form          tracking  vk          12345678901234567890
                C7       2026-11-02T23:00:00Z  -             chat          tracking  -           -
            """),
        },
    ),
    Case(
        "callibri",
        {"site_id": 12, "email_env": "EMAIL", "token_env": "TOKEN"},
        {
            "/site_get_statistics": """{"code":200,"channels_statistics":[{"name_channel":"Директ",
 "numbers":["74950000900"],"calls":[{"appeal_id":301,"date":"2026-11-02T06:44:44.000Z","phone":"79000000001",
 "conversations_number":1,"is_lid":true,"status":"Лид","duration":80,"billsec":61,"utm_source":"yandex",
 "utm_medium":"cpc","metrika_client_id":"1730000000000000001"}],"feedbacks":[],"chats":[],"emails":[]}]}""",
        },
        {
            "calls": expect("""
                call_id  started_at            phone         is_unique  is_target  talk_duration  utm_medium  ym_client_id
                301      2026-11-02T06:44:44Z  +79000000001  yes        yes        61             cpc         1730000000000000001
            """),
        },
    ),
    Case(
        "bitrix24",
        {"webhook_env": "TOKEN", "payments": True, "stages": {"C3:BOOKED": "booked"}},
        {
            "/crm.item.list 2": """{"result":{"items":[{"id":41,"stageId":"C3:WON","stageSemanticId":"S",
 "categoryId":3,"createdTime":"2026-11-01T10:00:00+03:00","updatedTime":"2026-11-20T12:05:00+03:00",
 "closedate":"2026-11-20T00:00:00+03:00","opportunity":52000.5,"currencyId":"RUB","utmSource":"yandex",
 "utmCampaign":"implant","sourceId":"WEBFORM","contactId":7,"leadId":null}]},"total":0,
 "time":{"operating":0.15,"operating_reset_at":1795852800}}""",
            "/crm.item.list": '{"result":{"items":[]},"total":0}',
            "/crm.status.list": """{"result":[{"ID":"1","ENTITY_ID":"SOURCE","STATUS_ID":"WEBFORM",
 "NAME":"Форма сайта","SORT":"10","SEMANTICS":null,"CATEGORY_ID":null}]}""",
            "/batch": """{"result":{"result":{"p0":{"items":[{"id":41,"leadId":null,"categoryId":3}]}},
 "result_error":[],"result_total":{"p0":0},"result_next":[],"result_time":{"p0":{"operating":0.1}}}}""",
            "/crm.stagehistory.list": """{"result":{"items":[{"ID":5,"TYPE_ID":2,"OWNER_ID":41,
 "CREATED_TIME":"2026-11-03T12:00:00+03:00","CATEGORY_ID":3,"STAGE_ID":"C3:BOOKED","STAGE_SEMANTIC_ID":"P"}]}}""",
        },
        {
            "leads": expect("""
                lead_id  created_at            status  role  source_raw   utm_campaign
                D41      2026-11-01T07:00:00Z  won     crm   Форма сайта  implant
            """),
            "appointments": expect("""
                appointment_id  booked_at             starts_at             status
                41              2026-11-03T09:00:00Z  2026-11-03T09:00:00Z  booked
            """),
            "payments": expect("""
                payment_id  paid_at               amount   kind
                41          2026-11-19T21:00:00Z  5200050  payment
            """),
        },
    ),
    Case(
        "amocrm",
        {"domain": "acc.amocrm.ru", "token_env": "TOKEN"},
        {
            "/api/v4/leads contacts,source_id": """{"_page":1,"_links":{"self":{"href":"..."}},"_embedded":{"leads":[
 {"id":9001,"name":"Заявка","price":52000,"status_id":142,"pipeline_id":31,"loss_reason_id":null,
  "created_at":1793700000,"updated_at":1795000000,"closed_at":1795000000,"is_deleted":false,
  "custom_fields_values":[{"field_id":11,"field_name":"utm_source","field_code":"UTM_SOURCE",
  "field_type":"tracking_data","values":[{"value":"yandex"}]},{"field_id":12,"field_name":"_ym_uid",
  "field_code":"_YM_UID","field_type":"tracking_data","values":[{"value":"173000000000001"}]}],
  "_embedded":{"tags":[],"companies":[],"contacts":[{"id":77,"is_main":true}]}},
 {"id":9002,"name":"Звонок","price":0,"status_id":5,"pipeline_id":31,"created_at":1793700060,
  "updated_at":1793700060,"closed_at":null,"is_deleted":false,"custom_fields_values":null,
  "_embedded":{"contacts":[]}}]}}""",
        },
        {
            "leads": expect("""
                lead_id  created_at            status   role  utm_source  ym_client_id
                9001     2026-11-03T10:00:00Z  won      crm   yandex      173000000000001
                9002     2026-11-03T10:01:00Z  in_work  crm   -           -
            """),
        },
    ),
    Case(
        "yclients",
        {"company_id": 5, "partner_token_env": "PARTNER", "user_token_env": "USER"},
        {
            "/records/5": """{"success":true,"data":[{"id":610,"company_id":5,"staff_id":9,"staff":{"name":"Смирнов П. А."},
 "client":{"id":71,"name":"А","phone":"+79000000001"},"services":[{"id":3,"title":"Консультация","cost":1500},
 {"id":4,"title":"Снимок","cost":800}],"date":"2026-11-20 12:00:00","datetime":"2026-11-20T12:00:00+03:00",
 "create_date":"2026-11-12T09:30:00+0300","last_change_date":"2026-11-20T13:01:00+0300","attendance":1,
 "deleted":false,"online":true,"visit_id":"8800","paid_full":1},
 {"id":611,"services":[],"client":{"id":72},"datetime":"2026-11-21T12:00:00+03:00","create_date":"2026-11-12T09:30:00+0300",
 "last_change_date":"2026-11-13T13:01:00+0300","attendance":0,"deleted":true,"visit_id":"8801"}],
 "meta":{"page":1,"total_count":2}}""",
            "/transactions/5": """{"success":true,"data":[
 {"id":"481","document_id":77,"expense":{"id":"5","title":"Оказание услуг"},"date":"2026-11-20T12:40:00+0300",
 "amount":"1500.00","deleted":false,"client":{"id":71}},
 {"id":"482","expense":{"id":"5","title":"Оказание услуг"},"date":"2026-11-20 12:50:00","amount":"-500.50",
 "deleted":false,"client":{"id":71}},
 {"id":"483","expense":{"id":"9","title":"Закупка материалов"},"date":"2026-11-20T12:55:00+0300",
 "amount":"-900.00","deleted":false,"client":{"id":71}}],"meta":[]}""",
        },
        {
            "appointments": expect("""
                appointment_id  booked_at             starts_at             status     service
                610             2026-11-12T06:30:00Z  2026-11-20T09:00:00Z  completed  Консультация + Снимок
                611             2026-11-12T06:30:00Z  2026-11-21T09:00:00Z  cancelled  -
            """),
            "payments": expect("""
                payment_id  paid_at               amount  kind
                481         2026-11-20T09:40:00Z  150000  payment
                482         2026-11-20T09:50:00Z  -50050  refund
            """),
        },
    ),
    Case(
        "medods",
        {"host": "c.medods.ru", "identity_env": "IDENTITY", "secret_env": "SECRET"},
        {
            "/appointments": """{"data":[{"id":15,"clientId":71,"userId":9,"clinicId":1,"date":"2026-11-20",
 "time":"12:00","duration":60,"status":"billed","appointmentTypeId":1,"appointmentSourceId":4,"orderId":33}]}""",
            "/orders/33": '{"id":33,"finalSum":"1500.50"}',
        },
        {
            "appointments": expect("""
                appointment_id  booked_at             starts_at             status
                15              2026-11-20T09:00:00Z  2026-11-20T09:00:00Z  completed
            """),
            "payments": expect("""
                payment_id  appointment_id  paid_at               amount  kind
                33          15              2026-11-20T09:00:00Z  150050  payment
            """),
        },
    ),
    Case(
        "sqns",
        {"email_env": "EMAIL", "password_env": "PASSWORD"},
        {
            "/auth": '{"status":"success","token":"recorded","user":{"id":1,"orgId":2}}',
            "/visit": """{"data":[{"id":9,"resourceId":2,"services":[{"id":3,"name":"Осмотр","paySum":1500,
 "price":"1500.00","discount":0,"amount":1}],"commodities":[],"totalPrice":"1500.00","totalCost":"1500.00",
 "client":71,"clientData":{"id":71,"phone":"+7 (900) 000-00-01","type":"new","visitsCount":1,"tags":[]},
 "datetime":"2026-11-20 12:00:00","attendance":1,"deleted":false,"online":false,"isPaid":true,
 "create_date":"2026-11-12 09:30:00","update_date":"2026-11-20 13:00:00"}],
 "meta":{"page":1,"lastPage":1,"maxPerPage":100}}""",
        },
        {
            "appointments": expect("""
                appointment_id  booked_at             starts_at             status     service  phone
                9               2026-11-12T06:30:00Z  2026-11-20T09:00:00Z  completed  Осмотр   +79000000001
            """),
            "payments": expect("""
                payment_id  appointment_id  paid_at               amount  kind
                9:3         9               2026-11-20T09:00:00Z  150000  payment
            """),
        },
    ),
    Case(
        "vk_ads",
        {"client_id_env": "ID", "client_secret_env": "SECRET"},
        {
            "/token.json": _ISSUED,
            "/ad_plans.json": '{"count":1,"offset":0,"items":[{"id":101,"name":"Импланты","status":"active"}]}',
            "/ad_plans/day.json": """{"items":[{"id":101,"rows":[{"date":"2026-11-20","base":{"shows":1200,
 "clicks":31,"goals":2,"spent":"840.50","cpm":"700.42","cpc":"27.11","ctr":"2.58"}}],
 "total":{"base":{"spent":"840.50"}}}],"total":{"base":{"spent":"840.50"}}}""",
        },
        {
            "costs": expect("""
                date_from   date_to     platform    campaign  campaign_id  cost    impressions  clicks
                2026-11-20  2026-11-20  VK Реклама  Импланты  101          102541  1200         31
            """),
        },
    ),
    Case(
        "avito",
        {"user_id": 555, "client_id_env": "ID", "client_secret_env": "SECRET", "calls": True},
        {
            "/token": _ISSUED,
            "/555/spendings": """{"result":{"groupings":[{"date":"2026-11-20","type":"day","spendings":[
 {"slug":"promotion","value":100.29},{"slug":"presence","value":50}]}],"timestamp":1795000000}}""",
            "/getCalls/": """{"calls":[{"callId":7001,"callTime":"2026-11-20T07:00:00Z","buyerPhone":"79000000001",
 "virtualPhone":"74950000901","talkDuration":0,"waitingDuration":5,"itemId":1}],"error":{"code":0,"message":""}}""",
        },
        {
            "costs": expect("""
                date_from   date_to     platform  cost
                2026-11-20  2026-11-20  Авито     15029
            """),
            "calls": expect("""
                call_id  started_at            phone         status  is_unique  wait_duration  source_raw
                7001     2026-11-20T07:00:00Z  +79000000001  missed  yes        5              Авито
            """),
        },
    ),
)
