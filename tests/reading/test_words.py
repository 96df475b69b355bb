"""Words of statuses, kinds and headers, compared by what they mean and not by how they are typed."""

from __future__ import annotations

import pytest

from metrics.schema import APPOINTMENT_STATUSES, CONTACT_TYPES, LEAD_STATUSES, PAYMENT_KINDS
from sheets_sync.reading.words import meaning, plain, vocabulary, whole, word


def test_words_of_the_lists_mean_canonical_words() -> None:
    statuses = vocabulary("appointment_status")
    assert word("Пришёл (оплатил картой)", statuses) == "arrived"
    assert word("СОСТОЯЛСЯ", statuses) == "completed"
    assert word("неявка", statuses) == "no_show"
    assert word("Не\u00a0пришел ", statuses) == "no_show"
    assert word("отмена", statuses) == "cancelled"
    assert word("no_show", statuses) == "no_show"
    assert word("принят отказ", statuses) == ""
    assert word("П" * 100_000, statuses) == ""


@pytest.mark.parametrize(
    ("table", "allowed"),
    [
        ("lead_status", LEAD_STATUSES),
        ("appointment_status", APPOINTMENT_STATUSES),
        ("contact_type", CONTACT_TYPES),
        ("payment_kind", PAYMENT_KINDS),
    ],
)
def test_the_lists_know_every_canonical_word_and_no_other(
    table: str, allowed: tuple[str, ...]
) -> None:
    assert set(vocabulary(table).values()) == set(allowed)
    assert all(word(meaning, vocabulary(table)) == meaning for meaning in allowed)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("Возврат аванса", "refund"),
        ("Предоплата", "prepayment"),
        ("аванс", "prepayment"),
        ("Оплата по ДМС", "insurance"),
        ("Страховая компания", "insurance"),
        ("Бонусы", "bonus"),
        ("Оплата с лицевого счёта", "balance_spend"),
        ("Списание с баланса", "balance_spend"),
        ("Карта", "payment"),
        ("наличные", "payment"),
        ("Предоплата (невозвратная)", "prepayment"),
        ("Невозвратный депозит за запись", "prepayment"),
        ("Касса возвратов", "payment"),
        ("Оплата авансом", "balance_spend"),
        ("Аванс зачтён", "balance_spend"),
        ("Предоплатой (зачёт)", "balance_spend"),
        ("Пополнение депозита", "prepayment"),
        ("Продажа сертификата", "prepayment"),
        ("Оплачено сертификатом", "balance_spend"),
        ("Безналичный расчёт", "payment"),
        ("Оплата без бонусов", "payment"),
        ("Оплата, возврата нет", "payment"),
        ("что-то новое", ""),
    ],
)
def test_a_payment_kind_is_known_by_whole_words_that_nothing_turns_over(
    cell: str, kind: str
) -> None:
    assert meaning(cell, "payment_kind") == kind


def test_headers_are_compared_without_case_marks_and_look_alikes() -> None:
    latin_c, decomposed = "Cтатус", "При\u0438\u0306дёт"
    assert plain(latin_c) == plain("СТАТУС")
    assert plain(decomposed) == plain("прийдет")
    assert plain("№ карты") == plain("Номер_карты")


def test_a_sign_that_changes_the_meaning_stays() -> None:
    statuses = vocabulary("appointment_status")
    assert [word(t, statuses) for t in ("1", "-1", "−1", "– 1", "0", "2")] == [
        "completed",
        "no_show",
        "no_show",
        "no_show",
        "booked",
        "confirmed",
    ]
    assert plain("Расход, $") != plain("Расход")
    assert plain("Оплата, %") != plain("Оплата")
    assert plain("- Источник") == plain("Источник")
    assert [word(t, vocabulary("flag")) for t in ("+", "✔", "✗")] == ["yes", "yes", "no"]


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("Пациент не явился", "no_show"),
        ("Не пришёл (не предупредил)", "no_show"),
        ("Клиент не смог прийти", "no_show"),
        ("client_did_not_come", "no_show"),
        ("Отменил запись", "cancelled"),
        ("Отменён пациентом по телефону", "cancelled"),
        ("Пациент перенёс приём", "rescheduled"),
        ("Пришёл/пришла", "arrived"),
        ("Пришел, оплатил", "arrived"),
        ("client_came", "arrived"),
        ("Приём окончен", "completed"),
        ("Подтверждён на завтра", "confirmed"),
        ("Записан (не подтверждён)", "booked"),
        ("Предстоящий", "booked"),
        ("Не завершён", ""),
        ("Не отменён", ""),
        ("Пришёл, отменили", ""),
        ("Лист ожидания", ""),
        ("Да", ""),
    ],
)
def test_a_status_is_known_by_its_phrases(cell: str, status: str) -> None:
    assert meaning(cell, "appointment_status") == status


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("Ищут работу", "spam"),
        ("Нецелевой (другой город)", "spam"),
        ("Дубль заявки 15", "duplicate"),
        ("Недозвон 3", "in_work"),
        ("Записан, но не пришёл", "lost"),
        ("Дорого, ушли к конкурентам", "lost"),
        ("Повторный пациент", ""),
    ],
)
def test_reasons_of_junk_leads_are_known_by_their_phrases(cell: str, status: str) -> None:
    assert meaning(cell, "lead_status") == status


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("Оплачен", "paid"),
        ("оплаченные", "paid"),
        ("Проведена", "paid"),
        ("succeeded", "paid"),
        ("Отменённых", "unpaid"),
        ("Не оплачен", "unpaid"),
        ("не оплачена", "unpaid"),
        ("Возвращён", "returned"),
        ("0", "unpaid"),
        ("Оплачен (частично)", "partly"),
        ("Почти оплачен", ""),
    ],
)
def test_a_status_of_payment_is_a_whole_cell_in_any_gender_number_and_case(
    cell: str, status: str
) -> None:
    assert whole(cell, "payment_status") == status
