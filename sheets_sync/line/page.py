"""What the clinic's page shows of the book, as the last run left it in the store."""

from __future__ import annotations

from sheets_sync.clinic.config import Clinic
from sheets_sync.store import Store

#: The name under which the store remembers it.
PAGE = "page"
#: And the setting that pages obey: «Настройки» may stand above the clinic's file.
KEEP_UPLOADS = "keep_uploads"
#: Tabs and the columns taken of them; () for all.
SHOWN: dict[str, tuple[str, ...]] = {
    "weekly": (),
    "channel_report": (
        "Канал",
        "Лиды",
        "Новые пациенты",
        "Маржа",
        "Расходы",
        "ROMI новых",
        "Вывод",
    ),
    "journal": (),
}


def keep_days(clinic: Clinic, store: Store) -> int:
    """For how many days an accepted file is kept, as the last run knew it. Raises StoreError."""
    days = store.memory.read(clinic.id, KEEP_UPLOADS).get(KEEP_UPLOADS)
    return clinic.report.keep_uploads if days is None else int(days)
