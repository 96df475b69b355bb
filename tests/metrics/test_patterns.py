"""Expressions that people type: they mean what Python's do, and never take long."""

from __future__ import annotations

import re
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.coded import encode, fold
from metrics.join.directions import by_pattern
from metrics.join.patterns import LONGEST, MOST_ROWS, Haystack, PatternError, rows_of, unreadable
from metrics.join.rules import Rule, RuleRows, classify, default_rules

CAMPAIGN = "implant_ekb_search_2026_june_v2!"


def occurs(pattern: str, text: str) -> bool:
    return bool(Haystack([text]).matches(pattern)[0])


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("ИМПЛАНТ", "имплантация", True),
        ("Ёлка", "елка и ёлка", True),
        ("елка", "ЁЛКА", True),
        (r"\u0451лка", "Ёлка", True),
        (r"\w+ция", "имплантация", True),
        (r"^\W+$", "имплантация", False),
        (r"[\w-]+ поиск", "рся-поиск", False),
        (r"^[\w-]+$", "рся-поиск_2", True),
        (r"рся[\W_]поиск", "рся_поиск", True),
        (r"рся[\W_]поиск", "рсяипоиск", False),
        (r"\bрся\b", "кампания рся, екб", True),
        (r"\bрся\b", "карсяк", False),
        (r"\bрся", "рсяк", True),
        (r"^\bрся.*\b2\b$", "рся екб 2", True),
        (r"\bсеть\b|\bрся\b", "на сеть", True),
        (r"(^|[^а-я])радио([^а-я]|$)", "наше радио", True),
        (r"(^|\b)имп.{2}нт\w*\b", "(имплантация)", True),
        (r"20\d\d", "июнь 2026", True),
        (r"а\sб", "а\u00a0б", True),
        (r"[^\s\d]", "1 2", False),
        (r"a{,2}b", "b", True),
        (r"^[]a]$", "]", True),
        (r"^[^]a]$", "]", False),
        (r"v2\!\Z", CAMPAIGN, True),
        ("All-on-4 (сила) [1]", "all-on-4 сила 1", True),
        ("", "что угодно", True),
        ("", "", False),
        ("a*", "", False),
    ],
)
def test_an_expression_means_what_people_expect(pattern: str, text: str, answer: bool) -> None:
    assert occurs(pattern, text) is answer


_atoms = st.sampled_from(
    [*"аБёzZ1_- .", r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\bа", r"\w\b", r"1\b", r"\.", r"[а-г\d]", r"[^\wё]", r"[\W_]", "^", "$"]
)  # fmt: skip
_repeats = st.sampled_from(["", "", "", "*", "+", "?", "{1,2}", "{,2}", "*?"])
_pieces = st.builds(
    lambda atom, repeat: atom if "\\b" in atom or atom in "^$" else atom + repeat, _atoms, _repeats
)
_patterns = st.recursive(
    st.lists(_pieces, min_size=1, max_size=4).map("".join),
    lambda inner: (
        st.tuples(inner, inner).map("|".join)
        | st.tuples(inner, _pieces).map(lambda p: f"({p[0]}){p[1]}")
    ),
    max_leaves=4,
)


@given(_patterns, st.lists(st.text("абБёzZ12_- .", max_size=8), max_size=5))
def test_it_means_what_python_s_expressions_mean(pattern: str, texts: list[str]) -> None:
    search = re.compile(pattern.replace("Ё", "Е").replace("ё", "е"), re.IGNORECASE).search
    expected = [text.strip() != "" and search(fold(text)) is not None for text in texts]
    assert Haystack(texts).matches(pattern).tolist() == expected


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?!бренд)поиск", "исключение поставьте отдельной строкой выше"),
        ("(?<=рся )екб", "исключение поставьте отдельной строкой выше"),
        (r"(а)\1", "варианты через |"),
        ("(?P<x>а)(?P=x)", "варианты через |"),
        (r"\Bрся", r"\B не поддерживается"),
        (r"[^\W\d]", "перечислите знаки, например [а-яa-z]"),
        ("(рся", r"не закрыта скобка «(»; для самой скобки пишите \("),
        ("рся)", r"лишняя скобка «)»; для самой скобки пишите \)"),
        ("[рся", r"не закрыта скобка «[»; для самой скобки пишите \["),
        ("*рся", r"для самого знака пишите \*"),
        ("а++", "два знака повтора"),
        ("а{2000}", "больше 100 повторов"),
        ("а{5,2}", "меньшую ставьте первой"),
        ("[я-а]", "границы в [ ] не по порядку"),
        ("рся\\", r"в конце одиночный знак «\»"),
        (r"\y", r"после знака «\» стоит не то"),
        ("(?x)а", "знаки после «(?» не поддерживаются"),
        ("а" * (LONGEST + 1), "разделите на несколько строк"),
        ("х.{500}у", "больше 100 повторов"),
        ("(а?){500}я", "больше 100 повторов"),
        (r"((\w|-){0,40}_){1,4}$", "больше 100 повторов"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_in_words(pattern: str, words: str) -> None:
    assert words in unreadable(pattern)
    with pytest.raises(PatternError):
        occurs(pattern, "рся")


@pytest.mark.parametrize(
    "pattern",
    [r"^(\w+\s?)*$", "(a+)+$", "(.*)*x", r"(\w|\d|_)*\b!!", "(.*a){20}", "([a-z]+)*[^a-z]x"],
)
def test_an_expression_that_python_never_finishes_is_evaluated_at_once(pattern: str) -> None:
    texts = [f"{CAMPAIGN} {n} {'implant_' * 100}" for n in range(300)]
    begin = time.process_time()
    Haystack(texts).matches(pattern)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("operator", ["matches", "in"])
def test_the_most_rules_that_may_be_over_thousands_of_campaigns_cost_a_second(
    operator: str,
) -> None:
    names = pd.Series([f"поиск_{n}_екб_{n % 97}" for n in range(4_000)], dtype="str")
    campaigns = encode(names)
    rows = RuleRows(len(names), {"utm_campaign": campaigns}, np.zeros(len(names), dtype=bool))
    rules = tuple(
        Rule(n, "any", ("utm_campaign",), operator, f"поиск_{n}_екб_{n % 97}", f"К{n}")
        for n in range(MOST_ROWS)
    )
    begin = time.process_time()
    channel = classify(rows, rules, "Прочее").channel.text().tolist()
    assert time.process_time() - begin < 2
    assert channel[:: MOST_ROWS - 1][:3] == ["К0", f"К{MOST_ROWS - 1}", "Прочее"]


def test_an_artful_expression_counts_for_many_rows_of_its_table() -> None:
    plain = [
        "имплант|implant|all-on",
        r"^\d{4}-\d{2}",
        "поиск.*екб.*(2025|2026)",
        "[а-я]{3,}",
        "",
        "a?",
    ]
    assert [rows_of(pattern) for pattern in plain] == [1] * len(plain)
    assert [rows_of(p) for p in ("х.{50}у", "((а|б){0,4}в){0,8}", "(?P<x>а{3}){7}", ".*" * 31)] == [
        5, 4, 3, 4,
    ]  # fmt: skip


def test_every_default_rule_can_be_looked_for() -> None:
    patterns = [rule.value for rule in default_rules() if rule.operator == "matches"]
    assert [unreadable(pattern) for pattern in patterns] == [""] * len(patterns)


def test_rules_and_directions_look_for_expressions_alike() -> None:
    campaigns = encode(pd.Series(["Рся екб", "поиск", ""], dtype="str"))
    rows = RuleRows(3, {"utm_campaign": campaigns}, campaigns.codes < 0)
    rules = (Rule(1, "any", ("utm_campaign",), "matches", r"\bрся\b", "Сеть"),)
    assert classify(rows, rules, "Прочее").channel.text().tolist() == ["Сеть", "Прочее", "Прочее"]
    directions = by_pattern((campaigns,), ((r"\bпоиск\b", "б"), (r"\w", "а")))
    assert directions.text().tolist() == ["а", "б", ""]
