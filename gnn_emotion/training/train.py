"""From a graph and its labels to a fitted, calibrated and judged model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
from scipy import special
from torch_geometric.data import HeteroData

from gnn_emotion.graph.loader import BlockLoader
from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.nn.fusion import FUSIONS
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.schema.errors import ContractError, GnnEmotionError, closest
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.schema.graph import NODE_TYPES
from gnn_emotion.training.calibration import fit_temperature
from gnn_emotion.training.checkpoint import Checkpoint
from gnn_emotion.training.fit import Epoch, FitOptions, fit, predict_logits, seed_everything
from gnn_emotion.training.metrics import evaluate
from gnn_emotion.training.preparation import PrepareOptions, fit_preparations
from gnn_emotion.training.task import TEST, VAL, Task, named_labels, single_label

#: The least sure share of the validation posts, on which a model abstains.
ABSTAIN_SHARE = 0.1


SPLITTERS = ("cascade", "time")
#: Pictures and videos are heard along their edges.
GRAPH = "graph"


@dataclass(frozen=True)
class TrainOptions:
    """What is trained.

    Attributes:
        encoders: what makes the features.
        conv, hidden_channels, num_layers, heads, dropout: see ``ModelConfig``.
        fusion: how what a post carries beside its words reaches it: ``graph`` hears pictures and
            videos along their edges; one of ``FUSIONS`` makes them tokens of their post. Further
            modalities are always tokens; with ``graph``, of mid fusion.
        modality_dropout, frame_pooling: see ``ModelConfig``.
        prepare: what is done to features first.
        split: how train, val and test are told apart: by ``cascade`` or by ``time``.
        emoticons: learn from the writers' own emoticons, which are then hidden from the model,
            in place of the labels that the dump states.
        fit: how it is fitted.
    """

    encoders: Mapping[str, str] = field(
        default_factory=lambda: {"post": "embedded", "user": "profile"}
    )
    conv: str = "gat"
    hidden_channels: int = 64
    num_layers: int = 2
    heads: int = 4
    dropout: float = 0.3
    fusion: str = "graph"
    modality_dropout: float = 0.2
    frame_pooling: str = "attention"
    prepare: PrepareOptions = field(default_factory=PrepareOptions)
    split: str = "cascade"
    emoticons: bool = False
    fit: FitOptions = field(default_factory=FitOptions)

    def __post_init__(self) -> None:
        if self.split not in SPLITTERS:
            raise GnnEmotionError(f"unknown split {self.split!r}; {closest(self.split, SPLITTERS)}")
        if self.fusion not in (GRAPH, *FUSIONS):
            known = (GRAPH, *FUSIONS)
            raise GnnEmotionError(f"unknown fusion {self.fusion!r}; {closest(self.fusion, known)}")

    def model_config(
        self, contract: Mapping[str, EncoderSpec], sources: tuple[str, ...]
    ) -> ModelConfig:
        """Return the shape of a model over features of these encoders."""
        in_channels = {name: spec.dim for name, spec in contract.items()}
        frames = contract["video"].options if "video" in contract else {}
        along_edges = NODE_TYPES if self.fusion == GRAPH else ("post", "user")
        if self.conv == "none" and self.fusion == GRAPH and {"image", "video"} & set(in_channels):
            raise ContractError(
                "conv 'none' passes no messages, so that fusion 'graph' would leave pictures and "
                f"videos out; expected a fusion of {', '.join(FUSIONS)}"
            )
        return ModelConfig(
            labels=label_set(CANONICAL).labels,
            in_channels=in_channels,
            conv=self.conv,
            hidden_channels=self.hidden_channels,
            num_layers=0 if self.conv == "none" else self.num_layers,
            heads=self.heads,
            dropout=self.dropout,
            sources=sources,
            modalities=tuple(sorted(set(in_channels) - set(along_edges))),
            fusion="mid" if self.fusion == GRAPH else self.fusion,
            modality_dropout=self.modality_dropout,
            steps=int(str(frames.get("steps", 0))),
            step_dim=int(str(frames.get("step_dim", 0))),
            frame_pooling=self.frame_pooling,
        )


@dataclass(frozen=True)
class Fitted:
    """What training gives.

    Attributes:
        model: with the weights of its best validation epoch.
        temperature: fitted on the validation posts of the default source.
        abstain_below: confidence that all but ``ABSTAIN_SHARE`` of those posts reach.
        history: one entry an epoch.
        scores: by split and data source, as ``evaluate`` gives them.
        default_source: the source that answers for posts of no source.
    """

    model: EmotionGNN
    temperature: float
    abstain_below: float
    history: list[Epoch]
    scores: dict[str, dict[str, dict[str, object]]]
    default_source: str

    def checkpoint(self, options: TrainOptions, contract: dict[str, EncoderSpec]) -> Checkpoint:
        """Return what is saved; see ``Checkpoint`` for the arguments."""
        return Checkpoint(
            model=self.model,
            label_set=CANONICAL,
            encoders=options.encoders,
            contract=contract,
            temperature=self.temperature,
            abstain_below=self.abstain_below,
            default_source=self.default_source,
            training=asdict(options),
        )


def train_model(
    data: HeteroData,
    task: Task,
    config: ModelConfig,
    options: FitOptions,
    default_source: str | None = None,
    prepare: PrepareOptions | None = None,
) -> Fitted:
    """Fit a model, calibrate it on the validation split, judge it on validation and test.

    Args:
        data: a validated graph with features.
        task: its labelled posts, split.
        config: shape of the model.
        options: how it is fitted.
        default_source: the source that new posts are most like; None for the one with the most
            labels.
        prepare: what is done to features first.
    """
    seed_everything(options.seed)
    options_of_maps = prepare or PrepareOptions()
    fitted = fit_preparations(data, task, config.in_channels, options_of_maps, config.steps > 0)
    config = replace(config, prepared={n: m["weight"].shape[1] for n, m in fitted.items()})
    model = EmotionGNN(config)
    model.set_prepared(fitted)
    model.limit_sources(torch.from_numpy(named_labels(task, len(config.sources))))
    loader = BlockLoader(data, config.relations, len(model.layers), config.modalities)
    history = fit(model, loader, task, options)
    logits = {split: _logits(model, loader, task, split) for split in (VAL, TEST)}
    at = task.at(VAL)
    chosen = default_source or _largest(task, config)
    typical = task.source[at] == config.sources.index(chosen)
    temperature = fit_temperature(logits[VAL][typical], task.allowed[at][typical])
    probs = {split: _probs(found, temperature) for split, found in logits.items()}
    sure = probs[VAL][typical].max(axis=1)
    return Fitted(
        model=model,
        temperature=temperature,
        abstain_below=float(np.quantile(sure, ABSTAIN_SHARE)) if len(sure) else 0.0,
        history=history,
        scores={
            "val": judge(probs[VAL], task, VAL, config),
            "test": judge(probs[TEST], task, TEST, config),
        },
        default_source=chosen,
    )


def judge(
    probs: npt.NDArray[np.floating], task: Task, split: int, config: ModelConfig
) -> dict[str, dict[str, object]]:
    """Evaluate the probabilities of a split, source by source.

    Args:
        probs: ``[M_split, K]``.
        task: the labels.
        split: code of the split.
        config: names the sources and labels.
    """
    at = task.at(split)
    found = {}
    for code, name in enumerate(config.sources):
        here = task.source[at] == code
        if here.any():
            label = single_label(task.allowed[at][here], probs[here].argmax(axis=1))
            found[name] = evaluate(probs[here], label, config.labels)
    return found


def _largest(task: Task, config: ModelConfig) -> str:
    return config.sources[int(np.bincount(task.source, minlength=len(config.sources)).argmax())]


def _logits(
    model: EmotionGNN, loader: BlockLoader, task: Task, split: int
) -> npt.NDArray[np.float32]:
    at = task.at(split)
    return predict_logits(model, loader, task.rows[at], task.source[at])


def _probs(logits: npt.NDArray[np.floating], temperature: float) -> npt.NDArray[np.float64]:
    return np.asarray(special.softmax(logits.astype(np.float64) / temperature, axis=1))
