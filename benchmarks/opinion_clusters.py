"""Do clusters of words find what posts are about? Against their threads or hashtags, beside others.

Answers that have words of their own are clustered, hashtags taken out of them, and the clusters set
against what they are known to be about: agreement is the adjusted mutual information, 0 for chance.
The measure is hard: most answers do not say what they answer.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sklearn.cluster import HDBSCAN, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

from gnn_emotion.encoders.text.bundled_text import FAST, bundled_text
from gnn_emotion.encoders.text.load_text import load_text_encoder
from gnn_emotion.topic_clusters import topic_clusters
from gnn_emotion.trends.clusters import ClusterOptions
from gnn_emotion.trends.columns import NO_GROUP
from gnn_emotion.trends.keywords import bare_text

#: Posts of a thread or hashtag that counts, and posts that are clustered.
FEWEST, MOST = 20, 20_000
SHORTEST = 5


def agreement(
    posts: pd.DataFrame, about: pd.Series, counts: tuple[int, ...]
) -> list[dict[str, Any]]:
    """Cluster the words of posts in several ways.

    Args:
        posts: see ``attach`` ``[N]``.
        about: what each post is about ``[N]``; missing where that is not known.
        counts: numbers of clusters.

    Returns:
        A row a way and number: ``ami`` and ``nmi`` over all posts; ``kept``, the share that is in
        a cluster, and ``ami_kept``, over these alone; ``seconds``.
    """
    words = posts["own_text"].fillna("").map(bare_text).str.strip()
    known = about.notna() & (words.str.len() >= SHORTEST) & (posts["post_id"] != posts["root_id"])
    known &= about.map(about[known].value_counts()).fillna(0) >= FEWEST
    rows = np.flatnonzero(known)
    rows = np.sort(np.random.default_rng(0).permutation(rows)[:MOST])
    chosen, truth = posts.iloc[rows], pd.factorize(about.iloc[rows])[0]
    words = words.iloc[rows].tolist()
    found = [_hdbscan(words, truth)]
    for count in counts:
        options = ClusterOptions(count)
        for name in ("tfidf?units=chars&dim=100", "embedded"):
            start = time.perf_counter()
            cluster = topic_clusters(chosen, name, options)["cluster"]
            number = np.where(cluster == NO_GROUP, -1, pd.factorize(cluster)[0])
            found.append(_row(f"{name}, ours", count, truth, number, start))
        found.append(_k_means(words, truth, count))
    return found


def _k_means(words: list[str], truth: npt.NDArray[np.int64], count: int) -> dict[str, Any]:
    """Cluster TF-IDF of character n-grams by k-means: the plain way."""
    start = time.perf_counter()
    x = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3), min_df=3, max_features=50_000, sublinear_tf=True
    ).fit_transform(words)
    means = MiniBatchKMeans(count, n_init=3, batch_size=4096, random_state=0)
    return _row("TF-IDF, k-means", count, truth, means.fit_predict(x), start)


def _hdbscan(words: list[str], truth: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Cluster the embedded encoder's vectors by HDBSCAN, as BERTopic does, PCA for UMAP."""
    start = time.perf_counter()
    ids = pa.array(map(str, range(len(words))), pa.string())
    x = load_text_encoder("embedded", bundled_text(FAST)).encode(ids, pa.array(words)).x
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    near = PCA(10, random_state=0).fit_transform(x)
    found = HDBSCAN(min_cluster_size=20, min_samples=3, copy=True).fit_predict(near)
    return _row("embedded, HDBSCAN", int(found.max() + 1), truth, found, start)


def _row(
    way: str, count: int, truth: npt.NDArray[np.int64], found: npt.NDArray[np.int64], start: float
) -> dict[str, Any]:
    kept = found >= 0
    return {
        "way": way,
        "clusters": count,
        "posts": len(truth),
        "ami": float(adjusted_mutual_info_score(truth, found)),
        "nmi": float(normalized_mutual_info_score(truth, found)),
        "kept": float(kept.mean()),
        "ami_kept": float(adjusted_mutual_info_score(truth[kept], found[kept])),
        "seconds": time.perf_counter() - start,
    }
