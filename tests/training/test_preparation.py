"""Fixed maps: fitted to the train split alone, the same as their parts one after the other."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
import torch

from gnn_emotion.graph.build import build_graph
from gnn_emotion.nn.prepare import FixedMap
from gnn_emotion.schema.errors import ContractError
from gnn_emotion.schema.features import OK, EncoderSpec, Features
from gnn_emotion.training.feature_selection import FeatureReduction, FeatureSelection, fit_selection
from gnn_emotion.training.preparation import PrepareOptions, fit_preparations
from gnn_emotion.training.scaling import Standardiser
from gnn_emotion.training.task import Task

POSTS, WIDTH = 60, 6
TRAIN_ROWS = np.arange(40)


def features(ids: list[str], x: np.ndarray) -> Features:
    there = np.ones(len(ids), dtype=bool)
    codes = np.full(len(ids), OK, dtype=np.uint8)
    spec = EncoderSpec("toy", "1", x.shape[1])
    return Features(pa.array(ids, pa.string()), x.astype(np.float32), there, codes, spec)


@pytest.fixture
def dump(make_dump):
    """Posts with a picture each; synthetic."""
    names = [f"p{i:02d}" for i in range(POSTS)]
    return make_dump(
        posts=[{"post_id": name} for name in names],
        media=[{"media_id": f"m{i:02d}", "kind": "image"} for i in range(POSTS)],
        post_media=[{"post_id": n, "media_id": f"m{n[1:]}", "position": 0} for n in names],
    )


@pytest.fixture
def x() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.standard_normal((POSTS, WIDTH)) * [1, 10, 100, 1, 1, 0] + [5, 0, -300, 0, 0, 7]


@pytest.fixture
def task() -> Task:
    label = np.arange(POSTS) % 3
    return Task(
        rows=np.arange(POSTS),
        allowed=np.eye(7, dtype=bool)[label],
        source=np.zeros(POSTS, dtype=np.int64),
        weight=np.ones(POSTS, dtype=np.float32),
        split=np.where(np.arange(POSTS) < len(TRAIN_ROWS), 0, 2).astype(np.int8),
    )


def graph(dump, x):
    posts = features([f"p{i:02d}" for i in range(POSTS)], np.ones((POSTS, 2)))
    return build_graph(
        dump,
        {
            "post": posts,
            "user": features([], np.empty((0, 2))),
            "image": features([f"m{i:02d}" for i in range(POSTS)], x),
            "sound": Features(
                posts.ids,
                x.astype(np.float32),
                posts.present,
                posts.status,
                EncoderSpec("t", "1", 6),
            ),
        },
    )


WIDTHS = {"post": 2, "user": 2, "image": WIDTH, "sound": WIDTH}


def applied(buffers: dict[str, torch.Tensor], x: np.ndarray) -> np.ndarray:
    fixed = FixedMap(WIDTH, buffers["weight"].shape[1])
    fixed.load_state_dict(buffers)
    return fixed(torch.from_numpy(x.astype(np.float32))).numpy()


@pytest.mark.parametrize(
    ("selection", "reduction"),
    [
        (FeatureSelection(), FeatureReduction()),
        (FeatureSelection("mutual_information", 3), FeatureReduction()),
        (FeatureSelection("anova", 4), FeatureReduction("pca", 2)),
        (FeatureSelection(), FeatureReduction("svd", 3)),
    ],
)
@pytest.mark.parametrize("name", ["image", "sound"])
def test_one_map_is_its_parts(dump, x, task, name, selection, reduction):
    options = PrepareOptions({name: selection}, {name: reduction})
    fitted = fit_preparations(graph(dump, x), task, WIDTHS, options)
    single = x.astype(np.float32)
    present, label = np.ones(POSTS, dtype=bool), task.allowed.argmax(axis=1)
    scaled = Standardiser.fit(single, present, TRAIN_ROWS).transform(single, present)
    chosen = fit_selection(scaled, present, label, TRAIN_ROWS, selection, reduction)
    expected = chosen.transform(scaled, present)
    np.testing.assert_allclose(applied(fitted[name], x), expected, atol=1e-3)


def test_words_and_profiles_stay_unless_asked_for(dump, x, task):
    fitted = fit_preparations(graph(dump, x), task, WIDTHS, PrepareOptions())
    assert set(fitted) == {"image", "sound"}
    asked = PrepareOptions(select={"post": FeatureSelection("variance", 1)})
    assert "post" in fit_preparations(graph(dump, x), task, WIDTHS, asked)


def test_only_the_train_split_is_looked_at(dump, x, task):
    options = PrepareOptions({"image": FeatureSelection("anova", 2)}, {})
    before = fit_preparations(graph(dump, x), task, WIDTHS, options)["image"]
    other = x.copy()
    other[len(TRAIN_ROWS) :] = 1e3
    after = fit_preparations(graph(dump, other), task, WIDTHS, options)["image"]
    assert all(torch.equal(before[name], after[name]) for name in before)
    other[0] += 50
    moved = fit_preparations(graph(dump, other), task, WIDTHS, options)["image"]
    assert not torch.equal(before["shift"], moved["shift"])


def test_features_that_are_not_there_are_refused(dump, x, task):
    asked = PrepareOptions(select={"imge": FeatureSelection("variance", 1)})
    with pytest.raises(ContractError, match=r"no features of 'imge'.*did you mean 'image'"):
        fit_preparations(graph(dump, x), task, WIDTHS, asked)
