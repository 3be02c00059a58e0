"""The classifier: features of a post, plus what its context says, to emotion logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.convs import MESSAGE_CONVS, edge_times
from gnn_emotion.nn.convs.edges import ScoredEdges, heard_states, scored
from gnn_emotion.nn.label_input import LABELS, LabelInput
from gnn_emotion.nn.post_input import TEXT, Content, NodeInput, PostContent
from gnn_emotion.nn.prepare import PooledFrames, prepare
from gnn_emotion.nn.spread import SpreadMLP
from gnn_emotion.nn.task_heads import TaskHeads
from gnn_emotion.schema.blocks import Adjacency, Block, spread_names
from gnn_emotion.schema.graph import OWN_MEDIA, EdgeType

#: Added to the logits of labels that a source never names; exp of it is 0 in float32.
_NEVER = -1e4


@dataclass(frozen=True)
class Answer:
    """What a model makes of posts.

    Attributes:
        logits: of the emotions ``[B, K]``, without the label prior of any data source.
        state: what they are read from ``[B, D]``.
        content: what the posts say by themselves.
    """

    logits: Tensor
    state: Tensor
    content: Content

    def float(self) -> Answer:
        """Return it with logits and state in float32, in which losses are computed."""
        return replace(self, logits=self.logits.float(), state=self.state.float())


class ContextLayer(nn.Module):
    """One layer of messages into posts: h + dropout(gelu(norm(messages))).

    Args:
        config: the shape.
        relations: the edge types that it listens to.

    Shapes:
        ``h_dict`` of ``[S, D]`` by node type, ``h_dst [B, D]``, edges of B posts by type, indices
        into ``h_dict`` -> ``[B, D]``.
    """

    def __init__(self, config: ModelConfig, relations: Sequence[EdgeType]) -> None:
        super().__init__()
        self.convs = MESSAGE_CONVS[config.conv](config, relations)
        self.times = edge_times(config, relations)
        self.norm = nn.LayerNorm(config.hidden_channels)
        self.dropout = nn.Dropout(config.dropout)
        self.modality_dropout = config.modality_dropout

    def forward(
        self,
        h_dict: Mapping[str, Tensor],
        h_dst: Tensor,
        relations: Mapping[EdgeType, Adjacency],
    ) -> Tensor:
        """Pass messages; relations that are not given are silent."""
        along: dict[EdgeType, ScoredEdges] = {}
        for edge_type, edges in relations.items():
            if self.training and edge_type in OWN_MEDIA:
                edges = _hide(edges, self.modality_dropout)
            along[edge_type] = scored(edges, h_dst.device, self.times, "__".join(edge_type))
        total = self.convs(heard_states(h_dict, along), h_dst, along)
        return h_dst + self.dropout(nn.functional.gelu(self.norm(total)))


class EmotionGNN(nn.Module):
    """Typed convolutions over past context, then a linear classifier.

    What a post carries itself (``PostContent``) reaches the logits directly, so that a post without
    context is judged by it as the twin without messages (``conv="none"``) would, but for what
    ``sage`` and ``rgcn`` make of the post itself. Pictures and videos are heard in the last layer:
    by their own posts, and by no other.

    Args:
        config: the shape.
    """

    vocabulary: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        classes = len(config.labels)
        nodes = {TEXT, *(edge_type[0] for edge_type in config.relations)}
        named = sorted(nodes | set(config.modalities))
        self.prepare = nn.ModuleDict({name: prepare(name, config) for name in named})
        states = {TEXT} if config.hops else nodes
        self.inputs = nn.ModuleDict({name: NodeInput(name, config) for name in sorted(states)})
        self.content = PostContent(config)
        # Layers before the last pass words on; what a post carries itself is heard at the end.
        passed_on = [r for r in config.relations if r not in OWN_MEDIA]
        heard = [passed_on] * (config.num_layers - 1) + [list(config.relations)]
        self.layers = nn.ModuleList(
            ContextLayer(config, relations)
            for relations in heard[: config.num_layers - config.hops]
        )
        self.spread = SpreadMLP(config) if config.hops else None
        self.classifier = nn.Linear(config.hidden_channels, classes)
        self.label_input = LabelInput(config) if config.label_relations else None
        self.tasks = TaskHeads(config)
        self.prior = nn.Embedding(len(config.sources), classes)
        nn.init.zeros_(self.prior.weight)
        self.register_buffer("vocabulary", torch.zeros(len(config.sources), classes))
        if config.conv == "as_is":
            self._pass_through()

    def _pass_through(self) -> None:
        """Make the features of posts their logits, and leave nothing to fit."""
        for weights in self.parameters():
            nn.init.zeros_(weights.requires_grad_(False))
        direct = self.content.skip[TEXT]
        assert isinstance(direct, nn.Linear)
        nn.init.eye_(direct.weight)

    def limit_sources(self, named: Tensor) -> None:
        """Say which labels each data source ever names; it is silent about the others.

        Emoticons are never neutral: that must not teach that posts with emoticons are not.

        Args:
            named: bool ``[S, K]``.
        """
        self.vocabulary.copy_(torch.where(named, 0.0, _NEVER))

    def set_prepared(self, fitted: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Take over the fixed maps that the config names: their buffers, by feature."""
        for name, buffers in fitted.items():
            first = self.prepare[name]
            fixed = first.fixed if isinstance(first, PooledFrames) else first
            fixed.load_state_dict(dict(buffers))

    def source_prior(self, source: Tensor) -> Tensor:
        """Return what to add to logits to answer as data sources ``[B]`` would ``[B, K]``."""
        return self.prior(source) + self.vocabulary[source]

    def forward(
        self,
        x_dict: Mapping[str, Sequence[Tensor]],
        present_dict: Mapping[str, Sequence[Tensor]],
        blocks: Sequence[Block],
    ) -> Tensor:
        """Compute the logits of a batch of posts, without the label prior of any data source.

        Args:
            x_dict: by node type, the features ``[S, D_in]`` of the sources of each block; for
                posts only those of the first (with no blocks: of the seeds), and for the further
                modalities of posts only those of the seeds ``[B, D_m]``; with ``label_inputs``, the
                known labels around the seeds as ``labels`` (see ``LabelContext``); for a model of
                spread features, those of the seeds ``[B, D_in]`` by ``spread_names``.
            present_dict: masks ``[S]``, as ``x_dict``.
            blocks: L blocks, the input layer first.

        Returns:
            Logits ``[B, K]``; add ``source_prior`` to answer as a data source would.
        """
        return self.answer(x_dict, present_dict, blocks).logits

    def answer(
        self,
        x_dict: Mapping[str, Sequence[Tensor]],
        present_dict: Mapping[str, Sequence[Tensor]],
        blocks: Sequence[Block],
    ) -> Answer:
        """Compute the logits, and what further losses look at.

        Arguments are as in ``forward``.
        """
        x_post, present = x_dict[TEXT][0], present_dict[TEXT][0]
        # A text head is worth reading with once only.
        x_text = self.prepare[TEXT](x_post)
        h = self.inputs[TEXT](x_text, present)
        for i, (layer, block) in enumerate(zip(self.layers, blocks, strict=True)):
            h_dict = {
                name: self.embed(name, x_dict[name][i], present_dict[name][i])
                for name in block.sources
                if name != TEXT
            }
            # The sparse operators sum in float32, whatever the rest is computed in.
            full = {name: states.float() for name, states in (h_dict | {TEXT: h}).items()}
            with torch.autocast(h.device.type, enabled=False):
                h = layer(full, full[TEXT][: block.num_dst], block.relations)
        # Destinations come first among the sources, so the seeds are the first rows throughout.
        seeds = blocks[-1].num_dst if blocks else len(x_post)
        names = self.config.modalities
        carried = {name: self.prepare[name](x_dict[name][0]) for name in names}
        content: Content = self.content(
            {TEXT: x_text[:seeds]} | carried,
            {TEXT: present[:seeds]} | {name: present_dict[name][0] for name in names},
        )
        labels = x_dict[LABELS][0] if self.label_input is not None else None
        x, masks = ({name: parts[0] for name, parts in d.items()} for d in (x_dict, present_dict))
        return self.classify(self.add_spread(h[:seeds], x, masks), content, labels)

    def embed(self, name: str, x: Tensor, present: Tensor) -> Tensor:
        """Compute the first states ``[N, D]`` of nodes of a type from ``[N, D_in]`` and ``[N]``."""
        h: Tensor = self.inputs[name](self.prepare[name](x), present)
        return h

    def add_spread(
        self, h: Tensor, x: Mapping[str, Tensor], present: Mapping[str, Tensor]
    ) -> Tensor:
        """Add what was spread to posts to their states ``[B, D]``, in a model that reads it.

        Args:
            h: states.
            x: features ``[B, D_in]`` by ``spread_names``; others may be among them.
            present: masks ``[B]``, as ``x``.
        """
        if self.spread is None:
            return h
        names = spread_names(self.config.relations, self.config.hops)
        given = {name: self.prepare[kind](x[name]) for name, kind in names.items() if name in x}
        out: Tensor = self.spread(h, given, present)
        return out

    def read(self, x: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Content:
        """Read what posts carry: features ``[B, D_m]`` and masks ``[B]`` of all modalities."""
        prepared = {name: self.prepare[name](values) for name, values in x.items()}
        content: Content = self.content(prepared, present)
        return content

    def classify(self, h: Tensor, content: Content, labels: Tensor | None = None) -> Answer:
        """Answer from the last states ``[B, D]`` of posts, their content and the labels around.

        Args:
            h: last states.
            content: what ``read`` gave.
            labels: what ``LabelContext.take`` gave, for a model with ``label_inputs``.
        """
        state = h if content.fused is None else h + content.fused.h
        logits = content.logits
        if self.label_input is not None:
            assert labels is not None
            direct, heard = self.label_input(labels)
            logits, state = logits + direct, state + heard
        return Answer(logits + self.classifier(state), state, content)


def _hide(edges: Adjacency, share: float) -> Adjacency:
    """Hide what some posts carry, so that having pictures does not itself stand for a label."""
    kept = torch.rand(len(edges.indptr) - 1).numpy() >= share
    return edges.only(kept[edges.rows])
