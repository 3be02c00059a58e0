"""Make a video encoder of the encoders that it is built on, by name."""

from __future__ import annotations

from gnn_emotion.encoders.audio.load_audio import load_audio_encoder
from gnn_emotion.encoders.video.containers import import_av
from gnn_emotion.encoders.video.video import FrameEncoder, VideoEncoder, VideoOptions


def load_video_encoder(
    frames: FrameEncoder,
    audio: str | None = None,
    device: str = "cpu",
    options: VideoOptions | None = None,
) -> VideoEncoder:
    """Make a video encoder.

    Args:
        frames: encodes the frames.
        audio: name of the encoder of the sound track; None to leave it out.
        device: where a speech model runs.
        options: how a clip becomes a row.

    Raises:
        ContractError: a package is missing, or the audio encoder cannot be loaded.
    """
    import_av()
    sound = load_audio_encoder(audio, device) if audio else None
    return VideoEncoder(frames, sound, options)
