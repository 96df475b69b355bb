"""A real browser before a real server: what a person sees of the pages."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "Chromium is not here: no page was shown"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it the test is skipped, with CI=true it fails."""
    if CHROMIUM is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The app at a loopback address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Desk:
    """A person before a screen: opens pages, and remembers what the browser complained of."""

    context: BrowserContext
    address: str
    complaints: list[str]

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.address + path)
        return page

    def _hear(self, message: object) -> None:
        if getattr(message, "type", "") in {"error", "warning"}:
            self.complaints.append(str(getattr(message, "text", message)))


Sit = Callable[..., Desk]


@pytest.fixture
def sit(browser: Browser) -> Iterator[Sit]:
    """Sits somebody down before an app; at the end nothing may have been complained of."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def down(app: Flask, *, width: int = 1200, password: str = "", dark: bool = False) -> Desk:
            address = stack.enter_context(serving(app))
            login = {"username": "admin", "password": password}
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                http_credentials=login if password else None,
                color_scheme="dark" if dark else "light",
                locale="ru-RU",
            )
            stack.callback(context.close)
            context.set_default_timeout(20_000)
            return Desk(context, address, complaints)

        yield down
    assert complaints == []
