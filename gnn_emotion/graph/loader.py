"""Batches of posts with the features and edges that a model of L layers needs for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.graph.blocks import cut_blocks, incoming
from gnn_emotion.graph.label_context import LabelContext
from gnn_emotion.graph.modalities import PostModalities
from gnn_emotion.graph.sample import Draw
from gnn_emotion.graph.spread import Spread
from gnn_emotion.schema.blocks import Block
from gnn_emotion.schema.graph import EdgeType


@dataclass(frozen=True)
class Batch:
    """What a model takes; see ``EmotionGNN.forward`` for the shapes.

    Attributes:
        x_dict: features by node type, one tensor a block; by modality, and by name of what was
            spread, those of the seeds.
        present_dict: masks, as ``x_dict``.
        blocks: one block a layer.
    """

    x_dict: dict[str, list[Tensor]]
    present_dict: dict[str, list[Tensor]]
    blocks: list[Block]

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch with its tensors on a device."""
        return Batch(_moved(self.x_dict, device), _moved(self.present_dict, device), self.blocks)


class BlockLoader:
    """Cuts batches out of a graph.

    Args:
        data: a validated graph.
        relations: the edge types that the model listens to.
        num_layers: its layers, 0 for a model without messages.
        modalities: what it fuses with the words of a post.
        labels: the known labels that it hears.
        hops: how far features are spread, for a model that reads them so in place of messages.
        edge_time: whether it hears how long after its source a post was written.
    """

    def __init__(
        self,
        data: HeteroData,
        relations: Iterable[EdgeType],
        num_layers: int,
        modalities: Sequence[str] = (),
        labels: LabelContext | None = None,
        *,
        hops: int = 0,
        edge_time: bool = False,
    ) -> None:
        relations = tuple(relations)
        self.num_layers = 0 if hops else num_layers
        self.spread = Spread(data, relations, hops) if hops else None
        self.modalities = PostModalities(data, modalities)
        self.labels = labels
        self.adjacency = incoming(data, relations, edge_time) if self.num_layers else {}
        self.x = {name: data[name].x for name in data.node_types}
        self.present = {name: data[name].present for name in data.node_types}

    def batch(
        self,
        seeds: npt.NDArray[np.int64],
        masking: float = 0.0,
        rng: np.random.Generator | None = None,
        draw: Draw | None = None,
    ) -> Batch:
        """Cut the batch of some posts.

        Args:
            seeds: rows of the posts ``[B]``, each once.
            masking: share of the known labels around them that is hidden.
            rng: draws which.
            draw: which neighbours the layers hear; None for all. Known labels are heard of all.
        """
        blocks = cut_blocks(self.adjacency, seeds, self.num_layers, draw)
        inputs = blocks[0].sources["post"] if blocks else seeds
        rows: dict[str, list[npt.NDArray[np.int64]]] = {"post": [inputs]}
        for node_type in {name for block in blocks for name in block.sources} - {"post"}:
            none = np.empty(0, dtype=np.int64)
            rows[node_type] = [block.sources.get(node_type, none) for block in blocks]
        x_dict, present_dict = self._take(self.x, rows), self._take(self.present, rows)
        # Features of a large graph are kept in half precision.
        x_dict = {name: [x.float() for x in parts] for name, parts in x_dict.items()}
        own = self.modalities.take(seeds) | (self.spread.take(seeds) if self.spread else {})
        for name, (x, present) in own.items():
            x_dict[name], present_dict[name] = [x], [present]
        if self.labels is not None:
            x_dict["labels"] = [torch.from_numpy(self.labels.take(seeds, masking, rng))]
        return Batch(x_dict, present_dict, blocks)

    def arrays(self) -> Iterator[npt.NDArray[np.generic]]:
        """Yield all numbers that batches are made of, in order, to tell loaders apart."""
        for name in sorted({"post"} | {edge_type[0] for edge_type in self.adjacency}):
            yield from (self.x[name].numpy(), self.present[name].numpy())
        for edge_type, edges in self.adjacency.items():
            yield np.array(edge_type)
            yield from edges.arrays()
        yield from self.modalities.arrays()
        if self.spread is not None:
            yield from self.spread.arrays()
        if self.labels is not None:
            yield from self.labels.arrays()

    def _take(
        self, stored: dict[str, Tensor], rows: dict[str, list[npt.NDArray[np.int64]]]
    ) -> dict[str, list[Tensor]]:
        return {
            name: [stored[name].index_select(0, torch.from_numpy(at)) for at in parts]
            for name, parts in rows.items()
        }


def _moved(tensors: dict[str, list[Tensor]], device: torch.device | str) -> dict[str, list[Tensor]]:
    return {name: [t.to(device) for t in parts] for name, parts in tensors.items()}
