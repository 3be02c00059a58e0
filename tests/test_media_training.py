"""From pictures and features in files to a model: learnt, saved, loaded, and refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file

from gnn_emotion import pipeline
from gnn_emotion.encoders.store.cache import FeatureCache
from gnn_emotion.encoders.store.encode_media import MediaOptions
from gnn_emotion.encoders.tables.feature_files import read_feature_file
from gnn_emotion.graph.build import build_graph
from gnn_emotion.nn.fusion import FUSIONS
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.scoring.batch import ScoreOptions
from gnn_emotion.scoring.inference import infer_logits
from gnn_emotion.scoring.predictor import Predictor
from gnn_emotion.training.checkpoint import WEIGHTS, Checkpoint
from gnn_emotion.training.feature_selection import FeatureReduction, FeatureSelection
from gnn_emotion.training.fit_options import FitOptions
from gnn_emotion.training.preparation import PrepareOptions
from gnn_emotion.training.train_options import TrainOptions

from .moods import LABELS, read_rows, without_pictures, write_moods

pytestmark = pytest.mark.usefixtures("one_thread")
WORDS = {"post": "embedded", "user": "profile"}
FIT = FitOptions(epochs=10, patience=10, batch_size=32, learning_rate=0.01)
OPTIONS = TrainOptions(
    encoders=WORDS | {"image": "affect"},
    conv="none",
    hidden_channels=16,
    heads=2,
    num_layers=1,
    fusion="mid",
    fit=FIT,
)
TWIN = replace(OPTIONS, encoders=WORDS)
KINDS = [("gat", "graph"), *(("none", fusion) for fusion in FUSIONS)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_moods(tmp_path_factory.mktemp("moods") / "crawl")


@pytest.fixture(scope="module")
def dump(folder, tmp_path_factory):
    return pipeline.read(folder, tmp_path_factory.mktemp("read") / "dump", progress=False)


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    """One cache for the module: each picture is encoded once."""
    with FeatureCache(tmp_path_factory.mktemp("cache")) as cache:
        yield MediaOptions(cache=cache, progress=False)


@pytest.fixture(scope="module")
def trained(dump, media, tmp_path_factory):
    """Return a function: kind -> what training gave, and the checkpoint; each is trained once."""
    kept: dict[tuple[str, str], tuple] = {}

    def get(conv: str, fusion: str):
        if (conv, fusion) not in kept:
            out = tmp_path_factory.mktemp("model") / f"{conv}-{fusion}"
            options = replace(OPTIONS, conv=conv, fusion=fusion)
            kept[conv, fusion] = pipeline.train(dump, out, options, media=media), out
        return kept[conv, fusion]

    return get


def accuracy(fitted) -> float:
    return fitted.scores["test"]["ekman7"]["accuracy"]


@pytest.mark.parametrize(("conv", "fusion"), KINDS)
def test_pictures_are_learnt_from(trained, conv, fusion):
    fitted, _ = trained(conv, fusion)
    assert fitted.scores["test"]["ekman7"]["support"] > 20
    assert accuracy(fitted) > 0.9


def test_the_words_alone_say_nothing(dump, media, tmp_path):
    fitted = pipeline.train(dump, tmp_path / "model", TWIN, media=media)
    assert 0.3 < accuracy(fitted) < 0.7


def score(folder: Path, model: Path, media: MediaOptions, tmp_path: Path, **more) -> pa.Table:
    out = tmp_path / f"{folder.name}.parquet"
    options = ScoreOptions(progress=False, media=media)
    return pipeline.score(folder, out, model=model, options=options, **more).table


def probs(table: pa.Table) -> np.ndarray:
    return np.stack([table[f"prob_{label}"].to_numpy() for label in LABELS], axis=1)


@pytest.mark.parametrize(("conv", "fusion"), [("gat", "graph"), ("gat", "gated")])
def test_a_picture_speaks_for_its_own_post_alone(trained, folder, media, tmp_path, conv, fusion):
    _, model = trained(conv, fusion)
    had = np.array([bool(row["pics"]) for row in read_rows(folder)])
    whole = score(folder, model, media, tmp_path)
    assert whole["post_id"].to_pylist() == [row["mid"] for row in read_rows(folder)]
    lost = had & (np.arange(len(had)) % 2 == 0)
    some = score(
        without_pictures(folder, tmp_path / "some", lost.__getitem__), model, media, tmp_path
    )
    none = score(
        without_pictures(folder, tmp_path / "none", had.__getitem__), model, media, tmp_path
    )
    for table, taken in ((some, lost), (none, had)):
        np.testing.assert_array_equal(probs(table)[~had], probs(whole)[~had])
        np.testing.assert_allclose(probs(table)[~taken], probs(whole)[~taken], atol=1e-6)
        assert np.abs(probs(table) - probs(whole)).max(axis=1)[taken].mean() > 0.1
        status = np.array(table["status_image"].to_pylist())
        assert (status == np.where(had & ~taken, "ok", "missing")).all()


def test_columns_are_chosen_and_reduced_and_come_back(dump, media, tmp_path):
    prepare = PrepareOptions(
        {"image": FeatureSelection("anova", 50)}, {"image": FeatureReduction("pca", 8)}
    )
    options = replace(OPTIONS, prepare=prepare)
    fitted = pipeline.train(dump, tmp_path, options, media=media)
    assert accuracy(fitted) > 0.9
    predictor = Predictor.load(tmp_path, cache=media.cache)
    loaded = predictor.checkpoint.model
    assert dict(loaded.config.prepared) == {"image": 8}
    assert loaded.prepare["image"].weight.shape == (predictor.checkpoint.contract["image"].dim, 8)
    posts = pipeline.encode_words(dump, predictor.encoders, tmp_path / "shards", progress=False)
    graph = build_graph(dump, predictor.encode(dump, posts, media))
    np.testing.assert_array_equal(infer_logits(loaded, graph), infer_logits(fitted.model, graph))


def test_features_from_the_folder_that_encode_wrote(dump, media, trained, tmp_path):
    made = pipeline.encode(dump, tmp_path / "out", OPTIONS.encoders, media=media)["image"]
    file = tmp_path / "out" / "image.parquet"
    read = read_feature_file("image", file, made.ids)
    np.testing.assert_array_equal(read.x, made.x)
    np.testing.assert_array_equal(read.present, made.present)
    options = replace(OPTIONS, encoders=WORDS | {"image": "file"})
    pipeline.train(dump, tmp_path / "model", options, {"image": file}, media)
    assert_same_weights(tmp_path / "model", trained("none", "mid")[1])


def assert_same_weights(one: Path, other: Path) -> None:
    first, second = load_file(one / WEIGHTS), load_file(other / WEIGHTS)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_features_of_posts_by_a_name_of_their_own(dump, folder, media, tmp_path):
    rows = read_rows(folder)
    files = {dim: save_features(tmp_path / f"{dim}.parquet", rows, dim) for dim in (342, 341)}
    options = replace(OPTIONS, encoders=WORDS | {"audio": "file"})
    fitted = pipeline.train(dump, tmp_path / "model", options, {"audio": files[342]}, media)
    assert accuracy(fitted) > 0.9
    assert Checkpoint.load(tmp_path / "model").contract["audio"].dim == 342
    with pytest.raises(ContractError, match="--features audio=FILE"):
        score(folder, tmp_path / "model", media, tmp_path)
    with pytest.raises(ContractError, match=r"'audio' .*341 wide.*342 wide"):
        score(folder, tmp_path / "model", media, tmp_path, files={"audio": files[341]})
    table = score(folder, tmp_path / "model", media, tmp_path, files={"audio": files[342]})
    assert set(table["status_audio"].to_pylist()) == {"ok"}
    pred = table["emotion"].to_pylist()
    right = [p == row["label"] for p, row in zip(pred, rows, strict=True) if row["label"]]
    assert np.mean(right) > 0.9


def save_features(path: Path, rows: list[dict[str, object]], dim: int) -> Path:
    """Write a row a post, as another tool would, with the label in the first columns."""
    x = np.random.default_rng(0).standard_normal((len(rows), dim)).astype(np.float32)
    x[:, :8] += np.array([[3.0 if row["label"] == "joy" else -3.0] for row in rows])
    columns = {f"f{k}": x[:, k] for k in range(dim)}
    pq.write_table(pa.table({"post_id": [row["mid"] for row in rows], **columns}), path)
    return path


def test_alignment_changes_what_is_learnt(dump, media, tmp_path):
    weights = []
    for alignment in (0.0, 0.5):
        fit = replace(FIT, epochs=2, alignment=alignment)
        options = replace(OPTIONS, fit=fit)
        pipeline.train(dump, tmp_path / str(alignment), options, media=media)
        weights.append(load_file(tmp_path / str(alignment) / WEIGHTS))
    tokens = [name for name in weights[0] if ".tokens." in name and name.endswith("weight")]
    assert tokens
    assert not any(torch.equal(weights[0][name], weights[1][name]) for name in tokens)


@pytest.mark.parametrize("fusion", ["graph", "early"])
def test_alignment_without_tokens_is_refused(dump, media, tmp_path, fusion):
    options = replace(OPTIONS, conv="gat", fusion=fusion, fit=replace(FIT, alignment=0.5))
    with pytest.raises(ContractError, match="alignment needs tokens of two modalities"):
        pipeline.train(dump, tmp_path, options, media=media)
