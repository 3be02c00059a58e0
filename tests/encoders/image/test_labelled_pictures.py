from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gnn_emotion.encoders.image.labelled_pictures import LabelledPictures
from gnn_emotion.schema.errors import LabelError
from gnn_emotion.schema.features import CORRUPT, MISSING


def unread(labels: list[int]) -> LabelledPictures:
    return LabelledPictures([Path(str(k)) for k in range(len(labels))], np.array(labels))


def test_a_part_of_each_class_is_put_aside():
    pictures = unread([0] * 40 + [1] * 9 + [2] * 2 + [3])
    train, val = pictures.split(0)
    assert np.bincount(val.labels).tolist() == [5, 1, 1]
    assert sorted(train.paths + val.paths) == sorted(pictures.paths)
    assert pictures.split(0)[1].paths == val.paths != pictures.split(1)[1].paths


def test_nothing_can_be_put_aside_of_single_pictures():
    train, val = unread([0, 1, 2]).split(0)
    assert (len(train.paths), len(val.paths)) == (3, 0)


def test_readable_ones_keep_their_labels(tmp_path):
    for k in (0, 2):
        Image.new("L", (4, 4)).save(tmp_path / f"{k}.png")
    (tmp_path / "1.png").write_bytes(b"no picture")
    paths = [tmp_path / f"{k}.png" for k in range(4)]
    good, bad = LabelledPictures(paths, np.array([5, 6, 7, 8])).readable()
    assert list(good.paths) == [paths[0], paths[2]]
    assert good.labels.tolist() == [5, 7]
    assert {path: why.status for path, why in bad.items()} == {paths[1]: CORRUPT, paths[3]: MISSING}


def test_labels_are_checked():
    with pytest.raises(LabelError, match="2 pictures with labels"):
        LabelledPictures([Path("a"), Path("b")], np.array([1]))
    with pytest.raises(LabelError, match="label -1; expected classes from 0"):
        unread([0, -1])
