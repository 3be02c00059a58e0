"""Explanations of posts: who and what, and that every number is of a real deletion."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from gnn_emotion.explain.content import AUTHOR, CONTEXT, KNOWN, WORDS, part_effects
from gnn_emotion.explain.explainer import Explainer
from gnn_emotion.schema.errors import DumpError, LabelError

from ..scoring.conftest import dump  # noqa: F401


@pytest.fixture
def explainer(case, dump) -> Explainer:  # noqa: F811
    encoder = case.predictor.encoders.text
    return Explainer(case.predictor.checkpoint, encoder, dump, case.data)


def post_at(explainer, row: int) -> str:
    return explainer.posts["post_id"][row].as_py()


def test_it_explains_the_label_that_scoring_gives(explainer, case):
    for row in (0, 155):
        found = explainer.explain(post_at(explainer, row))
        assert list(found.probs.values()) == pytest.approx(case.probs[row].tolist(), abs=1e-6)
        assert found.label == max(found.probs, key=found.probs.get)
        assert found.changed == (max(found.alone, key=found.alone.get) != found.label)


def test_neighbours_are_posts_and_profiles_with_what_they_say(explainer, case):
    found = explainer.explain(post_at(explainer, 155))
    table = found.neighbours
    if not case.predictor.checkpoint.model.config.num_layers:
        assert table.empty and found.alone == found.probs
        return
    posts = explainer.posts.to_pandas().set_index("post_id")
    for row in table[table.node_type == "post"].itertuples():
        assert row.text == (posts.own_text[row.id] or "") and row.user_id == posts.user_id[row.id]
        assert row.created_at == posts.created_at[row.id] < posts.created_at[found.post_id]
    assert set(table.node_type) == {"post", "user"} and found.post_id not in set(table.id)
    assert 1 <= table.named.sum() <= 3
    assert set(found.users.user_id) >= set(table.user_id)
    assert found.users.posts.sum() == (table.node_type == "post").sum()


def test_an_asked_label_is_explained(explainer):
    found = explainer.explain(post_at(explainer, 155), label="surprise", named=1)
    assert found.label == "surprise" and found.neighbours.named.sum() <= 1
    assert found.check.before == pytest.approx(found.probs["surprise"])


def test_what_is_not_there_is_refused_by_name(explainer):
    with pytest.raises(DumpError, match="no post '17'; expected an id"):
        explainer.explain("17")
    with pytest.raises(LabelError, match=r"'joyy'.*joy"):
        explainer.explain(post_at(explainer, 0), label="joyy")


def test_parts_are_what_is_lost_without_them(explainer, case):
    judge = explainer.judge(157)
    frame = part_effects(judge, 2).set_index("part")
    layers = case.predictor.checkpoint.model.config.num_layers
    assert set(frame.index) == ({WORDS, AUTHOR, CONTEXT} if layers else {WORDS})
    assert frame.share.sum() == pytest.approx(1)
    silent = case.data.clone()
    silent["post"].x[157] = 0
    silent["post"].present[157] = False
    fall = case.probs[157, 2] - case.predictor.infer(silent).probs[157, 2]
    assert frame.effect[WORDS] == pytest.approx(fall, abs=1e-6)
    if layers:
        posts = [node for node in judge.around.nodes if node[0] == "post"]
        fall = judge.probs()[2] - judge.without([posts])[0, 2]
        assert frame.effect[CONTEXT] == pytest.approx(fall, abs=1e-6)


def test_known_labels_are_a_part_where_the_model_hears_them(explainer):
    known = np.zeros((300, 7), dtype=np.float32)
    judge = replace(
        explainer.judge(155), known=known[: len(explainer.judge(155).around.rows["post"])]
    )
    assert KNOWN in set(part_effects(judge, 0).part)


def test_lines_and_json_say_the_same(explainer, case):
    found = explainer.explain(post_at(explainer, 155))
    lines = list(found.lines())
    assert repr(found) == "\n".join(lines)
    assert lines[0].startswith(f"post {found.post_id}: ") and found.label in lines[1]
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert told["label"] == found.label and len(told["neighbours"]) == len(found.neighbours)
    if case.predictor.checkpoint.model.config.num_layers:
        marked = [line for line in lines if line.startswith(" *")]
        assert len(marked) == sum(row["named"] for row in told["neighbours"])
        assert "deletion check: without the" in lines[-1]
    else:
        assert "neighbours: none" in "\n".join(lines) and "no neighbour" in lines[-1]


def test_without_an_encoder_of_words_the_rest_is_explained(case, dump):  # noqa: F811
    explainer = Explainer(case.predictor.checkpoint, None, dump, case.data)
    found = explainer.explain(post_at(explainer, 155))
    assert found.words.empty and "words (none): none" in list(found.lines())
