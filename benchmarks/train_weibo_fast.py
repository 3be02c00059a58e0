"""Train the fast text encoder, hashed n-grams in windows: labels, emoticons, and teachers.

Teachers (what train_weibo_base.py wrote) label texts that have no labels, each its share, as
SMP2020's annotators would: half of them as in ``usual``, half as in ``virus``. A tenth of the human
labels calibrates; SMP2020's ``eval`` is left to text_quality.py.

    python benchmarks/train_weibo_fast.py --data DIR --teacher base-0 base-1 base-2 --seeds 0 1 2 \
        --output fast
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from emotion_texts import emoticon_texts, human_texts, judged_texts

from gnn_emotion.encoders.text.emotion_heads import EmotionHeads
from gnn_emotion.encoders.text.hf_text import (
    HuggingFaceEncoder,
    HuggingFaceOptions,
    computes_bfloat16,
)
from gnn_emotion.encoders.text.load_text import encode_texts
from gnn_emotion.encoders.text.ngram_text import NgramEncoder, NgramOptions, document_frequencies
from gnn_emotion.pretraining.corpus import is_among
from gnn_emotion.pretraining.emotion_encoder import calibrated_heads, source_score
from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.training.fit import seed_everything
from gnn_emotion.training.fit_encoder import EncoderFitOptions, HashedTexts, fit_encoder

#: Whose labels the teacher gives, in turn.
_TAUGHT = ("smp2020_usual", "smp2020_virus")
#: Channels of the convolution: with the 64 of the bag as many numbers as weibo-base gives.
_HIDDEN = 192
#: Of the distant labels: they are many, and noisy.
_EMOTICON_WEIGHT = 0.1


@dataclass(frozen=True)
class Taught:
    """What a teacher says.

    Attributes:
        texts: ``[M]``.
        probs: of the source of each ``[M, K]``.
        source: names of the sources ``[M]``.
        weight: of each in the loss.
    """

    texts: pa.Array
    probs: npt.NDArray[np.float32]
    source: npt.NDArray[np.str_]
    weight: float


def main() -> None:
    """Train, and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teacher", type=Path, nargs="*", default=[])
    parser.add_argument("--taught", type=int, default=600_000, help="texts that it labels")
    parser.add_argument("--taught-weight", type=float, default=1.0)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    arguments = parser.parse_args()
    train, val = human_texts(arguments.data)
    judged = pa.concat_arrays([val.texts, judged_texts(arguments.data).texts])
    emoticons = emoticon_texts(arguments.data, judged)
    count = arguments.taught if arguments.teacher else 0
    texts = unlabelled(arguments.data, judged, count)
    taught = teach(arguments.teacher, texts, arguments.taught_weight)
    for seed in arguments.seeds:
        several = len(arguments.seeds) > 1
        output = Path(f"{arguments.output}-{seed}") if several else arguments.output
        output.mkdir(parents=True, exist_ok=True)
        fit(train, emoticons, taught, val, seed, output)


def unlabelled(data: Path, judged: pa.Array, count: int) -> pa.Array:
    """Draw texts that have words, and are not judged."""
    texts = pq.read_table(data / "unlabelled" / "weibo_text.parquet")["text"].combine_chunks()
    own = pc.list_element(pc.split_pattern(texts.cast(pa.string()), "//@", max_splits=1), 0)
    own = pc.unique(own.filter(pc.greater(pc.utf8_length(own), 3)))
    rows = np.random.default_rng(0).permutation(len(own))[:count]
    drawn = own.take(pa.array(rows))
    return drawn.filter(pa.array(~is_among(drawn, judged)))


def teach(folders: list[Path], texts: pa.Array, weight: float) -> Taught:
    """Let teachers label texts, each its share; none without teachers."""
    options = HuggingFaceOptions(precision="bfloat16" if computes_bfloat16("cpu") else "float32")
    row, turn = np.arange(len(texts)), np.arange(len(texts)) % len(_TAUGHT)
    probs = np.empty((len(texts), label_set(CANONICAL).K), dtype=np.float32)
    for folder, share in zip(folders, np.array_split(row, max(len(folders), 1)), strict=False):
        x = encode_texts(HuggingFaceEncoder(str(folder), options), texts.take(pa.array(share)))
        heads = EmotionHeads.load(folder)
        said = np.stack([heads.probabilities(x, name) for name in _TAUGHT])
        probs[share] = said[turn[share], np.arange(len(share))]
    return Taught(texts, probs, np.array(_TAUGHT)[turn], weight)


def fit(
    train: LabelledTexts,
    emoticons: LabelledTexts,
    taught: Taught,
    val: LabelledTexts,
    seed: int,
    output: Path,
) -> None:
    """Fit one encoder, calibrate its heads, write both, and print validation scores."""
    seed_everything(seed)
    sources = (*train.sources, *emoticons.sources)
    options = NgramOptions(hidden=_HIDDEN)
    plain = NgramEncoder(options, torch.ones(options.buckets))
    slots, starts = plain.hash(pa.concat_arrays([train.texts, emoticons.texts, taught.texts]))
    encoder = NgramEncoder(options, document_frequencies(slots, starts, options.buckets))
    labelled = len(train.texts) + len(emoticons.texts)
    distant = np.full(len(emoticons.texts), _EMOTICON_WEIGHT)
    hashed = HashedTexts(
        slots=slots,
        starts=starts,
        target=np.concatenate([train.allowed, emoticons.allowed, taught.probs], dtype=np.float32),
        taught=np.arange(len(starts) - 1) >= labelled,
        source=np.concatenate(
            [
                train.source,
                emoticons.source + len(train.sources),
                np.array([sources.index(name) for name in taught.source], dtype=np.int64),
            ]
        ),
        weight=np.concatenate(
            [train.weight, distant, np.full(len(taught.texts), taught.weight)], dtype=np.float32
        ),
    )
    heads, _ = fit_encoder(
        encoder,
        encoder.table,
        encoder.spec.dim,
        hashed,
        EncoderFitOptions(seed=seed),
    )
    encoder.save(output)
    # What is stored is rounded: measure and calibrate that.
    encoder = NgramEncoder.load(output)
    fitted = calibrated_heads(heads, sources, encoder, val)
    fitted.save(output)
    scores = {name: source_score(encoder, fitted, val.of(name), name) for name in val.sources}
    print(json.dumps({"seed": seed, "val_macro_f1": scores}), flush=True)


if __name__ == "__main__":
    main()
