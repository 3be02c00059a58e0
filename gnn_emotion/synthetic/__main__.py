"""``python -m gnn_emotion.synthetic --output DIR``: write the synthetic sample."""

from __future__ import annotations

from pathlib import Path

import click

from gnn_emotion.schema.errors import GnnEmotionError
from gnn_emotion.synthetic.sample import write_sample


@click.command()
@click.option(
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to; files of the same names are replaced.",
)
@click.option("--seed", default=0, show_default=True, help="The same seed tells the same story.")
@click.option("--posts", default=600, show_default=True, help="How many posts to invent.")
def main(output: Path, seed: int, posts: int) -> None:
    """Write an invented dump: posts, users, follows, pictures and clips."""
    try:
        write_sample(output, seed, posts)
    except GnnEmotionError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"wrote {posts} posts to {output}")


if __name__ == "__main__":
    main(prog_name="python -m gnn_emotion.synthetic")
