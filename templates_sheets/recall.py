"""«Возврат»: who is due for a check-up by what was treated, who came back, what calling brings."""

from __future__ import annotations

from metrics.reports.recall import recall
from templates_sheets.look import TAB_NUMBERS
from templates_sheets.plain import UNKNOWN_MARGIN
from templates_sheets.tab import Column, Definition, Tab

_PART = "Пять состояний вместе дают «Пациенты»; пациент стоит в одной строке, там, где срок раньше."
_PAST = "По тем же правилам на день отчёта минус 90 дней."
_ESTIMATE = "Оценка на 90 дней, если пациенты вернутся так же, как за прошедшие 90."


def _people(title: str, key: str, formula: str, why: str) -> Column:
    return Column(
        title, key, "count", 13, f"{formula}.", definition=Definition(formula, "никогда", why)
    )


TAB = Tab(
    "recall",
    "Возврат",
    (
        Column("Направление", "direction", "text", 26,
               "Что лечили: направление самого визита, а не рекламы, которая привела пациента."),
        Column("Интервал (мес)", "months", "count", 11,
               "Через сколько месяцев звать снова; меняется в «Направления».",
               definition=Definition("«Возврат, мес» из «Направления», иначе 6 или 12", "строка общая")),
        _people("Пациенты", "patients", "Пациенты, у которых осмотр в этом направлении следующий", _PART),
        _people("Записаны", "booked", "Есть запись после дня отчёта", _PART),
        _people("Позже", "later", "До срока больше 30 дней", _PART),
        _people("Пора", "due", "Срок не дальше 30 дней в обе стороны", _PART),
        _people("Просрочено", "overdue", "После срока прошло от 31 до 365 дней", _PART),
        _people("Потеряны", "lost", "После срока прошло больше 365 дней", _PART),
        _people("Было пора", "was_due", "Были в «Пора» или «Просрочено» 90 дней назад", _PAST),
        _people("Вернулись", "returned", "Из тех, кому было пора, пришли за эти 90 дней", _PAST),
        Column("Доля вернувшихся", "returned_share", "percent", 15, "Вернулись / Было пора.",
               reason="Пусто: 90 дней назад никому не было пора.",
               definition=Definition("Вернулись / Было пора", "90 дней назад никому не было пора", _PAST)),
        Column("Маржа вернувшегося", "returned_margin", "money", 16,
               "Маржа вернувшихся за эти 90 дней / их число.",
               reason="Пусто: никто не вернулся или маржа части их оплат неизвестна.",
               definition=Definition("Маржа вернувшихся за 90 дней / Вернулись",
                                     "никто не вернулся или маржа неизвестна", _PAST)),
        Column("Ожидаемая маржа", "expected_margin", "money", 15,
               "(Пора + Просрочено) × маржа вернувшихся / Было пора. " + _ESTIMATE,
               reason="Пусто: 90 дней назад никому не было пора. Либо: " + UNKNOWN_MARGIN.removeprefix("Пусто: "),
               definition=Definition("(Пора + Просрочено) × маржа вернувшихся / Было пора",
                                     "90 дней назад никому не было пора или маржа неизвестна",
                                     _ESTIMATE + " Если было пора меньше чем 10 пациентам, взято среднее по клинике.")),
    ),
    report=recall,
    row_key=("Направление",),
    total=True,
    colour=TAB_NUMBERS,
)  # fmt: skip
