r"""Expressions that people type, looked for by RE2: time grows with the text, whatever is typed.

Case does not matter, ё = е, and \w, \d, \s and \b know Cyrillic, as in Python. What cannot be
looked for in linear time (lookarounds, references to groups) is refused in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from metrics.coded import Bools, fold

#: A longer expression is a list, and belongs into several rows.
LONGEST = 1_000
#: Rows of a table of expressions: each is looked for in every campaign (0.3 µs), at every sync.
MOST_ROWS = 300
#: Signs of an expression that stand for many, each as often as it repeats: RE2 may keep all of them
#: in mind at every character of a text, at up to 50 ns each.
_MOST_EFFORT = 100
#: How much of that one row of a table has; an expression of more counts for several rows.
_EFFORT_OF_ROW = 10

#: One piece of an expression: an escape, a class, what opens a group, a repeat, or one character.
_PIECE = re.compile(
    r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]+\}|[pP]\{\^?\w+\}|.)"
    r"|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]"
    r"|\(\?(?:P?<\w+>|<?[=!]|P=|[>(]|[a-zA-Z-]*[:)]?)"
    r"|\{(?:\d+,?\d*|,\d+)\}|.",
    re.DOTALL,
)
_REPEAT = re.compile(r"\{(?:\d+,?\d*|,\d+)\}")
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
#: Stands in a text where a word begins or ends, so that \b is looked for like a letter.
_EDGE = "\ue000"
_CLASSES = {"w": r"\p{L}\p{N}_", "d": r"\p{Nd}", "s": r"\s\x0b\p{Z}"}
_MANY = frozenset({r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\p", r"\P"})
#: Pieces that stand for no character: no edge is looked for before them.
_BARE = frozenset({"|", "(", ")", "^", "$", "*", "+", "?", r"\A", r"\z", r"\Z", r"\b"})

_NO_LOOKS = (
    "условия (?=, (?!, (?<= и (?<! не поддерживаются; исключение поставьте отдельной строкой "
    "выше: срабатывает первая подходящая"
)
_NO_REFERENCES = r"ссылки на скобки (\1) не поддерживаются; перечислите варианты через |"
_TOO_MUCH = (
    f"в нём больше {_MOST_EFFORT} повторов и знаков вроде . и [ ] (.{{500}} — это 500); напишите .* "
    "или разделите на несколько строк"
)
_NO_COMPLEMENT = r"\W, \D и \S внутри [^ ] не поддерживаются; перечислите знаки, например [а-яa-z]"
#: What RE2 answers -> what to tell people.
_WHY = {
    "missing ):": r"не закрыта скобка «(»; для самой скобки пишите \(",
    "unexpected ):": r"лишняя скобка «)»; для самой скобки пишите \)",
    "missing ]:": r"не закрыта скобка «[»; для самой скобки пишите \[",
    "no argument for repetition": r"перед * + ? { нечего повторять; для самого знака пишите \* \+ \?",
    "bad repetition operator:": "два знака повтора подряд; оставьте один из * + ? { }",
    "invalid repetition size:": "границы повтора в { } не по порядку; меньшую ставьте первой",
    "invalid character class range:": "границы в [ ] не по порядку; сам знак «-» ставьте последним",
    "invalid perl operator:": "знаки после «(?» не поддерживаются; оставьте простые скобки ( )",
    "trailing \\": r"в конце одиночный знак «\»; для самого знака пишите \\",
    "invalid escape sequence:": r"после знака «\» стоит не то; для самого знака пишите \\",
}


class PatternError(ValueError):
    """An expression that is not looked for: a Russian phrase, why and what to write instead."""


class Haystack:
    """Texts, folded once, to look for many expressions in."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = [fold(text) for text in texts]

    def matches(self, pattern: str) -> Bools:
        """In which texts the expression occurs; in an empty one none does. Raises PatternError."""
        expression, asks_edges = _translated(pattern)
        try:
            hits = pc.match_substring_regex(self._edged if asks_edges else self._plain, expression)
        except pa.ArrowInvalid as error:
            raise PatternError(_why(str(error))) from None
        except UnicodeEncodeError:
            raise PatternError("в нём половина знака; наберите его заново") from None
        mask: Bools = np.asarray(hits.to_numpy(zero_copy_only=False), dtype=bool)
        return mask & self._filled

    def among(self, words: Iterable[str]) -> Bools:
        """Which texts are one of `words`, folded; an empty one is none."""
        mask: Bools = np.zeros(len(self._texts), dtype=bool)
        mask[[place for word in words for place in self._places.get(word, ())]] = True
        return mask & self._filled

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, text in enumerate(self._texts):
            places.setdefault(text, []).append(place)
        return places

    @cached_property
    def _plain(self) -> pa.Array:
        return pa.array(self._texts, pa.large_string())

    @cached_property
    def _edged(self) -> pa.Array:
        return pa.array([re.sub(r"\b", _EDGE, text) for text in self._texts], pa.large_string())

    @cached_property
    def _filled(self) -> Bools:
        return np.array([text != "" for text in self._texts], dtype=bool)


def unreadable(pattern: str) -> str:
    """Why an expression cannot be looked for, and what to write, in Russian; "" if it can."""
    try:
        Haystack([""]).matches(pattern)
    except PatternError as error:
        return str(error)
    return ""


def rows_of(pattern: str) -> int:
    """For how many rows of its table an expression counts: what it may cost, in plain ones."""
    return max(1, -(-_effort(_pieces(pattern)) // _EFFORT_OF_ROW))


def _pieces(pattern: str) -> list[str]:
    return _PIECE.findall(pattern.replace("ё", "е").replace("Ё", "Е"))


def _effort(pieces: Iterable[str]) -> int:
    """Signs that stand for many, each as often as it and the groups around it repeat."""
    groups, last = [0], 0
    for piece in pieces:
        repeat = [int(n) for n in re.findall(r"\d+", piece)] if _REPEAT.fullmatch(piece) else []
        if piece.startswith("(") and not piece.endswith(")"):
            groups.append(0)
            last = 0
        elif piece == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        elif repeat or piece in {"*", "+", "?"}:
            more = max(last, 1) * max(repeat, default=1)
            groups[-1] += more - last
            last = more
        else:
            last = int(piece == "." or (len(piece) > 1 and _is_many(piece)))
            groups[-1] += last
    return sum(groups)


def _is_many(piece: str) -> bool:
    return piece.startswith("[") or piece[:2] in _MANY


@lru_cache(maxsize=4_096)
def _translated(pattern: str) -> tuple[str, bool]:
    """The expression as RE2 reads it, and whether it asks where words begin and end."""
    if len(pattern) > LONGEST:
        raise PatternError(f"длиннее {LONGEST} знаков; разделите на несколько строк")
    pieces = _pieces(pattern)
    if _effort(pieces) > _MOST_EFFORT:
        raise PatternError(_TOO_MUCH)
    read = [_piece(piece) for piece in pieces]
    asks_edges = r"\b" in pieces
    if asks_edges:
        read = [
            f"(?:{_EDGE}?{r})" if _is_character(p) else r.replace("$", f"{_EDGE}?$")
            for p, r in zip(pieces, read, strict=True)
        ]
    return "(?i)" + "".join(read), asks_edges


def _is_character(piece: str) -> bool:
    """Whether a piece stands for a character, before which a text may have an edge."""
    return piece not in _BARE and not piece.startswith("(?") and not _REPEAT.fullmatch(piece)


def _piece(piece: str) -> str:
    """One piece in the language of RE2. Raises PatternError for what it has no word for."""
    if piece.startswith(("(?=", "(?!", "(?<=", "(?<!")):
        raise PatternError(_NO_LOOKS)
    if piece == "(?P=" or re.fullmatch(r"\\[1-9]", piece):
        raise PatternError(_NO_REFERENCES)
    if piece in {r"\B", r"\Q", r"\E", r"\C", "(?>", "(?("}:
        raise PatternError(f"{piece} не поддерживается; напишите без него")
    if piece.startswith("[") and len(piece) > 1:
        return _class(piece)
    if piece.startswith("\\"):
        return {r"\b": _EDGE, r"\Z": r"\z"}.get(piece) or _escape(piece)
    if _REPEAT.fullmatch(piece):
        return piece.replace("{,", "{0,")
    return {".": f"[^\n{_EDGE}]", "{": r"\{", "}": r"\}", "]": r"\]"}.get(piece, piece)


def _escape(piece: str) -> str:
    sign = piece[1:2]
    if sign in _CLASSES:
        return f"[{_CLASSES[sign]}]"
    if sign.isupper() and sign.lower() in _CLASSES:
        return f"[^{_EDGE}{_CLASSES[sign.lower()]}]"
    return _letter(piece)


def _letter(piece: str) -> str:
    if code := re.fullmatch(r"\\u([0-9a-fA-F]{4})", piece):
        return f"\\x{{{ord(fold(chr(int(code[1], 16))) or ' '):x}}}"
    return piece


def _class(piece: str) -> str:
    r"""`[…]` with the classes inside it spelled out; `[\W_]` becomes one of two."""
    negated = piece.startswith("[^")
    others: list[str] = []

    def spelled(escape: re.Match[str]) -> str:
        sign = escape[0][1]
        if sign.isupper() and sign.lower() in _CLASSES:
            others.append(_escape(escape[0]))
            return ""
        return _CLASSES.get(sign) or _letter(escape[0])

    body = _ESCAPE.sub(spelled, piece[2 if negated else 1 : -1])
    body = "\\" + body if body.startswith("]") else body
    if others and negated:
        raise PatternError(_NO_COMPLEMENT)
    if others:
        return f"(?:{'|'.join([*others, f'[{body}]'] if body else others)})"
    return f"[^{_EDGE}{body}]" if negated else f"[{body}]"


def _why(answer: str) -> str:
    reasons = (words for sign, words in _WHY.items() if sign in answer)
    return next(reasons, answer.removeprefix("Invalid regular expression: "))
