"""A font that has Chinese characters, found as a file: matplotlib draws boxes without one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

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


@cache
def chinese_font() -> FontProperties | None:
    """Return a font with Chinese characters; None where none is installed.

    The file is looked for in the folders of the system, for matplotlib's own list of fonts is not
    renewed when one is installed.
    """
    files = {_plain(path.stem): path for path in _font_files()}
    for name in _NAMES:
        for stem in sorted(files):
            if stem.startswith(name):
                from matplotlib.font_manager import FontProperties

                return FontProperties(fname=str(files[stem]))
    return None


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
