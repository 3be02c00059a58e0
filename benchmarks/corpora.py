"""The public labelled texts, each with the native labels that a row may stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gnn_emotion.ingest.chains import split_chain
from gnn_emotion.ingest.text import clean_text
from gnn_emotion.schema.emoticons import emoticon_labels, without_emoticons
from gnn_emotion.schema.emotions import label_set, parse_labels, partial_targets
from gnn_emotion.training.labels import emoticon_targets

#: Of the emoticon-labelled texts, one in so many keeps its emoticons.
KEEP_ONE_IN = 4


@dataclass(frozen=True)
class Corpus:
    """Texts of one source.

    Attributes:
        name: data source.
        texts: N texts.
        allowed: native labels that each may stand for ``[N, K]``.
        weight: share of each row in the loss.
    """

    name: str
    texts: pa.Array
    allowed: npt.NDArray[np.bool_]
    weight: float


def own_words(texts: list[str]) -> pa.Array:
    """Cut texts as ``ingest`` does; a repost without words of its own keeps those it quotes."""
    clean = clean_text(pa.array(texts, pa.string()))
    own = split_chain(clean)["own_text"].combine_chunks()
    return pc.if_else(pc.equal(own, ""), clean, own)


def labelled(name: str, texts: list[str], labels: list[str], names: str, weight: float) -> Corpus:
    """Make a corpus of human labels in a registered label set."""
    allowed = partial_targets(parse_labels(labels, names), names)
    return Corpus(name, own_words(texts), allowed, weight)


def smp2020(data: Path, split: str) -> list[Corpus]:
    """SMP2020-EWECT, usual and virus; ``split`` is ``train`` or ``eval``."""
    corpora = []
    for topic in ("usual", "virus"):
        rows = pd.read_parquet(data / "smp2020_ewect" / f"{topic}_{split}.parquet")
        corpora.append(
            labelled(f"smp2020_{topic}", rows.content.tolist(), rows.label.tolist(), "smp2020", 1.0)
        )
    return corpora


def other_corpora(data: Path) -> Iterator[Corpus]:
    """Yield NLPCC2014, CPED and MELD, which lend their emotions to the text encoder."""
    rows = pd.read_csv(
        data / "nlpcc2014" / "train_opinionated_sentences.csv",
        names=["label", "text"],
        on_bad_lines="skip",
    ).dropna()
    rows = rows[rows.label.isin(label_set("nlpcc2014").labels)]
    yield labelled("nlpcc2014", rows.text.tolist(), rows.label.tolist(), "nlpcc2014", 0.5)
    for name, (rows, labels) in dialogues(data).items():
        yield labelled(name, rows.text.tolist(), rows.label.tolist(), labels, 0.3)


def dialogues(data: Path) -> dict[str, tuple[pd.DataFrame, str]]:
    """Read CPED and MELD as threads, in which every utterance answers the one before.

    Returns:
        Name -> (posts with a label, label set). Their times are made up, a minute apart.
    """
    cped = pd.read_csv(data / "cped" / "valid_split.csv").dropna(subset=["Utterance", "Emotion"])
    known = set(label_set("cped13").labels) - {"negative-other"}
    cped = cped[cped.Emotion.isin(known)]
    meld = pd.read_csv(data / "meld" / "train_sent_emo.csv").dropna(subset=["Utterance"])
    return {"cped": (_threads("cped", cped), "cped13"), "meld": (_threads("meld", meld), "meld7")}


def _threads(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.sort_values(["Dialogue_ID", "Utterance_ID"], kind="stable").reset_index(drop=True)
    place = rows.groupby("Dialogue_ID", sort=False).cumcount()
    ids = pd.Series([f"{name}-{i:06d}" for i in range(len(rows))], dtype=object)
    starts = ids.where(place == 0).ffill()
    minutes = pd.to_timedelta(place, unit="min") + pd.Timestamp("2012-01-01")
    return pd.DataFrame(
        {
            "post_id": ids,
            "text": rows.Utterance,
            "user_id": name + "-" + rows.Dialogue_ID.astype(str) + "-" + rows.Speaker.astype(str),
            "parent_id": ids.shift().where(place > 0, ""),
            "root_id": starts.where(place > 0, ""),
            "created_at": minutes.astype(str),
            "kind": np.where(place > 0, "comment", "original"),
            "label": rows.Emotion,
        }
    )


def unlabelled_emoticons(data: Path) -> Corpus:
    """Read distant labels off the emoticons of the unlabelled Weibo texts."""
    texts = pq.read_table(data / "unlabelled" / "weibo_text.parquet")["text"].combine_chunks()
    own = pc.list_element(pc.split_pattern(texts.cast(pa.string()), "//@", max_splits=1), 0)
    return emoticon_corpus("emoticon", own)


def emoticon_corpus(name: str, own_text: pa.Array) -> Corpus:
    """Keep the texts that have an emoticon label and words beside it.

    One in ``KEEP_ONE_IN`` keeps its emoticons: an encoder that never sees one in training does not
    know what to make of them in a dump.
    """
    label = emoticon_labels(own_text)
    stripped = pc.utf8_trim_whitespace(without_emoticons(own_text))
    words = pc.fill_null(pc.greater(pc.utf8_length(stripped), 1), False)
    keep = pa.array((label >= 0) & words.to_numpy(zero_copy_only=False))
    stripped, whole, label = (
        stripped.filter(keep),
        own_text.filter(keep),
        label[keep.to_numpy(zero_copy_only=False)],
    )
    texts = pc.if_else(pa.array(np.arange(len(label)) % KEEP_ONE_IN == 0), whole, stripped)
    return Corpus(name, texts, emoticon_targets(label), 0.1)
