"""Blocks drawn from random small graphs, without a dump."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
import torch

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.blocks import Adjacency, Block
from gnn_emotion.schema.graph import OWN_MEDIA, PAST_ONLY

WIDTHS = {"post": 5, "user": 3, "image": 2, "video": 2}
LABELS = ("joy", "anger", "fear")
CONVS = ("gat", "gatv2", "gcn", "hgt", "rgcn", "sage")


def make_config(conv: str = "gat", **options) -> ModelConfig:
    layers = 0 if conv == "none" else 2
    shape = {"hidden_channels": 8, "num_layers": layers, "heads": 2, **options}
    return ModelConfig(LABELS, WIDTHS, conv=conv, **shape)


def make_model(conv: str = "gat", **options) -> EmotionGNN:
    torch.manual_seed(0)
    return EmotionGNN(make_config(conv, **options)).eval()


def make_adjacency(degrees: list[int], num_src: int, rng: np.random.Generator) -> Adjacency:
    indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int64)
    return Adjacency(indptr, rng.integers(0, num_src, indptr[-1]))


def make_blocks(sizes: list[int], sources: Mapping[str, int], seed: int = 0) -> list[Block]:
    """Draw blocks in which the last post of each has no neighbour; media are in the last alone.

    Args:
        sizes: post sources of the first block, of the second, ..., and the seeds.
        sources: sources of each other node type.
        seed: of the edges.
    """
    rng = np.random.default_rng(seed)
    blocks = []
    for posts, num_dst in pairwise(sizes):
        counts = {"post": posts, **sources}
        relations = {}
        heard = {r for r in PAST_ONLY if r[0] in counts}
        heard = heard if num_dst == sizes[-1] else heard - set(OWN_MEDIA)
        for edge_type in filter(heard.__contains__, PAST_ONLY):
            degrees = [*rng.integers(0, 4, num_dst - 1).tolist(), 0]
            relations[edge_type] = make_adjacency(degrees, counts[edge_type[0]], rng)
        rows = {name: np.arange(count, dtype=np.int64) for name, count in counts.items()}
        blocks.append(Block(rows, num_dst, relations))
    return blocks


def make_inputs(
    blocks: list[Block],
    seed: int = 0,
    modalities: tuple[str, ...] = (),
    nodes: tuple[str, ...] = tuple(WIDTHS),
) -> tuple[dict, dict]:
    """Draw features and masks for blocks; every fourth node is absent.

    Of the modalities named, a row for each seed.
    """
    generator = torch.Generator().manual_seed(seed)
    x_dict, present_dict = {}, {}
    for name, width in ((name, WIDTHS[name]) for name in nodes):
        counts = [len(block.sources[name]) for block in blocks[: 1 if name == "post" else None]]
        counts = [blocks[-1].num_dst] if name in modalities else counts
        present_dict[name] = [torch.arange(count) % 4 != 3 for count in counts]
        x_dict[name] = [
            torch.randn(len(mask), width, generator=generator) * mask[:, None]
            for mask in present_dict[name]
        ]
    return x_dict, present_dict


@pytest.fixture
def blocks() -> list[Block]:
    return make_blocks([12, 9, 6], {"user": 4, "image": 5, "video": 4})
