"""How well do the text encoders of this package label single posts, and how fast?

SMP2020-EWECT, ``eval`` of both topics, looked at once; nothing was tuned on it. One folder a seed:
the mean and its 95 % interval. A linear SVM on character n-grams, fitted on the same rows, and
SnowNLP's polarity stand beside it; BERT-base with random weights tells what a Transformer costs.

    python benchmarks/text_quality.py --data DIR --fast F0 F1 F2 --base B0 B1 B2 --output text.json
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import torch
from corpora import smp2020
from emotion_texts import human_texts
from record import write_record
from text_features import CHARS, Texts, fit_svm
from transformers import AutoTokenizer, BertConfig, BertModel

from gnn_emotion.encoders.text.emotion_heads import EmotionReader
from gnn_emotion.encoders.text.hf_text import HuggingFaceEncoder
from gnn_emotion.encoders.text.load_text import TextEncoder, encode_texts
from gnn_emotion.pretraining.corpus import is_among
from gnn_emotion.pretraining.labelled_texts import LabelledTexts
from gnn_emotion.schema.emoticons import without_emoticons
from gnn_emotion.schema.emotions import label_polarity, label_set, mapping, parse_labels
from gnn_emotion.training.metrics import macro_f1, mean_interval

TOPICS = ("usual", "virus")
LABELS = label_set("smp2020").labels
#: Texts -> probabilities of ``LABELS``, or scores of them ``[N, 6]``.
Reader = Callable[[list[str]], npt.NDArray[np.floating]]
_LENGTHS = (0, 20, 40, 80, 10_000)
_BERT_BASE_POSTS = 400


def main() -> None:
    """Judge and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--fast", type=Path, nargs="*", default=[], help="a folder for each seed")
    parser.add_argument("--base", type=Path, nargs="*", default=[], help="a folder for each seed")
    parser.add_argument("--output", type=Path, default=Path("text_quality.json"))
    arguments = parser.parse_args()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    train, val = human_texts(arguments.data)
    results: dict[str, Any] = {"topics": {}, "speed": speeds(arguments)}
    for topic in TOPICS:
        source = f"smp2020_{topic}"
        readers = {"svm": [svm(train, val, source)]}
        for kind in ("fast", "base"):
            folders = getattr(arguments, kind)
            if folders:
                seeds = [encoder_reader(folder, source) for folder in folders]
                readers[f"weibo-{kind}"] = seeds
                if len(seeds) > 1:
                    readers[f"weibo-{kind}, mean of seeds"] = [mean_reader(seeds)]
        results["topics"][topic] = judge(readers, eval_frame(arguments.data, topic))
    for kind, runs in results["speed"].items():
        print(f"{kind}: {runs:,.0f} posts/s")
    files = sorted((arguments.data / "smp2020_ewect").glob("*.parquet"))
    write_record(arguments.output, results, data=files, seeds=range(len(arguments.base)))


def eval_frame(data: Path, topic: str) -> pd.DataFrame:
    """Read ``eval`` of a topic, and tell which texts stand in the official train part too."""
    at = TOPICS.index(topic)
    texts, known = smp2020(data, "eval")[at].texts, smp2020(data, "train")[at].texts
    rows = pd.read_parquet(data / "smp2020_ewect" / f"{topic}_eval.parquet")
    return pd.DataFrame(
        {
            "text": texts.to_pylist(),
            "label": parse_labels(rows.label, "smp2020"),
            "in_train": is_among(texts, known),
        }
    )


def svm(train: LabelledTexts, val: LabelledTexts, source: str) -> Reader:
    """Fit the SVM of text_features.py on a topic, or on both; validation texts choose."""
    fits = []
    for names in ((source,), tuple(f"smp2020_{topic}" for topic in TOPICS)):
        rows = np.isin(train.source, [train.sources.index(name) for name in names])
        part, held = train.take(np.flatnonzero(rows)), val.of(source)
        texts = Texts(
            pa.concat_arrays([part.texts, held.texts]),
            np.concatenate([native(part), native(held)]),
            np.arange(len(part.texts) + len(held.texts)) >= len(part.texts),
        )
        fits.append(fit_svm(texts, CHARS))
    bags, model, score = max(fits, key=lambda one: one[2])
    print(f"{source}: SVM {score:.4f} on validation", flush=True)
    return lambda texts: model.decision_function(bags.transform(pa.array(texts, pa.string())))


def native(texts: LabelledTexts) -> npt.NDArray[np.int64]:
    """Return the label of SMP2020 ``[N]`` of texts whose targets are those of ``ekman7``."""
    return np.asarray((texts.allowed @ mapping("ekman7", "smp2020").matrix).argmax(axis=1))


def encoder_reader(folder: Path, source: str) -> Reader:
    """Read texts as a folder of encoder and heads does."""
    reader = EmotionReader.load(str(folder))
    to_labels = mapping("ekman7", "smp2020").matrix
    return lambda texts: reader.probabilities(texts, source) @ to_labels


def mean_reader(readers: Sequence[Reader]) -> Reader:
    """Read as several do, on average."""
    return lambda texts: np.mean([read(texts) for read in readers], axis=0)


def judge(readers: Mapping[str, Sequence[Reader]], rows: pd.DataFrame) -> dict[str, Any]:
    """Score all readers on the texts, on parts of them, and on texts that are damaged."""
    texts = rows.text.tolist()
    kinds = {
        "as it is": texts,
        "emoticons removed": without_emoticons(pa.array(texts)).to_pylist(),
        "one in ten characters replaced": replaced(texts),
    }
    found: dict[str, Any] = {"snownlp": snownlp_polarity(rows)}
    for name, seeds in readers.items():
        runs: dict[str, list[float]] = {}
        for read in seeds:
            scores = {kind: read(given) for kind, given in kinds.items()}
            for key, value in parts(scores, rows).items():
                runs.setdefault(key, []).append(value)
        found[name] = {key: summary(values) for key, values in runs.items()}
        print(f"{name}: {found[name]['as it is']} not in train {found[name]['not in train']}")
    return found


def parts(scores: Mapping[str, npt.NDArray[np.floating]], rows: pd.DataFrame) -> dict[str, float]:
    """Macro-F1 of each kind of damage, by length, F1 by class, and accuracy of polarity."""
    label = rows.label.to_numpy()
    out = {kind: macro_f1(label, s.argmax(axis=1), len(LABELS)) for kind, s in scores.items()}
    pred = scores["as it is"].argmax(axis=1)
    fresh = ~rows.in_train.to_numpy()
    out["not in train"] = macro_f1(label[fresh], pred[fresh], len(LABELS))
    length = rows.text.str.len().to_numpy()
    for low, high in itertools.pairwise(_LENGTHS):
        at = (length >= low) & (length < high)
        out[f"{low} to {high - 1} characters"] = macro_f1(label[at], pred[at], len(LABELS))
    for place, name in enumerate(LABELS):
        both = ((label == place) & (pred == place)).sum()
        out[f"F1 of {name}"] = float(2 * both / ((label == place).sum() + (pred == place).sum()))
    positive, negative = (polar() == sign for sign in (1, -1))
    s = scores["as it is"]
    told = positive[label] | negative[label]
    says = s[:, positive].max(axis=1) > s[:, negative].max(axis=1)
    out["polarity"] = float((says == positive[label])[told].mean())
    return out


def polar() -> npt.NDArray[np.int64]:
    """Return 1, -1 or 0 for each label: positive, negative or neither."""
    of_label, names = label_polarity("smp2020"), label_set("polarity3").labels
    certain = of_label.sum(axis=1) == 1
    plus, minus = (of_label[:, names.index(n)] & certain for n in ("positive", "negative"))
    return plus.astype(np.int64) - minus


def snownlp_polarity(rows: pd.DataFrame) -> float:
    """Accuracy of SnowNLP's polarity, on texts whose label is positive or negative."""
    from snownlp import SnowNLP

    sign = polar()[rows.label.to_numpy()]
    told = sign != 0
    says = np.array([SnowNLP(text).sentiments > 0.5 if text else True for text in rows.text[told]])
    return float((says == (sign[told] > 0)).mean())


def replaced(texts: Sequence[str]) -> list[str]:
    """Replace one character in ten by one of another text."""
    rng, pool = np.random.default_rng(0), "".join(texts)
    out = []
    for text in texts:
        hit = rng.random(len(text)) < 0.1
        others = rng.integers(0, len(pool), len(text))
        marks = zip(text, hit, others, strict=True)
        out.append("".join(pool[o] if h else character for character, h, o in marks))
    return out


def summary(values: Sequence[float]) -> dict[str, Any]:
    """Mean, half of the 95 % interval over seeds, and the runs."""
    mean, half = mean_interval(values) if len(values) > 1 else (values[0], 0.0)
    return {"mean": round(mean, 4), "half": round(half, 4), "runs": list(values)}


def speeds(arguments: argparse.Namespace) -> dict[str, float]:
    """Posts a second, on all cores, of posts as they come: those of CED."""
    rows = pd.read_parquet(next((arguments.data / "ced").glob("*.parquet")), columns=["text"])
    texts = pc.unique(pa.array(rows.text.dropna().astype(str).tolist()[:40_000])).to_pylist()
    found: dict[str, float] = {}
    if arguments.fast:
        found["weibo-fast"] = timed(EmotionReader.load(str(arguments.fast[0])).encoder, texts)
    if arguments.base:
        found["weibo-base"] = timed(
            EmotionReader.load(str(arguments.base[0])).encoder, texts[:4000]
        )
        found["BERT-base, random weights"] = timed(
            bert_base(arguments.base[0]), texts[:_BERT_BASE_POSTS]
        )
    return found


def timed(encoder: TextEncoder, texts: list[str]) -> float:
    """Measure posts a second; a few go before, to warm up."""
    encode_texts(encoder, pa.array(texts[:50]))
    start = time.perf_counter()
    encode_texts(encoder, pa.array(texts))
    return len(texts) / (time.perf_counter() - start)


def bert_base(like: Path) -> HuggingFaceEncoder:
    """Make a BERT-base of the tokens of ``like``: fewer than the characters that BERT reads."""
    folder = Path(tempfile.mkdtemp()) / "bert-base"
    tokenizer = AutoTokenizer.from_pretrained(like)
    tokenizer.save_pretrained(folder)
    BertModel(BertConfig(vocab_size=len(tokenizer))).save_pretrained(folder)
    return HuggingFaceEncoder(str(folder))


if __name__ == "__main__":
    main()
