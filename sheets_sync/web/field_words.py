"""Fields of sources in a marketer's words: titles, what to write there, words for values."""

from __future__ import annotations

#: Field -> (title, hint). A hint of one kind alone stands under "kind.field".
FIELDS: dict[str, tuple[str, str]] = {
    "site_id": ("Номер сайта (site_id)", "В настройках кабинета, рядом с названием сайта."),
    "token_env": ("Токен", ""),
    "email_env": ("E-mail, с которым входят в кабинет", ""),
    "password_env": ("Пароль", ""),
    "host": ("Адрес программы", "Например clinic.medods.ru"),
    "uis.host": ("Какой это кабинет", ""),
    "webhook_env": (
        "Адрес входящего вебхука",
        "Разработчикам → Другое → Входящий вебхук, права CRM. Целиком: https://….bitrix24.ru/rest/…",
    ),
    "leads": ("Брать лиды", ""),
    "deals": ("Брать сделки", ""),
    "categories": ("Воронки", "Номера через запятую; пусто — все."),
    "pipelines": ("Воронки", "Номера через запятую; пусто — все."),
    "phones": ("Читать телефон контакта: он сразу становится ключом, сам телефон не хранится", ""),
    "payments": ("Считать выигранные сделки оплатами: только если кассы в отчёте нет", ""),
    "stages": (
        "Стадии",
        "По одной в строке: номер = слово (новый, в работе, целевой, записан, пришёл, успех, отказ, спам, дубль). Номера покажет «Проверить».",
    ),
    "fields": (
        "Свои поля",
        "По одному в строке: столбец = поле. Столбцы: ClientID Метрики, направление, услуга, источник.",
    ),
    "domain": ("Адрес amoCRM", "Например clinic.amocrm.ru"),
    "company_id": ("Номер филиала (company_id)", "В адресе кабинета: /timetable/…"),
    "partner_token_env": ("Токен партнёра", ""),
    "user_token_env": ("Токен пользователя", ""),
    "identity_env": ("Идентификатор (identity)", "Настройки → Интеграции → API."),
    "secret_env": ("Секрет (secret)", ""),
    "sum_field": ("Поле с суммой счёта", "finalSum — со скидкой."),
    "api": ("Версия API", ""),
    "client_login": ("Логин рекламодателя", "Только для агентств."),
    "include_vat": ("Расходы с НДС", ""),
    "phrases": ("Расходы по ключевым фразам", ""),
    "client_id_env": ("Client ID", ""),
    "client_secret_env": ("Client Secret", ""),
    "vat_included": ("НДС уже в расходах", ""),
    "vat_rate": ("Ставка НДС", "Доля: 0.22 — это 22 %."),
    "user_id": ("Номер профиля", ""),
    "spend_divisor": ("На сколько делить расход", "100, если кабинет отдаёт копейки."),
    "calls": ("Брать звонки", ""),
    "counter_id": ("Номер счётчика", ""),
    "logs": ("Истории визитов (Logs API)", ""),
    "costs": ("Расходы из Метрики", ""),
    "goals": ("Цели", "Номера или названия через запятую; пусто — все."),
    "attribution": ("Модель атрибуции Метрики", "lastsign — последний значимый переход."),
    "from": ("С какого дня", "Пусто — сколько нужно отчётам."),
    "trailing_days": (
        "Сколько последних дней перечитывать",
        "Пусто — как принято у этого сервиса.",
    ),
    "system": (
        "Чьи это номера",
        "Одно слово, если таких источников несколько: например filial-1.",
    ),
    "statuses": (
        "Статусы визитов, которых программа не знает",
        "По одному в строке: статус сервиса = слово (записан, подтвердил, пришёл, завершён, не пришёл, отменён, перенесён). Их покажет «Проверить».",
    ),
    "links": (
        "Номера другой системы",
        "По одному в строке: столбец = система. Например: номер лида = bitrix24",
    ),
}
_STATUSES = {
    "записан": "booked",
    "подтвердил": "confirmed",
    "пришёл": "arrived",
    "завершён": "completed",
    "не пришёл": "no_show",
    "отменён": "cancelled",
    "перенесён": "rescheduled",
}
_COLUMNS = {
    "ClientID Метрики": "ym_client_id",
    "направление": "direction",
    "услуга": "service",
    "источник": "source_raw",
}
_LINKS = {
    "номер лида": "lead_id",
    "номер записи": "appointment_id",
    "номер карты": "patient_id",
}
_STAGES = {
    "новый": "new",
    "в работе": "in_work",
    "целевой": "qualified",
    "записан": "booked",
    "пришёл": "visited",
    "успех": "won",
    "отказ": "lost",
    "спам": "spam",
    "дубль": "duplicate",
}
#: Of fields with a line a pair: words for what stands before «=», and after it.
PAIRS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "fields": (_COLUMNS, {}),
    "links": (_LINKS, {}),
    "stages": ({}, _STAGES),
    "statuses": ({}, _STATUSES),
}


def title(kind: str, field: str) -> str:
    """A field's title."""
    return FIELDS.get(f"{kind}.{field}", FIELDS.get(field, (field, "")))[0]


def hint(kind: str, field: str) -> str:
    """What to write into a field; "" where its title says it."""
    return FIELDS.get(f"{kind}.{field}", FIELDS.get(field, (field, "")))[1]


def code(word: str, words: dict[str, str]) -> str:
    """What a word means, itself where it is none of them."""
    folded = {_folded(key): value for key, value in words.items()}
    return folded.get(_folded(word), word)


def word_of(value: str, words: dict[str, str]) -> str:
    """The word for a value, the value itself where there is none."""
    return next((word for word, meant in words.items() if meant == value), value)


def _folded(word: str) -> str:
    return word.casefold().replace("ё", "е")
