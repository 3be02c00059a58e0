"""What is computed on a graph, by ours and by others: operators alone, and whole layers.

Layers share their weights, and have no self-loops; PyG's get sorted edges, and `GCNConv` may keep
its normalised edges, as ours are prepared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn
from torch_geometric.nn import GATConv, GATv2Conv, GCNConv

from gnn_emotion.kernels import CSR, gat_aggregate, gatv2_aggregate, gcn_weights, spmm

Call = Callable[..., Tensor]


@dataclass(frozen=True)
class Case:
    """One thing that several implementations compute.

    Attributes:
        inputs: tensors that each gets.
        calls: by name of the implementation.
        weights: further tensors whose gradients are asked for.
        moved: bytes that forward and backward must move, if nothing is read twice from memory but
            the far end of every edge; None where nobody counted.
    """

    inputs: list[Tensor]
    calls: dict[str, Call]
    weights: list[Tensor] = field(default_factory=list)
    moved: float | None = None


def cases(
    csr: CSR, heads: int, channels: int, seed: int, ours: str, dtype: torch.dtype
) -> dict[str, Case]:
    """Make every case on a graph whose nodes have H heads of C channels.

    Args:
        csr: the graph, prepared.
        heads: H.
        channels: C.
        seed: of features and weights.
        ours: name of our backend.
        dtype: of features and weights.
    """
    torch.manual_seed(seed)
    found = _operators(csr, heads, channels, ours, dtype)
    # The weights of PyG's layers are in float32.
    return found | (_layers(csr, heads, channels, ours) if dtype == torch.float32 else {})


def _operators(
    csr: CSR, heads: int, channels: int, ours: str, dtype: torch.dtype
) -> dict[str, Case]:
    draw = partial(torch.randn, device=csr.indices.device, dtype=dtype)
    z, z_dst = (draw(csr.num_src, heads, channels) for _ in range(2))
    scores = [draw(csr.num_src, heads) for _ in range(2)]
    flat, att = z.flatten(1), draw(heads, channels)
    calls = {
        name: {backend: partial(call, csr, backend=backend) for backend in (ours, "reference")}
        for name, call in {
            "spmm sum": spmm,
            "spmm mean": partial(spmm, reduce="mean"),
            "gat": gat_aggregate,
            "gatv2": gatv2_aggregate,
        }.items()
    }
    shares = csr.degree.to(dtype).reciprocal()[csr.rows]
    for name, values in (("spmm sum", torch.ones_like(shares)), ("spmm mean", shares)):
        calls[name]["torch.sparse"] = partial(torch.matmul, _matrix(csr, values))
    row = flat[0].numel() * flat.element_size()
    edges, nodes = csr.num_edges * row, csr.num_dst * row
    index = csr.num_edges * csr.indices.element_size()
    sums = 2 * edges + 2 * nodes + 2 * index
    return {
        "spmm sum": Case([flat], calls["spmm sum"], moved=sums),
        "spmm mean": Case([flat], calls["spmm mean"], moved=sums),
        # Features forward, again by destination; gradients by source. Ends: three, and two.
        "gat": Case([z, *scores], calls["gat"], moved=3 * edges + 5 * nodes + 3 * index),
        # See `gnn_emotion.kernels.triton_autograd`.
        "gatv2": Case([z, z_dst, att], calls["gatv2"], moved=4 * edges + 8 * nodes + 3 * index),
    }


def _matrix(csr: CSR, values: Tensor) -> Tensor:
    return torch.sparse_csr_tensor(csr.indptr, csr.indices, values, (csr.num_dst, csr.num_src))


def _layers(csr: CSR, heads: int, channels: int, ours: str) -> dict[str, Case]:
    width, device = heads * channels, csr.indices.device
    edge_index = torch.stack([csr.indices, csr.rows])
    x = torch.randn(csr.num_src, width, device=device)
    gcn = GCNConv(width, width, cached=True, add_self_loops=False).to(device)
    gat, gatv2 = (
        kind(width, channels, heads=heads, add_self_loops=False).to(device)
        for kind in (GATConv, GATv2Conv)
    )
    values = gcn_weights(csr)
    own: dict[str, tuple[nn.Module, Call]] = {
        "GCN layer": (gcn, partial(_gcn, csr, gcn, values)),
        "GAT layer": (gat, partial(_gat, csr, gat)),
        "GATv2 layer": (gatv2, partial(_gatv2, csr, gatv2)),
    }
    found = {}
    for name, (layer, call) in own.items():
        calls: dict[str, Call] = {b: partial(call, backend=b) for b in (ours, "reference")}
        calls["pyg"] = partial(_pyg, layer, edge_index)
        found[name] = Case([x], calls, list(layer.parameters()))
    matrix = _matrix(csr, values)
    found["GCN layer"].calls["torch.sparse"] = lambda x: matrix @ gcn.lin(x) + gcn.bias
    return found


def _pyg(layer: nn.Module, edge_index: Tensor, x: Tensor) -> Tensor:
    out: Tensor = layer(x, edge_index)
    return out


def _gcn(csr: CSR, layer: GCNConv, values: Tensor, x: Tensor, backend: str) -> Tensor:
    return spmm(csr, layer.lin(x), values, backend=backend) + layer.bias


def _gat(csr: CSR, layer: GATConv, x: Tensor, backend: str) -> Tensor:
    z = layer.lin(x).unflatten(1, (layer.heads, -1))
    scores = [(z * att).sum(-1) for att in (layer.att_src, layer.att_dst)]
    return gat_aggregate(csr, z, *scores, backend=backend).flatten(1) + layer.bias


def _gatv2(csr: CSR, layer: GATv2Conv, x: Tensor, backend: str) -> Tensor:
    ends = [lin(x).unflatten(1, (layer.heads, -1)) for lin in (layer.lin_l, layer.lin_r)]
    return gatv2_aggregate(csr, *ends, layer.att[0], backend=backend).flatten(1) + layer.bias
