"""SMP2020-EWECT: Weibo posts of any topic (usual) or on the epidemic (virus), six emotions.

Source: Guo et al., "Overview of the evaluation of Weibo emotion classification technology",
SMP2020-EWECT, 2020. Nobody is known to answer anybody. Some texts of eval also stand in train: they
are left there, for the audit to find.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from gnn_emotion.graph.splits import unit

from .public_set import COLUMNS, PublicSet, Tables, check_file

FOLDER = "smp2020_ewect"
#: Share of the texts of train that validate.
_VAL = 0.1


def read_smp2020(data: Path, topic: str) -> Tables:
    """Read train and eval of a topic, ``usual`` or ``virus``."""
    posts = pd.concat([_rows(data, topic, part) for part in ("train", "eval")])
    return Tables(posts.reindex(columns=list(COLUMNS), fill_value=""))


def _rows(data: Path, topic: str, part: str) -> pd.DataFrame:
    path = data / FOLDER / f"{topic}_{part}.parquet"
    check_file(path)
    rows = pd.read_parquet(path, columns=["content", "label"])
    ids = [f"smp-{topic}-{part}-{number:06d}" for number in range(len(rows))]
    found = pd.DataFrame({"post_id": ids, "text": rows.content, "label": rows.label})
    found["split"] = "test" if part == "eval" else found.text.map(_train_or_val)
    return found


def _train_or_val(text: str) -> str:
    # By the text, so that what stands there twice is on one side.
    return "val" if unit(f"smp-{text}") < _VAL else "train"


SMP2020 = tuple(
    PublicSet(
        name=f"smp2020-{topic}",
        label_set="smp2020",
        sides="official train, of which a tenth of the texts, by sha256, validates; the official "
        "eval tests, for the official test is not part of these data",
        read=partial(read_smp2020, topic=topic),
    )
    for topic in ("usual", "virus")
)
