"""Sums by code and safe ratios."""

import numpy as np
import pandas as pd

from metrics.sums import (
    MOST,
    by_patient,
    codes,
    group_sum,
    known_sum,
    positive_ratio,
    ratio,
    within,
)


def test_a_ratio_is_empty_where_its_denominator_is_zero_or_either_is_unknown() -> None:
    a = np.array([6.0, 1.0, 0.0, np.nan, 1.0])
    b = np.array([4.0, 0.0, 0.0, 2.0, np.nan])
    np.testing.assert_array_equal(ratio(a, b), [1.5, np.nan, np.nan, np.nan, np.nan])


def test_a_ratio_with_one_number_stretches_it_over_the_column() -> None:
    np.testing.assert_array_equal(ratio(np.array([1.0, 2.0]), 4), [0.25, 0.5])
    np.testing.assert_array_equal(ratio(1, np.array([4.0, 0.0])), [0.25, np.nan])


def test_a_price_of_nothing_is_empty_and_not_zero() -> None:
    np.testing.assert_array_equal(
        positive_ratio(np.array([0.0, 8.0, -8.0]), np.array([2.0, 2.0, 2.0])), [np.nan, 4.0, -4.0]
    )


def test_combinations_of_columns_are_coded_in_their_sorted_order() -> None:
    frame = pd.DataFrame(
        {"channel": ["SEO", "Авито", "SEO", "SEO"], "direction": ["б", "а", "а", "б"]}, dtype="str"
    )
    keys = codes(frame, ["channel", "direction"])
    assert keys.labels.to_numpy().tolist() == [["SEO", "а"], ["SEO", "б"], ["Авито", "а"]]
    assert keys.code.tolist() == [1, 2, 0, 1]
    assert len(keys) == 3


def test_too_many_combinations_to_count_are_coded_the_same() -> None:
    """4 000 × 4 000 names could meet; 4 000 pairs do."""
    names = [f"{i:04}" for i in range(4000)]
    frame = pd.DataFrame({"a": names, "b": names[::-1]}, dtype="str")
    keys = codes(frame, ["a", "b"])
    assert len(keys) == 4000
    assert keys.code.tolist() == list(range(4000))
    assert keys.labels.equals(frame)


def test_no_columns_put_every_row_into_one_even_when_there_are_none() -> None:
    frame = pd.DataFrame({"channel": ["SEO", "Авито"]}, dtype="str")
    assert codes(frame, []).code.tolist() == [0, 0]
    assert len(codes(frame, [])) == 1
    assert len(codes(frame.iloc[:0], [])) == 1
    assert len(codes(frame.iloc[:0], ["channel"])) == 0


def test_a_categorical_column_is_coded_like_its_text() -> None:
    frame = pd.DataFrame({"service": pd.Categorical(["б", "а", "б"], categories=["б", "а", "в"])})
    keys = codes(frame, ["service"])
    assert keys.labels["service"].tolist() == ["а", "б"]
    assert str(keys.labels["service"].dtype) == "str"
    assert keys.code.tolist() == [1, 0, 1]


def test_sums_run_over_every_code_even_an_absent_one() -> None:
    code = np.array([0, 2, 2])
    np.testing.assert_array_equal(group_sum(code, np.array([5, 7, 1]), 4), [5, 0, 8, 0])
    np.testing.assert_array_equal(group_sum(code, None, 4), [1, 0, 2, 0])


def test_a_margin_is_empty_wherever_one_unknown_row_counts() -> None:
    code, margin = np.array([0, 1, 1]), np.array([500, 700, 0])
    known = np.array([True, True, False])
    np.testing.assert_array_equal(known_sum(code, margin, known, 3), [500, np.nan, 0])


def test_a_period_includes_both_its_ends() -> None:
    assert within(np.array([9, 10, 12, 13]), 10, 12).tolist() == [False, True, True, False]


def test_a_patients_value_is_found_by_number_whatever_the_order_and_shares() -> None:
    patients = pd.DataFrame({"patient": [3, 0, 0]})
    assert by_patient(patients, np.array([7, 5, 5]), -1).tolist() == [5, -1, -1, 7]


def test_a_sum_is_whole_or_empty_never_off_by_a_kopeck() -> None:
    code = np.array([0, 0, 1, 1, 2, 2])
    money = np.array([MOST - 2, 1, MOST, 1, -MOST, -1])
    whole, *lost = group_sum(code, money, 3).tolist()
    assert whole == MOST - 1
    assert all(np.isnan(lost))
