"""``gnn-emotion``: the commands, and what becomes of errors.

Exit codes: 0 done, 1 failed with one line that says why, 2 wrong usage.
"""

from __future__ import annotations

import importlib
import sys
import warnings

import click

from gnn_emotion.schema.errors import GnnEmotionError

#: Command -> its one-line help. A command's module, and torch with it, is imported when it runs.
COMMANDS = {
    "score": "Label every post of a dump.",
    "ingest": "Read a dump into Parquet tables.",
    "encode": "Turn words, pictures, videos and users into features.",
    "inspect": "Say what is in a dump, and what is wrong with it.",
    "pretrain": "Pretrain a text encoder on texts without labels.",
    "finetune": "Fine-tune a pretrained text encoder on labelled texts.",
    "train": "Train a model on a labelled dump.",
    "evaluate": "Judge a model on the labels of a dump.",
    "explain": "Say which words and neighbours moved the label of a post.",
    "ablate": "Compare models, edges and features on a labelled dump.",
    "tune": "Search for the options with which a model does best.",
    "trends": "Estimate shares of emotions over time, with intervals.",
    "report": "Write trends, change points and posts as one HTML page.",
    "spread": "Measure how emotions move from posts to their answers.",
    "export": "Write posts or users as a network for Gephi.",
    "doctor": "Say what this machine has, and what is missing.",
}


class _Lazy(click.Group):
    """A group that knows its commands by name and imports them when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"gnn_emotion.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from gnn_emotion.schema.errors import closest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"no command {args[0]!r}; {closest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gnn-emotion")
def cli() -> None:
    """Label the emotion of every post of a Weibo-style dump, with the help of its context."""


def main() -> None:
    """Run the command line, and turn the errors of this package into one line."""
    # torch tells library authors, on every import, what will change for them.
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch\.")
    try:
        cli(prog_name="gnn-emotion")
    except GnnEmotionError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {name}{error.strerror or error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
