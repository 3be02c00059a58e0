"""Train the model that travels with the package, from public data alone, on a CPU.

The text encoder is there already (train_weibo_fast.py); with it fixed, the layers over the graph:
SMP2020 gives the labels, CED cascades (with emoticon labels) teach the use of context, MVSA that of
pictures. The validation parts choose and calibrate; SMP2020's ``eval``, the
test cascades of CED and the test tweets of MVSA are looked at once, for the model card.

    python benchmarks/train_bundled.py --data DIR --encoder data/model --output data/model
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from corpora import KEEP_ONE_IN, dialogues

from gnn_emotion import read_dump
from gnn_emotion.encoders.encoder_set import DEFAULT, IMAGE, load_encoders
from gnn_emotion.encoders.text.ngram_text import NgramEncoder
from gnn_emotion.graph.build import build_graph, node_ids, post_threads
from gnn_emotion.graph.splits import split_by_cascade
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.emotions import parse_labels, partial_targets
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.labels import (
    PostLabels,
    emoticon_post_labels,
    make_task,
    stated_labels,
)
from gnn_emotion.training.model_card import model_card
from gnn_emotion.training.task import TEST, TRAIN, VAL
from gnn_emotion.training.train import train_as
from gnn_emotion.training.train_options import TrainOptions

_EMOTICON_WEIGHT = 0.3
_DIALOGUE_WEIGHT = 0.5
_MVSA_WEIGHT = 0.3
#: Of the posts with pictures, so many lose them in a step: that a post has a picture must not
#: itself stand for the labels of the one data set that has any.
_HIDDEN_PICTURES = 0.5
_MVSA_LABELS = "polarity3"
_TOPICS = ("usual", "virus")


def main() -> None:
    """Train, and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("data/model"))
    parser.add_argument("--conv", default="gat")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--encoder", type=Path, default=Path("data/model"), help="folder of the text encoder"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        dump = joined_dump(arguments.data, Path(work))
        split = split_posts(dump)
        arguments.output.mkdir(parents=True, exist_ok=True)
        encoder = NgramEncoder.load(arguments.encoder)
        encoder.save(arguments.output)
        options = TrainOptions(
            encoders={**DEFAULT, IMAGE: "affect"},
            conv=arguments.conv,
            modality_dropout=_HIDDEN_PICTURES,
            fit=FitOptions(seed=arguments.seed),
        )
        train_layers(arguments.data, dump, split, encoder, options, arguments.output)


def joined_dump(data: Path, work: Path) -> Dump:
    """Read CED, dialogues as threads, and SMP2020 and MVSA as posts without neighbours."""
    parts = [rows.drop(columns="label") for rows, _ in dialogues(data).values()]
    for topic in _TOPICS:
        for part in ("train", "eval"):
            rows = pd.read_parquet(data / "smp2020_ewect" / f"{topic}_{part}.parquet")
            ids = [f"smp-{topic}-{part}-{i:06d}" for i in range(len(rows))]
            parts.append(pd.DataFrame({"post_id": ids, "text": rows.content.tolist()}))
    pd.concat(parts).to_parquet(work / "others.parquet")
    write_mvsa(data / "mvsa_single", work / "mvsa")
    return read_dump([data / "ced", work / "others.parquet", work / "mvsa"], work / "dump")


def write_mvsa(source: Path, folder: Path) -> None:
    """Lay MVSA out as a dump: its pictures are found by the ids of its posts."""
    folder.mkdir()
    tweets = pd.read_parquet(source / "labels.parquet")
    tweets["post_id"] = "mvsa-" + tweets.guid.astype(str)
    for guid, name in zip(tweets.guid, tweets.post_id, strict=True):
        shutil.copyfile(source / "images" / f"{guid}.jpg", folder / f"{name}.jpg")
    columns = tweets[["post_id", "text", "label"]].assign(label_set=_MVSA_LABELS)
    columns.to_parquet(folder / "posts.parquet")


def split_posts(dump: Dump) -> npt.NDArray[np.int8]:
    """Split CED by cascade, and the posts without neighbours by text.

    Of SMP2020, ``eval`` is the test part and a tenth of the texts val; of MVSA a tenth each.
    """
    ids = node_ids(dump, "post").to_pylist()
    split = split_by_cascade(post_threads(dump), ids)
    texts = dump.read("posts", ["text"])["text"].to_pylist()
    for row, name in enumerate(ids):
        if not name.startswith(("smp-", "mvsa-")):
            continue
        drawn = hashlib.sha256((texts[row] or "").encode()).digest()[0]
        split[row] = VAL if drawn < 26 else TEST if drawn >= 230 and "mvsa-" in name else TRAIN
        if "-eval-" in name:
            split[row] = TEST
    return split


def train_layers(
    data: Path,
    dump: Dump,
    split: npt.NDArray[np.int8],
    encoder: NgramEncoder,
    options: TrainOptions,
    output: Path,
) -> None:
    """Fit the layers over the graph, with the encoder fixed, and write the checkpoint."""
    emoticons = emoticon_post_labels(dump)
    ids = node_ids(dump, "post").combine_chunks()
    emoticons = replace(emoticons, weight=_EMOTICON_WEIGHT)
    (tweets,) = stated_labels(dump)
    tweets = replace(tweets, source="mvsa", weight=_MVSA_WEIGHT)
    labels = [*smp_labels(data, ids), emoticons, *dialogue_labels(data, ids), tweets]
    table = dump.read("posts", ["own_text"])
    hidden = np.zeros(len(ids), dtype=bool)
    hidden[emoticons.rows[np.arange(len(emoticons.rows)) % KEEP_ONE_IN > 0]] = True
    own = table["own_text"].combine_chunks()
    words = encoder.encode(ids, pc.if_else(pa.array(hidden), without_emoticons(own), own))
    features, _ = load_encoders(options.encoders, output).encode(dump, words)
    graph = build_graph(dump, features)
    task = make_task(labels, split)
    contract = {name: given.spec for name, given in features.items()}
    sources = tuple(source.source for source in labels)
    fitted = train_as(options, graph, task, sources, contract, default_source=sources[0])
    checkpoint = fitted.checkpoint(options, contract)
    checkpoint.save(output, model_card(checkpoint, fitted, _USE, _DATA))


def smp_labels(data: Path, ids: pa.Array) -> list[PostLabels]:
    """Read the labels of SMP2020, both parts, a source for each topic."""
    found = []
    for topic in _TOPICS:
        rows, allowed = [], []
        for part in ("train", "eval"):
            table = pd.read_parquet(data / "smp2020_ewect" / f"{topic}_{part}.parquet")
            names = [f"smp-{topic}-{part}-{i:06d}" for i in range(len(table))]
            rows.append(pc.index_in(pa.array(names), value_set=ids).to_numpy())
            allowed.append(partial_targets(parse_labels(table.label, "smp2020"), "smp2020"))
        found.append(PostLabels(f"smp2020_{topic}", np.concatenate(rows), np.concatenate(allowed)))
    return found


def dialogue_labels(data: Path, ids: pa.Array) -> list[PostLabels]:
    """Read the labels of CPED and MELD: human labels, neutral among them, in context."""
    found = []
    for name, (rows, labels) in dialogues(data).items():
        at = pc.index_in(pa.array(rows.post_id.tolist()), value_set=ids).to_numpy()
        allowed = partial_targets(parse_labels(rows.label, labels), labels)
        found.append(PostLabels(name, at, allowed, _DIALOGUE_WEIGHT))
    return found


_USE = """Intended for trends and exploration over many posts of Weibo, in Chinese first. A single
label says little: look at the probabilities and at `abstained`. It reads words and pictures;
videos and sound are for models that you train. Irony is mostly missed. Not for
decisions about persons. Weights are trained on research data: research use."""
_DATA = """- SMP2020-EWECT (Guo et al. 2021), train part, usual and virus: human labels. Its
  `angry` also holds disgust; which of the two is learned from the other sources. A tenth of the
  texts is the validation part; `eval` is the test part below, and shares some exact texts with
  train.
- CED (Song et al. 2018, Chinese rumour cascades): 1.02 million reposts and comments; the labels are
  the writers' own emoticons, hidden from the model in three of four posts. Split by cascade: 70 %
  train, 10 % validation, 20 % test.
- CPED (Apache-2.0; its validation part, as threads) and MELD (GPL-3.0; its train part, as threads):
  human labels of utterances in context; split by dialogue as CED is.
- MVSA-Single (Niu et al. 2016): English tweets with a picture each, human labels of polarity; split
  by text, a tenth each for validation and test. It alone teaches what pictures say, so that this is
  learned from English tweets; half of the pictures are hidden in each step, so that having one
  says nothing by itself.
- for the text encoder alone also NLPCC2014, and Weibo texts labelled by their emoticons. No text of
  a validation or test part was used.

A source that never names a label (emoticons are never neutral) says nothing about it."""


if __name__ == "__main__":
    main()
