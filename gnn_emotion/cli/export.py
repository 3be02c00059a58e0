"""``gnn-emotion export``."""

from __future__ import annotations

from pathlib import Path

import click

from gnn_emotion.cli.options import check_outputs, scored_arguments, written_file


@click.command(name="export")
@scored_arguments
@click.option("--output", required=True, type=written_file, help="Network, .gexf or .graphml.")
@click.option(
    "--nodes",
    type=click.Choice(["posts", "users"]),
    default="posts",
    show_default=True,
    help="What is connected by answers and reposts.",
)
def command(predictions: Path, dumps: tuple[Path, ...], output: Path, nodes: str) -> None:
    """Write the posts of PREDICTIONS, or their users, as a network with emotions."""
    from gnn_emotion.pipeline import attached, read
    from gnn_emotion.trends.network import SUFFIXES, post_network, user_network, write_network

    check_outputs(predictions, output, suffixes=SUFFIXES)
    frame = attached(predictions, read(list(dumps)))
    graph = post_network(frame) if nodes == "posts" else user_network(frame)
    write_network(graph, output)
    edges = graph.number_of_edges()
    click.echo(f"wrote {graph.number_of_nodes():,} {nodes} and {edges:,} edges to {output}")
