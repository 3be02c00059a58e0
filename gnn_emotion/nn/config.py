"""What describes a model: the layers, their widths and the edge types that they listen to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType

from gnn_emotion.nn.fusion import FUSIONS
from gnn_emotion.nn.temporal import POOLINGS
from gnn_emotion.nn.text_head_config import HEADS, TextHeadConfig
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.graph import EDGE_NAMES, NODE_TYPES, OWN_MEDIA, PAST_ONLY, EdgeType

#: Tasks beside the emotion -> width of the output: logits of negative, neutral, positive; a number.
TASKS: Mapping[str, int] = MappingProxyType({"polarity": 3, "valence": 1})
#: ``as_is`` learns nothing: the features of a post are its logits. ``none`` is the text-only twin,
#: the same model without messages: a perceptron of one hidden layer, beside a linear one. ``sign``
#: passes none either, but has features that were spread along the edges before.
CONVS = ("as_is", "gat", "gatv2", "gcn", "hgt", "none", "rgcn", "sage", "sign")
LAYERLESS = ("as_is", "none")


@dataclass(frozen=True)
class ModelConfig:
    """Shape of an ``EmotionGNN``.

    Attributes:
        labels: K emotion labels, in the order of the outputs.
        in_channels: width of the features of each node type.
        edge_types: names of the relations that posts listen to, ``src__relation__dst``.
        conv: one of ``CONVS``.
        hidden_channels: width of the hidden states, D.
        num_layers: message-passing layers, L; the hops that features are spread for ``sign``; 0
            for those of ``LAYERLESS``.
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
        edge_time: weigh the edges between posts by how long after its source a post was written.
        text_head: one of ``HEADS``, which reads the words of posts where their features are token
            numbers, and is trained with the rest; empty where they are not.
        num_tokens: token numbers there are, for a text head; 0 without.
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
    edge_time: bool = False
    text_head: str = ""
    num_tokens: int = 0

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
        self._check_text_head()
        if self.conv == "as_is":
            self._check_as_is()

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
        for name in ("hidden_channels", "heads"):
            if getattr(self, name) < 1:
                raise ContractError(f"{name} is {getattr(self, name)}; expected 1 or more")
        if self.hidden_channels % self.heads:
            raise ContractError(
                f"hidden_channels {self.hidden_channels} is not a multiple of heads {self.heads}"
            )
        for task in self.tasks:
            if task not in TASKS:
                raise ContractError(f"unknown task {task!r}; {closest(task, TASKS)}")
        for name in ("dropout", "modality_dropout", "label_masking"):
            if not 0 <= getattr(self, name) < 1:
                raise ContractError(f"{name} is {getattr(self, name)}; expected 0 <= {name} < 1")
        if self.num_layers < 0 or (self.num_layers == 0) != (self.conv in LAYERLESS):
            raise ContractError(
                f"conv {self.conv!r} with num_layers {self.num_layers}; expected 0 layers for "
                f"{' and '.join(map(repr, LAYERLESS))}, and 1 or more otherwise"
            )
        if self.label_inputs and not self.between_posts:
            raise ContractError(
                f"label inputs with edge types {self.edge_types}, none of which leads from post to "
                "post: no label would be heard; expected such as rev_replies_to"
            )
        if self.edge_time and self.conv == "sign":
            raise ContractError(
                "edge_time with conv 'sign', whose edges are gone before it learns anything; "
                "expected a conv that passes messages"
            )

    def _check_text_head(self) -> None:
        if self.text_head and self.text_head not in HEADS:
            raise ContractError(
                f"unknown text head {self.text_head!r}; {closest(self.text_head, HEADS)}"
            )
        if bool(self.text_head) != bool(self.num_tokens):
            raise ContractError(
                f"text head {self.text_head!r} with {self.num_tokens} token numbers; expected a "
                f"text head ({', '.join(HEADS)}) where the words of posts are token numbers, as "
                "the text encoder 'tokens' makes them, and none elsewhere"
            )
        if self.text_head and (self.conv in ("sign", "as_is") or "post" in self.prepared):
            raise ContractError(
                f"text head {self.text_head!r} with conv {self.conv!r}, prepared "
                f"{sorted(self.prepared)}; expected a conv that learns from the words, not 'sign' "
                "or 'as_is', and no choice of their columns: token numbers cannot be averaged"
            )

    def _check_as_is(self) -> None:
        if self.in_channels["post"] != len(self.labels):
            raise ContractError(
                f"conv 'as_is' takes the {self.in_channels['post']} columns of the words of posts "
                f"for the logits of {len(self.labels)} labels; expected as many: a text encoder "
                "that scores labels, such as svm, naive_bayes, logistic or lexicon"
            )
        if self.modalities or self.tasks or self.label_inputs or "post" in self.prepared:
            raise ContractError(
                f"conv 'as_is' learns nothing: modalities {self.modalities}, tasks {self.tasks}, "
                f"label inputs {self.label_inputs} and prepared {sorted(self.prepared)} would be "
                "left out; expected none of them, or conv 'none'"
            )

    @property
    def head_config(self) -> TextHeadConfig:
        """The shape of the text head."""
        return TextHeadConfig(
            self.num_tokens,
            len(self.labels),
            hidden_channels=self.hidden_channels,
            heads=self.heads,
            dropout=self.dropout,
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
    def hops(self) -> int:
        """How far features are spread before training; 0 for models that pass messages."""
        return self.num_layers if self.conv == "sign" else 0

    @property
    def edges_read(self) -> tuple[EdgeType, ...]:
        """All edge types that a graph for this model needs: what scoring builds."""
        carried = (r for r in OWN_MEDIA if r[0] in self.modalities)
        return tuple(dict.fromkeys((*self.relations, *self.between_posts, *carried)))

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
        if name == "post" and self.text_head:
            return self.head_config.feature_channels(self.text_head)
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
