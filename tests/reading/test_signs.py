"""Signs that say a thing: plus and minus, a dash for nought, arrows; quotes around lines; a header
again in another order; presents of a cabinet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.exports import pulled, rows, write


@pytest.mark.parametrize("header", ["Явка", "Пришел"])
@pytest.mark.parametrize("minus", ["-", "–", "—", "−"])
def test_beside_pluses_a_dash_is_a_minus(tmp_path: Path, header: str, minus: str) -> None:
    write(
        tmp_path,
        f"Дата приема;Время;Телефон;{header}\n03.02.2026;10:00;+79001112231;+\n"
        f"03.02.2026;11:00;+79001112232;{minus}\n",
    )
    assert rows(pulled(tmp_path, "appointments"), "status") == [("arrived",), ("no_show",)]


def test_a_dash_among_costs_is_nought(tmp_path: Path) -> None:
    write(tmp_path, "Дата;Площадка;Расход\n01.02.2026;VK;100\n02.02.2026;VK;-\n03.02.2026;VK;\n")
    found = pulled(tmp_path, "costs")
    assert (rows(found, "cost"), found.refused_count) == ([(10000,), (0,)], 1)


@pytest.mark.parametrize("header", ["Направление", "Куда звонок", ""])
def test_arrows_say_which_way_a_call_went_and_can_be_turned(tmp_path: Path, header: str) -> None:
    write(
        tmp_path,
        f"Дата и время;{header};Номер;Длительность\n03.02.2026 10:00;→;+79001112231;60\n"
        "03.02.2026 11:00;⬅️;+79001112232;60\n",
    )
    found = pulled(tmp_path, "calls")
    assert rows(found, "call_direction") == [("out",), ("in",)]
    assert '"→" = "in"' in " ".join(found.notes)
    turned = pulled(tmp_path, "calls", statuses={"→": "in", "←": "out"})
    assert rows(turned, "call_direction") == [("in",), ("out",)]


QUOTED = [
    '"Дата;Телефон;Сумма"\n"03.02.2026;+79001112231;1000"\n"04.02.2026;+79001112232;2000"\n',
    '"Дата,Телефон,Сумма";;\r\n"03.02.2026,+79001112231,1000";;\r\n"04.02.2026,+79001112232,""2000""";;\r\n',
    '\ufeff"Дата;Телефон;Сумма"\n"03.02.2026;+79001112231;1000"\n"04.02.2026;+79001112232;2000"',
]


@pytest.mark.parametrize("text", QUOTED)
def test_lines_that_stand_in_quotes_whole(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert rows(pulled(tmp_path, "payments"), "amount") == [(100000,), (200000,)]


def test_a_header_again_in_another_order_and_the_first_again(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Телефон;Сумма;Услуга\n03.02.2026;+79001112231;1;А\nТелефон;Услуга;Сумма;Дата\n"
        "+79001112232;Б;2;04.02.2026\n+79001112233;В;3;05.02.2026\nДата;Телефон;Сумма;Услуга\n"
        "06.02.2026;+79001112234;4;Г\n",
    )
    found = pulled(tmp_path, "payments")
    assert rows(found, "amount", "service") == [(100, "А"), (200, "Б"), (300, "В"), (400, "Г")]
    assert "повторов шапки 2" in " ".join(found.notes)


def test_a_later_header_with_a_column_more_or_less(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Телефон;Сумма\n03.02.2026;+79001112231;1\nКасса;Дата;Телефон;Сумма\nОсновная;04.02.2026;+79001112232;2\n",
    )
    found = pulled(tmp_path, "payments")
    assert (rows(found, "amount"), found.refused_count) == ([(100,), (200,)], 0)


def test_a_later_header_far_below_is_met_too(tmp_path: Path) -> None:
    first = "".join(f"{n % 28 + 1:02d}.02.2026;+79001112{n:03d};1;А\n" for n in range(900))
    then = "".join(f"Б;{n % 28 + 1:02d}.03.2026;2;+79001113{n:03d}\n" for n in range(900))
    write(tmp_path, f"Дата;Телефон;Сумма;Услуга\n{first}Услуга;Дата;Сумма;Телефон\n{then}")
    found = pulled(tmp_path, "payments")
    assert found.refused_count == 0
    counts = found.frame["service"].value_counts() if found.frame is not None else {}
    assert dict(counts) == {"А": 900, "Б": 900}


def test_presents_of_a_cabinet_are_not_spent_and_what_came_back_lessens(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Операция;Кошелёк;Сумма\n01.02.2026;Размещение;Основной;500\n02.02.2026;Размещение;Бонусный;300\n"
        "03.02.2026;Начисление бонусов;Основной;200\n04.02.2026;Возврат за размещение;Основной;100\n",
        "avito.csv",
    )
    found = pulled(tmp_path, "costs")
    assert rows(found, "cost") == [(50000,), (-10000,)]
    said = " ".join(found.notes)
    assert "бонусы площадки, а не расход: 2 на 500" in said
    assert "Строки возвратов уменьшили расход: 1 на 100" in said


@pytest.mark.parametrize(("yes", "no"), [("✔", "✖"), ("✅", "❌"), ("✓", "✕")])
def test_ticks_and_crosses_of_any_look(tmp_path: Path, yes: str, no: str) -> None:
    write(
        tmp_path,
        f"Дата приема;Телефон;Явка\n03.02.2026 10:00;+79001112231;{yes}\n03.02.2026 11:00;+79001112232;{no}\n",
    )
    assert rows(pulled(tmp_path, "appointments"), "status") == [("arrived",), ("no_show",)]


def test_a_slot_in_two_columns_begins_at_the_earlier(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Дата;Слот по;Слот с;Телефон;Статус\n03.02.2026;10:30;10:00;+79001112231;Пришел\n"
        "03.02.2026;;12:00;+79001112232;Пришел\n",
    )
    found = rows(pulled(tmp_path, "appointments"), "starts_at")
    assert [f"{when:%H:%M}" for (when,) in found] == ["05:00", "07:00"]
