"""The labelled texts that text encoders are fine-tuned on, and those that they are judged on.

A tenth of the human labels chooses and calibrates, drawn by text, of CPED and MELD by dialogue;
SMP2020's ``eval`` judges, and a fifth of the dialogues is left for models with context. No text of
these is learned from: also not one that is the same but for emoticons and punctuation, or cut, so
that some rows of the official train part are left out.

Writes what pretraining leaves out: the texts of SMP2020 that judge, choose and calibrate.

    python benchmarks/emotion_texts.py --data DIR --output judged.parquet
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from corpora import (
    Corpus,
    dialogues,
    emoticon_corpus,
    other_corpora,
    smp2020,
    unlabelled_emoticons,
)

from gnn_emotion import read_dump
from gnn_emotion.graph.build import node_ids, post_threads
from gnn_emotion.graph.splits import split_by_cascade
from gnn_emotion.pretraining.corpus import is_among
from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.training.task import TEST, TRAIN, VAL

#: Of 256 values of a hash, so many are held out.
_HELD_OUT = 26


def main() -> None:
    """Write the texts of SMP2020 that are not to be pretrained on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    texts = []
    for topic in ("usual", "virus"):
        texts += _smp2020_texts(arguments.data, topic, "eval")
        train = _smp2020_texts(arguments.data, topic, "train")
        texts += [text for text, out in zip(train, _drawn(train), strict=True) if out]
    pq.write_table(pa.table({"text": texts}), arguments.output)
    print(f"wrote {len(texts):,} texts to {arguments.output}")


def human_texts(data: Path) -> tuple[LabelledTexts, LabelledTexts]:
    """Read the human labels, without texts that are judged: (train, validation)."""
    corpora = [*smp2020(data, "train"), *other_corpora(data)]
    whole, split = _join(corpora), np.concatenate(list(splits(data, corpora)))
    val = whole.take(np.flatnonzero(split == VAL))
    test = whole.take(np.flatnonzero(split == TEST))
    judged = pa.concat_arrays([judged_texts(data).texts, val.texts, test.texts])
    fresh = (split == TRAIN) & ~is_among(whole.texts, judged)
    return whole.take(np.flatnonzero(fresh)), val


def splits(data: Path, corpora: Sequence[Corpus]) -> Iterator[npt.NDArray[np.int8]]:
    """Split each corpus as train_bundled.py does: by text, but dialogues as a whole."""
    talks = {name: rows for name, (rows, _) in dialogues(data).items()}
    for corpus in corpora:
        if corpus.name in talks:
            rows = talks[corpus.name]
            roots = rows.root_id.where(rows.root_id != "", rows.post_id)
            place = {name: at for at, name in enumerate(rows.post_id)}
            yield split_by_cascade(roots.map(place).to_numpy(), rows.post_id.tolist())
            continue
        _, _, topic = corpus.name.partition("smp2020_")
        raw = _smp2020_texts(data, topic, "train") if topic else corpus.texts.to_pylist()
        yield np.where(_drawn(raw), VAL, TRAIN).astype(np.int8)


def _smp2020_texts(data: Path, topic: str, part: str) -> list[str]:
    """Read texts as they were written, which is what a tenth of them is drawn by."""
    rows = pd.read_parquet(data / "smp2020_ewect" / f"{topic}_{part}.parquet")
    return list(rows.content)


def _drawn(texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell which texts ``[N]`` are of the tenth that validates."""
    return np.array([hashlib.sha256(text.encode()).digest()[0] < _HELD_OUT for text in texts])


def judged_texts(data: Path) -> LabelledTexts:
    """Read SMP2020's ``eval``, both topics."""
    return _join(smp2020(data, "eval"))


def emoticon_texts(data: Path, judged: pa.Array) -> LabelledTexts:
    """Read texts that their writers' emoticons label: the unlabelled ones, CED's train cascades."""
    dump = read_dump([data / "ced"])
    own = dump.read("posts", ["own_text"])["own_text"].combine_chunks()
    split = split_by_cascade(post_threads(dump), node_ids(dump, "post").to_pylist())
    train = own.filter(pa.array(split == TRAIN))
    # What another cascade judges must not be learned from a copy.
    others = pc.unique(own.filter(pa.array(split != TRAIN)))
    found = _join([emoticon_corpus("emoticon_ced", train), unlabelled_emoticons(data)])
    fresh = ~is_among(found.texts, pa.concat_arrays([judged, others]))
    return found.take(np.flatnonzero(fresh))


def _join(corpora: Iterable[Corpus]) -> LabelledTexts:
    return LabelledTexts.join([(c.name, c.texts, c.allowed, c.weight) for c in corpora])


if __name__ == "__main__":
    main()
