"""What the options about encoders mean, and which are refused before anything is read."""

from __future__ import annotations

import click
import pytest

from gnn_emotion.cli.encoder_options import (
    encoder_options,
    encoders_of,
    media_of,
    media_options,
    reductions,
    selections,
)
from gnn_emotion.training.feature_selection import FeatureReduction, FeatureSelection


@pytest.fixture
def parsed(monkeypatch, tmp_path):
    """Return a function: arguments -> the options as a command gets them."""
    monkeypatch.setenv("GNN_EMOTION_CACHE", str(tmp_path / "default"))

    @click.command()
    @encoder_options
    @media_options
    @click.option("--select", multiple=True, callback=selections)
    @click.option("--reduce", multiple=True, callback=reductions)
    def command(**how):
        return how

    return lambda *arguments: command.main(list(map(str, arguments)), standalone_mode=False)


def test_what_is_not_named_is_not_encoded(parsed):
    assert encoders_of(parsed()) == {"post": "embedded", "user": "profile"}


def test_encoders_by_name(parsed, tmp_path):
    (tmp_path / "x.npy").touch()
    said = "--text-encoder tfidf --image-encoder affect --video-encoder resnet18:w.pth"
    files = [f"--features={name}={tmp_path / 'x.npy'}" for name in ("user", "pose")]
    how = parsed(*said.split(), "--audio-encoder", "acoustic", "--ocr", "--history", *files)
    assert encoders_of(how) == {
        "post": "tfidf",
        "user": "file",
        "image": "affect",
        "video": "resnet18:w.pth",
        "audio": "acoustic",
        "ocr": "ocr",
        "history": "history",
        "pose": "file",
    }
    assert set(how["features"]) == {"user", "pose"}


def test_text_is_what_posts_say(parsed, tmp_path):
    (tmp_path / "x.csv").touch()
    how = parsed("--features", f"text={tmp_path / 'x.csv'}", "--reduce", "text=svd:16")
    assert encoders_of(how)["post"] == "file"
    assert how["reduce"] == {"post": FeatureReduction("svd", 16)}


def test_columns_by_count_and_by_share(parsed):
    how = parsed("--select", "image=anova:50", "--select", "audio=variance:0.5")
    assert how["select"] == {
        "image": FeatureSelection("anova", 50),
        "audio": FeatureSelection("variance", 0.5),
    }


def test_where_the_cache_lies(parsed, tmp_path):
    for said, folder in (((), "default"), (("--cache", tmp_path / "own"), "own")):
        cache = media_of(parsed(*said)).cache
        assert cache.path.is_relative_to(tmp_path / folder)
        cache.close()
    assert media_of(parsed("--no-cache")).cache is None


def test_nothing_is_downloaded_unless_it_is_said(parsed):
    assert media_of(parsed("--no-cache")).download is None
    assert media_of(parsed("--no-cache", "--download")).download is not None


def test_how_media_are_judged(parsed):
    media = media_of(parsed("--no-cache", "--max-error-share", 0.25), progress=False)
    assert (media.max_error_share, media.progress) == (0.25, False)
    assert media_of(parsed("--no-cache")).max_error_share == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--reduce", "image=pca:8.5"], "no whole number of columns"),
        (["--reduce", "image=pca"], "'image=pca' is not NAME=METHOD:NUMBER"),
        (["--reduce", "pca:8"], "'pca:8' is not NAME=METHOD:NUMBER"),
        (["--select", "image=anova:nan"], "'image=anova:nan' is not NAME=METHOD:NUMBER"),
        (["--select", "image=anova:-1"], "'image=anova:-1' is not NAME=METHOD:NUMBER"),
        (["--features", "audio"], "'audio' is not NAME=FILE"),
        (["--features", "my sound=x.npy"], "is not NAME=FILE"),
        (["--features", "audio=nowhere.npy"], "no file nowhere.npy"),
        (["--max-error-share", "1.1"], "1.1"),
    ],
)
def test_wrong_values_are_refused(parsed, arguments, said):
    with pytest.raises(click.BadParameter, match=said):
        parsed(*arguments)


def test_options_that_exclude_or_need_each_other(parsed, tmp_path):
    with pytest.raises(click.UsageError, match="expected --video-encoder as well"):
        encoders_of(parsed("--audio-encoder", "acoustic"))
    with pytest.raises(click.UsageError, match="--cache and --no-cache exclude each other"):
        media_of(parsed("--cache", tmp_path, "--no-cache"))
