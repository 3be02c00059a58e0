"""What is trained: which features, which model, on which labels, how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from gnn_emotion.nn.config import LAYERLESS, ModelConfig
from gnn_emotion.nn.fusion import FUSIONS
from gnn_emotion.schema.emotions import CANONICAL, label_set
from gnn_emotion.schema.errors import ContractError, GnnEmotionError, closest
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.schema.graph import NODE_TYPES, PAST_ONLY, edge_name
from gnn_emotion.training.feature_selection import FeatureReduction, FeatureSelection
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.preparation import PrepareOptions

SPLITTERS = ("cascade", "time")
#: Pictures and videos are heard along their edges.
GRAPH = "graph"
#: Fields that the model has by the same name.
_SHAPE = (
    "conv",
    "hidden_channels",
    "heads",
    "dropout",
    "modality_dropout",
    "frame_pooling",
    "edge_types",
    "edge_time",
    "text_head",
    "label_inputs",
    "label_masking",
)


@dataclass(frozen=True)
class TrainOptions:
    """What is trained.

    Attributes:
        encoders: what makes the features.
        label_set: the registered label set that the model answers in. Labels of other sets are
            partial labels of it.
        conv, hidden_channels, num_layers, heads, dropout, edge_types, edge_time: see
            ``ModelConfig``.
        text_head: what reads the words of posts, where the text encoder is ``tokens``; see
            ``ModelConfig``.
        label_inputs, label_masking: see ``ModelConfig``.
        fusion: how what a post carries beside its words reaches it: ``graph`` hears pictures and
            videos along their edges; one of ``FUSIONS`` makes them tokens of their post. Further
            modalities are always tokens; with ``graph``, of mid fusion.
        modality_dropout, frame_pooling: see ``ModelConfig``.
        prepare: what is done to features first.
        split: how train, val and test are told apart: by ``cascade``, by ``time``, or as a table
            with the columns ``post_id`` and ``split`` says, whose path it is.
        emoticons: learn from the writers' own emoticons, which are then hidden from the model,
            in place of the labels that the dump states.
        correct_and_smooth: spread the errors on known labels, and then the labels, along the edges
            once the model has answered; see ``correct_and_smooth``.
        members: models of an ensemble, of as many seeds, whose probabilities are averaged.
        bagging: each member sees a bootstrap sample of the threads of the train split.
        abstain_share: the least sure share of validation posts, on which the model abstains.
        fit: how it is fitted.
    """

    encoders: Mapping[str, str] = field(
        default_factory=lambda: {"post": "embedded", "user": "profile"}
    )
    label_set: str = CANONICAL
    conv: str = "gat"
    hidden_channels: int = 64
    num_layers: int = 2
    heads: int = 4
    dropout: float = 0.3
    edge_types: tuple[str, ...] = tuple("__".join(edge_type) for edge_type in PAST_ONLY)
    edge_time: bool = False
    text_head: str = ""
    label_inputs: bool = False
    label_masking: float = 0.3
    fusion: str = GRAPH
    modality_dropout: float = 0.2
    frame_pooling: str = "attention"
    prepare: PrepareOptions = field(default_factory=PrepareOptions)
    split: str = "cascade"
    emoticons: bool = False
    correct_and_smooth: bool = False
    members: int = 1
    bagging: bool = False
    abstain_share: float = 0.1
    fit: FitOptions = field(default_factory=FitOptions)

    def __post_init__(self) -> None:
        label_set(self.label_set)
        if self.split not in SPLITTERS and not Path(self.split).suffix:
            raise GnnEmotionError(
                f"unknown split {self.split!r}; {closest(self.split, SPLITTERS)}, or a file such "
                "as splits.csv"
            )
        if self.fusion not in (GRAPH, *FUSIONS):
            known = (GRAPH, *FUSIONS)
            raise GnnEmotionError(f"unknown fusion {self.fusion!r}; {closest(self.fusion, known)}")
        if not 0 <= self.abstain_share < 1:
            raise GnnEmotionError(
                f"abstain_share is {self.abstain_share}; expected 0 <= abstain_share < 1"
            )
        if self.members < 1:
            raise GnnEmotionError(f"members is {self.members}; expected 1 or more")

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
        shape: dict[str, Any] = {name: getattr(self, name) for name in _SHAPE}
        config = ModelConfig(
            labels=label_set(self.label_set).labels,
            in_channels=in_channels,
            num_layers=0 if self.conv in LAYERLESS else self.num_layers,
            sources=sources,
            modalities=tuple(sorted(set(in_channels) - set(along_edges))),
            fusion="mid" if self.fusion == GRAPH else self.fusion,
            steps=int(str(frames.get("steps", 0))),
            step_dim=int(str(frames.get("step_dim", 0))),
            tasks=self.fit.tasks,
            num_tokens=int(str(contract["post"].options.get("num_tokens", 0))),
            **shape,
        )
        if self.correct_and_smooth and not config.between_posts:
            raise ContractError(
                f"correct_and_smooth with edge types {self.edge_types}, none of which leads from "
                "post to post: nothing would be spread; expected such as rev_replies_to"
            )
        return config


#: Names of the options: at the top, and of the fitting.
TOP, FIT = (tuple(one.name for one in fields(kind)) for kind in (TrainOptions, FitOptions))
#: Those that decide the features, the labels and the split.
DATA = ("encoders", "label_set", "split", "emoticons")


def placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Lay values by the name of their option out as a table that ``from_table`` reads."""
    table = {name: value for name, value in values.items() if name in TOP}
    fit = {name: value for name, value in values.items() if name not in TOP}
    return {**table, "fit": fit} if fit else table


def from_table(table: Mapping[str, Any], base: TrainOptions | None = None) -> TrainOptions:
    """Read options from nested tables, such as those of a TOML file or of a checkpoint.

    Args:
        table: values by field; ``fit``, ``encoders`` and ``prepare`` are tables themselves. The
            words of posts may be called ``text`` among the encoders, and edge types by the name
            of their relation.
        base: what holds for fields that are not named; also for encoders and features to
            ``prepare`` that are not.

    Raises:
        GnnEmotionError: a field that there is not, or a value that it cannot have.
    """
    base = base or TrainOptions()
    values = dict(table)
    for name in values:
        if name not in TOP:
            raise GnnEmotionError(f"unknown option {name!r}; {closest(name, TOP)}")
    _check_kinds(values, base)
    if "encoders" in values:
        named = {_node_type(name): encoder for name, encoder in values["encoders"].items()}
        values["encoders"] = {**base.encoders, **named}
    if "edge_types" in values:
        values["edge_types"] = tuple(edge_name(name) for name in values["edge_types"])
    if "prepare" in values:
        values["prepare"] = _prepare(values["prepare"], base.prepare)
    try:
        if "fit" in values:
            values["fit"] = replace(base.fit, **values["fit"])
        return replace(base, **values)
    except (TypeError, ValueError) as error:
        raise GnnEmotionError(f"options {dict(table)}: {error}") from error


def _check_kinds(values: Mapping[str, Any], base: TrainOptions) -> None:
    """Refuse texts that should be numbers, and the like, before anything is computed with them."""
    for name, value in values.items():
        _check_kind(name, value, getattr(base, name))
    for name, value in values.get("fit", {}).items():
        if name not in FIT:
            raise GnnEmotionError(f"unknown option fit.{name}; {closest(name, FIT)}")
        _check_kind(f"fit.{name}", value, getattr(base.fit, name))
    for name, value in values.get("encoders", {}).items():
        _check_kind(f"encoders.{name}", value, "")


def _check_kind(name: str, value: object, example: object) -> None:
    kinds: dict[type, tuple[str, type | tuple[type, ...]]] = {
        bool: ("true or false", bool),
        int: ("a whole number", int),
        float: ("a number", (int, float)),
        str: ("a text", str),
        tuple: ("a list of texts", (list, tuple)),
    }
    wanted, kind = kinds.get(type(example), ("a table", Mapping))
    right = isinstance(value, kind) and isinstance(value, bool) == isinstance(example, bool)
    if isinstance(example, tuple) and isinstance(value, list | tuple):
        right = all(isinstance(one, str) for one in value)
    if not right:
        raise GnnEmotionError(f"option {name} is {value!r}; expected {wanted}")


def _prepare(table: Mapping[str, Any], base: PrepareOptions) -> PrepareOptions:
    kinds: dict[str, Callable[..., Any]] = {
        "select": FeatureSelection,
        "reduce": FeatureReduction,
    }
    found: dict[str, dict[str, Any]] = {"select": {**base.select}, "reduce": {**base.reduce}}
    for part, features in table.items():
        if part not in kinds:
            raise GnnEmotionError(f"unknown option prepare.{part}; {closest(part, kinds)}")
        _check_kind(f"prepare.{part}", features, {})
        for name, how in features.items():
            _check_kind(f"prepare.{part}.{name}", how, {})
            try:
                found[part][_node_type(name)] = kinds[part](**how)
            except (TypeError, ValueError) as error:
                raise GnnEmotionError(f"option prepare.{part}.{name}: {error}") from error
    return PrepareOptions(**found)


def _node_type(name: str) -> str:
    return "post" if name == "text" else name
