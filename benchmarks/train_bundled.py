"""Train the models that travel with the package, from public data alone, on a CPU.

The text encoder is there already (train_weibo_fast.py, train_weibo_base.py); with it fixed, the
layers over the graph: SMP2020 gives the labels, CED cascades (with emoticon labels) teach the use
of context, MVSA that of pictures. The validation parts choose and calibrate; SMP2020's ``eval``,
the test cascades of CED and the test tweets of MVSA are looked at once, for the model card.

    python benchmarks/train_bundled.py --data DIR --seeds 0 1 2 --output data/model
    python benchmarks/train_bundled.py --data DIR --seeds 0 1 2 --text-encoder weibo-base \
        --output data/model-base

Of several seeds the best of the validation part is written, with the scores of all in its card.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from corpora import KEEP_ONE_IN, dialogues
from torch_geometric.data import HeteroData

from gnn_emotion import read_dump
from gnn_emotion.encoders.encoder_set import DEFAULT, IMAGE, POST, load_encoders
from gnn_emotion.encoders.text.bundled_text import BUNDLED_TEXT, FAST
from gnn_emotion.graph.build import build_graph, node_ids, post_threads
from gnn_emotion.graph.splits import split_by_cascade
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.emotions import parse_labels, partial_targets
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.fitted import Fitted
from gnn_emotion.training.labels import (
    PostLabels,
    emoticon_post_labels,
    make_task,
    stated_labels,
)
from gnn_emotion.training.markdown import markdown_table
from gnn_emotion.training.model_card import model_card
from gnn_emotion.training.task import TEST, TRAIN, VAL, Task
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
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--conv", default="gat")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--text-encoder", choices=BUNDLED_TEXT, default=FAST)
    arguments = parser.parse_args()
    options = TrainOptions(
        encoders={**DEFAULT, POST: arguments.text_encoder, IMAGE: "affect"},
        conv=arguments.conv,
        modality_dropout=_HIDDEN_PICTURES,
    )
    with tempfile.TemporaryDirectory() as work:
        dump = joined_dump(arguments.data, Path(work))
        data = training_data(arguments.data, dump, options)
        fits = {
            seed: train_layers(data, replace(options, fit=FitOptions(seed=seed)))
            for seed in arguments.seeds
        }
    best = max(fits, key=lambda seed: fits[seed].val_macro_f1)
    chosen = replace(options, fit=FitOptions(seed=best))
    checkpoint = fits[best].checkpoint(chosen, data.contract)
    arguments.output.mkdir(parents=True, exist_ok=True)
    card = model_card(checkpoint, fits[best], _USE, _DATA)
    checkpoint.save(arguments.output, f"{card}\n{seed_table(fits, best)}")


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


@dataclass(frozen=True)
class Data:
    """What the layers over the graph are fitted on.

    Attributes:
        graph: with the features of its nodes.
        task: the labels.
        sources: names of where labels are from.
        contract: what made the features, by node type.
    """

    graph: HeteroData
    task: Task
    sources: tuple[str, ...]
    contract: dict[str, EncoderSpec]


def training_data(data: Path, dump: Dump, options: TrainOptions) -> Data:
    """Read the labels, and encode the posts."""
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
    # Bundled encoders lie with the package, and none here is fitted: no folder is looked into.
    encoders = load_encoders(options.encoders, Path())
    assert encoders.text is not None
    words = encoders.text.encode(ids, pc.if_else(pa.array(hidden), without_emoticons(own), own))
    features, _ = encoders.encode(dump, words)
    return Data(
        build_graph(dump, features),
        make_task(labels, split_posts(dump)),
        tuple(source.source for source in labels),
        {name: given.spec for name, given in features.items()},
    )


def train_layers(data: Data, options: TrainOptions) -> Fitted:
    """Fit the layers over the graph."""
    return train_as(
        options, data.graph, data.task, data.sources, data.contract, default_source=data.sources[0]
    )


def seed_table(fits: Mapping[int, Fitted], best: int) -> str:
    """Lay out the macro-F1 of the test part by seed."""
    sources = next(iter(fits.values())).scores["test"]
    rows = [
        [source, *(f"{fitted.scores['test'][source]['macro_f1']:.3f}" for fitted in fits.values())]
        for source in sources
    ]
    told = f"Macro-F1 of the test part by seed; seed {best}, the best on the validation part:"
    return f"{told}\n\n{markdown_table(['labels of', *map(str, fits)], rows)}\n"


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
- for the text encoder alone also NLPCC2014, and Weibo texts: labelled by their emoticons, by
  teachers, or not at all. No label of a validation or test part was used, and no text of SMP2020's;
  texts of CED's other cascades may be among those without labels.

A source that never names a label (emoticons are never neutral) says nothing about it."""


if __name__ == "__main__":
    main()
