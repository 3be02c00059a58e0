"""What every public data set becomes: tables that ``read_dump`` reads, and a split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gnn_emotion.schema.errors import DumpError

POSTS, FOLLOWS, SPLITS = "posts.csv", "follows.csv", "splits.csv"
#: Columns of posts; empty text where a cell is not known.
COLUMNS = (
    "post_id",
    "text",
    "user_id",
    "parent_id",
    "root_id",
    "created_at",
    "kind",
    "label",
    "split",
)


@dataclass(frozen=True)
class Published:
    """A number that others report; never a result of this project.

    Attributes:
        model: what was measured.
        metric: such as ``macro_f1``.
        value: 0 to 1.
        on: what it was trained and tested on.
        source: who reports it.
    """

    model: str
    metric: str
    value: float
    on: str
    source: str


@dataclass(frozen=True)
class Tables:
    """A data set, read.

    Attributes:
        posts: the columns ``COLUMNS``, and ``user_name`` where names are known; ``split`` is
            empty for a post without a label.
        follows: ``follower_id`` and ``followed_id``; None where nobody is known to follow.
    """

    posts: pd.DataFrame
    follows: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        posts = self.posts
        twice = posts.post_id[posts.post_id.duplicated()]
        if len(twice):
            raise DumpError(f"{len(twice)} ids of posts stand twice, first {twice.iloc[0]!r}")
        halfway = posts.post_id[(posts.label == "") != (posts.split == "")]
        if len(halfway):
            raise DumpError(
                f"{len(halfway)} posts have a label or a split without the other, first "
                f"{halfway.iloc[0]!r}"
            )

    def counts(self) -> dict[str, float]:
        """Count posts, labels by split, and who answers a post of known words.

        Returns:
            ``posts``; ``train``, ``val`` and ``test``; ``parents``, the share of the labelled posts
            whose parent is among the posts.
        """
        posts = self.posts
        labelled = posts[posts.label != ""]
        sides = {side: int((posts.split == side).sum()) for side in ("train", "val", "test")}
        parents = round(float(labelled.parent_id.isin(posts.post_id).mean()), 4)
        return {"posts": len(posts), **sides, "parents": parents}


@dataclass(frozen=True)
class PublicSet:
    """A public data set.

    Attributes:
        name: how commands call it.
        label_set: the registered set of its labels.
        sides: how train, val and test are told apart.
        read: folder of all data sets -> tables.
        published: what others report of it.
    """

    name: str
    label_set: str
    sides: str
    read: Callable[[Path], Tables]
    published: tuple[Published, ...] = ()

    def write(self, data: Path, output: Path) -> list[Path]:
        """Write ``posts.csv``, ``follows.csv`` where there are any, and ``splits.csv``.

        Args:
            data: folder of all data sets.
            output: folder of the tables.

        Returns:
            The files that make a dump.

        Raises:
            DumpError: a file is missing.
        """
        tables = self.read(data)
        output.mkdir(parents=True, exist_ok=True)
        posts = tables.posts.assign(label_set=self.label_set)
        posts.drop(columns="split").to_csv(output / POSTS, index=False)
        labelled = posts.loc[posts.split != "", ["post_id", "split"]]
        labelled.to_csv(output / SPLITS, index=False)
        if tables.follows is None:
            return [output / POSTS]
        tables.follows.to_csv(output / FOLLOWS, index=False)
        return [output / POSTS, output / FOLLOWS]


def read_text_table(path: Path) -> pd.DataFrame:
    """Read a CSV file as it is: every cell a text, an empty one the empty text.

    Raises:
        DumpError: there is no such file.
    """
    check_file(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def check_file(path: Path) -> None:
    """Raise a ``DumpError`` where there is no such file."""
    if not path.is_file():
        raise DumpError(f"{path} does not exist; data/README.md says how to lay the data sets out")
