"""Read an emotion lexicon, with its negation and degree words, from a folder of the user's.

The emotion words are those of the affective lexicon ontology of Dalian University of Technology
(DUTIR; Xu et al. 2008), or a file like it. It is for academic use and no part of this project.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from gnn_emotion.encoders.text.word_lists import read_word_list
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import ContractError

CODES = label_set("dutir21").labels
#: Names of the file of emotion words: as published, and as a table of word, code and strength.
WORDS = ("情感词汇.csv", "emotion_words_31264.csv")
NEGATIONS, DEGREES = "否定词.txt", "程度副词.txt"
#: What a column is called.
_COLUMNS = {
    "word": ("词语", "word"),
    "code": ("情感分类", "emotion"),
    "strength": ("强度", "intensity"),
}
_SECOND = "辅助情感分类"
_STRONGEST = 9.0


@dataclass(frozen=True)
class Lexicon:
    """Words and what they do to a text.

    Attributes:
        words: emotion words -> class code of ``dutir21`` -> strength, 0 to 1.
        negations: words that turn the emotion word after them.
        degrees: words that strengthen or weaken it -> by which factor.
    """

    words: Mapping[str, Mapping[str, float]]
    negations: frozenset[str]
    degrees: Mapping[str, float]

    @cached_property
    def checksum(self) -> str:
        """Hash of all of it: sha256, 16 hex digits."""
        stored = {**asdict(self), "negations": sorted(self.negations)}
        text = json.dumps(stored, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_lexicon(folder: Path) -> Lexicon:
    """Read a folder.

    Args:
        folder: has one of ``WORDS``, a table with a header: word, class code, strength 1 to 9, and
            a second code with its strength where there is one; ``NEGATIONS``, a word a line; and
            ``DEGREES``, ``word,factor`` a line.

    Raises:
        ContractError: a file is missing, or a row is not of this form.
    """
    found = [folder / name for name in WORDS if (folder / name).is_file()]
    missing = [] if found else [" or ".join(WORDS)]
    missing += [name for name in (NEGATIONS, DEGREES) if not (folder / name).is_file()]
    if missing:
        raise ContractError(
            f"lexicon folder {str(folder)!r} has no {', no '.join(missing)}; expected the emotion "
            "words of DUTIR or a table like them, a list of negations, and 'word,factor' lines of "
            "degree words (they are no part of this project; data/README.md says where from)"
        )
    negations = frozenset(read_word_list(folder / NEGATIONS))
    return Lexicon(_read_words(found[0]), negations, _read_degrees(folder / DEGREES))


def _read_words(path: Path) -> dict[str, dict[str, float]]:
    # Not pandas: the code of anger is NA.
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [[cell.strip() for cell in row] for row in csv.reader(stream, skipinitialspace=True)]
    header = rows[0] if rows else []
    places = [_column(path, header, name) for name in _COLUMNS]
    pairs = [places[1:]]
    if _SECOND in header:
        pairs.append([header.index(_SECOND), header.index(_SECOND) + 1])
    words: dict[str, dict[str, float]] = {}
    for number, row in enumerate(rows[1:], start=2):
        # A proverb with a comma in it, that nobody put in quotes.
        surplus = len(row) - len(header)
        cells = [",".join(row[: surplus + 1]), *row[surplus + 1 :]] if surplus > 0 else row
        for first, (code, strength) in enumerate(pairs):
            if max(code, strength) < len(cells) and (cells[code] or not first):
                found = _strength(path, number, cells[code], cells[strength], bool(first))
                if found:
                    words.setdefault(cells[places[0]], {}).setdefault(cells[code], found)
    return words


def _column(path: Path, header: Sequence[str], name: str) -> int:
    for title in _COLUMNS[name]:
        if title in header:
            return header.index(title)
    raise ContractError(
        f"lexicon {str(path)!r} has the columns {header}; expected one of "
        f"{', '.join(map(repr, _COLUMNS[name]))} for the {name}"
    )


def _strength(path: Path, number: int, code: str, strength: str, second: bool) -> float:
    """Return a strength from 0 to 1; 0 for a second code that is none (the published file has)."""
    try:
        value = float(strength)
    except ValueError:
        value = -1.0
    if code in CODES and 0 <= value <= _STRONGEST:
        return value / _STRONGEST
    if second:
        return 0.0
    raise ContractError(
        f"lexicon {str(path)!r}, line {number}: class code {code!r} with strength {strength!r}; "
        f"expected one of {' '.join(CODES)} and a number from 0 to {_STRONGEST:g}"
    )


def _read_degrees(path: Path) -> dict[str, float]:
    degrees = {}
    for number, line in enumerate(read_word_list(path), start=1):
        word, _, factor = line.rpartition(",")
        try:
            degrees[word.strip()] = float(factor)
        except ValueError:
            degrees[word.strip()] = 0.0
        if not word.strip() or degrees[word.strip()] <= 0:
            raise ContractError(
                f"degree words {str(path)!r}, entry {number}: {line!r}; expected 'word,factor', "
                "with a factor above 0"
            )
    return degrees
