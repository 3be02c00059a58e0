"""How fast are batches of a large graph cut, and how many posts must each of their seeds read?

Blocks of two layers, of whole neighbourhoods and of drawn ones, on CED and on a graph whose degrees
follow a power law and of which one post hears from half of all; beside them, on the same batches,
a sampler that walks from row to row (numpy) and PyG's ``k_hop_subgraph``, which needs no compiled
extension.

    python benchmarks/sampling.py --data DIR --output sampling.json
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from public_sets.ced import FOLDER
from record import write_record
from torch_geometric.utils import k_hop_subgraph

from gnn_emotion import read_dump
from gnn_emotion.graph.blocks import Incoming, cut_blocks, incoming
from gnn_emotion.graph.build import build_graph, node_ids
from gnn_emotion.graph.sample import Draw
from gnn_emotion.schema.blocks import Adjacency
from gnn_emotion.schema.features import OK, EncoderSpec, Features
from gnn_emotion.schema.graph import PAST_ONLY
from gnn_emotion.schema.tables import Dump

Ints = npt.NDArray[np.int64]
#: Cuts a batch, and says how many posts its input layer reads.
Cutter = Callable[[Ints], int]
_LAYERS = 2
_HUB_KIND = ("post", "reposts", "post")


def main() -> None:
    """Time every sampler on both graphs, in turn on the same batches."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("sampling.json"))
    parser.add_argument("--num-neighbors", type=int, default=4)
    parser.add_argument("--batch-size", type=int, default=1024)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--posts", type=int, default=1_000_000, help="of the power-law graph")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    graphs = {
        "ced": ced_edges(arguments.data / FOLDER),
        "power_law": power_law_edges(arguments.posts),
    }
    results = {}
    for name, edges in graphs.items():
        cutters = samplers(edges, arguments.num_neighbors)
        batches = draw_batches(edges, arguments.batch_size, arguments.batches)
        results[name] = describe(edges) | {"samplers": timed(cutters, batches)}
        print(name, results[name], flush=True)
    files = sorted((arguments.data / FOLDER).glob("*.parquet"))
    options = {"num_neighbors": arguments.num_neighbors, "batch_size": arguments.batch_size}
    write_record(arguments.output, options | results, data=files, seeds=[0])


def ced_edges(folder: Path) -> Incoming:
    """Read CED, and index what a post hears from by default; cutting reads no features."""
    dump = read_dump(folder)
    return incoming(
        build_graph(dump, {name: blank(dump, name) for name in ("post", "user")}), PAST_ONLY
    )


def blank(dump: Dump, node_type: str) -> Features:
    """Give every node the same feature."""
    ids = node_ids(dump, node_type).combine_chunks()
    count = len(ids)
    x, present = np.zeros((count, 1), dtype=np.float32), np.ones(count, dtype=bool)
    return Features(ids, x, present, np.full(count, OK, np.uint8), EncoderSpec("blank", "1", 1))


def power_law_edges(posts: int) -> Incoming:
    """Draw degrees of a power law (exponent 2.5, at least 2); post 0 hears from half of all."""
    rng = np.random.default_rng(0)
    degrees = np.minimum(2 * (rng.pareto(1.5, posts) + 1), posts / 100).astype(np.int64)
    degrees[0] = posts // 2
    indptr = np.concatenate([[0], np.cumsum(degrees)])
    return {_HUB_KIND: Adjacency(indptr, rng.integers(posts, size=indptr[-1]))}


def describe(edges: Incoming) -> dict[str, int]:
    """Count posts and edges, and say how many one post hears from at most."""
    degrees = [np.diff(relation.indptr) for relation in edges.values()]
    return {
        "posts": len(degrees[0]),
        "edges": sum(int(each.sum()) for each in degrees),
        "largest_degree": max(int(each.max()) for each in degrees),
    }


def draw_batches(edges: Incoming, size: int, count: int) -> list[Ints]:
    """Draw batches of distinct posts; the hub is in the first."""
    posts = len(next(iter(edges.values())).indptr) - 1
    drawn = np.random.default_rng(1).permutation(posts)[: size * count]
    widest = int(np.argmax(sum(np.diff(relation.indptr) for relation in edges.values())))
    if widest not in drawn:
        drawn[0] = widest
    return list(drawn.reshape(count, -1))


def samplers(edges: Incoming, count: int) -> dict[str, Cutter]:
    """Name the samplers; the first is the one that the others are compared with."""
    draw, between = Draw(count), edge_index(edges)
    posts = len(next(iter(edges.values())).indptr) - 1

    def k_hop(seeds: Ints) -> int:
        found = k_hop_subgraph(torch.from_numpy(seeds), _LAYERS, between, num_nodes=posts)
        return len(found[0])

    return {
        "drawn": lambda seeds: inputs(cut_blocks(edges, seeds, _LAYERS, draw)),
        "whole": lambda seeds: inputs(cut_blocks(edges, seeds, _LAYERS)),
        "row_by_row": lambda seeds: row_by_row(edges, seeds, count),
        "pyg_k_hop_subgraph": k_hop,
    }


def inputs(blocks: list[Any]) -> int:
    """Count the posts that the input layer reads."""
    return len(blocks[0].sources["post"])


def edge_index(edges: Incoming) -> torch.Tensor:
    """Lay the edges between posts out as PyG does ``[2, E]``."""
    kinds = [relation for kind, relation in edges.items() if kind[0] == "post"]
    parts = [np.stack([relation.indices, relation.rows]) for relation in kinds]
    return torch.from_numpy(np.concatenate(parts, axis=1))


def row_by_row(edges: Incoming, seeds: Ints, count: int) -> int:
    """Draw neighbours the plain way: a row at a time."""
    rng = np.random.default_rng(0)
    rows = seeds.tolist()
    for _ in range(_LAYERS):
        found = dict.fromkeys(rows)
        for kind, relation in edges.items():
            heard = [source for row in rows for source in _some(relation, row, count, rng)]
            if kind[0] == "post":
                found |= dict.fromkeys(heard)
        rows = list(found)
    return len(rows)


def _some(edges: Adjacency, row: int, count: int, rng: np.random.Generator) -> Iterable[int]:
    whole = edges.indices[edges.indptr[row] : edges.indptr[row + 1]]
    if len(whole) > count:
        whole = whole[rng.choice(len(whole), count, replace=False)]
    return [int(source) for source in whole]


def timed(cutters: dict[str, Cutter], batches: list[Ints]) -> dict[str, dict[str, float]]:
    """Time the samplers in turn on each batch; the first batch once more, to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in cutters}
    read = dict.fromkeys(cutters, 0)
    for place, seeds in enumerate([batches[0], *batches]):
        for name, cut in cutters.items():
            start = time.perf_counter()
            sources = cut(seeds)
            if place:
                seconds[name].append(time.perf_counter() - start)
                read[name] += sources
    total = sum(len(seeds) for seeds in batches)
    ours = sum(seconds[next(iter(cutters))])
    return {
        name: {
            "seeds_per_second": total / sum(spent),
            "batch_ms": 1e3 * float(np.mean(spent)),
            "batch_ms_std": 1e3 * float(np.std(spent)),
            "times_as_long": sum(spent) / ours,
            "sources_per_seed": read[name] / total,
        }
        for name, spent in seconds.items()
    }


if __name__ == "__main__":
    main()
