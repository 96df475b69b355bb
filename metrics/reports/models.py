"""«Модели»: what each channel brought under every attribution model, side by side."""

from __future__ import annotations

from functools import partial

import pandas as pd

from metrics.cores import each
from metrics.facts import Facts
from metrics.join.join import Joined, attribute
from metrics.measures.period import period_report
from metrics.settings import MODELS, TOTAL, Attribution

MEASURES = ("leads", "new_patients", "margin", "romi")


def models(joined: Joined, facts: Facts) -> pd.DataFrame:
    """One row per channel, most margin under the chosen model first, then «Итого».

    Out: channel, then for each model <model>_leads, <model>_new_patients, <model>_margin (kopecks)
    and <model>_romi, float64; NaN is empty. Markov is empty where there is not enough data.
    `facts` are those of the chosen model; where leads have one touch each, all models agree with it.
    """
    chosen = joined.settings.attribution
    others = () if joined.one_touch else tuple(m for m in MODELS[::-1] if m != chosen)
    made = each([partial(_by_model, joined, model) for model in others])
    computed = dict.fromkeys(MODELS, _by_channel(facts)) | dict(zip(others, made, strict=True))
    done = [both for both in computed.values() if both is not None]
    channels = sorted({c for rows, _ in done for c in rows.index})
    columns, totals = [pd.DataFrame({"channel": channels})], [pd.DataFrame({"channel": [TOTAL]})]
    for name, both in computed.items():
        empty = pd.DataFrame(columns=list(MEASURES), dtype="float64")
        rows, total = both or (empty, empty)
        rows = rows.reindex(channels)
        if both is not None:
            rows = rows.fillna(dict.fromkeys(("leads", "new_patients"), 0.0))
            rows["margin"] = rows["margin"].where(rows.index.isin(both[0].index), 0.0)
        columns.append(rows.reset_index(drop=True).add_prefix(f"{name}_"))
        totals.append(total.reindex([0]).add_prefix(f"{name}_"))
    report = pd.concat(columns, axis=1).sort_values(
        [f"{chosen}_margin", "channel"], ascending=[False, True]
    )
    return pd.concat([report, pd.concat(totals, axis=1)], ignore_index=True)


def _by_model(joined: Joined, model: Attribution) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    return _by_channel(attribute(joined, model))


def _by_channel(facts: Facts) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """MEASURES by channel and in total; None where the model had not enough data."""
    if facts.counts["markov_short"]:
        return None
    rows = period_report(facts, ["channel"]).set_index("channel")[list(MEASURES)]
    return rows, period_report(facts, [])[list(MEASURES)]
