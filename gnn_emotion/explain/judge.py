"""What a checkpoint says of posts in small graphs: the same answer as scoring, and its gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from gnn_emotion.explain.surroundings import Node, Surroundings
from gnn_emotion.graph.loader import Batch
from gnn_emotion.nn.post_input import TEXT
from gnn_emotion.training.checkpoint import Checkpoint
from gnn_emotion.training.loading import model_loader

Floats = npt.NDArray[np.float64]
#: Post rows a pass: copies of large surroundings are judged in parts.
_ROWS = 200_000


@dataclass(frozen=True)
class Judge:
    """A checkpoint that judges one post in many versions of its surroundings.

    Correct & Smooth is left out: it changes answers after the model has given them, and each with
    all others of a dump.

    Attributes:
        checkpoint: the model.
        around: the post and what reaches it.
        known: labels that the model may hear of the posts around ``[n, K]``; None for none.
    """

    checkpoint: Checkpoint
    around: Surroundings
    known: npt.NDArray[np.float32] | None = None

    def without(self, removed: list[list[Node]]) -> Floats:
        """Return the probabilities of the post, each time without some nodes ``[R, K]``."""
        size = max(_ROWS // len(self.around.rows[TEXT]), 1)
        parts = [removed[start : start + size] for start in range(0, len(removed), size)]
        with torch.inference_mode():
            found = [self.judge(*self.around.copies(part)) for part in parts]
        return torch.cat(found).double().numpy()

    def probs(self) -> Floats:
        """Return the probabilities of the post as it stands ``[K]``."""
        return self.without([[]])[0]

    def with_features(self, x: Tensor, removed: list[Node] | None = None) -> Tensor:
        """Return the probabilities of the post with other features of its words.

        Args:
            x: the features ``[R, D]``, each in a copy of the surroundings; may ask for a gradient.
            removed: nodes that are taken away from all copies.

        Returns:
            ``[R, K]``.
        """
        return self.judge(*self.around.copies([removed or []] * len(x)), x)

    def batch(self, data: HeteroData, seeds: npt.NDArray[np.int64]) -> Batch:
        """Return what the members of the checkpoint take for the posts of some copies.

        Args:
            data: copies of the surroundings.
            seeds: row of the post in each ``[R]``.
        """
        known = None if self.known is None else np.tile(self.known, (len(seeds), 1))
        return model_loader(data, self.checkpoint.model.config, known).batch(seeds)

    def judge(
        self, data: HeteroData, seeds: npt.NDArray[np.int64], x: Tensor | None = None
    ) -> Tensor:
        """Return what the members say on average of the posts of some copies.

        Args:
            data: copies of the surroundings.
            seeds: row of the post in each ``[R]``.
            x: features of the words of these posts ``[R, D]``, in place of those that they have.

        Returns:
            ``[R, K]``, with their gradient.
        """
        batch = self.batch(data, seeds)
        if x is not None:
            # Seeds are the first sources of every block.
            batch.x_dict[TEXT] = [torch.cat([x, batch.x_dict[TEXT][0][len(seeds) :]])]
        source = torch.tensor(self.checkpoint.source)
        total = torch.zeros(1)
        for member in self.checkpoint.members:
            model = member.model.eval()
            logits = model(batch.x_dict, batch.present_dict, batch.blocks)
            logits = logits + model.source_prior(source)
            total = total + torch.softmax(logits / member.temperature, dim=1)
        return total / len(self.checkpoint.members)
