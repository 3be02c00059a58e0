"""Topics that nobody named: texts whose features lie together, and the words that tell them apart.

As BERTopic does it (Grootendorst 2022, arXiv:2203.05794), with two differences that were measured
(``benchmarks/opinion.py``). Features are whitened by PCA (Su et al. 2021, arXiv:2103.15316) and
grouped by spherical k-means: HDBSCAN leaves most posts of Weibo in no cluster. And a text that is
hardly nearer to its cluster than to the next one is in none. Clusters are found from a part of the
texts, and the others assigned to them, so that memory does not grow with the posts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.trends.columns import NO_GROUP, need
from gnn_emotion.trends.keywords import KeywordOptions, keywords

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: In no cluster.
OUTLIER = -1
_BATCH, _STARTS = 4096, 3
#: Texts of a cluster that its words are looked for in, and words of its name.
_READ, _NAMED = 500, 3


@dataclass(frozen=True)
class ClusterOptions:
    """How clusters are found.

    Attributes:
        count: clusters at most; fewer where there are not ``fewest_texts`` for each.
        fewest_texts: different texts of a cluster; what has fewer is none.
        margin: how much nearer a text must be to its cluster than to the next, in cosines.
        dim: directions that features are reduced to, at most.
        sample: different texts that clusters are found from.
        seed: of the sample and the starts.
    """

    count: int = 50
    fewest_texts: int = 10
    margin: float = 0.05
    dim: int = 100
    sample: int = 50_000
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("count", "fewest_texts", "dim", "sample"):
            if getattr(self, name) < 1:
                raise GnnEmotionError(f"{name} is {getattr(self, name)}; expected 1 or more")
        if not 0 <= self.margin < 2:
            raise GnnEmotionError(f"margin is {self.margin}; expected 0 up to 2")

    def check_count(self, texts: int) -> None:
        """Raise a ``GnnEmotionError`` where so many different texts make no cluster."""
        if texts < self.fewest_texts:
            raise GnnEmotionError(
                f"{texts} different texts with words; a cluster must have {self.fewest_texts}"
            )


@dataclass(frozen=True)
class Clusters:
    """Clusters that were found; made by ``fit``.

    Attributes:
        mean: of the features ``[D]``.
        directions: that whiten them ``[D, d]``.
        centres: of k clusters, of length 1 ``[k, d]``.
        number: of each cluster, ``OUTLIER`` for those that are too small ``[k]``.
        margin: see ``ClusterOptions``.
    """

    mean: Floats
    directions: Floats
    centres: Floats
    number: Ints
    margin: float

    @classmethod
    def fit(cls, x: Floats, options: ClusterOptions | None = None) -> Clusters:
        """Find clusters.

        Args:
            x: features of different texts ``[M, D]``; see ``sample_texts``.
            options: how.

        Raises:
            GnnEmotionError: there are fewer texts than a cluster must have, or all are alike.
        """
        from sklearn.cluster import MiniBatchKMeans

        options = options or ClusterOptions()
        options.check_count(len(x))
        count = min(options.count, len(x) // options.fewest_texts)
        mean, directions = _whitening(x, options)
        z = _unit((x - mean) @ directions)
        means = MiniBatchKMeans(
            count, n_init=_STARTS, batch_size=_BATCH, random_state=options.seed
        ).fit(z)
        centres = _unit(means.cluster_centers_)
        sizes = np.bincount((z @ centres.T).argmax(axis=1), minlength=count)
        number = np.where(sizes < options.fewest_texts, OUTLIER, np.arange(count))
        return cls(mean, directions, centres, number, options.margin)

    def assign(self, x: Floats) -> Ints:
        """Return the cluster of each row of features ``[N, D]``; ``OUTLIER`` for those in none.

        Rows of zeros, which is what posts without words have, are in none.
        """
        near = _unit((x - self.mean) @ self.directions) @ self.centres.T
        best = near.argmax(axis=1)
        first = near[np.arange(len(x)), best]
        near[np.arange(len(x)), best] = -np.inf
        second = near.max(axis=1)
        sure = (first - second >= self.margin) & (x != 0).any(axis=1)
        return np.where(sure, self.number[best], OUTLIER)


def sample_texts(texts: pd.Series, options: ClusterOptions | None = None) -> Ints:
    """Choose the rows of texts ``[N]`` that clusters are found from, sorted.

    Each text once, however often it was copied, and none that is blank.
    """
    options = options or ClusterOptions()
    bare = texts.fillna("").str.strip()
    rows = np.flatnonzero((bare != "") & ~bare.duplicated())
    chosen = np.random.default_rng(options.seed).permutation(len(rows))[: options.sample]
    return rows[np.sort(chosen)]


def name_clusters(posts: pd.DataFrame, cluster: Ints, seed: int = 0) -> pd.Series:
    """Name the cluster of each post by the words that tell it from the others.

    Args:
        posts: ``own_text`` and ``user_id`` ``[N]``.
        cluster: of each post ``[N]``; see ``Clusters.assign``.
        seed: of the posts of a cluster that are read for its words.

    Returns:
        Names ``[N]``, with the index of the posts: ``3 水库 救援队 志愿者``, the largest being
        number 1; ``NO_GROUP`` for outliers.

    Raises:
        GnnEmotionError: columns are missing.
    """
    need(posts, ["own_text", "user_id"], "attach(predictions, dump) adds them")
    table = posts[["own_text", "user_id"]].assign(cluster=cluster)
    table = table.iloc[np.random.default_rng(seed).permutation(len(posts))]
    table = table[table["cluster"] != OUTLIER].drop_duplicates(["cluster", "own_text"])
    read = table.groupby("cluster", sort=False).head(_READ)
    words = keywords(read, ["cluster"], KeywordOptions("class_tfidf", count=_NAMED))
    told = words.groupby("cluster")["word"].agg(" ".join)
    numbers, sizes = np.unique(cluster[cluster != OUTLIER], return_counts=True)
    largest = numbers[np.argsort(-sizes, kind="stable")].tolist()
    names = {n: f"{rank} {told.get(n, '')}".strip() for rank, n in enumerate(largest, 1)}
    return pd.Series(cluster, index=posts.index).map(names).fillna(NO_GROUP).astype(object)


def _whitening(x: Floats, options: ClusterOptions) -> tuple[Floats, Floats]:
    """Return the mean ``[D]`` of features and the directions that whiten them ``[D, d]``."""
    from sklearn.decomposition import PCA

    if not np.ptp(x, axis=0).any():
        raise GnnEmotionError(f"the features of {len(x)} texts are all alike; nothing to cluster")
    pca = PCA(min(options.dim, *x.shape), svd_solver="randomized", random_state=options.seed)
    variance = pca.fit(x).explained_variance_
    # Directions in which nothing varies would be blown up to noise.
    kept = variance > 1e-6 * variance[0]
    directions = pca.components_[kept] / np.sqrt(variance[kept])[:, None]
    return pca.mean_.astype(np.float32), directions.T.astype(np.float32)


def _unit(x: npt.NDArray[np.floating]) -> Floats:
    x = x.astype(np.float32)
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
