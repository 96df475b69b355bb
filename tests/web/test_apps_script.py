"""The menu's script, run in Node against the real app over loopback, and checked for its types."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from pydantic import SecretStr
from werkzeug.serving import make_server

from app import create_app
from sheets_sync.settings import Service
from sheets_sync.store import Store
from sheets_sync.web.bodies import REFUSALS

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "templates_sheets" / "apps_script"
SHEET = "1AbCdEfGhIjKlMnOpQrStUvWxYz"
SECRET = "секрет клиники"

NODE = shutil.which("node")


@pytest.fixture(autouse=True)
def node() -> str:
    """Node.js; without it these tests are skipped, with CI=true they fail."""
    if NODE is None:
        missing = "Node.js is not here: the Apps Script was not run"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return NODE


@pytest.fixture
def address(tmp_path: Path, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TEST_SECRET", SECRET)
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / "implant.toml").write_text(
        f'name = "Имплант-центр"\n[book]\nkind = "google"\nspreadsheet_id = "{SHEET}"\n'
        '[webhook]\nsecret_env = "TEST_SECRET"\n',
        encoding="utf-8",
    )
    service = Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))
    app: Flask = create_app(service, store=sqlite_store)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def drive(
    *calls: str,
    properties: dict[str, str] | None = None,
    prompts: Any = (),
    thrown: str = "",
    answer: tuple[int, str] | None = None,
) -> Any:
    """Call functions of the script in turn; gives what it showed, asked and kept.

    thrown, answer  what UrlFetchApp throws or answers instead of asking
    """
    told = {
        "spreadsheetId": SHEET,
        "properties": properties or {},
        "prompts": list(prompts),
        "calls": calls,
        "thrown": thrown,
        "answer": answer,
    }
    done = subprocess.run(
        ["node", str(ROOT / "tests/apps_script/drive.js"), SCRIPTS / "menu.js", json.dumps(told)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def linked(address: str, secret: str = SECRET) -> dict[str, str]:
    return {"ROMI_ADDRESS": address, "ROMI_SECRET": secret}


def test_the_menu_has_items_that_exist() -> None:
    shown = drive("onOpen", "refresh", "showStatus")
    assert shown["menus"] == [
        {
            "title": "Аналитика",
            "items": [
                ["Обновить", "refresh"],
                ["Статус", "showStatus"],
                ["Страница клиники", "openPage"],
                ["Загрузить выгрузку", "openUpload"],
                ["Настроить", "configure"],
            ],
        }
    ]
    assert [s["mode"] for s in shown["sidebars"]] == ["refresh", "status"]
    assert "ROMI" not in json.dumps(shown["sidebars"])


def test_the_menu_opens_the_clinics_page_once(address: str) -> None:
    properties = {"ROMI_ADDRESS": address, "ROMI_SECRET": SECRET}
    for call, anchor in (("openPage", ""), ("openUpload", "#upload")):
        (dialog,) = drive(call, properties=properties)["dialogs"]
        link = dialog["html"].split('href="')[1].split('"')[0]
        assert link.startswith(f"{address}/enter/")
        entered = requests.get(link, allow_redirects=False, timeout=10)
        assert entered.headers["Location"] == f"/clinics/implant{anchor}"
        assert requests.get(link, allow_redirects=False, timeout=10).status_code == 403
    wrong = drive("openPage", properties=properties | {"ROMI_SECRET": "guess"})
    assert wrong["dialogs"] == []
    assert "Секрет клиники не подходит" in wrong["alerts"][0]


def test_a_click_is_signed_accepted_and_followed(address: str) -> None:
    shown = drive("startRefresh", "followRun", properties=linked(address))
    accepted, followed = shown["answers"]
    assert accepted["run_id"] == followed["run_id"] == shown["properties"]["ROMI_LAST_RUN"]
    assert followed["state"] == "queued"
    asked = json.loads(shown["requests"][0]["options"]["payload"])
    assert set(asked) == {"spreadsheetId", "action", "requestId"}
    assert SECRET not in json.dumps(shown["requests"], ensure_ascii=False)


def test_a_wrong_secret_is_told_with_the_next_step(address: str) -> None:
    (answer,) = drive("startRefresh", properties=linked(address, "guess"))["answers"]
    assert answer["state"] == "failed"
    assert "Настроить" in answer["hint"]


def test_a_silent_service_is_told_not_thrown() -> None:
    (answer,) = drive("startRefresh", properties=linked("http://127.0.0.1:9"))["answers"]
    assert answer["error"] == "Сервис не отвечает."


@pytest.mark.parametrize(
    ("thrown", "told", "step"),
    [
        ("You do not have permission to call UrlFetchApp.fetch. Required permissions: …",
         "не разрешено обращаться", "несколько аккаунтов"),
        ("Exception: Service invoked too many times for one day: urlfetch.", "суточный запас", "завтра"),
        ("The administrator has not added this URL to the whitelist", "Администратор", "Workspace"),
        ("DNS error: https://synk.example.org", "нет в интернете", "опечатка"),
        ("SSL Error https://a.example", "сертификат", "обслуживает сервис"),
        ("Timeout: https://a.example", "Сервис не отвечает.", "через минуту"),
    ],
)  # fmt: skip
def test_what_google_throws_is_told_by_its_cause(thrown: str, told: str, step: str) -> None:
    (answer,) = drive("startRefresh", properties=linked("https://a.example"), thrown=thrown)[
        "answers"
    ]
    assert told in answer["error"]
    assert step in answer["hint"]
    assert thrown not in answer["error"] + answer["hint"]


ERROR = '{"error": {"code": "rate", "message": "Retry-After: 60", "hint": "/openapi.json"}}'


@pytest.mark.parametrize(
    ("status", "text", "told"),
    [
        (404, "<html>Not Found</html>", "отвечает не сервис аналитики"),
        (301, "", "отвечает не сервис аналитики"),
        (404, '{"error": "not_found"}', "отвечает не сервис аналитики"),
        (200, "<html>hello</html>", "отвечает не сервис аналитики"),
        (401, ERROR, "Секрет клиники не подходит"),
        (403, "<html>Attention required</html>", "отвечает не сервис аналитики"),
        (429, ERROR, "слишком часто"),
        (400, json.dumps({"error": REFUSALS[400].model_dump()}), "от другой версии"),
        (413, json.dumps({"error": REFUSALS[413].model_dump()}), "от другой версии"),
        (500, ERROR, "временно не работает"),
        (503, "upstream", "временно не работает"),
    ],
)
def test_what_comes_back_is_told_without_anything_technical(
    status: int, text: str, told: str
) -> None:
    shown = drive("startRefresh", properties=linked("https://a.example"), answer=(status, text))
    (answer,) = shown["answers"]
    assert told in answer["error"]
    assert not any(
        word in str(answer) for word in ("Retry-After", "openapi", "html", "upstream", '{"', "КБ")
    )


def test_a_poll_without_an_answer_does_not_end_a_run() -> None:
    kept = linked("https://a.example") | {"ROMI_LAST_RUN": "run-1"}
    (answer,) = drive("followRun", properties=kept, thrown="Timeout: https://a.example")["answers"]
    assert answer["silent"]
    (answer,) = drive("followRun", properties=kept, answer=(502, ""))["answers"]
    assert answer["silent"]


def test_an_unlinked_sheet_says_how_to_link_it() -> None:
    start, follow = drive("startRefresh", "followRun")["answers"]
    assert "Настроить" in start["hint"]
    assert follow == {"state": "none"}


def test_configure_keeps_only_a_secure_address() -> None:
    good = drive("configure", prompts=["https://sync.example.org/ ", " word "])
    assert good["properties"] == linked("https://sync.example.org", "word")
    for prompts in (["http://sync.example.org", "word"], [None], ["https://a.example", None]):
        assert drive("configure", prompts=prompts)["properties"] == {}


def test_scopes_are_the_frozen_three() -> None:
    manifest = json.loads((SCRIPTS / "appsscript.json").read_text(encoding="utf-8"))
    assert [s.rsplit("/", 1)[-1] for s in manifest["oauthScopes"]] == [
        "script.external_request",
        "spreadsheets.currentonly",
        "script.container.ui",
    ]


def test_the_script_keeps_its_types(node: str) -> None:
    compiler = ROOT / "tests/apps_script/node_modules/.bin/tsc"
    if not compiler.exists():
        pytest.fail(
            "run `make .venv/installed-dev`: it installs the compiler of the script's types"
        )
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, compiler, "-p", ROOT / "tests/apps_script/tsconfig.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
