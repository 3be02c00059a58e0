"""CPED and MELD: spoken dialogues of TV shows, as threads in which each line answers the last one.

Sources: Chen et al., "CPED", 2022, the validation split; Poria et al., "MELD", ACL 2019, train and
dev. Neither says when a line was spoken: lines are dated a minute apart in the order of the show,
so that a line hears of those before it, in its dialogue and by its speaker. A speaker is a user of
the show; whoever has no name of their own is a user of one dialogue.

The text encoder of the bundled model was fitted on about half of these lines with their labels, for
its own split is another: models that read it are not judged fairly here. Fit the words anew.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from gnn_emotion.graph.splits import unit

from .public_set import COLUMNS, PublicSet, Published, Tables, read_text_table

CPED_FILE = Path("cped", "valid_split.csv")
MELD_FILES = {split: Path("meld", f"{split}_sent_emo.csv") for split in ("train", "dev")}
#: Stands for everyone without a name in CPED ("others").
_OTHERS = "其他"
#: The friends, in every episode of MELD; other names may mean another person in each.
_FRIENDS = ("Chandler", "Joey", "Monica", "Phoebe", "Rachel", "Ross")
_FIRST_LINE = pd.Timestamp("2012-01-01")
#: Share of the train dialogues of MELD that validate.
_VAL = 0.1
#: Shows of CPED that train; one more validates, and the last tests.
_TRAIN_SHOWS = 3


def read_cped(data: Path, column: str) -> Tables:
    """Read CPED, with the labels of ``Emotion`` or ``Sentiment``."""
    rows = read_text_table(data / CPED_FILE)
    rows = rows.sort_values(["Dialogue_ID", "Utterance_ID"], kind="stable", ignore_index=True)
    by = rows.Dialogue_ID.where(rows.Speaker == _OTHERS, rows.TV_ID)
    lines = pd.DataFrame(
        {
            "post_id": "cped-" + rows.Utterance_ID,
            "text": rows.Utterance,
            "user_id": "cped-" + by + "-" + rows.Speaker,
            "label": rows[column],
            "split": rows.TV_ID.map(_sides_of_shows(rows.TV_ID.unique())),
        }
    )
    minute = rows.groupby("TV_ID", sort=False).cumcount()
    return Tables(_threads(lines, rows.Dialogue_ID, minute))


def read_meld(data: Path, column: str) -> Tables:
    """Read MELD, with the labels of ``Emotion`` or ``Sentiment``."""
    parts = [read_text_table(data / file).assign(file=split) for split, file in MELD_FILES.items()]
    rows = pd.concat(parts, ignore_index=True)
    rows["dialogue"] = "meld-" + rows.file + "-" + rows.Dialogue_ID
    for name in ("Season", "Episode", "Utterance_ID"):
        rows[name] = rows[name].astype(np.int64)
    rows["start"] = rows.groupby("dialogue").StartTime.transform("min")
    order = ["Season", "Episode", "start", "dialogue", "Utterance_ID"]
    rows = rows.sort_values(order, kind="stable", ignore_index=True)
    by = rows.dialogue.where(~rows.Speaker.isin(_FRIENDS), "meld")
    lines = pd.DataFrame(
        {
            "post_id": rows.dialogue + "-" + rows.Utterance_ID.astype(str),
            "text": rows.Utterance,
            "user_id": by + "-" + rows.Speaker,
            "label": rows[column],
            "split": np.where(rows.file == "dev", "test", rows.dialogue.map(_train_or_val)),
        }
    )
    return Tables(_threads(lines, rows.dialogue, pd.Series(rows.index)))


def _sides_of_shows(shows: np.ndarray) -> dict[str, str]:
    """Put whole shows on a side: in the order of a hash, the first train, the last tests."""
    order = sorted(shows, key=lambda show: unit(f"cped-show-{show}"))
    sides = ["train"] * _TRAIN_SHOWS + ["val", "test"]
    return dict(zip(order, sides, strict=True))


def _train_or_val(dialogue: str) -> str:
    return "val" if unit(dialogue) < _VAL else "train"


def _threads(lines: pd.DataFrame, dialogue: pd.Series, minute: pd.Series) -> pd.DataFrame:
    """Hang each line on the one before it in its dialogue; rows are in the order of the show."""
    place = lines.groupby(dialogue, sort=False).cumcount()
    first = lines.groupby(dialogue, sort=False).post_id.transform("first")
    moment = _FIRST_LINE + pd.to_timedelta(minute, unit="min")
    lines["parent_id"] = lines.groupby(dialogue, sort=False).post_id.shift().fillna("")
    lines["root_id"] = first.where(place > 0, "")
    lines["created_at"] = moment.dt.strftime("%Y-%m-%d %H:%M:%S")
    lines["kind"] = np.select([place == 0, place == 1], ["original", "comment"], "reply")
    return lines[list(COLUMNS)]


_CPED_PAPER = "Chen et al. 2022, CPED"
_CPED_OFFICIAL = "all official train shows, official test shows; three sentiments"
_MELD_OFFICIAL = "official train and test"
_CPED_SIDES = (
    "whole shows, by sha256 of their number: three train, one validates, one tests; the official "
    "train and test are not part of these data"
)
_MELD_SIDES = (
    "official train, of which a tenth of the dialogues, by sha256, validates; the official dev "
    "tests, for the official test is not part of these data"
)

CPED_EMOTION = PublicSet(
    "cped-emotion", "cped13", _CPED_SIDES, partial(read_cped, column="Emotion")
)
CPED_SENTIMENT = PublicSet(
    "cped-sentiment",
    "polarity3",
    _CPED_SIDES,
    partial(read_cped, column="Sentiment"),
    (
        Published("BERT, lower", "macro_f1", 0.45, _CPED_OFFICIAL, _CPED_PAPER),
        Published("BERT, upper", "macro_f1", 0.48, _CPED_OFFICIAL, _CPED_PAPER),
        Published("DialogueGCN", "macro_f1", 0.45, _CPED_OFFICIAL, _CPED_PAPER),
        Published("TextCNN", "macro_f1", 0.34, _CPED_OFFICIAL, _CPED_PAPER),
    ),
)
MELD_EMOTION = PublicSet(
    "meld-emotion",
    "meld7",
    _MELD_SIDES,
    partial(read_meld, column="Emotion"),
    (
        Published("RoBERTa, one utterance", "weighted_f1", 0.620, _MELD_OFFICIAL, "its papers"),
        Published("DialogueGCN", "weighted_f1", 0.581, _MELD_OFFICIAL, "Ghosal et al. 2019"),
        Published(
            "MM-DFN, text, audio and video", "weighted_f1", 0.595, _MELD_OFFICIAL, "Hu et al. 2022"
        ),
        Published(
            "MM-DFN, text, audio and video", "macro_f1", 0.363, _MELD_OFFICIAL, "Hu et al. 2022"
        ),
        Published("COSMIC", "weighted_f1", 0.652, _MELD_OFFICIAL, "Ghosal et al. 2020"),
    ),
)
MELD_SENTIMENT = PublicSet(
    "meld-sentiment", "polarity3", _MELD_SIDES, partial(read_meld, column="Sentiment")
)
