"""Money that two sources give: a won deal of a CRM and the same payment of the cash desk."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from metrics.coded import plain
from metrics.measures.checks import Check, none_of, rows_worth

#: Days between a deal's end and the desk's payment that may be the same money.
_DAYS = 7


def payment_sources(rows: Mapping[str, pd.DataFrame]) -> list[Check]:
    """Pairs of payments of one person and sum, a week apart at most, of two sources.

    In: conformed rows by entity. Nothing is left out of the numbers: it is told. [] where payments
    come from one source.
    """
    payments = rows.get("payments")
    if payments is None or payments["source"].nunique() < 2:
        return []
    of = payments[payments["amount"] > 0]
    of = _with_people(of.assign(source=plain(of["source"])), rows.get("appointments"))
    pairs = of.merge(of, on=["person_key", "amount"], suffixes=("", "_other"))
    apart = (pairs["paid_at"] - pairs["paid_at_other"]).abs()
    pairs = pairs[(pairs["source"] < pairs["source_other"]) & (apart <= pd.Timedelta(days=_DAYS))]
    same = pairs.drop_duplicates("payment_id")
    names = ", ".join(sorted(payments["source"].unique()))
    worth = rows_worth(len(same), "оплата", "оплаты", "оплат", int(same["amount"].sum()))
    return [
        none_of(
            "payment_sources",
            "Оплаты, похожие на одни деньги из двух источников",
            len(same),
            "Тот же человек и сумма, разница не больше недели: деньги посчитаны дважды. Берите их из "
            "одного источника: payments = false у CRM, если есть касса.",
            f"{worth} ({names})",
        )
    ]


def _with_people(payments: pd.DataFrame, visits: pd.DataFrame | None) -> pd.DataFrame:
    """Payments with a `person_key`, theirs or that of their patient's appointments."""
    if visits is not None:
        pairs = visits[(visits["person_key"] != "") & (visits["patient_key"] != "")]
        person = pairs.drop_duplicates("patient_key").set_index("patient_key")["person_key"]
        theirs = payments["patient_key"].map(person).fillna("")
        own = payments["person_key"]
        payments = payments.assign(person_key=own.where(own != "", theirs))
    return payments[payments["person_key"] != ""]
