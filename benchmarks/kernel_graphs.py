"""The graphs on which kernels are compared: uniform, with hubs, and real cascades."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from gnn_emotion.kernels import CSR

CED_FILE = Path("ced/reposts.parquet")


def uniform_graph(num_nodes: int, num_edges: int, seed: int) -> CSR:
    """Draw both ends of every edge alike."""
    ends = np.random.default_rng(seed).integers(0, num_nodes, (2, num_edges))
    return sorted_csr(*ends, num_nodes)


def power_law_graph(num_nodes: int, num_edges: int, seed: int) -> CSR:
    """Draw both ends of every edge with odds that fall with the 0.8th power of a node's rank."""
    rng = np.random.default_rng(seed)
    bounds = np.cumsum(np.arange(1, num_nodes + 1) ** -0.8)
    ranks = np.searchsorted(bounds, rng.random((2, num_edges)) * bounds[-1])
    src, dst = (rng.permutation(num_nodes)[ends] for ends in ranks)
    return sorted_csr(src, dst, num_nodes)


def ced_graph(file: Path, num_edges: int) -> CSR:
    """Read whole posts of CED, in its order; each hears from its parent and from its replies."""
    rows = pd.read_parquet(file, columns=["cascade", "mid", "parent"]).head(num_edges // 2)
    cascade = rows["cascade"].astype(str) + "/"
    ends = pd.concat([cascade + rows["mid"], cascade + rows["parent"]])
    codes, names = pd.factorize(ends)
    child, parent = np.split(codes, 2)
    src, dst = np.concatenate([parent, child]), np.concatenate([child, parent])
    return sorted_csr(src, dst, len(names))


def sorted_csr(src: npt.NDArray[np.int64], dst: npt.NDArray[np.int64], num_nodes: int) -> CSR:
    """Sort edges by destination."""
    order = np.argsort(dst, kind="stable")
    indptr = np.searchsorted(dst[order], np.arange(num_nodes + 1))
    return CSR(torch.from_numpy(indptr), torch.from_numpy(src[order]), num_nodes)


def prepared(csr: CSR, device: str) -> CSR:
    """Bring a graph to a device, and prepare all that our operators keep."""
    csr = CSR(csr.indptr.to(device), csr.indices.to(device), csr.num_src)
    assert csr.transpose.indptr[-1] == csr.rows.numel()
    return csr


def describe(csr: CSR) -> dict[str, int]:
    """Count nodes, edges, and the edges of the greatest hub."""
    return {"nodes": csr.num_dst, "edges": csr.num_edges, "hub": int(csr.degree.max())}
