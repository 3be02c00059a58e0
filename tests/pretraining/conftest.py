"""A few hundred texts, and a tokenizer and a model of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gnn_emotion.encoders.text.compact_bert import CompactBert, save_bert
from gnn_emotion.encoders.text.weibo_tokenizer import WeiboTokenizer

from ..weibo_texts import tiny_bert, tiny_tokenizer, weibo_texts


@pytest.fixture(scope="session")
def texts() -> list[str]:
    return weibo_texts(300)


@pytest.fixture(scope="session")
def tokenizer(texts) -> WeiboTokenizer:
    pytest.importorskip("sentencepiece")
    return tiny_tokenizer(texts)


@pytest.fixture
def model(tokenizer) -> CompactBert:
    torch.manual_seed(0)
    return tiny_bert(tokenizer)


@pytest.fixture
def folder(model, tokenizer, tmp_path) -> Path:
    """The folder of a model with random weights."""
    save_bert(model, tokenizer, tmp_path / "tiny")
    return tmp_path / "tiny"
