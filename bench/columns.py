"""Columns of many rows made from numbers, as `metrics.schema` wants them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

_STR = pd.StringDtype(storage="pyarrow", na_value=np.nan)


def words(values: list[str] | tuple[str, ...], codes: np.ndarray) -> pd.Series:
    """Texts by code, as text; negative codes count from the end."""
    codes = np.where(codes < 0, codes + len(values), codes)
    texts = pa.array(list(values), type=pa.large_string()).take(pa.array(codes))
    return pd.Series(pd.arrays.ArrowStringArray(texts, dtype=_STR))


def ids(prefix: str, count: int) -> pd.Series:
    return pd.Series([f"{prefix}{n:07d}" for n in range(count)], dtype="str")


def keys(codes: np.ndarray, salt: int) -> pd.Series:
    """32 hex digits per code, as HMAC keys are; "" where the code is below 0."""
    size = int(codes.max(initial=0)) + 1
    text = np.random.default_rng(salt).bytes(16 * size).hex().encode()
    table = np.append(np.frombuffer(text, dtype="S32").astype("U32"), "")
    return words(table.tolist(), codes)


def microseconds(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype="datetime64[us]").astype(np.int64)


def times(instants: np.ndarray) -> pd.Series:
    return pd.Series(instants.astype("datetime64[us]")).dt.tz_localize("UTC")
