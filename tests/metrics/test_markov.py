"""Removal effects against the closed form, and weights that add up."""

import numpy as np
import pandas as pd
import pytest

from metrics.coded import Coded
from metrics.join.markov import markov_weights, removal_shares
from tests.reading.real_files import real_file

PATHS = ("ABABBA", "ABBAA", "AA")


def laid(paths: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    letters = sorted(set("".join(paths)))
    codes = np.array([letters.index(c) for c in "".join(paths)])
    ends = np.cumsum([len(p) for p in paths])
    return codes, ends - [len(p) for p in paths], ends


def test_three_paths_of_one_conversion_each_owe_two_to_a_and_one_to_b() -> None:
    codes, starts, ends = laid(PATHS)
    shares = removal_shares(codes, 2, starts, ends, np.ones(3), np.zeros(3))
    assert shares * 3 == pytest.approx([2, 1], abs=1e-12)


def test_losses_lower_the_channel_that_leads_to_them() -> None:
    codes, starts, ends = laid(("A", "B"))
    shares = removal_shares(codes, 2, starts, ends, np.array([9.0, 1.0]), np.array([1.0, 9.0]))
    assert shares == pytest.approx([0.9, 0.1])


def test_no_conversions_owe_nothing_to_anybody() -> None:
    codes, starts, ends = laid(("A", "B"))
    assert removal_shares(codes, 2, starts, ends, np.zeros(2), np.ones(2)).tolist() == [0, 0]


def test_weights_of_converted_leads_add_up_to_the_removal_shares() -> None:
    paths = PATHS * 50
    codes, starts, ends = laid(paths)
    place = np.repeat(np.arange(len(paths)), ends - starts)
    converted = np.ones(len(paths), dtype=bool)
    weight = markov_weights(Coded(codes, ["A", "B"]), starts, place, converted)
    assert np.add.reduceat(weight, starts) == pytest.approx(np.ones(len(paths)))
    assert np.bincount(codes, weight) == pytest.approx([100, 50], rel=1e-6)


def test_too_few_conversions_are_not_enough_data() -> None:
    codes, starts, _ = laid(PATHS)
    place = np.repeat(np.arange(3), [6, 5, 2])
    weight = markov_weights(Coded(codes, ["A", "B"]), starts, place, np.ones(3, dtype=bool))
    assert np.isnan(weight).all()


def test_real_paths_keep_their_totals() -> None:
    path = real_file("channel_paths.csv.gz")
    rows = pd.read_csv(path)
    paths = [p.split(" > ") for p in rows["path"]]
    names = sorted({c for p in paths for c in p})
    code = {name: i for i, name in enumerate(names)}
    channel = np.array([code[c] for p in paths for c in p])
    ends = np.cumsum([len(p) for p in paths])
    starts = ends - [len(p) for p in paths]
    wins = rows["total_conversions"].to_numpy(dtype=float)
    shares = removal_shares(
        channel, len(names), starts, ends, wins, rows["total_null"].to_numpy(dtype=float)
    )
    assert wins.sum() == 19_785
    assert (shares * wins.sum()).sum() == pytest.approx(19_785, abs=1e-6)
    assert shares.min() > 0
