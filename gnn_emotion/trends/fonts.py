"""A font that has Chinese characters, found as a file: matplotlib draws boxes without one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gnn_emotion.schema.label_sets import label_set, label_sets

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

#: Beginnings of the names of font files, without spaces, hyphens and case; the best first.
_NAMES = (
    "notosanscjksc",
    "notosanscjk",
    "notosanssc",
    "sourcehansanssc",
    "sourcehansans",
    "wqymicrohei",
    "wqyzenhei",
    "simhei",
    "msyh",
    "pingfang",
    "stheiti",
    "droidsansfallback",
)
#: What the name of a file says of a cut that is too heavy or too fine for small text.
_OTHER_CUTS = ("bold", "bd", "black", "heavy", "light", "thin", "medium", "mono")
#: Stands for a character that a font has not.
_NO_SIGN = "·"


@cache
def chinese_font() -> FontProperties | None:
    """Return a font with the characters of all Chinese labels; None where none is installed.

    The file is looked for in the folders of the system, for matplotlib's own list of fonts is not
    renewed when one is installed.
    """
    from matplotlib.font_manager import FontProperties

    for path in font_files():
        if _writes_chinese(path):
            return FontProperties(fname=str(path))
    return None


def font_files() -> list[Path]:
    """Return the files of fonts known for their Chinese characters, the best first."""
    return _by_choice(_font_files())


def label_names(
    labels: Sequence[str], chinese_of: str | None
) -> tuple[list[str], FontProperties | None]:
    """Return labels as they are written, and the font that it takes; None for the usual one.

    Args:
        labels: of a label set.
        chinese_of: that label set, for its Chinese names where there is a font; None for English.
    """
    font = chinese_font() if chinese_of else None
    if chinese_of is None or font is None:
        return list(labels), None
    chosen = label_set(chinese_of)
    names = dict(zip(chosen.labels, chosen.zh, strict=True))
    return [names.get(label, label) for label in labels], font


def group_names(names: Sequence[str], kind: str) -> tuple[list[str], FontProperties | None]:
    """Return names of groups, such as topics, as they can be written; and the font that it takes.

    Args:
        names: of the groups.
        kind: what they are called where no font has their characters: ``topic 1``, never boxes.
    """
    if all(name.isascii() for name in names):
        return list(names), None
    font = chinese_font()
    if font is None:
        return [
            name if name.isascii() else f"{kind} {number}" for number, name in enumerate(names, 1)
        ], None
    return list(names), font


def writable(text: str) -> tuple[str, FontProperties | None]:
    """Return a line of text as it can be written, and the font that it takes.

    Args:
        text: what users wrote.

    Returns:
        The text with a dot for each character that the font has not, such as emoji or, without a
        font, Chinese; and the font, None for the usual one.
    """
    font = chinese_font()
    known = _characters(str(font.get_file())) if font else frozenset(range(32, 127))
    return "".join(sign if ord(sign) in known else _NO_SIGN for sign in text), font


@cache
def _characters(path: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(path).get_charmap())


def _by_choice(files: Iterator[Path]) -> list[Path]:
    """Return the files of known names: the best name first, its regular cut before others."""
    found = []
    for path in files:
        stem = _plain(path.stem)
        ranks = [rank for rank, name in enumerate(_NAMES) if stem.startswith(name)]
        if ranks:
            other_cut = any(word in stem for word in _OTHER_CUTS)
            found.append((ranks[0], other_cut, stem, str(path)))
    return [Path(path) for *_, path in sorted(found)]


def _writes_chinese(path: Path) -> bool:
    """Tell whether a font can be read and has every character of the Chinese labels."""
    needed = {sign for name in label_sets() for word in label_set(name).zh for sign in word}
    try:
        return {ord(sign) for sign in needed} <= _characters(str(path))
    except (OSError, RuntimeError):  # damaged, or of a kind that FreeType does not read
        return False


def _font_files() -> Iterator[Path]:
    home = Path.home()
    folders = [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".fonts",
        home / ".local/share/fonts",
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
        home / "Library/Fonts",
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
    ]
    for folder in folders:
        if folder.is_dir():
            yield from (
                path
                for path in folder.rglob("*")
                if path.suffix.lower() in (".ttf", ".otf", ".ttc")
            )


def _plain(stem: str) -> str:
    return stem.lower().replace("-", "").replace(" ", "").replace("_", "")
