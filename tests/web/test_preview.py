"""What the page of an upload says before «Принять», and what accepting does; without a browser."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from app import create_app
from metrics.schema import ENTITIES
from sheets_sync.clinic.config import load_clinic
from sheets_sync.settings import Service
from sheets_sync.sources.upload import UploadTable
from sheets_sync.store import Store
from sheets_sync.web.meanings import column_choices, word_choices
from sheets_sync.web.uploads import LIFE, Uploads

NOW = datetime(2026, 2, 10, 9, tzinfo=UTC)
DIRECT = "Дата;Площадка;Кампания;Расход, руб\n05.01.2026;Яндекс Директ;Имплантация;1000,00\n06.01.2026;Яндекс Директ;Имплантация;500,50\n"
VK = "День;Рекламная площадка;Название кампании;Потрачено, руб;Показы;Клики\n05.01.2026;VK Реклама;Брекеты;700,00;1000;10\n"
VISITS = (
    "№ записи;Дата приема;Статус;№ карты;Кабинет\n"
    "1;05.01.2026 10:00;Отправлен на КТ;101;Синий зал\n"
    "2;06.01.2026 11:00;Отправлен на КТ;102;Синий зал\n"
    "3;07.01.2026 12:00;завершён;103;Красный зал\n"
)
PAYMENTS = "№ платежа;Дата оплаты;№ карты;Сумма;Вид оплаты\nП1;05.01.2026;101;1000,00;оплата\nП2;06.01.2026;102;-300,00;возврат\n"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    folder = tmp_path / "clinics"
    folder.mkdir()
    (folder / "one.toml").write_text('# моя\nname = "Клиника"\n', encoding="utf-8")
    return Service(home=tmp_path / "home", clinics=folder, admin_password=SecretStr("pass"))


@pytest.fixture
def app(service: Service, sqlite_store: Store) -> Flask:
    return create_app(service, store=sqlite_store, clock=lambda: NOW)


class Marketer:
    """Sends files and presses buttons as the page does."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.client.environ_base["HTTP_AUTHORIZATION"] = "Bearer pass"
        self.path = ""
        self.page = ""

    def send(self, text: str, name: str = "выгрузка.csv") -> Marketer:
        begun = self.client.post("/clinics/one/uploads", data={"name": name}).get_json()
        self.path = begun["path"]
        sent = self.client.post(f"{self.path}/parts/0", data=text.encode("cp1251"))
        assert sent.status_code == 200
        return self._see(self.client.get(self.path).get_data(as_text=True))

    def press(self, do: str, **chosen: str) -> Marketer:
        """Press a button of the page as it stands, with some fields changed by their labels."""
        form = self.fields() | {self.named(label): value for label, value in chosen.items()}
        lists = {
            name: re.findall(f'name="{name}" value="([^"]*)"', self.page)
            for name in ("header", "was", "word")
        }
        answer = self.client.post(self.path, data=form | lists | {"do": do})
        assert answer.status_code in {200, 303}, answer.get_data(as_text=True)
        return self._see(answer.get_data(as_text=True)) if do == "look" else self

    def fields(self) -> dict[str, str]:
        hidden = re.findall(
            r'<input (?:type="hidden" |id="label" )name="([\w-]+)"[^>]* value="([^"]*)"', self.page
        )
        selects = re.findall(
            r'<select[^>]* name="([\w-]+)"[^>]*>(.*?)</select>', self.page, re.DOTALL
        )
        chosen = {
            name: (re.findall(r'value="([^"]*)" selected', options) or [""])[0]
            for name, options in selects
        }
        return {n: _plain(v) for n, v in hidden if n not in {"header", "was", "word"}} | chosen

    def named(self, label: str) -> str:
        """The field of a label, of a column's header or of a strange word."""
        if label in {"entity", "label", "date_format"}:
            return label
        by_header = re.search(f'name="([^"]*)" aria-label="Значение столбца «{label}»"', self.page)
        by_word = re.search(f'name="word" value="{label}"><label for="s(\\w+)"', self.page)
        if by_header:
            return by_header[1]
        assert by_word, label
        return f"word-{by_word[1]}"

    def _see(self, page: str) -> Marketer:
        self.page = page.replace("\u00a0", " ")
        return self


def _plain(text: str) -> str:
    return text.replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'")


def uploads(service: Service) -> list[UploadTable]:
    assert service.clinics is not None
    clinic = load_clinic(service.clinics / "one.toml")
    return [table for table in clinic.source if isinstance(table, UploadTable)]


def test_costs_of_two_programs_are_two_uploads_and_both_stay(
    app: Flask, service: Service, sqlite_store: Store
) -> None:
    person = Marketer(app)
    person.send(DIRECT).press("accept")
    person.send(VK)
    assert 'name="label" required maxlength="60" pattern="[^:]+" value="расходы 2"' in person.page
    assert "Заменит" not in person.page
    person.press("accept")
    assert sorted(sqlite_store.rows.read("one", "costs")["cost"]) == [50_050, 70_000, 100_000]
    assert [table.label for table in uploads(service)] == ["расходы", "расходы 2"]


def test_the_next_file_of_a_program_says_what_it_will_replace(
    app: Flask, sqlite_store: Store
) -> None:
    person = Marketer(app)
    person.send(DIRECT).press("accept")
    person.send(DIRECT.replace("500,50", "600,00").replace("05.01.2026;", "07.01.2026;"))
    assert "Заменит 1 строка на 500,50 ₽ этой загрузки за 06.01.2026 – 07.01.2026" in person.page
    assert "Денег: в файле 1 600,00 ₽, в отчёт 1 600,00 ₽." in person.page
    person.press("look", label="Директ, второй кабинет")
    assert "Заменит" not in person.page
    assert "уже есть 1 строка на 500,50 ₽ из «загрузка расходы»: суммы сложатся" in person.page
    assert len(sqlite_store.rows.read("one", "costs")) == 2


def test_rows_of_ids_that_are_stored_are_counted_before_they_change(app: Flask) -> None:
    person = Marketer(app)
    person.send(PAYMENTS).press("accept")
    person.send(PAYMENTS.replace("1000,00", "1200,00") + "П3;07.01.2026;103;50,00;оплата\n")
    assert "Оплаты: в файле 3 строки, в отчёт 3 строки, отказов нет." in person.page
    assert (
        "Денег: в файле 950,00 ₽, в отчёт 950,00 ₽: пришло 1 250,00 ₽, возвратов 300,00 ₽."
        in person.page
    )
    assert "Из них уже есть: 2 строки; изменится 1, останется как было 1." in person.page


def test_strange_words_are_explained_once_and_columns_show_samples(
    app: Flask, service: Service, sqlite_store: Store
) -> None:
    person = Marketer(app)
    person.send(VISITS)
    assert "отказано 2" in person.page
    assert ">не пришёл<" in person.page
    untaken = person.page.partition(">Кабинет<")[2].partition("</tr>")[0]
    assert 'data-name="Примеры">Ааа' in untaken or 'data-name="Примеры">Аааа' in untaken
    assert "Синий" not in untaken
    person.press("look", **{"Отправлен на КТ": "arrived", "Кабинет": "branch"})
    assert "отказов нет" in person.page
    person.press("accept")
    assert list(sqlite_store.rows.read("one", "appointments")["status"]) == [
        "arrived",
        "arrived",
        "completed",
    ]
    (table,) = uploads(service)
    assert table.statuses == {"Отправлен на КТ": "arrived"}
    assert table.columns == {"branch": "Кабинет"}
    # The next file is understood so at once; changing one thing keeps the others.
    person.send(VISITS.replace("2026", "2025"))
    assert "отказов нет" in person.page
    person.press("look", Статус="")
    assert "Файл не понят" in person.page
    person.press("look", Статус="status")
    person.press("look", Кабинет="")
    person.press("accept")
    (table,) = uploads(service)
    assert table.statuses == {"Отправлен на КТ": "arrived"}
    assert "branch" not in {name for name, header in table.columns.items() if header}


def test_a_file_waits_an_hour_and_for_its_owner_alone(tmp_path: Path) -> None:
    now = [datetime.now(UTC).timestamp()]
    waiting = Uploads(tmp_path, lambda: now[0])
    upload = waiting.begin("one", "../../etc/passwd")
    path = waiting.path("one", upload)
    assert path is not None
    assert path.parent == tmp_path / "uploads" / "one" / upload
    modes = [p.stat().st_mode & 0o777 for p in (path, *path.parents[:3])]
    assert modes == [0o600, 0o700, 0o700, 0o700]
    assert waiting.add("one", upload, 0, b"a;b\n")
    assert not waiting.add("one", upload, 0, b"a;b\n")
    now[0] += LIFE + 60
    assert waiting.path("one", upload) is None
    waiting.sweep()
    assert not path.exists()


def test_an_accepted_file_goes_or_is_kept_for_as_long_as_the_clinic_says(
    app: Flask, service: Service
) -> None:
    assert service.clinics is not None
    person = Marketer(app)
    person.send(PAYMENTS).press("accept")
    folder = service.home / "uploads" / "one"
    assert list(folder.iterdir()) == []
    text = '# моя\nname = "Клиника"\n[report]\nkeep_uploads = 7\n'
    (service.clinics / "one.toml").write_text(text, encoding="utf-8")
    person.send(PAYMENTS).press("accept")
    (kept,) = folder.iterdir()
    assert kept.name.startswith("until-2026-02-17-")
    assert person.client.get(person.path).status_code == 404
    for day, there in ((17, True), (18, False)):
        at = datetime(2026, 2, day, 12).astimezone().timestamp()
        os.utime(kept, (0, 0))
        Uploads(service.home, lambda at=at: at).sweep()
        assert kept.exists() is there


def test_every_meaning_has_words() -> None:
    for entity in ENTITIES:
        assert all(title for _, title in column_choices(entity))
    for entity in ("leads", "appointments", "payments", "calls", "costs"):
        assert all(re.search("[а-я]", title) for _, title in word_choices(entity))


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        ("reviews", "Дата;Площадка;Оценка;Источник\n05.01.2026;Яндекс Карты;5;сайт\n"),
        ("phrases", "Дата;Площадка;Фраза;Кампания;Расход\n05.01.2026;Директ;имплант;Поиск;10,00\n"),
        ("costs", DIRECT),
    ],
)
def test_a_file_is_what_only_such_files_say(app: Flask, entity: str, text: str) -> None:
    assert Marketer(app).send(text).fields()["entity"] == entity
