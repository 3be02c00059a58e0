"""A model that is loaded once and asked often: features, graph, probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy import special
from torch_geometric.data import HeteroData

from gnn_emotion.encoders.encoder_set import POST, EncoderSet, load_encoders
from gnn_emotion.encoders.store.cache import FeatureCache
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.graph.build import build_graph
from gnn_emotion.schema.features import Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.inference import infer_logits
from gnn_emotion.training.checkpoint import CONFIG, Checkpoint, checksum


@dataclass(frozen=True)
class Predictor:
    """A checkpoint with its encoders.

    Attributes:
        checkpoint: the model.
        encoders: make the features that the model was trained on.
        model_id: names model and encoders in the predictions (12 hex digits of a sha256).
    """

    checkpoint: Checkpoint
    encoders: EncoderSet
    model_id: str

    @classmethod
    def load(
        cls,
        folder: Path,
        text_encoder: str | None = None,
        files: Mapping[str, Path] | None = None,
        device: str = "cpu",
        cache: FeatureCache | None = None,
    ) -> Predictor:
        """Load a checkpoint.

        Args:
            folder: what ``gnn-emotion train`` wrote.
            text_encoder: where the text encoder lies, if not where it lay in training.
            files: the features that the model reads from files, by node type or modality.
            device: where neural encoders run.
            cache: see ``load_encoders``.

        Raises:
            ContractError: no checkpoint, or an encoder that it was not trained on.
        """
        checkpoint = Checkpoint.load(folder)
        names = dict(checkpoint.encoders)
        if text_encoder:
            names[POST] = text_encoder
        encoders = load_encoders(names, folder, device, files, cache)
        for name, spec in encoders.specs().items():
            checkpoint.check_feature(name, spec)
        return cls(checkpoint, encoders, checksum(folder / CONFIG)[:12])

    def encode(
        self, dump: Dump, posts: Features, options: MediaOptions | None = None
    ) -> dict[str, Features]:
        """Encode what the model reads beside the words of posts; see ``EncoderSet.encode``."""
        features, _ = self.encoders.encode(dump, posts, options)
        for name in self.checkpoint.contract:
            spec = features[name].spec if name in features else None
            self.checkpoint.check_feature(name, spec)
        return features

    def predict(
        self,
        dump: Dump,
        features: Mapping[str, Features],
        advance: Callable[[int], object] = lambda posts: None,
    ) -> npt.NDArray[np.float64]:
        """Compute the calibrated probabilities of every post.

        Args:
            dump: the tables.
            features: what ``encode`` gave.
            advance: see ``infer_logits``.

        Returns:
            Probabilities ``[N, K]`` in the order of ``dump``'s posts and of the model's labels.
        """
        return self.infer(build_graph(dump, features, last=self.checkpoint.last), advance)

    def infer(
        self, data: HeteroData, advance: Callable[[int], object] = lambda posts: None
    ) -> npt.NDArray[np.float64]:
        """Compute the calibrated probabilities of every post of a graph ``[N, K]``."""
        model = self.checkpoint.model
        logits = infer_logits(model, data, advance)
        prior = model.source_prior(torch.tensor(self.checkpoint.source)).detach().numpy()
        scaled = (logits + prior).astype(np.float64) / self.checkpoint.temperature
        return np.asarray(special.softmax(scaled, axis=1))
