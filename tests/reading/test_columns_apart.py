"""One fact over several columns of a row, and rows that lean on the ones above them."""

from __future__ import annotations

import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from sheets_sync.errors import FileError
from tests.reading.exports import pulled, rows, write


def amounts(folder: Path, text: str, *columns: str) -> list[tuple[object, ...]]:
    write(folder, text)
    return rows(pulled(folder, "payments"), "amount", *columns)


def test_numbered_sums_are_rows_each_with_its_own_service(tmp_path: Path) -> None:
    text = (
        "Дата;№ карты;Услуга 1;Сумма 1;Услуга 2;Сумма 2\n02.02.2026;17;Осмотр;500;Снимок;900\n"
        "03.02.2026;18;Чистка;4000;;\nИтого;;;4500;;900\n"
    )
    assert amounts(tmp_path, text, "service") == [
        (50_000, "Осмотр"), (90_000, "Снимок"), (400_000, "Чистка")
    ]  # fmt: skip
    assert pulled(tmp_path, "payments").state["payments"]["did"]["totals_agree"]


def test_numbered_sums_have_their_own_days(tmp_path: Path) -> None:
    write(
        tmp_path,
        "№ карты;Дата №1;Сумма №1;Дата №2;Сумма №2\n17;02.02.2026;500;10.03.2026;900\n",
    )
    found = rows(pulled(tmp_path, "payments"), "paid_at", "amount")
    assert [(at.month, sum_) for at, sum_ in found] == [(2, 50_000), (3, 90_000)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("more", ["Итого", "Возврат", "Скидка"])
def test_money_of_a_whole_row_is_not_repeated_on_its_services(tmp_path: Path, more: str) -> None:
    write(
        tmp_path,
        f"Дата;№ карты;Услуга 1;Сумма 1;Услуга 2;Сумма 2;{more}\n"
        "02.02.2026;17;Осмотр;500;Снимок;900;1400\n03.02.2026;18;Осмотр;500;;;500\n",
    )
    try:
        found = rows(pulled(tmp_path, "payments"), "amount")
    except FileError:
        assert more != "Итого"
    else:
        assert (more, found) == ("Итого", [(140_000,), (50_000,)])


def test_numbered_sums_alone_are_asked_about_and_the_answer_adds_them(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Сумма 1;Сумма 2\n02.02.2026;17;500;900\n03.02.2026;18;500;\n")
    with pytest.raises(FileError, match="«Сумма 1», «Сумма 2»") as caught:
        pulled(tmp_path, "payments")
    lines = caught.value.hint.rpartition("файле клиники:\n")[2]
    columns = tomllib.loads(lines)["source"]["columns"]
    found = rows(pulled(tmp_path, "payments", columns=columns), "amount")
    assert sorted(found) == [(50_000,), (50_000,), (90_000,)]


RECEIPTS = (
    "№ чека;Дата;№ карты;Услуга;{}Сумма чека\n1;02.02.2026;17;Осмотр;{}1400\n1;02.02.2026;17;Снимок;{}1400\n"
    "2;03.02.2026;18;Осмотр;{}700\n2;03.02.2026;18;Пломба;{}700\n3;03.02.2026;19;Осмотр;{}500\n"
)


def test_a_receipts_sum_in_each_of_its_rows_is_paid_once(tmp_path: Path) -> None:
    own = ["500;", "900;", "300;", "400;", "500;"]
    text = RECEIPTS.format("Стоимость;", *own)
    assert sorted(amounts(tmp_path, text)) == [
        (30_000,),
        (40_000,),
        (50_000,),
        (50_000,),
        (90_000,),
    ]


def test_a_receipts_sum_beside_which_rows_have_none_is_asked_about(tmp_path: Path) -> None:
    write(tmp_path, RECEIPTS.format(*[""] * 6))
    with pytest.raises(FileError, match="повторяется во всех строках одного документа"):
        pulled(tmp_path, "payments")
    found = pulled(tmp_path, "payments", columns={"amount": "Сумма чека"})
    assert len(rows(found, "amount")) == 5


def test_prices_that_do_not_add_up_to_what_was_paid_are_no_payments(tmp_path: Path) -> None:
    text = RECEIPTS.replace("Сумма чека", "Оплачено").format("Стоимость;", *["100;"] * 5)
    assert sum(a for (a,) in amounts(tmp_path, text)) == 470_000  # type: ignore[misc]


@pytest.mark.parametrize("header", ["Регистратор", "Документ"])
def test_the_day_within_a_documents_name_is_its_day(tmp_path: Path, header: str) -> None:
    write(
        tmp_path,
        f"{header};№ карты;Сумма\nОплата 00ЦБ-000123 от 02.02.2026 10:00:00;17;500\n"
        "Ордер 00ЦБ-000124 от 03.02.2026 11:30:00;18;900\n",
    )
    found = rows(pulled(tmp_path, "payments"), "paid_at")
    assert [at.strftime("%d %H:%M") for (at,) in found] == ["02 05:00", "03 06:30"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("header", ["Руб.", "Сумма, руб."])
def test_kopecks_in_a_column_beside_their_roubles_are_one_sum(tmp_path: Path, header: str) -> None:
    text = f"Дата;№ карты;{header};Коп.\n02.02.2026;17;5 000;5\n03.02.2026;18;700;\n04.02.2026;19;1;50\n"
    assert amounts(tmp_path, text) == [(500_005,), (70_000,), (150,)]


def test_what_stands_beside_roubles_and_is_no_kopecks_is_asked_about(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Руб.;Коп.\n02.02.2026;17;5000;500000\n")
    with pytest.raises(FileError, match="не нашёл столбец amount"):
        pulled(tmp_path, "payments")


@pytest.mark.parametrize("mark", ["-//-", "—“—", "||", "- » -"])
def test_marks_for_as_above_say_what_stands_above(tmp_path: Path, mark: str) -> None:
    text = f"Дата;№ карты;Сумма\n02.02.2026;17;500\n{mark};{mark};900\n{mark};18;{mark}\n"
    write(tmp_path, text)
    found = pulled(tmp_path, "payments")
    whose = rows(found, "patient_key", "paid_at", "amount")
    assert whose[0][:2] == whose[1][:2]
    assert ([a for *_, a in whose], found.refused_count) == ([50_000, 90_000], 1)


def test_a_first_row_parted_by_a_sign_of_its_own_is_no_header(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;№ карты;Сумма;Комментарий;Касса\n02.02.2026;17;500;оплата; звонить;1\n03.02.2026;18;900;ок;1\n",
    )
    found = pulled(tmp_path, "payments")
    assert (rows(found, "amount"), [r.row for r in found.refused]) == ([(90_000,)], [2])


def test_a_patient_who_did_not_miss_the_visit_came_and_it_is_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;№ карты;Не пришёл;Отменён\n02.02.2026;17;да;нет\n02.02.2026;18;нет;нет\n02.02.2026;19;нет;да\n"
        "02.02.2026;20;;нет\n",
    )
    found = pulled(tmp_path, "appointments")
    assert rows(found, "status") == [("no_show",), ("arrived",), ("cancelled",), ("booked",)]
    assert any("«нет» принято как «пришёл»; таких строк 1." in note for note in found.notes)


def test_who_missed_a_visit_is_enough(tmp_path: Path) -> None:
    write(tmp_path, "Дата;№ карты;Неявка\n02.02.2026;17;да\n02.02.2026;18;нет\n")
    assert rows(pulled(tmp_path, "appointments"), "status") == [("no_show",), ("arrived",)]


def test_change_is_taken_off_the_cash_that_it_was_given_of(tmp_path: Path) -> None:
    text = (
        "Дата;№ карты;Сумма чека;Внесено наличными;Сдача;Бонусами\n02.02.2026;17;4800;5000;200;0\n"
        "03.02.2026;18;800;500;0;300\n"
    )
    assert amounts(tmp_path, text, "kind") == [
        (480_000, "payment"), (50_000, "payment"), (30_000, "bonus")
    ]  # fmt: skip


def test_brackets_before_the_currency_are_a_minus(tmp_path: Path) -> None:
    text = (
        "Дата;№ карты;Приход;Расход;Основание\n02.02.2026;17;5 000 р.;;Оплата\n"
        "03.02.2026;17;;(1 000) р.;Возврат пациенту\n04.02.2026;18;700 р.;;Оплата\n"
    )
    assert [k for _, k in amounts(tmp_path, text, "kind")] == ["payment", "refund", "payment"]


def test_what_a_mac_adds_to_an_archive_is_no_file_of_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("out/p.csv", "Дата;№ карты;Сумма\n02.02.2026;17;500\n")
        archive.writestr("out/.DS_Store", "x")
        archive.writestr("__MACOSX/out/._p.csv", "x")
    assert rows(pulled(tmp_path, "payments", "p.zip"), "amount") == [(50_000,)]


def test_a_file_without_days_may_be_given_one(tmp_path: Path) -> None:
    write(tmp_path, "№ карты;Услуга;Сумма\n17;Осмотр;500\n")
    with pytest.raises(FileError) as caught:
        pulled(tmp_path, "payments")
    answer = re.search(r'или "(=.*)":', caught.value.hint)
    assert answer
    found = pulled(tmp_path, "payments", columns={"paid_at": answer[1]})
    assert len(rows(found, "paid_at")) == 1


def test_what_a_visit_cost_in_each_of_its_rows_is_paid_once(tmp_path: Path) -> None:
    text = (
        "Дата;Время;№ карты;Услуга;Стоимость;Оплачено\n02.02.2026;10:00;17;Осмотр;500;1400\n"
        "02.02.2026;10:00;17;Снимок;900;1400\n02.02.2026;12:00;17;Пломба;300;300\n"
    )
    assert sorted(amounts(tmp_path, text)) == [(30_000,), (50_000,), (90_000,)]


def test_equal_prices_of_one_visit_that_were_paid_apart_stay(tmp_path: Path) -> None:
    lines = "".join(f"02.02.2026;{n};Осмотр;500;500\n" for n in (17, 17, *range(18, 80)))
    found = amounts(tmp_path, f"Дата;№ карты;Услуга;Стоимость;Оплачено\n{lines}")
    assert found == [(50_000,)] * 64


@pytest.mark.parametrize("store", ["ЛС", "виртуальный кошелёк"])
def test_what_is_paid_out_of_a_store_was_paid_when_it_was_filled(
    tmp_path: Path, store: str
) -> None:
    word = store.rsplit(maxsplit=1)[-1]
    text = (
        f"Дата;№ карты;Операция;Сумма\n02.02.2026;17;Пополнение {store};900\n"
        f"05.02.2026;17;Оплата с {word};700\n06.02.2026;18;Оплата с карты;50\n"
    )
    assert [k for _, k in amounts(tmp_path, text, "kind")] == [
        "prepayment", "balance_spend", "payment"
    ]  # fmt: skip


def test_an_insurers_part_and_the_patients_make_the_price(tmp_path: Path) -> None:
    text = (
        "Дата;№ карты;Стоимость;Оплата СК;Франшиза\n02.02.2026;17;5000;4000;1000\n"
        "03.02.2026;18;3000;3000;0\n"
    )
    assert amounts(tmp_path, text, "kind") == [
        (100_000, "payment"), (400_000, "insurance"), (300_000, "insurance")
    ]  # fmt: skip


def test_a_slot_of_hours_in_words_begins_with_its_first(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Время;№ карты;Статус\n02.02.2026;с 9 до 10;17;был\n02.02.2026;с 10:30 до 11;18;был\n",
    )
    found = rows(pulled(tmp_path, "appointments"), "starts_at")
    assert [at.strftime("%H:%M") for (at,) in found] == ["04:00", "05:30"]  # type: ignore[attr-defined]
