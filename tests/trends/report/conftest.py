"""Invented predictions for reports: a step, topics large and small, and texts that mean harm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

LABELS = ("neutral", "joy", "anger", "disgust", "fear", "sadness", "surprise")
START = pd.Timestamp("2024-07-01", tz="Asia/Shanghai")
#: A topic whose name would be markup, in HTML and in charts.
HOSTILE_TOPIC = "<img src=x onerror=harm()>%{x}\"'"
HOSTILE = (
    "<script>window.harmed = 1</script>",
    "</script><script>window.harmed = 2</script>",
    '"><img src=x onerror="window.harmed = 3">',
    "<!-- <script> 今天 -->",
    "javascript:window.harmed=4",
    "\u202e倒过来\u2028新行\u2029",
    "空\x00字\ud800节",
    "长" * 3_000,
    "w" * 3_000,
    "@张三 打 138-1234-5678 或 a.b@example.com 见 https://example.com/u/1 吧",
)
_TEXTS = (
    "南屿的洪水退了，救援队辛苦",
    "气死我了，排水系统怎么还没修",
    "演唱会太好看了",
    "今天吃面条",
)


def made_posts(count: int = 800, seed: int = 0) -> pd.DataFrame:
    """Make predictions of four days; anger takes another level after two of them."""
    rng = np.random.default_rng(seed)
    hour = np.sort(rng.random(count) * 96)
    anger = np.where(hour < 48, 0.1, 0.6) + rng.uniform(-0.05, 0.05, count)
    probs = np.full((count, 7), 0.02)
    probs[:, 2] = anger
    probs[:, 1] = 1 - probs.sum(axis=1) + probs[:, 1]
    number = np.arange(count)
    topics = [["洪水"] if n % 2 else [HOSTILE_TOPIC] if n % 3 == 0 else [] for n in number]
    text = [_TEXTS[n % len(_TEXTS)] + str(n) for n in number]
    frame = pd.DataFrame(
        {
            "post_id": [f"p{n:05}" for n in number],
            "created_at": (START + pd.to_timedelta(hour, unit="h")).tz_convert("UTC").as_unit("us"),
            "user_id": [f"writer{n}" for n in rng.integers(0, 120, count)],
            "own_text": pd.Series(text, dtype=object),  # pandas' own texts hold no half characters
            "topics": topics,
            "emotion": np.array(LABELS)[probs.argmax(axis=1)],
            "valence": probs[:, 1] - probs[:, 2],
            "confidence": probs.max(axis=1),
            "abstained": rng.random(count) < 0.1,
            "parent_id": [f"p{n // 2:05}" if n % 3 else None for n in number],
            "model_id": "made",
        }
        | {f"prob_{label}": probs[:, k].astype(np.float32) for k, label in enumerate(LABELS)}
    )
    # The surest posts mean harm, so that they are shown.
    for place, hostile in enumerate(HOSTILE):
        row = frame.index[20 + 60 * place]
        frame.loc[row, ["own_text", "abstained", "confidence"]] = [hostile, False, 0.999]
    return frame


@pytest.fixture(scope="session")
def posts() -> pd.DataFrame:
    return made_posts()


@pytest.fixture(scope="session")
def page(posts: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a report in English, of bins of six hours."""
    pytest.importorskip("plotly")
    pytest.importorskip("ruptures")
    from gnn_emotion.trends.report.options import ReportOptions
    from gnn_emotion.trends.report.report import write_report

    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(posts, path, options=ReportOptions(freq="6h"))
    return path
