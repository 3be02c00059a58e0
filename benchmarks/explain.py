"""Do explanations name what moved the label?

Neighbours: of CED's test cascades, posts whose label is another one without their neighbours. The
named neighbours are taken away together, and as many at random, 100 times.

Words: sentences of NLPCC2014 in which people marked the words that carry the emotion. Ours are the
words with the largest effects on the label that the model gives, as many as the lexicon finds in
the sentence (one, where it finds none); overlap is the F1 of marked and named characters. The
lexicon is DUTIR; its words are cut out of the text with its own word list. The marks were never
trained on; some of the texts were, with their labels.

    OMP_NUM_THREADS=1 python benchmarks/explain.py --data DIR --output explain.json
"""

from __future__ import annotations

import argparse
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from record import write_record
from torch_geometric.data import HeteroData

from gnn_emotion import read_dump
from gnn_emotion.encoders.text.classifiers.lexicon_files import read_lexicon
from gnn_emotion.encoders.text.load_text import encode_posts
from gnn_emotion.encoders.text.segment import Segmenter, SegmentOptions
from gnn_emotion.explain.explainer import Explainer
from gnn_emotion.explain.words import word_effects, word_spans
from gnn_emotion.graph.build import node_ids, post_threads
from gnn_emotion.graph.splits import split_by_cascade
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.bundled import find_model
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.task import TEST

SPANS = Path("nlpcc2014") / "expression_spans.xml"
Spans = Sequence[tuple[int, int]]


def main() -> None:
    """Measure both and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("explain.json"))
    parser.add_argument("--model", help="folder of a model; by default the bundled one")
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    predictor = Predictor.load(find_model(arguments.model))
    found: dict[str, Any] = {
        "words": words(arguments.data, predictor, arguments.sentences, arguments.seed),
        "neighbours": neighbours(arguments.data, predictor, arguments.posts, arguments.seed),
    }
    files = [arguments.data / "ced" / "reposts.parquet", arguments.data / SPANS]
    write_record(arguments.output, found, data=files, seeds=[arguments.seed])
    for name, table in found.items():
        print(f"\n{name}")
        for key, value in table.items():
            print(f"  {key}: {value:.3f}" if isinstance(value, float) else f"  {key}: {value}")


def neighbours(data: Path, predictor: Predictor, count: int, seed: int) -> dict[str, Any]:
    """Check deletions on posts of CED's test cascades whose label the graph changed."""
    with tempfile.TemporaryDirectory() as work:
        dump = read_dump(data / "ced", Path(work) / "dump")
        return check_dump(dump, predictor, count, seed)


def check_dump(dump: Dump, predictor: Predictor, count: int, seed: int) -> dict[str, Any]:
    """Check deletions on sampled posts of a dump; see ``neighbours``."""
    assert predictor.encoders.text is not None
    features = predictor.encode(dump, encode_posts(dump, predictor.encoders.text))
    graph = predictor.graph(dump, features)
    ids = node_ids(dump, "post").to_pylist()
    test = split_by_cascade(post_threads(dump), ids) == TEST
    label = predictor.infer(graph).probs.argmax(axis=1)
    changed = np.flatnonzero(test & (label != predictor.infer(alone(graph)).probs.argmax(axis=1)))
    rows = np.random.default_rng(seed).permutation(changed)[:count]
    explainer = Explainer(predictor.checkpoint, None, dump, graph)
    start = time.perf_counter()
    checks = [(found, found.check) for found in (explainer.explain(ids[row]) for row in rows)]
    seconds = time.perf_counter() - start
    compared = [check for _, check in checks if len(check.random)]
    falls = np.array([check.fall for check in compared])
    random_falls = np.array([check.random_fall for check in compared])
    return {
        "posts of test cascades": int(test.sum()),
        "label changed by the graph": len(changed),
        "sampled": len(checks),
        "with more neighbours than are named": len(compared),
        "of these, named fall further than random": float((falls > random_falls).mean()),
        "mean fall, named": float(falls.mean()),
        "mean fall, random": float(random_falls.mean()),
        "label changes back without the named": float(
            np.mean([_lost(found.probs, found.label, check) for found, check in checks])
        ),
        "neighbours a post": float(np.mean([len(found.neighbours) for found, _ in checks])),
        "seconds a post": seconds / max(len(checks), 1),
    }


def alone(graph: HeteroData) -> HeteroData:
    """Return a graph without any edge from posts or users."""
    bare = graph.clone()
    for edge_type in bare.edge_types:
        if edge_type[0] in ("post", "user"):
            bare[edge_type].edge_index = torch.empty((2, 0), dtype=torch.int64)
    return bare


def _lost(probs: dict[str, float], label: str, check: Any) -> bool:
    """Tell whether the label falls below what was second before."""
    second = max(value for name, value in probs.items() if name != label)
    return bool(check.after < second)


def words(data: Path, predictor: Predictor, count: int, seed: int) -> dict[str, Any]:
    """Compare the words that are named with those that people marked."""
    sentences = marked_sentences(data / SPANS)
    rows = np.random.default_rng(seed).permutation(len(sentences))[:count]
    chosen = [sentences[row] for row in rows]
    lexicon = read_lexicon(data / "lexicons")
    listed = frozenset(lexicon.words)
    plain = [word for word in lexicon.words if not any(sign.isspace() for sign in word)]
    cutter = Segmenter(SegmentOptions(user_words=tuple(plain)))
    rng = np.random.default_rng(seed)
    scores: dict[str, list[float]] = {name: [] for name in ("ours", "lexicon", "random words")}
    first: dict[str, list[float]] = {"ours, first word": [], "random, first word": []}
    with tempfile.TemporaryDirectory() as work:
        frame = pd.DataFrame({"text": [text for text, _ in chosen]})
        frame["post_id"] = [str(number) for number in range(len(frame))]
        frame.to_csv(Path(work) / "sentences.csv", index=False)
        dump = read_dump(Path(work) / "sentences.csv", Path(work) / "dump")
        encoder = predictor.encoders.text
        assert encoder is not None
        graph = predictor.graph(dump, predictor.encode(dump, encode_posts(dump, encoder)))
        explainer = Explainer(predictor.checkpoint, encoder, dump, graph)
        place = {name: row for row, name in enumerate(node_ids(dump, "post").to_pylist())}
        for number, (text, marks) in enumerate(chosen):
            judge = explainer.judge(place[str(number)])
            effects = word_effects(judge, encoder, text, int(judge.probs().argmax()))
            hits = _lexicon_spans(cutter, listed, text)
            many = max(len(hits), 1)
            best = effects.nlargest(many, "effect")
            # The encoder reads a normal form, whose characters need not stand where the text's do.
            ours = [_find(text, word) for word in best.word]
            random = [word_spans(text)[at] for at in rng.permutation(len(word_spans(text)))]
            scores["ours"].append(_f1(marks, [span for span in ours if span]))
            scores["lexicon"].append(_f1(marks, hits))
            scores["random words"].append(_f1(marks, random[:many]))
            first["ours, first word"].append(_inside(marks, ours[:1]))
            first["random, first word"].append(_inside(marks, random[:1]))
    found = {f"overlap F1, {name}": float(np.mean(values)) for name, values in scores.items()}
    found |= {name: float(np.mean(values)) for name, values in first.items()}
    better = np.array(scores["ours"]) - np.array(scores["lexicon"])
    draws = rng.choice(better, (2000, len(better))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    found["ours - lexicon, 95 % interval"] = f"{better.mean():+.3f} [{low:+.3f}, {high:+.3f}]"
    return {"sentences": len(chosen), **found}


def marked_sentences(path: Path) -> list[tuple[str, Spans]]:
    """Read the sentences in which something is marked, with where."""
    found = []
    for sentence in ElementTree.parse(path).iter("sentence"):
        text = sentence.text or ""
        keys = [value for name, value in sentence.items() if name.startswith("keyexpression")]
        marks = [(text.find(key), text.find(key) + len(key)) for key in keys if key in text]
        if sentence.get("opinionated") == "Y" and marks and text.strip():
            found.append((text.strip("\n"), marks))
    return found


def _lexicon_spans(cutter: Segmenter, listed: frozenset[str], text: str) -> Spans:
    spans, start = [], 0
    for word in cutter.segment([text])[0]:
        at = text.find(word, start)
        if at >= 0:
            start = at + len(word)
            if word in listed:
                spans.append((at, start))
    return spans


def _find(text: str, word: str) -> tuple[int, int] | None:
    at = text.lower().find(word.lower())
    return (at, at + len(word)) if at >= 0 else None


def _f1(marks: Spans, named: Spans) -> float:
    right = _characters(marks) & _characters(named)
    total = len(_characters(marks)) + len(_characters(named))
    return 2 * len(right) / total if total else 0.0


def _inside(marks: Spans, named: Sequence[tuple[int, int] | None]) -> float:
    return float(any(span and _characters(marks) & _characters([span]) for span in named))


def _characters(spans: Spans) -> set[int]:
    return {at for first, last in spans for at in range(first, last)}


if __name__ == "__main__":
    main()
