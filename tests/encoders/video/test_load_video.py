"""The video encoder from the names of what it is built on."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from gnn_emotion.encoders.image.load_image import load_image_encoder
from gnn_emotion.encoders.media import Unreadable
from gnn_emotion.encoders.video.load_video import load_video_encoder
from gnn_emotion.encoders.video.video import VideoOptions
from gnn_emotion.schema.errors import ContractError


def test_the_clips_of_the_sample_are_encoded_whole(repo):
    clips = sorted((repo / "data" / "sample" / "media").glob("*.mp4"))
    encoder = load_video_encoder(load_image_encoder("affect"), "acoustic")
    rows = np.stack(encoder.encode_files(clips))
    assert rows.shape == (8, encoder.spec.dim)
    assert np.isfinite(rows).all()
    assert np.abs(rows).max() < 1e4
    assert (rows[:, -2:] == 1).all()
    assert len(np.unique(rows.round(3), axis=0)) == 8


def test_sound_is_left_out_unless_it_is_asked_for(repo):
    frames = load_image_encoder("affect")
    plain = load_video_encoder(frames)
    assert plain.spec.dim == 2 * frames.spec.dim + 2
    ordered = load_video_encoder(frames, options=VideoOptions(pooling="sequence"))
    assert ordered.spec.dim == 8 * (frames.spec.dim + 1) + 2
    picture = repo / "data" / "sample" / "media" / "boat_1.jpg"
    assert isinstance(plain.encode_files([picture])[0], Unreadable)


def test_what_cannot_be_loaded_is_named(monkeypatch):
    frames = load_image_encoder("affect")
    with pytest.raises(ContractError, match="audio encoder 'nosuch' cannot be loaded"):
        load_video_encoder(frames, "nosuch")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ContractError, match=r"pip install 'gnn-emotion\[video\]'"):
        load_video_encoder(frames)
