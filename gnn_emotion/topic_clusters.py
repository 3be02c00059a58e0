"""Topics by the words of posts, where hashtags are few: clusters of their features."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from gnn_emotion.encoders.text.bundled_text import FAST, bundled_text
from gnn_emotion.encoders.text.load_text import (
    TextEncoder,
    encode_texts,
    fit_text_encoder,
    load_text_encoder,
    needs_fitting,
)
from gnn_emotion.trends.clusters import (
    ClusterOptions,
    Clusters,
    name_clusters,
    sample_texts,
)
from gnn_emotion.trends.columns import need
from gnn_emotion.trends.keywords import bare_text

#: What posts are talking about is in their n-grams; the embedded encoder has learned how people
#: feel, and finds topics half as well (``benchmarks/opinion.py``).
ENCODER = "tfidf?units=chars&dim=100"
#: The column that tells the cluster of a post.
CLUSTER = "cluster"
#: Posts that are encoded at once.
_AT_ONCE = 65_536


def topic_clusters(
    posts: pd.DataFrame, text_encoder: str = ENCODER, options: ClusterOptions | None = None
) -> pd.DataFrame:
    """Find what posts are about from their words, hashtags aside.

    Args:
        posts: ``post_id, user_id, root_id, own_text``; see ``attach``.
        text_encoder: a name as ``train --text-encoder`` takes it; what must be fitted is fitted on
            a part of these texts.
        options: how clusters are found.

    Returns:
        The posts with a column ``cluster``, the name of a cluster: number and words. A post without
        words has the cluster of the root of its thread, as with hashtags; one that is in none has
        ``NO_GROUP``.

    Raises:
        ContractError: an encoder that there is not.
        GnnEmotionError: columns are missing, or too few posts have words.
    """
    options = options or ClusterOptions()
    need(
        posts, ["post_id", "user_id", "root_id", "own_text"], "attach(predictions, dump) adds them"
    )
    texts = posts["own_text"].fillna("").map(bare_text).str.strip()
    chosen = texts.iloc[sample_texts(texts, options)]
    options.check_count(len(chosen))  # an encoder would say less clearly what is missing
    words = pa.array(chosen, pa.string())
    encoder = _encoder(text_encoder, words)
    clusters = Clusters.fit(encode_texts(encoder, words), options)
    parts = (texts.iloc[at : at + _AT_ONCE] for at in range(0, len(texts), _AT_ONCE))
    own = np.concatenate(
        [clusters.assign(encode_texts(encoder, pa.array(part, pa.string()))) for part in parts]
    )
    root = pd.Index(posts["post_id"]).get_indexer(pd.Index(posts["root_id"]))
    borrows = (texts == "").to_numpy() & (root >= 0)
    taken = np.where(borrows, root, np.arange(len(posts)))
    return posts.assign(**{CLUSTER: name_clusters(posts, own[taken], options.seed)})


def _encoder(name: str, texts: pa.Array) -> TextEncoder:
    if not needs_fitting(name):
        return load_text_encoder(name, bundled_text(FAST))
    with tempfile.TemporaryDirectory() as folder:
        return fit_text_encoder(name, texts, None, Path(folder))
