"""Ids of exported rows: keys, repeats, rows without a number, and files that overlap."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sheets_sync.errors import FileError
from tests.examples import examples
from tests.reading.exports import KEYRING, pulled, rows, write


def test_keys_that_came_ready_made_are_keyed_again(tmp_path: Path) -> None:
    write(tmp_path, "patient_key,person_key,paid_at,amount\nabc,def,2026-02-01,5\n")
    assert rows(pulled(tmp_path, "payments"), "patient_key", "person_key") == [
        (KEYRING.foreign_key("patient_key", "abc"), KEYRING.foreign_key("person_key", "def"))
    ]


def test_an_id_that_is_a_phone_becomes_a_key_the_same_in_every_file(tmp_path: Path) -> None:
    write(tmp_path, "lead_id,created_at\n+7 900 000-00-01,2026-02-01\n", "leads.csv")
    write(
        tmp_path,
        "lead_id,№ карты,Дата приёма,Статус\n+7 900 000-00-01,1,2026-02-01,Пришёл\n",
        "visits.csv",
    )
    ids = {
        rows(pulled(tmp_path, "leads", "leads.csv"), "lead_id")[0],
        rows(pulled(tmp_path, "appointments", "visits.csv"), "lead_id")[0],
    }
    assert ids == {(KEYRING.key("id:", "+7 900 000-00-01"),)}


def test_two_equal_cash_payments_in_one_day_are_two(tmp_path: Path) -> None:
    line = "01.02.2026;1;500\n"
    write(tmp_path, "Дата оплаты;Код пациента;Сумма\n" + line * 2)
    ids = [i for (i,) in rows(pulled(tmp_path, "payments"), "payment_id")]
    assert len(set(ids)) == 2
    assert [i.rsplit("-", 1)[1] for i in ids] == ["0", "1"]


def test_files_without_ids_that_overlap_are_told(tmp_path: Path) -> None:
    lines = "".join(f"0{n}.02.2026;{n};500\n" for n in range(1, 9))
    write(tmp_path, "Дата оплаты;Код пациента;Сумма\n" + lines, "1.csv")
    write(tmp_path, "Дата оплаты;Код пациента;Сумма\n" + lines + "09.02.2026;9;500\n", "2.csv")
    found = pulled(tmp_path, "payments")
    assert len(rows(found, "amount")) == 9
    assert (
        "Файлы «1.csv» и «2.csv» пересекаются: 8 строк без номера есть в обоих, учтены один раз."
        in found.notes
    )


def test_one_equal_payment_of_two_files_may_be_two(tmp_path: Path) -> None:
    head, line = "Дата оплаты;Код пациента;Сумма\n", "01.02.2026;1;500\n"
    write(tmp_path, head + line, "1.csv")
    write(tmp_path, head + line + "02.02.2026;2;500\n", "2.csv")
    found = pulled(tmp_path, "payments")
    assert len(rows(found, "amount")) == 3
    assert "одинаковых строк без номера 1, они учтены дважды" in " ".join(found.notes)


def test_a_day_that_two_files_tell_otherwise_is_asked_about(tmp_path: Path) -> None:
    head = "Дата оплаты;Код пациента;Сумма\n"
    both = "".join(f"0{n}.02.2026;{n};500\n" for n in range(1, 4))
    write(tmp_path, head + both + "04.02.2026;9;400\n", "1.csv")
    write(tmp_path, head + both + "04.02.2026;9;450\n", "2.csv")
    with pytest.raises(FileError, match="одинаковых строк без номера 3, а ещё 2 за те же дни"):
        pulled(tmp_path, "payments")


def test_of_rows_with_one_id_the_last_stands(tmp_path: Path) -> None:
    write(
        tmp_path,
        "ID заявки;Дата;Статус\n1;01.02.2026;Новая\n1;01.02.2026;Отказ\n2;01.02.2026;Новая\n",
    )
    found = pulled(tmp_path, "leads")
    assert rows(found, "lead_id", "status") == [("1", "lost"), ("2", "new")]
    assert "Повторов одного номера: 1; взята последняя строка каждого." in found.notes
    write(
        tmp_path,
        "ID заявки;Дата;Статус;Дата изменения\n1;01.02.2026;Отказ;03.02.2026\n1;01.02.2026;Новая;02.02.2026\n",
    )
    assert rows(pulled(tmp_path, "leads"), "status") == [("lost",)]


def test_lines_of_one_receipt_are_payments_of_their_own_in_any_number_of_files(
    tmp_path: Path,
) -> None:
    header = "Номер чека;Дата оплаты;Код пациента;Сумма;Услуга\n"
    one, two, other = (
        "7;01.02.2026;1;500;Снимок\n",
        "7;01.02.2026;1;900;Имплант\n",
        "8;01.02.2026;1;100;Снимок\n",
    )
    write(tmp_path, header + one + two + other, "1.csv")
    whole = rows(pulled(tmp_path, "payments"), "payment_id", "amount")
    assert [amount for _, amount in whole] == [50000, 90000, 10000]
    assert len({i for i, _ in whole}) == 3
    write(tmp_path, header + one + two, "2.csv")
    assert sorted(rows(pulled(tmp_path, "payments"), "payment_id", "amount")) == sorted(whole)


def test_a_number_that_meets_another_person_on_another_day_is_no_id(tmp_path: Path) -> None:
    header = "№;Дата;Телефон;Источник\n"
    write(
        tmp_path,
        header + "1;05.01.2026;+79001112201;Сайт\n2;06.01.2026;+79001112202;Сайт\n",
        "1.csv",
    )
    write(
        tmp_path,
        header + "1;05.02.2026;+79001112203;Сайт\n2;06.02.2026;+79001112204;Сайт\n",
        "2.csv",
    )
    found = pulled(tmp_path, "leads")
    ids = {str(i) for (i,) in rows(found, "lead_id")}
    assert len(ids) == 4
    assert all(i.startswith("~") for i in ids)
    assert any(
        "Номер – не идентификатор (столбец с номером нумерует строки" in n for n in found.notes
    )
    numbering = {"column": True, "ids": ["1", "2"]}
    assert found.state["leads"]["numbering"] == numbering


def test_what_was_no_id_once_is_none_ever_after(tmp_path: Path) -> None:
    write(tmp_path, "№;Дата;Телефон\n1;05.02.2026;+79001112203\n")
    numbering = {"column": True, "ids": ["1"]}
    known: dict[str, object] = {"state": {"leads": {"numbering": numbering}}}
    found = pulled(tmp_path, "leads", known=known)
    assert str(rows(found, "lead_id")[0][0]).startswith("~")
    assert found.state["leads"]["numbering"] == numbering


def test_an_update_and_a_family_of_one_day_keep_their_ids(tmp_path: Path) -> None:
    write(
        tmp_path,
        "ID записи;Дата приема;Телефон;Статус\n"
        "1;05.02.2026 10:00;+79001112201;Записан\n"
        "1;06.02.2026 10:00;+79001112201;Пришел\n"  # moved to another day: the same person
        "2;05.02.2026 10:00;+79001112202;Пришел\n"
        "2;05.02.2026 11:00;+79001112203;Пришел\n",  # another person, the same day
    )
    assert rows(pulled(tmp_path, "appointments"), "appointment_id", "status") == [
        ("1", "arrived"),
        ("2", "arrived"),
    ]


def test_of_a_column_of_ids_only_the_numbers_that_collide_lose_theirs(tmp_path: Path) -> None:
    lines = "".join(f"{n};0{n}.02.2026;+7900111220{n}\n" for n in range(1, 6))
    again = "".join(f"{n};0{n}.02.2026;+7900111220{n}\n" for n in (2, 3))
    write(tmp_path, "ID заявки;Дата;Телефон\n" + lines + again + "1;09.02.2026;+79001112209\n")
    found = pulled(tmp_path, "leads")
    ids = [str(i) for (i,) in rows(found, "lead_id")]
    assert sorted(i for i in ids if not i.startswith("~")) == ["2", "3", "4", "5"]
    assert len(ids) == 6


_payments = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(1, 2),
        st.sampled_from(["100", "200,50"]),
        st.sampled_from(["", "Снимок"]),
    ),
    min_size=1,
    max_size=12,
)


@given(_payments, st.integers(0, 12), st.randoms(use_true_random=False))
@settings(
    max_examples=examples(10),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_neither_splitting_nor_order_changes_anything(
    tmp_path: Path, lines: list[tuple[int, int, str, str]], cut: int, rng: random.Random
) -> None:
    def ids(*parts: list[tuple[int, int, str, str]]) -> list[tuple[object, ...]]:
        for old in tmp_path.iterdir():
            old.unlink()
        for number, part in enumerate(parts):
            text = "".join(
                f"0{day}.02.2026;{card};{amount};{service};{number}\n"
                for day, card, amount, service in part
            )
            write(
                tmp_path,
                "Дата оплаты;Код пациента;Сумма;Услуга;Комментарий\n" + text,
                f"{number}.csv",
            )
        return sorted(
            rows(pulled(tmp_path, "payments"), "payment_id", "paid_at", "amount", "service"),
            key=str,
        )

    # Two equal rows of two files are those of one export made twice.
    assume(len(set(lines[:cut]) & set(lines[cut:])) < 2)
    shuffled = list(lines)
    rng.shuffle(shuffled)
    whole = ids(lines)
    assert ids(shuffled) == whole
    assert ids(lines[:cut], lines[cut:]) == whole
