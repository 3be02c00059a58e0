"""A model that is loaded once and asked often: features, graph, probabilities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy import special
from torch_geometric.data import HeteroData

from gnn_emotion.encoders.text import TextEncoder, load_text_encoder
from gnn_emotion.encoders.users import SPEC as USER_SPEC
from gnn_emotion.encoders.users import encode_users
from gnn_emotion.graph.build import build_graph
from gnn_emotion.schema.features import Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.inference import infer_logits
from gnn_emotion.training.checkpoint import CONFIG, Checkpoint, checksum


@dataclass(frozen=True)
class Predictor:
    """A checkpoint with its text encoder.

    Attributes:
        checkpoint: the model.
        encoder: makes the features of posts that the model was trained on.
        model_id: names model and encoder in the predictions (12 hex digits of a sha256).
    """

    checkpoint: Checkpoint
    encoder: TextEncoder
    model_id: str

    @classmethod
    def load(cls, folder: Path, text_encoder: str | None = None, device: str = "cpu") -> Predictor:
        """Load a checkpoint.

        Args:
            folder: what ``gnn-emotion train`` wrote.
            text_encoder: where the text encoder lies, if not where it lay in training.
            device: where a Hugging Face text encoder runs.

        Raises:
            ContractError: no checkpoint, or a text encoder that it was not trained on.
        """
        checkpoint = Checkpoint.load(folder)
        encoder = load_text_encoder(text_encoder or checkpoint.text_encoder, folder, device)
        checkpoint.check_features({"post": encoder.spec, "user": USER_SPEC})
        return cls(checkpoint, encoder, checksum(folder / CONFIG)[:12])

    def predict(
        self,
        dump: Dump,
        posts: Features,
        advance: Callable[[int], object] = lambda posts: None,
    ) -> npt.NDArray[np.float64]:
        """Compute the calibrated probabilities of every post.

        Args:
            dump: the tables.
            posts: features of all its posts, from ``encoder``.
            advance: see ``infer_logits``.

        Returns:
            Probabilities ``[N, K]`` in the order of ``dump``'s posts and of the model's labels.
        """
        return self.infer(self.build(dump, posts), advance)

    def build(self, dump: Dump, posts: Features) -> HeteroData:
        """Build the graph that the model was trained to read."""
        features = {"post": posts, "user": encode_users(dump)}
        self.checkpoint.check_features({name: given.spec for name, given in features.items()})
        return build_graph(dump, features, last=self.checkpoint.last)

    def infer(
        self, data: HeteroData, advance: Callable[[int], object] = lambda posts: None
    ) -> npt.NDArray[np.float64]:
        """Compute the calibrated probabilities of every post of a graph ``[N, K]``."""
        model = self.checkpoint.model
        logits = infer_logits(model, data, advance)
        prior = model.source_prior(torch.tensor(self.checkpoint.source)).detach().numpy()
        scaled = (logits + prior).astype(np.float64) / self.checkpoint.temperature
        return np.asarray(special.softmax(scaled, axis=1))
