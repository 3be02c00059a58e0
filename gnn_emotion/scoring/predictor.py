"""A model that is loaded once and asked often: features, graph, probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch_geometric.data import HeteroData

from gnn_emotion.encoders.encoder_set import POST, EncoderSet, load_encoders
from gnn_emotion.encoders.store.cache import FeatureCache
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.graph.blocks import incoming
from gnn_emotion.graph.build import build_graph
from gnn_emotion.schema.features import Features
from gnn_emotion.schema.tables import Dump
from gnn_emotion.scoring.inference import infer
from gnn_emotion.scoring.memory import MemoryLimit
from gnn_emotion.training.calibration import calibrated
from gnn_emotion.training.checkpoint import CONFIG, Checkpoint
from gnn_emotion.training.checksums import checksum
from gnn_emotion.training.correct_and_smooth import correct_and_smooth, past_mean
from gnn_emotion.training.labels import emoticon_post_labels, make_task, stated_labels
from gnn_emotion.training.task import TRAIN, known_labels


@dataclass(frozen=True)
class Predicted:
    """Calibrated answers, the mean over the members of an ensemble.

    Attributes:
        probs: of the labels ``[N, K]``.
        valence: -1 to 1 ``[N]``, of a model that was trained to tell it; None of others.
    """

    probs: npt.NDArray[np.float64]
    valence: npt.NDArray[np.float32] | None = None


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
        hear_labels: bool = True,
        memory: MemoryLimit | None = None,
    ) -> Predicted:
        """Answer for every post of a dump.

        Args:
            dump: the tables.
            features: what ``encode`` gave.
            advance: see ``inference.infer``.
            hear_labels: whether a model that was trained to hear the known labels around a post is
                told those that the dump states. Not where it is judged by them.
            memory: see ``inference.infer``.

        Returns:
            In the order of ``dump``'s posts and of the model's labels.
        """
        known = self.known(dump) if hear_labels else None
        return self.infer(self.graph(dump, features), advance, known, memory)

    def graph(self, dump: Dump, features: Mapping[str, Features]) -> HeteroData:
        """Build the graph that the model reads of a dump.

        Args:
            dump: the tables.
            features: what ``encode`` gave.
        """
        read = self.checkpoint.model.config.edges_read
        return build_graph(dump, features, last=self.checkpoint.last, edge_types=read)

    def infer(
        self,
        data: HeteroData,
        advance: Callable[[int], object] = lambda posts: None,
        known: npt.NDArray[np.float32] | None = None,
        memory: MemoryLimit | None = None,
    ) -> Predicted:
        """Answer for every post of a graph.

        Args:
            data: a validated graph.
            advance: see ``inference.infer``; it is told as often as there are members.
            known: see ``inference.infer``.
            memory: see ``inference.infer``.
        """
        checkpoint = self.checkpoint
        source = torch.tensor(checkpoint.source)
        probs, valences = [], []
        for member in checkpoint.members:
            found = infer(member.model, data, advance, known, memory)
            prior = member.model.source_prior(source).detach().numpy()
            probs.append(calibrated(found.logits + prior, member.temperature))
            valences += [] if found.valence is None else [found.valence]
        mean = np.asarray(np.mean(probs, axis=0)) if len(probs) > 1 else probs[0]
        told = np.asarray(np.mean(valences, axis=0)) if valences else None
        if checkpoint.smooth is not None and known is not None:
            adjacency = incoming(data, checkpoint.model.config.between_posts)
            past = past_mean(adjacency, len(mean))
            mean = correct_and_smooth(mean, known, past, checkpoint.smooth)
        return Predicted(mean, told)

    def known(self, dump: Dump) -> npt.NDArray[np.float32] | None:
        """Return the labels of a dump as inputs ``[N, K]``; None where it has none.

        None also for a model that hears no labels. A model that learned from emoticons reads them
        again: they stand in the text.
        """
        if not (self.checkpoint.model.config.label_inputs or self.checkpoint.smooth):
            return None
        native = self.checkpoint.label_set
        written = bool(self.checkpoint.training.get("emoticons"))
        labels = (
            [emoticon_post_labels(dump, native=native)] if written else stated_labels(dump, native)
        )
        if not sum(len(source.rows) for source in labels):
            return None
        count = dump.rows("posts")
        all_known = np.full(count, TRAIN, dtype=np.int8)
        return known_labels(make_task(labels, all_known, native), count)
