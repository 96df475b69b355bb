"""The CDNOW sample of Fader and Hardie: 2 357 customers of a record shop, 1997 and half of 1998.

`tests/data/cdnow_sample.txt` is their public file (brucehardie.com/datasets): number of the customer
in the whole data set, in the sample, date, number of records, dollars.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

PATH = Path(__file__).parents[1] / "data" / "cdnow_sample.txt"


def purchases() -> pd.DataFrame:
    """Out: customer (text), day (datetime64), dollars; one row a customer and day, as published."""
    rows = pd.read_csv(
        PATH,
        sep=r"\s+",
        header=None,
        names=["whole", "customer", "day", "records", "dollars"],
        dtype={"whole": str, "customer": str, "day": str},
    )
    days = rows.assign(day=pd.to_datetime(rows["day"], format="%Y%m%d"))
    return days.groupby(["customer", "day"], as_index=False)["dollars"].sum()
