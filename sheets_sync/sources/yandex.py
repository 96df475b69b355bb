"""What Direct, Metrica and its logs say when they say no, and what a marketer reads instead.

One table: cause -> words -> next step. Causes are the services' own codes (error_code of Direct,
error_type of Metrica, by yandex.com/dev/direct and yandex.ru/dev/metrika) and ours for what they
do not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sheets_sync.errors import SourceError


@dataclass(frozen=True)
class Words:
    """What is told of some causes; `{names}` are filled in. `passes`: it may go by itself."""

    causes: tuple[str, ...]
    message: str
    hint: str
    passes: bool = False

    def filled(self, facts: Mapping[str, object]) -> Words:
        return Words(
            self.causes,
            self.message.format_map(facts),
            self.hint.format_map(facts),
            self.passes,
        )


def words(table: tuple[Words, ...], *causes: str, **facts: object) -> Words | None:
    """The words of the first of `causes` that the table knows, its facts filled in."""
    entries = {cause: entry for entry in table for cause in entry.causes}
    match = next((entries[cause] for cause in causes if cause in entries), None)
    return match and match.filled(facts)


def refusal(
    table: tuple[Words, ...], cause: str, *, where: str = "", **facts: object
) -> SourceError:
    """The error of a cause that the table knows."""
    sentence = words(table, cause, **facts)
    if sentence is None:
        raise KeyError(cause)
    return SourceError(
        sentence.message, hint=sentence.hint, where=where, permanent=not sentence.passes
    )


_AGAIN = "Следующая синхронизация попробует снова."
_DEVELOPER = "Это ошибка программы, а не настроек: передайте сообщение разработчику."

#: `:own` is asked without client_login, `:login` with one. Facts: login, detail, code, minutes.
DIRECT = (
    Words(
        ("53",),
        "Директ не принял токен: он неверен, отозван или истёк.",
        "Получите новый токен на oauth.yandex.ru с правом direct:api и передайте его тому, "
        "кто ведёт сервис: romi-sheets secret ФАЙЛ.toml ИМЯ.",
    ),
    Words(
        ("54:own",),
        "у токена нет прав на рекламодателя.",
        "Выпустите токен на аккаунт рекламодателя; если токен агентский, добавьте в источник "
        "client_login: логин клиента, как он записан в Директе.",
    ),
    Words(
        ("54:login",),
        "у токена нет прав на рекламодателя «{login}».",
        "Проверьте client_login и то, что этот клиент есть у агентства, на аккаунт которого "
        "выпущен токен.",
    ),
    Words(
        ("58",),
        "приложению, для которого выпущен токен, не одобрен доступ к API Директа.",
        "Подайте заявку в Директе (Инструменты → API) и дождитесь одобрения.",
    ),
    Words(
        ("513:own", "8800:own"),
        "аккаунт, на который выпущен токен, не подключён к Директу.",
        "Выпустите токен на аккаунт рекламодателя; если токен агентский, добавьте в источник "
        "client_login: логин клиента, как он записан в Директе.",
    ),
    Words(
        ("513:login", "8800:login"),
        "Директ не знает рекламодателя «{login}»: логин написан с ошибкой или не подключён.",
        "Проверьте client_login: нужен логин клиента, как он записан в Директе, без @yandex.ru.",
    ),
    Words(
        ("8000:own",),
        "Директ не принял запрос: {detail}.",
        "Так бывает с агентским токеном: добавьте в источник client_login, логин клиента. Если "
        "токен не агентский, передайте сообщение разработчику.",
    ),
    Words(
        ("8000:login",),
        "Директ не принял запрос: {detail}.",
        "Проверьте client_login (сейчас «{login}»): нужен логин клиента, как он записан в Директе; "
        "рекламодателю со своим токеном client_login не нужен вовсе.",
    ),
    Words(
        ("4000", "4001", "8312"),
        "Директ не понял запрос отчёта: {detail} (код {code}).",
        _DEVELOPER,
    ),
    Words(
        ("152",),
        "баллы API Директа на сегодня кончились.",
        "Директ начисляет новые каждый час, синхронизация продолжится сама; если это каждый день, "
        "тем же логином пользуется другая программа.",
        passes=True,
    ),
    Words(
        ("56", "506"),
        "Директ просит реже спрашивать: запросов с этим логином слишком много (код {code}).",
        "С тем же логином работает другая программа: дождитесь её. " + _AGAIN,
        passes=True,
    ),
    Words(
        ("9000",),
        "очередь отчётов Директа полна: в ней не больше пяти отчётов рекламодателя.",
        "Её заняла другая программа с этим же логином: дождитесь её. " + _AGAIN,
        passes=True,
    ),
    Words(
        ("52", "1000", "1001", "1002"),
        "Директ временно не отвечает (код {code}).",
        _AGAIN,
        passes=True,
    ),
    Words(
        ("slow",),
        "Директ слишком долго строит отчёт: дольше {minutes} мин.",
        "Отчёт остался в его очереди: следующая синхронизация заберёт его готовым. До тех пор "
        "показаны расходы, прочитанные раньше.",
        passes=True,
    ),
    Words(
        ("cut",),
        "Директ ответил не тем, что ожидалось: отчёт не целый.",
        _AGAIN,
        passes=True,
    ),
    Words(
        ("",),
        "Директ отказал: {detail} (код {code}).",
        "Если это повторяется, проверьте client_login и то, на какой аккаунт выпущен токен.",
    ),
)

_COUNTER = "Метрика → Настройка → Доступ"

#: `:upload`, `:orders`, `:logs` is where it was asked. Facts: counter, detail.
METRICA = (
    Words(
        ("unauthorized", "invalid_token"),
        "Метрика не приняла токен: он неверен, отозван или истёк.",
        "Получите новый токен на oauth.yandex.ru с правом metrika:read и передайте его "
        "тому, кто ведёт сервис: romi-sheets secret ФАЙЛ.toml ИМЯ.",
    ),
    Words(
        (
            "unauthorized:upload",
            "invalid_token:upload",
            "unauthorized:orders",
            "invalid_token:orders",
        ),
        "Метрика не приняла токен: он неверен, отозван или истёк.",
        "Получите новый токен на oauth.yandex.ru с правами metrika:read и metrika:write и "
        "передайте его тому, кто ведёт сервис: romi-sheets secret ФАЙЛ.toml ИМЯ.",
    ),
    Words(
        ("access_denied:upload", "access_denied:orders"),
        "у токена нет права загружать данные в счётчик {counter}.",
        "Выпустите токен с правом metrika:write и дайте аккаунту, на который он выпущен, доступ на "
        f"редактирование счётчика ({_COUNTER}).",
    ),
    Words(
        ("access_denied:logs",),
        "у токена нет доступа к журналам визитов (Logs API) счётчика {counter}.",
        "Дайте аккаунту, на который выпущен токен, доступ на редактирование счётчика "
        f"({_COUNTER}) или выключите журналы: logs = false.",
    ),
    Words(
        ("access_denied",),
        "у токена нет доступа к счётчику {counter}.",
        f"Дайте аккаунту, на который выпущен токен, доступ к счётчику ({_COUNTER}); для записи "
        "нужно право на редактирование.",
    ),
    Words(
        ("not_found",),
        "счётчика {counter} или запрошенного в нём нет.",
        "Проверьте counter_id: номер счётчика виден в Метрике рядом с его именем.",
    ),
    Words(
        ("quota_requests_by_uid",),
        "Метрика просит подождать 5 минут: квота запросов превышена (200 отчётов за 5 минут).",
        "Тем же токеном пользуется кто-то ещё: выпустите службе свой. " + _AGAIN,
        passes=True,
    ),
    Words(
        (
            "quota_parallel_requests",
            "quota_requests_by_ip",
            "quota_requests_by_counter_id",
            "quota",
        ),
        "Метрика просит реже спрашивать: квота запросов превышена.",
        "Через минуту это проходит. " + _AGAIN + " Если это каждый раз, тем же токеном пользуется "
        "кто-то ещё.",
        passes=True,
    ),
    Words(
        ("query_error", "timeout"),
        "отчёт слишком велик для Метрики даже за один день.",
        "Назовите в источнике нужные цели (goals) вместо всех. " + _AGAIN,
        passes=True,
    ),
    Words(
        ("queue:logs",),
        "очередь журналов Метрики полна.",
        "Её заняли другие программы: дождитесь их или удалите их запросы Logs API. " + _AGAIN,
        passes=True,
    ),
    Words(
        ("invalid_uploading:upload", "invalid_uploading:orders"),
        "Метрика не приняла файл: {detail}.",
        _DEVELOPER,
    ),
    Words(
        ("invalid_parameter", "missing_parameter", "filter_limits", "invalid_json", "400"),
        "Метрика отказала: {detail}.",
        "Проверьте counter_id, goals и attribution источника.",
    ),
    Words(
        ("conflict",),
        "Метрика занята этим же запросом: {detail}.",
        _AGAIN,
        passes=True,
    ),
    Words(
        ("late",),
        "Метрика отвечает дольше, чем источнику отведено в одном запуске.",
        "Прочитанное сохранено, остальное прочтёт следующая синхронизация.",
        passes=True,
    ),
    Words(
        ("cut",),
        "Метрика ответила не тем, что ожидалось: строки отчёта не разобрать.",
        _AGAIN,
        passes=True,
    ),
)

#: What becomes of a log of visits. Facts: status, minutes, reason.
LOGS = (
    Words(
        ("room",),
        "Метрика не готовит журнал визитов: место под журналы этого счётчика (10 ГБ) занято.",
        "Удалите старые запросы Logs API этого счётчика; другие программы тоже их создают.",
        passes=True,
    ),
    Words(
        ("slow",),
        "Метрика слишком долго готовит журнал визитов: дольше {minutes} мин.",
        "Запрос остался в её очереди: следующая синхронизация заберёт его готовым. До тех пор "
        "показаны касания, прочитанные раньше.",
        passes=True,
    ),
    Words(
        ("failed",),
        "Метрика не приготовила журнал визитов (состояние запроса: {status}).",
        "Следующая синхронизация закажет его заново.",
        passes=True,
    ),
    Words(("cut",), "журнал визитов Метрики пришёл не целиком.", _AGAIN, passes=True),
    Words(
        ("unreadable",),
        "журнал визитов Метрики не разобрать: {reason}.",
        _AGAIN + " Если это повторяется, Метрика изменила имена полей: сообщите разработчику.",
        passes=True,
    ),
    Words(
        ("unexpected",),
        "Метрика ответила о журнале визитов не тем, что ожидалось.",
        _AGAIN,
        passes=True,
    ),
)
