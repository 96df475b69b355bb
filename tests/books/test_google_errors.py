"""What a marketer is told when Google says no: the thing, the reason, the next step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sheets_sync.books.google.client import open_google
from sheets_sync.clinic.config import BookConfig, Clinic
from sheets_sync.errors import BookError, ConfigError
from sheets_sync.net.clock import Clock
from sheets_sync.privacy.personal import find_personal
from sheets_sync.settings import Service
from templates_sheets.tab import Table
from tests.books.google_live import LOG, STAMP_ONLY, Live, log_table, report_table, small_tables
from tests.doubles.server import Reply, json_reply
from tests.doubles.sheets import ACCOUNT, NAME


def refused(live: Live) -> BookError:
    with pytest.raises(BookError) as caught:
        live.refresh()
    assert caught.value.where == f"https://docs.google.com/spreadsheets/d/{NAME}/edit"
    return caught.value


def test_not_shared_names_the_account_to_share_it_with(live: Live) -> None:
    live.double.roles[NAME] = {}
    error = refused(live)
    assert error.message == "таблица не открыта сервису."
    assert ACCOUNT in error.hint
    assert str(error).startswith("таблица не открыта сервису. "), "the address comes last"
    assert error.permanent
    # The journal of the next run shows it, past the guard of personal data.
    assert find_personal(str(error)) == ""
    assert find_personal("romi@example-project.iam.gserviceaccount.com.ru") == "e-mail"


def test_read_only_names_the_role_that_is_missing(live: Live) -> None:
    live.double.roles[NAME] = {ACCOUNT: "reader"}
    error = refused(live)
    assert error.message == "таблица открыта сервису только для чтения; она не тронута."
    assert error.hint == f"В «Настройках доступа» таблицы дайте {ACCOUNT} роль «Редактор»."


def test_no_such_spreadsheet_says_where_its_id_is_found(live: Live) -> None:
    live.double.books.clear()
    error = refused(live)
    assert error.message == "такой таблицы нет."
    assert "между /d/ и /edit" in error.hint


def test_a_used_up_quota_passes(live: Live) -> None:
    live.double.quota = 2
    error = refused(live)
    assert "60 запросов в минуту" in error.message
    assert not error.permanent
    assert len(live.slept) == 4


def test_a_revoked_key_asks_for_a_new_one(live: Live) -> None:
    live.double.tokens.given.clear()
    live.double.tokens.revoked = True
    live.key.touch()
    error = refused(live)
    assert error.message == f"ключ сервисного аккаунта {ACCOUNT} отозван, или аккаунт удалён."
    assert "GOOGLE_APPLICATION_CREDENTIALS" in error.hint
    assert "PRIVATE KEY" not in str(error)


def test_a_wrong_clock_is_told_from_a_revoked_key(live: Live) -> None:
    live.double.tokens.given.clear()
    live.double.tokens.wrong_clock = True
    live.key.touch()
    assert "часы сервера" in refused(live).message


def test_a_switched_off_api_says_where_to_switch_it_on(live: Live) -> None:
    live.double.api_on = False
    error = refused(live)
    assert "выключен Google Sheets API" in error.message
    assert "https://console.developers.google.com/" in error.hint


def test_an_excel_file_on_the_disk_is_no_spreadsheet(live: Live) -> None:
    message = "This operation is not supported for this document"
    live.double.fail_with(400, message)
    error = refused(live)
    assert "это файл Excel на Google Диске" in error.message


def test_nobody_at_the_address_is_told_without_the_key(live: Live) -> None:
    service = live.service.model_copy(update={"google_endpoint": "http://127.0.0.1:9"})
    clinic = Clinic(name="Клиника", book=BookConfig(kind="google", spreadsheet_id=NAME))
    live.refresh()
    book = open_google(clinic, service, clock=Clock(sleep=live.slept.append))
    with pytest.raises(BookError, match="Google не отвечает") as caught:
        book.read()
    assert not caught.value.permanent


def test_cells_locked_against_the_service_are_named(live: Live) -> None:
    live.refresh()
    message = (
        "Invalid requests[0].updateCells: You are trying to edit a protected cell or object. "
        "Please contact the spreadsheet owner to remove protection if you need to edit."
    )
    live.double.fail_with(400, message, first=3)
    error = refused(live)
    assert "закрыты от изменений" in error.message
    assert "«Защищённые листы и диапазоны»" in error.hint


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        (None, "", "не задан ключ сервисного аккаунта Google."),
        ("absent.json", None, "не могу прочитать ключ сервисного аккаунта"),
        ("broken.json", "{", "это не ключ сервисного аккаунта Google."),
        ("list.json", "[]", "это не ключ сервисного аккаунта Google."),
        ("number.json", json.dumps({"client_email": "a", "token_uri": "b", "private_key": 5}),
         "это не ключ сервисного аккаунта Google."),
        ("other.json", json.dumps({"type": "authorized_user"}), "это не ключ сервисного аккаунта Google."),
    ],
)  # fmt: skip
def test_a_key_that_is_none(
    tmp_path: Path, path: str | None, content: str | None, told: str
) -> None:
    key = tmp_path / path if path else None
    if key and content is not None:
        key.write_text(content, encoding="utf-8")
    clinic = Clinic(name="Клиника", book=BookConfig(kind="google", spreadsheet_id=NAME))
    with pytest.raises(ConfigError, match=told) as caught:
        open_google(clinic, Service(google_credentials=key))
    assert caught.value.hint


def test_a_text_too_long_for_a_cell_is_cut_and_its_note_says_so(live: Live) -> None:
    live.refresh(log=log_table("а" * 50_001))
    assert live.hand.row("Журнал", 2)[1] == "а" * 49_999 + "…"
    note = live.hand.tab("Журнал").cell(1, 1)["note"]
    assert note.startswith("Текст обрезан: в ячейке помещается 50")
    live.refresh(log=log_table("а" * 50_001))
    assert live.kinds() == STAMP_ONLY
    live.refresh(log=log_table("а" * 50_000))
    assert len(live.hand.row("Журнал", 2)[1]) == 50_000
    assert "note" not in live.hand.tab("Журнал").cell(1, 1)


def test_a_number_that_is_none_names_tab_row_and_column(live: Live) -> None:
    with pytest.raises(BookError) as caught:
        live.refresh(report=report_table((("SEO", 1, float("nan")),)))
    assert caught.value.where == "вкладка «Отчёт», строка 2, «ROMI»"


def test_ten_million_cells_are_refused_before_anything_is_sent(live: Live) -> None:
    live.hand.tab("Лист1").grid["rowCount"] = 400_000 - 1
    live.hand.type("Лист1", 1, 0, "моё")
    with pytest.raises(BookError, match="10 млн") as caught:
        live.refresh()
    assert "«Воронка: месяцев»" in caught.value.hint
    assert ":batchUpdate" not in live.asked


def test_ten_million_cells_found_by_google_are_told_the_same_way(live: Live) -> None:
    live.refresh()
    live.hand.add_tab("Моя", [["моё"]])
    # The service does not count tabs that are not its own in a steady refresh.
    live.hand.tab("Моя").grid["rowCount"] = 499_930
    with pytest.raises(BookError, match="10 млн"):
        live.refresh(log=log_table(*["строка"] * 1500))


def test_a_table_without_rows_is_laid_with_its_header(live: Live) -> None:
    tables = small_tables(log=Table(LOG, LOG.columns, []), report=report_table(()))
    book = live.book()
    book.read()
    book.write(tables, live.stamp())
    assert live.hand.rows("Журнал") == [["Что", "Пояснение"]]
    assert live.hand.rows("Отчёт")[1:] == [["Итого", 0, 0.5]]
    assert live.hand.tab("Отчёт").charts == []
    live.refresh()
    assert len(live.hand.tab("Отчёт").charts) == 1


def with_reason(live: Live, code: int, message: str, reason: str) -> BookError:
    """Every request is refused like this from now on."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
    body = {"error": {"code": code, "message": message, "status": "X", "details": [info]}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live.double, "answer", lambda _asked: json_reply(body, code))
        return refused(live)


@pytest.mark.parametrize(
    ("reason", "message", "told"),
    [
        ("CONSUMER_SUSPENDED", "Permission denied: Consumer has been suspended.", "приостановил"),
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "Insufficient scopes.", "не разрешены Google Таблицы"),
        ("BILLING_DISABLED", "This API method requires billing.", "не оплачен счёт"),
        ("SOMETHING_NEW", "The moon forbids it.", "The moon forbids it."),
        ("dailyLimitExceeded", "Daily Limit Exceeded", "суточная квота"),
        ("SECURITY_POLICY_VIOLATED", "Prohibited by organization's policy.", "администратор организации"),
        ("", "The caller does not have permission", "не открыта сервису"),
    ],
)  # fmt: skip
def test_each_denial_has_its_own_words(live: Live, reason: str, message: str, told: str) -> None:
    live.refresh()
    error = with_reason(live, 403, message, reason)
    assert told in error.message
    assert error.permanent
    assert error.hint


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(403, b"<html>Forbidden</html>", {"Content-Type": "text/html"}), "не Google, а прокси"),
        (Reply(404, b"<html>Not Found</html>", {"Content-Type": "text/html"}), "не Google, а прокси"),
        (Reply(407, b"", {}), "не Google, а прокси"),
        (json_reply({"error": {"code": 403, "message": None, "details": [None, 7]}}, 403), "не открыта"),
        (json_reply([]), "ответ не прочитать"),
        (json_reply("busy"), "ответ не прочитать"),
        (json_reply({"error": "no"}, 403), "ответ не прочитать"),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_googles_is_told_as_that(
    live: Live, monkeypatch: pytest.MonkeyPatch, reply: Reply, words: str
) -> None:
    live.refresh()
    monkeypatch.setattr(live.double, "answer", lambda _asked: reply)
    assert words in refused(live).message


def test_a_quota_told_as_a_denial_passes(live: Live) -> None:
    live.refresh()
    error = with_reason(live, 403, "Rate Limit Exceeded", "rateLimitExceeded")
    assert "60 запросов в минуту" in error.message
    assert not error.permanent
    assert len(live.slept) == 4


def test_too_large_a_request_does_not_pass_by_itself(live: Live) -> None:
    live.refresh()
    error = with_reason(live, 413, "Request Entity Too Large", "")
    assert error.permanent
    assert "«Воронка: месяцев»" in error.hint


def test_a_message_of_googles_that_nobody_foresaw_is_passed_on(live: Live) -> None:
    live.refresh()
    live.double.fail_with(400, "Invalid requests[0]: something new", first=3)
    error = refused(live)
    assert "something new" in error.message
    assert "кто обслуживает сервис" in error.hint


@pytest.mark.parametrize("reply", [json_reply([]), json_reply({}), json_reply({"replies": [{}]})])
def test_a_write_that_is_answered_by_somebody_else_is_no_success(
    live: Live, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    live.refresh()
    real = live.double.answer
    monkeypatch.setattr(
        live.double,
        "answer",
        lambda asked: reply if asked.path.endswith(":batchUpdate") else real(asked),
    )
    assert "ответ не прочитать" in refused(live).message
