"""What describes a model: the layers, their widths and the edge types that they listen to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType

from gnn_emotion.nn.fusion import FUSIONS
from gnn_emotion.nn.temporal import POOLINGS
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.graph import EDGE_NAMES, NODE_TYPES, PAST_ONLY, EdgeType

#: Tasks beside the emotion -> width of the output: logits of negative, neutral, positive; a number.
TASKS: Mapping[str, int] = MappingProxyType({"polarity": 3, "valence": 1})
#: ``none`` is the text-only twin: the same model without messages.
CONVS = ("gat", "gatv2", "gcn", "none")


@dataclass(frozen=True)
class ModelConfig:
    """Shape of an ``EmotionGNN``.

    Attributes:
        labels: K emotion labels, in the order of the outputs.
        in_channels: width of the features of each node type.
        edge_types: names of the relations that posts listen to, ``src__relation__dst``.
        conv: one of ``CONVS``.
        hidden_channels: width of the hidden states, D.
        num_layers: message-passing layers, L; 0 for ``none``.
        heads: attention heads, H; divides ``hidden_channels``.
        dropout: share of hidden values dropped in training.
        sources: data sources of the training labels; each has its own label prior.
        modalities: what a post has beside its words, made a token of it and fused: ``image`` and
            ``video`` (the mean of those it carries), or further features of posts. A node type
            that is not named here is heard along its edges alone.
        fusion: one of ``FUSIONS``; how the tokens become one state.
        modality_dropout: share of modalities hidden from each post in training.
        prepared: width of features after the fixed map that training fitted, where there is one.
        steps: frames that the features of a video hold one after the other; 0 where they are
            pooled already.
        step_dim: width of each.
        frame_pooling: one of ``temporal.POOLINGS``, how the frames become one state.
        tasks: what is answered beside the emotion, of ``task_heads.TASKS``.
        label_inputs: hear the known labels of the posts along the edges, one step far; a post
            never hears its own.
        label_masking: share of those labels that is hidden in training, at random each time.
    """

    labels: tuple[str, ...]
    in_channels: Mapping[str, int]
    edge_types: tuple[str, ...] = tuple("__".join(edge_type) for edge_type in PAST_ONLY)
    conv: str = "gat"
    hidden_channels: int = 64
    num_layers: int = 2
    heads: int = 4
    dropout: float = 0.3
    sources: tuple[str, ...] = field(default=("default",))
    modalities: tuple[str, ...] = ()
    fusion: str = "mid"
    modality_dropout: float = 0.2
    prepared: Mapping[str, int] = field(default_factory=dict)
    steps: int = 0
    step_dim: int = 0
    frame_pooling: str = "attention"
    tasks: tuple[str, ...] = ()
    label_inputs: bool = False
    label_masking: float = 0.3

    def __post_init__(self) -> None:
        if self.conv not in CONVS:
            raise ContractError(f"unknown conv {self.conv!r}; {closest(self.conv, CONVS)}")
        for name in self.edge_types:
            if name not in EDGE_NAMES:
                raise ContractError(f"unknown edge type {name!r}; {closest(name, EDGE_NAMES)}")
            if not name.endswith("__post"):
                raise ContractError(f"edge type {name!r} does not end in posts")
        if "post" not in self.in_channels:
            raise ContractError(f"in_channels names {sorted(self.in_channels)}, expected 'post'")
        self._check_modalities()
        self._check_sizes()

    def _check_modalities(self) -> None:
        if self.fusion not in FUSIONS:
            raise ContractError(f"unknown fusion {self.fusion!r}; {closest(self.fusion, FUSIONS)}")
        for name in self.modalities:
            if name not in self.in_channels or name in ("post", "user"):
                raise ContractError(
                    f"modality {name!r} is not one of the features {sorted(self.in_channels)} "
                    "beside post and user"
                )
        for name in self.in_channels:
            if name not in (*NODE_TYPES, *self.modalities):
                raise ContractError(
                    f"features of {name!r} are of no node type and no modality; "
                    f"{closest(name, (*NODE_TYPES, *self.modalities))}"
                )
        if self.frame_pooling not in POOLINGS:
            raise ContractError(
                f"unknown pooling {self.frame_pooling!r}; {closest(self.frame_pooling, POOLINGS)}"
            )
        if self.steps * (self.step_dim + 1) > self.in_channels.get("video", 0):
            raise ContractError(
                f"{self.steps} frames of {self.step_dim} columns, and whether each is there, do "
                f"not fit the {self.in_channels.get('video', 0)} columns of video"
            )
        for name in self.prepared:
            if name not in self.in_channels:
                raise ContractError(f"prepared names {name!r}; {closest(name, self.in_channels)}")

    def _check_sizes(self) -> None:
        if not self.labels or not self.sources:
            raise ContractError(
                f"labels {self.labels}, sources {self.sources}; expected one of each or more"
            )
        if min(self.hidden_channels, self.heads) < 1 or self.hidden_channels % self.heads:
            raise ContractError(
                f"hidden_channels {self.hidden_channels} is not a multiple of heads {self.heads}"
            )
        for task in self.tasks:
            if task not in TASKS:
                raise ContractError(f"unknown task {task!r}; {closest(task, TASKS)}")
        for name in ("dropout", "modality_dropout", "label_masking"):
            if not 0 <= getattr(self, name) < 1:
                raise ContractError(f"{name} is {getattr(self, name)}; expected 0 <= {name} < 1")
        if self.num_layers < 0 or (self.num_layers == 0) != (self.conv == "none"):
            raise ContractError(
                f"conv {self.conv!r} with num_layers {self.num_layers}; expected 0 layers for "
                "'none' and 1 or more otherwise"
            )

    @property
    def relations(self) -> tuple[EdgeType, ...]:
        """The edge types as triples, those of node types without features left out.

        Pictures and videos that are tokens of their posts are not heard a second time.
        """
        if not self.num_layers:
            return ()
        found = (EDGE_NAMES[name] for name in self.edge_types)
        heard = set(self.in_channels) - set(self.modalities)
        return tuple(edge_type for edge_type in found if edge_type[0] in heard)

    @property
    def label_relations(self) -> tuple[EdgeType, ...]:
        """The relations along which known labels are heard, if they are."""
        return self.between_posts if self.label_inputs else ()

    @property
    def between_posts(self) -> tuple[EdgeType, ...]:
        """The relations between posts, whether or not there are layers that listen to them."""
        found = (EDGE_NAMES[name] for name in self.edge_types)
        return tuple(edge_type for edge_type in found if edge_type[0] == "post")

    def width(self, name: str) -> int:
        """Return the width of the features of a node type or modality, as the layers get them."""
        if name == "video" and self.steps:
            rest = self.in_channels[name] - self.steps * (self.step_dim + 1)
            return self.hidden_channels + rest
        return self.prepared.get(name, self.in_channels[name])

    def as_json(self) -> dict[str, object]:
        """Return JSON values that ``from_json`` reads."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> ModelConfig:
        """Read what ``as_json`` wrote; unknown fields are an error."""
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
        try:
            return cls(**values)  # type: ignore[arg-type]
        except TypeError as error:
            raise ContractError(f"model config: {error}") from error
