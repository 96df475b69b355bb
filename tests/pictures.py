"""The pictures of README.ru.md, from the demo clinic's real pages and its real workbook.

`.venv/bin/python -m tests.pictures` writes docs/pictures/*.png. It needs Chromium, LibreOffice and
pdftoppm, and takes a minute or two.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Browser, sync_playwright
from pydantic import SecretStr

from app import create_app
from sheets_sync.demo.demo import run_demo
from sheets_sync.settings import Service
from sheets_sync.store import open_store
from tests.web.conftest import CHROMIUM, FLAGS, serving

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
#: Bytes that a picture may have: it is read over a phone, too.
LARGEST = 150_000
#: The evening of the demo's last day.
_NOW = datetime(2026, 10, 31, 17, tzinfo=UTC)
_EXPORT = (
    "№ записи;Дата приема;Статус;№ карты;Услуга;Кабинет\n"
    "1;05.10.2026 10:00;завершён;101;Имплантация;Синий зал\n"
    "2;06.10.2026 11:00;Отправлен на КТ;102;Консультация;Синий зал\n"
    "3;07.10.2026 12:00;Отправлен на КТ;103;Брекеты;Красный зал\n"
    "4;08.10.2026 12:30;не пришёл;104;Консультация;Красный зал\n"
)
#: Pages of the printed workbook, by the tab that stands on them.
_TABS = {"Сводка": ("svodka", 1), "Отчёт по каналам": ("kanaly", 4)}
_RUSSIAN = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>ru-RU</value></prop></item></oor:items>"""


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_demo(folder / "demo", seed=1, leads=1500, months=12)
        _tabs(folder / "demo" / "report.xlsx", folder)
        _pages(folder / "demo")
    for path in sorted(FOLDER.glob("*.png")):
        _lighten(path)


def _tabs(book: Path, folder: Path) -> None:
    """Tabs as LibreOffice prints them, less the paper around."""
    user = folder / "office" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(_RUSSIAN, encoding="utf-8")
    last = max(page for _, page in _TABS.values())
    options = {
        "PageRange": {"type": "string", "value": f"1-{last}"},
        "ExportNotes": {"type": "boolean", "value": "false"},
    }
    _run(
        *("soffice", "--headless", f"-env:UserInstallation={user.parent.as_uri()}"),
        *(
            "--convert-to",
            f"pdf:calc_pdf_Export:{json.dumps(options)}",
            "--outdir",
            str(folder),
            str(book),
        ),
    )
    for name, page in _TABS.values():
        pages = ("-r", "150" if page == 1 else "220", "-f", str(page), "-l", str(page))
        _run(
            "pdftoppm",
            *pages,
            "-png",
            "-singlefile",
            str(folder / "report.pdf"),
            str(folder / name),
        )
        with Image.open(folder / f"{name}.png") as paper:
            # The foot of a page has its number.
            whole = paper.convert("RGB").crop((0, 0, paper.width, int(paper.height * 0.95)))
        box = ImageChops.difference(whole, Image.new("RGB", whole.size, "white")).getbbox()
        whole.crop(box).save(FOLDER / f"{name}.png")


def _pages(demo: Path) -> None:
    store = open_store(f"sqlite:///{demo / '.romi-sheets' / 'store.sqlite3'}")
    service = Service(home=demo / ".romi-sheets", clinics=demo, admin_password=SecretStr("pass"))
    app = create_app(service, store=store, clock=lambda: _NOW)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer pass"
    begun = client.post("/clinics/clinic/uploads", data={"name": "Записи за октябрь.csv"})
    upload = begun.get_json()["path"]
    client.post(f"{upload}/parts/0", data=_EXPORT.encode())
    with serving(app) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        _shoot(browser, f"{address}/clinics/clinic", "stranica", 1100, 940)
        _shoot(browser, f"{address}/clinics/clinic", "telefon", 390, 844, dark=True)
        _shoot(browser, address + upload, "zagruzka", 1100, 1180)
        _shoot(browser, f"{address}/clinics/clinic/sources/amocrm", "istochnik", 1100, 900)
        browser.close()
    store.close()


def _shoot(
    browser: Browser, address: str, name: str, width: int, height: int, *, dark: bool = False
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        http_credentials={"username": "admin", "password": "pass"},
        color_scheme="dark" if dark else "light",
        locale="ru-RU",
    )
    page = context.new_page()
    page.goto(address)
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


def _lighten(path: Path) -> None:
    """No wider than a page of text needs, and no more colours than are seen."""
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((1400, 1800))
    small.quantize(64).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise SystemExit(f"{path}: {path.stat().st_size} bytes, at most {LARGEST}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
