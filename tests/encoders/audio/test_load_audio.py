"""The audio encoder by name; what one does not ask for is not imported."""

from __future__ import annotations

import subprocess
import sys

from gnn_emotion.encoders.audio.acoustic import AcousticEncoder
from gnn_emotion.encoders.audio.load_audio import ACOUSTIC, load_audio_encoder


def test_the_acoustic_encoder_by_its_name():
    assert isinstance(load_audio_encoder(ACOUSTIC), AcousticEncoder)


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = (
        "import sys, gnn_emotion.encoders.audio.load_audio, gnn_emotion.encoders.video.load_video; "
        "print(sorted({'av', 'librosa', 'transformers', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
