"""A small model with random weights, and a small synthetic dump with threads."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch

from gnn_emotion import read_dump
from gnn_emotion.encoders.encoder_set import DEFAULT
from gnn_emotion.encoders.text.ngram_text import FILE, NgramEncoder, NgramOptions
from gnn_emotion.encoders.users import SPEC as USER_SPEC
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.schema.tables import Dump
from gnn_emotion.training.checkpoint import Checkpoint, Member

WORDS = [
    "今天",
    "天气",
    "真好",
    "太",
    "难过",
    "了",
    "气死",
    "我",
    "哈哈",
    "怎么",
    "会",
    "这样",
    "害怕",
    "支持",
    "喜欢",
    "讨厌",
    "no",
    "way",
    "great",
]


def save_model(folder: Path, conv: str = "gat", seed: int = 0, dim: int = 8) -> Path:
    """Write a checkpoint with random weights."""
    torch.manual_seed(seed)
    encoder = NgramEncoder(NgramOptions(buckets=1 << 10, dim=dim), torch.ones(1 << 10))
    torch.nn.init.normal_(encoder.table.weight)
    folder.mkdir(parents=True, exist_ok=True)
    encoder.save(folder)
    encoder = NgramEncoder.load(folder)
    config = ModelConfig(
        labels=label_set(CANONICAL).labels,
        in_channels={"post": dim, "user": USER_SPEC.dim},
        conv=conv,
        hidden_channels=16,
        num_layers=0 if conv == "none" else 2,
    )
    checkpoint = Checkpoint(
        members=(Member(EmotionGNN(config)),),
        label_set=CANONICAL,
        encoders=DEFAULT,
        contract={"post": encoder.spec, "user": USER_SPEC},
        abstain_below=0.3,
    )
    checkpoint.save(folder, "# Random weights, for tests", [folder / FILE])
    return folder


def frame(posts: int = 300) -> pd.DataFrame:
    """Invent posts in threads of ten, an hour apart; synthetic."""
    rows = []
    for i in range(posts):
        start = i - i % 10
        rows.append(
            {
                "post_id": f"{4_400_000_000_000_000 + i * 1001}",
                "user_id": f"{1_000_000_000 + i % 17}",
                "created_at": str(pd.Timestamp("2020-01-01") + pd.Timedelta(hours=i)),
                "text": " ".join(WORDS[(i * 7 + k * 3) % len(WORDS)] for k in range(i % 5)),
                "parent_id": f"{4_400_000_000_000_000 + max(i - 2, start) * 1001}"
                if i % 10
                else "",
                "root_id": f"{4_400_000_000_000_000 + start * 1001}" if i % 10 else "",
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def posts_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("posts") / "posts.csv"
    frame().to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def dump(posts_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Dump:
    return read_dump(posts_csv, tmp_path_factory.mktemp("dump") / "dump")
