"""Which encoding a file is in, by a ladder: its mark, UTF-8 as a whole, else what reads as Russian."""

from __future__ import annotations

import codecs
import math
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sheets_sync.errors import FileError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CODE_PAGES = ("cp1251", "koi8-r", "cp866", "mac-cyrillic")
_BLOCK = 2**20
_ASCII = bytes(range(128))
#: First bytes of what UTF-16 has of Latin, Cyrillic and punctuation, and how many must be such.
_FIRST = 8
_HIGH, _MOSTLY = (0x00, 0x04, 0x20, 0x21), 0.95
_ASK = 'Укажите кодировку в файле клиники: encoding = "cp1251" (или utf-8, cp866, koi8-r, utf-16).'

#: Letters of Russian texts per thousand, rounded.
_LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_PER_THOUSAND = (110, 84, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16,
                 14, 12, 10, 9, 7, 6, 5, 4, 3, 3, 1, 1)  # fmt: skip
_SIGNS = "№«»—–…\u00a0°"
#: Log-likelihoods: of a sign that Russian texts have, of anything else, of a capital against its
#: small letter (KOI8-R read as cp1251 gives letters too, with the case turned over), and the least
#: mean that still reads as Russian.
_SIGN, _FOREIGN, _CAPITAL, _LEAST = -4.5, -12.0, -0.3, -4.6
#: In UTF-8 every second byte of a Russian text is D0 or D1 before 80 … BF; in a code page few are.
_PAIRS_OF_UTF8 = 0.25


def encoding(content: bytes, setting: str, where: str) -> tuple[str, str]:
    """(codec, error handler) to read a file with. `setting` is what a clinic's file says, or "".

    A guessed code page is read with "replace": only the rows that hold a foreign byte are refused.
    Raises FileError where a file mixes encodings, has NUL bytes, or where nothing reads as Russian.
    """
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), "")
    name = marked or setting or _wide(content)
    if not name and b"\0" in content:
        raise FileError(
            f"в строке {_line(content, content.index(0))} нулевой байт: файл повреждён или это не таблица.",
            where=where,
            hint="Сохраните его как XLSX или CSV (в 1С: «Сохранить как») и положите заново.",
        )
    try:
        _check(content, name or "utf-8", where)
    except UnicodeDecodeError as error:
        line = _line(content, error.start)
        if name:
            raise FileError(
                f"строка {line} не читается в кодировке {name}.", where=where, hint=_ASK
            ) from error
        sample = _sample(content)
        if _pairs(sample) > _PAIRS_OF_UTF8 * int(_counts(sample).sum()):
            raise FileError(
                f"в строке {line} файл в UTF-8 сменяется другой кодировкой.",
                where=where,
                hint="Сохраните его целиком в UTF-8 (в Excel: «CSV UTF-8»).",
            ) from error
        return _code_page(sample, where), "replace"
    return name or "utf-8", "strict"


def _wide(content: bytes) -> str:
    """UTF-16 without its mark: nearly every second byte, and each of the first, is of Latin, Cyrillic
    or punctuation."""
    sample = np.frombuffer(content, np.uint8, min(len(content) // 2 * 2, 2 * _BLOCK))
    if content.find(0, 0, len(sample)) < 0:
        return ""
    high = np.isin(sample, _HIGH).reshape(-1, 2)
    big, little = high.mean(axis=0) * high[:_FIRST].all(axis=0)
    if big > _MOSTLY > little:
        return "utf-16-be"
    return "utf-16-le" if little > _MOSTLY > big else ""


def utf8(content: bytes, codec: str, errors: str) -> bytes:
    """The content in UTF-8: itself where it is that already, else decoded block by block."""
    if codecs.lookup(codec).name in {"utf-8", "utf-8-sig", "ascii"}:
        return content
    decoder = codecs.getincrementaldecoder(codec)(errors)
    blocks = (content[start : start + _BLOCK] for start in range(0, len(content), _BLOCK))
    texts = [decoder.decode(block).encode(errors="replace") for block in blocks]
    return b"".join((*texts, decoder.decode(b"", final=True).encode(errors="replace")))


def _check(content: bytes, name: str, where: str) -> None:
    """Decode a file block by block and throw the text away."""
    try:
        decoder = codecs.getincrementaldecoder(name)()
    except LookupError as error:
        raise FileError(f"нет такой кодировки: {name}.", where=where, hint=_ASK) from error
    if name.startswith("utf-8") and _is_utf8(content):
        return
    for start in range(0, len(content), _BLOCK):
        block = content[start : start + _BLOCK]
        try:
            text = decoder.decode(block, final=start + _BLOCK >= len(content))
        except UnicodeDecodeError as error:
            # A character cut by the block's edge is reported from the piece kept of the last block.
            at = max(0, start + error.start - (len(error.object) - len(block)))
            raise UnicodeDecodeError(error.encoding, content, at, at + 1, error.reason) from error
        if b"\0" in block and "\0" in text:
            raise FileError("в файле нулевые символы: он повреждён.", where=where, hint=_ASK)


def _is_utf8(content: bytes) -> bool:
    """Whether a file is UTF-8 without a NUL, as Arrow sees at once; where it is not, decoding tells."""
    ends = pa.array([0, len(content)], pa.int64()).buffers()[1]
    text = pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(content))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return b"\0" not in content


def _line(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1


def _sample(content: bytes) -> bytes:
    """The start of a file, longer where it has few letters beyond ASCII."""
    start = content[: 2 * _BLOCK]
    return content if start.translate(None, _ASCII) == b"" else start


def _counts(content: bytes) -> npt.NDArray[np.int64]:
    """How often each of the bytes 128 … 255 occurs."""
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, len(content), _BLOCK):
        block = np.frombuffer(content, np.uint8, min(_BLOCK, len(content) - start), start)
        counts += np.bincount(block, minlength=256)
    return counts[128:]


def _pairs(content: bytes) -> int:
    """How many Russian letters in UTF-8 the content may hold."""
    pairs = 0
    for start in range(0, len(content), _BLOCK):
        block = np.frombuffer(content, np.uint8, min(_BLOCK, len(content) - start), start)
        pairs += int((((block[:-1] | 1) == 0xD1) & ((block[1:] & 0xC0) == 0x80)).sum())
    return pairs


def _code_page(content: bytes, where: str) -> str:
    """The code page in which the bytes above 127 read most like Russian."""
    counts = _counts(content)
    scores = {page: float(counts @ _scores(page)) / int(counts.sum()) for page in CODE_PAGES}
    best = max(scores, key=scores.__getitem__)
    if scores[best] < _LEAST:
        raise FileError("не понимаю кодировку файла.", where=where, hint=_ASK)
    return best


@cache
def _scores(page: str) -> npt.NDArray[np.float64]:
    """Log-likelihood of each byte 128 … 255 of a code page in a Russian text."""
    shares = dict(zip(_LETTERS, _PER_THOUSAND, strict=True))
    scores = []
    for byte in range(128, 256):
        letter = bytes([byte]).decode(page, errors="replace")
        if share := shares.get(letter.lower()):
            scores.append(math.log(share / 1000) + (0.0 if letter.islower() else _CAPITAL))
        else:
            scores.append(_SIGN if letter in _SIGNS else _FOREIGN)
    return np.array(scores)
