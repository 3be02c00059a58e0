"""Options about encoders, and about the files that they read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gnn_emotion.cli.options import Command

if TYPE_CHECKING:
    from gnn_emotion.encoders.store.encode_media import MediaOptions

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


def encoder_options(command: Command) -> Command:
    """Add the options that name encoders."""
    for decorate in (
        click.option(
            "--ocr", is_flag=True, help="Read the words in pictures as well (needs [ocr])."
        ),
        click.option(
            "--history",
            is_flag=True,
            help="What the author had written before: how much, how lately, what on average.",
        ),
        click.option(
            "--audio-encoder",
            help="Encoder of the sound of videos: 'acoustic', or the hub name or folder of a "
            "speech model. By default sound is not read.",
        ),
        click.option(
            "--video-encoder",
            help="Encoder of the frames of videos: as for pictures, with options behind a question "
            "mark, such as 'affect?frames=16&sampling=scene'. By default videos are not read.",
        ),
        click.option(
            "--image-encoder",
            help="Encoder of pictures: 'affect' (no download), 'resnet18', 'resnet50' (with :FILE "
            "for its weights), or the hub name or folder of a model such as CLIP or ViT. By "
            "default pictures are not read.",
        ),
        click.option(
            "--text-encoder",
            default="embedded",
            show_default=True,
            help="Encoder of words: 'weibo-fast', which travels with the package; 'embedded', the "
            "same, kept in the model; 'weibo-base', a small Transformer; 'bow', 'tfidf', "
            "'word2vec' or 'tokens', fitted in training; 'svm', 'naive_bayes', 'logistic' or "
            "'lexicon:FOLDER', which score labels; the hub name or folder of a Hugging Face model; "
            "or several, as in 'tfidf+logistic'.",
        ),
    ):
        command = decorate(command)
    return command


def media_options(command: Command) -> Command:
    """Add the options that say where media, caches and files of features lie."""
    for decorate in (
        click.option(
            "--max-error-share",
            type=click.FloatRange(0, 1),
            default=1.0,
            show_default=True,
            help="Fail when more than this share of the media files cannot be read.",
        ),
        click.option(
            "--download",
            is_flag=True,
            help="Fetch media of which only the address is known; never from private addresses.",
        ),
        click.option("--no-cache", is_flag=True, help="Neither look up nor keep features."),
        click.option(
            "--cache",
            type=click.Path(file_okay=False, path_type=Path),
            help="Folder of the feature cache; by default $GNN_EMOTION_CACHE or the user's cache.",
        ),
        click.option(
            "--features",
            multiple=True,
            metavar="NAME=FILE",
            callback=_files,
            help="Features from a file (Parquet, CSV, .npy with ids) in place of an encoder: of "
            "text, user, image or video, or of posts by any other name. May be repeated.",
        ),
    ):
        command = decorate(command)
    return command


def encoders_of(how: Mapping[str, Any]) -> dict[str, str]:
    """Return the encoders that the options name, by node type or modality."""
    from gnn_emotion.encoders.encoder_set import (
        AUDIO,
        HISTORY,
        IMAGE,
        OCR,
        POST,
        PROFILE,
        USER,
        VIDEO,
    )
    from gnn_emotion.schema.features import FROM_FILE

    names = {POST: how["text_encoder"], USER: PROFILE}
    names |= {
        kind: how[f"{kind}_encoder"] for kind in (IMAGE, VIDEO, AUDIO) if how[f"{kind}_encoder"]
    }
    names |= {name: name for name in (HISTORY, OCR) if how[name]}
    if AUDIO in names and VIDEO not in names:
        raise click.UsageError(
            "--audio-encoder reads the sound of videos; expected --video-encoder as well"
        )
    return names | dict.fromkeys(how["features"], FROM_FILE)


def media_of(how: Mapping[str, Any], progress: bool = True) -> MediaOptions:
    """Return how media are found, cached and judged."""
    from gnn_emotion.encoders.store.cache import FeatureCache, default_cache_folder
    from gnn_emotion.encoders.store.download import Downloader
    from gnn_emotion.encoders.store.encode_media import MediaOptions

    if how["no_cache"] and how["cache"]:
        raise click.UsageError("--cache and --no-cache exclude each other")
    folder = how["cache"] or default_cache_folder()
    return MediaOptions(
        cache=None if how["no_cache"] else FeatureCache(folder / "features"),
        download=Downloader(folder / "downloads") if how["download"] else None,
        max_error_share=how["max_error_share"],
        progress=progress,
    )


def selections(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, Any]:
    """Read ``NAME=METHOD:KEEP``."""
    from gnn_emotion.training.feature_selection import FeatureSelection

    return {
        name: FeatureSelection(method, int(keep) if keep.isdecimal() else float(keep))
        for name, method, keep in map(_choice, value)
    }


def reductions(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, Any]:
    """Read ``NAME=METHOD:DIM``."""
    from gnn_emotion.training.feature_selection import FeatureReduction

    choices = [_choice(text) for text in value]
    for name, method, dim in choices:
        if not dim.isdecimal():
            raise click.BadParameter(f"{name}={method}:{dim} asks for no whole number of columns")
    return {name: FeatureReduction(method, int(dim)) for name, method, dim in choices}


def _choice(text: str) -> tuple[str, str, str]:
    name, equals, choice = text.partition("=")
    method, _, amount = choice.partition(":")
    if not equals or not _NUMBER.fullmatch(amount):
        raise click.BadParameter(f"{text!r} is not NAME=METHOD:NUMBER, such as image=pca:32")
    return graph_name(name), method, amount


def _files(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, Path]:
    files = {}
    for pair in value:
        name, equals, file = pair.partition("=")
        if not equals or not name.isidentifier():
            raise click.BadParameter(f"{pair!r} is not NAME=FILE, with a name such as audio")
        if not Path(file).is_file():
            raise click.BadParameter(f"{pair!r}: no file {file}")
        files[graph_name(name)] = Path(file)
    return files


def graph_name(name: str) -> str:
    """Return what the words of posts, called text here, are called in the graph."""
    return "post" if name == "text" else name
