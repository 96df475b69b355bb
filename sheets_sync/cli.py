"""The command `romi-sheets`: arguments only. What one command alone needs is loaded when it runs."""

from __future__ import annotations

import gc

gc.disable()  # loading makes a million objects and no garbage; looking for it was a sixth of the start

import sys
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

import click

from sheets_sync.books import open_book, open_workbook
from sheets_sync.clinic.secrets import Secrets
from sheets_sync.command import (
    DONE,
    FAILED,
    PATH,
    WAITS,
    WRONG,
    CommandGroup,
    Day,
    alone,
    command_clock,
    exits,
    few_pauses,
    loaded,
    print_json,
)
from sheets_sync.export.export import export as run_export
from sheets_sync.home import load_service, opened
from sheets_sync.line.as_json import as_plain, checked_plain, verified_plain
from sheets_sync.line.check import check as run_check
from sheets_sync.line.sync import lay_template, peek
from sheets_sync.line.sync import sync as run_sync
from sheets_sync.line.verify import verify as run_verify
from sheets_sync.notify.after_sync import send_digest
from sheets_sync.notify.letters import outcomes
from sheets_sync.notify.picture import write_picture
from sheets_sync.notify.week_digest import digest_of
from sheets_sync.show import (
    show_checked,
    show_exported,
    show_synced,
    show_verified,
    shown_progress,
)

gc.freeze()
gc.enable()

_OUT = click.option("--out", type=PATH, required=True, help="Новый файл, только для вас.")
_FORCE = click.option("--force", is_flag=True, help="Заменить файл, если он есть.")


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="romi-sheets")
def main() -> None:
    """Сквозная аналитика клиники: из рекламы, CRM, звонков и оплат — в таблицу, что считает сама."""


@main.command()
@click.option(
    "--dir", "folder", type=PATH, default=Path("demo"), show_default=True, help="Куда сложить."
)
@click.option("--seed", default=1, show_default=True, help="Другое число — другая клиника.")
@click.option(
    "--leads", default=3000, show_default=True, type=click.IntRange(1), help="Сколько обращений."
)
@click.option(
    "--months",
    default=14,
    show_default=True,
    type=click.IntRange(1, 60),
    help="За сколько месяцев.",
)
@exits()
def demo(folder: Path, seed: int, leads: int, months: int) -> int:
    """Придумать клинику, выгрузить её данные и собрать по ним отчёт."""
    from sheets_sync.demo.demo import run_demo

    few_pauses()
    with shown_progress() as progress:
        synced = run_demo(folder, seed=seed, leads=leads, months=months, progress=progress)
    show_synced(synced)
    return DONE if synced.ok else FAILED


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--as-of", type=Day(), default=None, help="День отчёта; по умолчанию сегодня.")
@click.option("--json", "as_json", is_flag=True, help="Итог одним JSON в стандартный вывод.")
@click.option("--full", is_flag=True, help="Перечитать всё, а не только новое.")
@exits()
def sync(clinic_file: Path, as_of: date | None, *, as_json: bool, full: bool) -> int:
    """Прочитать источники клиники (выгрузки, рекламу, CRM, МИС) и заполнить её таблицу."""
    few_pauses()
    with alone(clinic_file, quiet=as_json) as work:
        synced = run_sync(work.run(as_of=as_of, full=full))
    if as_json:
        print_json(as_plain(synced))
    else:
        show_synced(synced)
    return DONE if synced.ok else FAILED


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Итог одним JSON в стандартный вывод.")
@exits()
def check(clinic_file: Path, *, as_json: bool) -> int:
    """Сказать, что подключено, чего не хватает и что сделать дальше. Ничего не меняет."""
    clinic, service = loaded(clinic_file, keep=False)
    with opened(service) as store:
        checked = run_check(peek(clinic, store, service, command_clock(service)))
    if as_json:
        print_json(checked_plain(checked))
    else:
        show_checked(checked)
    return DONE if checked.ok else FAILED


@main.command()
@click.argument("file", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Итог одним JSON в стандартный вывод.")
@exits(failed=WRONG)
def verify(file: Path, *, as_json: bool) -> int:
    """Пересчитать таблицу клиники (FILE — её файл .toml или книга .xlsx) по её же ячейкам."""
    if file.suffix.lower() == ".toml":
        book = open_book(*loaded(file, keep=False))
    else:
        book = open_workbook(file)
    verified = run_verify(book)
    if as_json:
        print_json(verified_plain(verified))
    else:
        show_verified(verified)
    return FAILED if verified.differ else DONE


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--dry-run", is_flag=True, help="Только показать, что ушло бы.")
@exits()
def push(clinic_file: Path, *, dry_run: bool) -> int:
    """Передать записи, визиты и оплаты в Метрику: конверсии и заказы; каждое один раз."""
    from sheets_sync.push.push import push as run_push
    from sheets_sync.push.show import show_pushed

    clinic, service = loaded(clinic_file)
    with opened(service) as store:
        pushed = run_push(clinic, store, service, command_clock(service).now(), dry_run=dry_run)
    show_pushed(pushed, dry_run=dry_run)
    return DONE


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--dir", "folder", type=PATH, required=True, help="Папка для файлов.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="Вид файлов.",
)
@exits()
def export(clinic_file: Path, folder: Path, form: Literal["parquet", "csv"]) -> int:
    """Выгрузить посчитанные таблицы файлами для DataLens, Metabase и других программ."""
    few_pauses()
    with alone(clinic_file) as work:
        run = peek(work.clinic, work.store, work.service, work.clock)
        exported = run_export(run, folder, form)
    show_exported(exported)
    return FAILED if exported.stale else DONE


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--picture", "png", type=PATH, default=None, help="Куда сложить картинку, PNG.")
@click.option("--send", is_flag=True, help="Отправить сейчас: на этой неделе один раз.")
@exits()
def digest(clinic_file: Path, png: Path | None, *, send: bool) -> int:
    """Показать сводку за неделю из последнего отчёта: текстом и картинкой."""
    clinic, service = loaded(clinic_file)
    clock = command_clock(service)
    now = clock.now()
    with opened(service) as store:
        shown = digest_of(clinic, store, service, now)
        click.echo("\n".join(shown.lines))
        if png is not None:
            write_picture(png, shown.week)
        if not send:
            return DONE
        with store.jobs.by_hand(clinic.id, now, partial(click.echo, WAITS, err=True)):
            letters = send_digest(clinic, store, service, clock, now)
    click.echo("\n".join(outcomes(clinic, letters)))
    return DONE if all(letter.state == "sent" for letter in letters) else FAILED


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--take", is_flag=True, help="Взять таблицу, которую заполняла другая клиника.")
@exits()
def init(clinic_file: Path, *, take: bool) -> int:
    """Разложить шаблон в пустую таблицу или починить испорченную; ничего чужого не трогает."""
    with alone(clinic_file) as work:
        address = lay_template(work.run(), take=take)
    click.echo(f"Готово: {address}")
    return DONE


@main.command()
@click.argument("clinic_file", type=PATH)
@_OUT
@_FORCE
@exits(failed=WRONG)
def recall(clinic_file: Path, out: Path, *, force: bool) -> int:
    """Записать номера карт тех, кого пора позвать на осмотр, в файл XLSX; в таблицу они не идут."""
    from sheets_sync.lists.recall import write_recall
    from sheets_sync.lists.show import show_recall

    clinic, service = loaded(clinic_file)
    with opened(service) as store, shown_progress() as progress:
        run = peek(clinic, store, service, command_clock(service))
        made = write_recall(replace(run, progress=progress), out, force=force)
    show_recall(made, out)
    return DONE


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--segment", "name", required=True, help="Название из «Шаблоны сегментов».")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 730))
@click.option("--with-leads", is_flag=True, help="И тех, кто уже оставил обращение.")
@_OUT
@_FORCE
@exits(failed=WRONG)
def segment(
    clinic_file: Path, name: str, out: Path, *, days: int, with_leads: bool, force: bool
) -> int:
    """Записать ClientID посетителей сегмента в файл для Яндекс Аудиторий; в таблицу они не идут."""
    from sheets_sync.lists.segment import write_segment
    from sheets_sync.lists.show import show_segment

    clinic, service = loaded(clinic_file)
    with opened(service) as store:
        run = peek(clinic, store, service, command_clock(service))
        made = write_segment(run, name, out, days=days, with_leads=with_leads, force=force)
    show_segment(made, out)
    return DONE


@main.command()
@click.argument("clinic_file", type=PATH)
@click.argument("name")
@exits()
def secret(clinic_file: Path, name: str) -> int:
    """Принять секрет клиники под именем переменной: спросить без эха или взять строку из stdin."""
    clinic, service = loaded(clinic_file)
    is_terminal = sys.stdin.isatty()
    value = click.prompt(name, hide_input=True) if is_terminal else sys.stdin.readline()
    path = Secrets(service.home, clinic.id).keep(name, value)
    click.echo(f"Принято: {name} в {path}.")
    return DONE


@main.command()
@click.option("--demo", is_flag=True, help="Если клиник ещё нет, показать выдуманную.")
@exits()
def serve(*, demo: bool) -> int:
    """Запустить страницу клиник, приём «Обновить» и исполнителя на этой машине."""
    from sheets_sync.web.serve import serve_all

    return serve_all(load_service(), demo=demo)


@main.command()
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@exits()
def worker(threads: int) -> int:
    """Исполнять обновления: по часам и по нажатию. Останавливается по SIGTERM."""
    from sheets_sync.web.serve import run_worker

    run_worker(load_service(), threads)
    return DONE
