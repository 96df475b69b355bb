"""The command `romi-sheets`: arguments only. What a command does is loaded when it runs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import click

from sheets_sync.command.calls import PATH, WRONG, CommandGroup, Day, exits, loading

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
    with loading():
        from sheets_sync.command.demo import run
    return run(folder, seed=seed, leads=leads, months=months)


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--as-of", type=Day(), default=None, help="День отчёта; по умолчанию сегодня.")
@click.option("--json", "as_json", is_flag=True, help="Итог одним JSON в стандартный вывод.")
@click.option("--full", is_flag=True, help="Перечитать всё, а не только новое.")
@exits()
def sync(clinic_file: Path, as_of: date | None, *, as_json: bool, full: bool) -> int:
    """Прочитать источники клиники (выгрузки, рекламу, CRM, МИС) и заполнить её таблицу."""
    with loading():
        from sheets_sync.command.sync import run
    return run(clinic_file, as_of, as_json=as_json, full=full)


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Итог одним JSON в стандартный вывод.")
@exits()
def check(clinic_file: Path, *, as_json: bool) -> int:
    """Сказать, что подключено, чего не хватает и что сделать дальше. Ничего не меняет."""
    with loading():
        from sheets_sync.command.check import run
    return run(clinic_file, as_json=as_json)


@main.command()
@click.argument("file", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Итог одним JSON в стандартный вывод.")
@exits(failed=WRONG)
def verify(file: Path, *, as_json: bool) -> int:
    """Пересчитать таблицу клиники (FILE — её файл .toml или книга .xlsx) по её же ячейкам."""
    with loading():
        from sheets_sync.command.verify import run
    return run(file, as_json=as_json)


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--dry-run", is_flag=True, help="Только показать, что ушло бы.")
@exits()
def push(clinic_file: Path, *, dry_run: bool) -> int:
    """Передать записи, визиты и оплаты в Метрику: конверсии и заказы; каждое один раз."""
    with loading():
        from sheets_sync.command.push import run
    return run(clinic_file, dry_run=dry_run)


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
    with loading():
        from sheets_sync.command.export import run
    return run(clinic_file, folder, form)


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--picture", "png", type=PATH, default=None, help="Куда сложить картинку, PNG.")
@click.option("--send", is_flag=True, help="Отправить сейчас: на этой неделе один раз.")
@exits()
def digest(clinic_file: Path, png: Path | None, *, send: bool) -> int:
    """Показать сводку за неделю из последнего отчёта: текстом и картинкой."""
    with loading():
        from sheets_sync.command.digest import run
    return run(clinic_file, png, send=send)


@main.command()
@click.argument("clinic_file", type=PATH)
@click.option("--take", is_flag=True, help="Взять таблицу, которую заполняла другая клиника.")
@exits()
def init(clinic_file: Path, *, take: bool) -> int:
    """Разложить шаблон в пустую таблицу или починить испорченную; ничего чужого не трогает."""
    with loading():
        from sheets_sync.command.init import run
    return run(clinic_file, take=take)


@main.command()
@click.argument("clinic_file", type=PATH)
@_OUT
@_FORCE
@exits(failed=WRONG)
def recall(clinic_file: Path, out: Path, *, force: bool) -> int:
    """Записать номера карт тех, кого пора позвать на осмотр, в файл XLSX; в таблицу они не идут."""
    with loading():
        from sheets_sync.command.recall import run
    return run(clinic_file, out, force=force)


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
    with loading():
        from sheets_sync.command.segment import run
    return run(clinic_file, name, out, days=days, with_leads=with_leads, force=force)


@main.command()
@click.argument("clinic_file", type=PATH)
@click.argument("name")
@exits()
def secret(clinic_file: Path, name: str) -> int:
    """Принять секрет клиники под именем переменной: спросить без эха или взять строку из stdin."""
    with loading():
        from sheets_sync.command.secret import run
    return run(clinic_file, name)


@main.command()
@click.option("--demo", is_flag=True, help="Если клиник ещё нет, показать выдуманную.")
@exits()
def serve(*, demo: bool) -> int:
    """Запустить страницу клиник, приём «Обновить» и исполнителя на этой машине."""
    with loading():
        from sheets_sync.command.serve import serve as serve_all
    return serve_all(demo=demo)


@main.command()
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@exits()
def worker(threads: int) -> int:
    """Исполнять обновления: по часам и по нажатию. Останавливается по SIGTERM."""
    with loading():
        from sheets_sync.command.serve import work
    return work(threads)
