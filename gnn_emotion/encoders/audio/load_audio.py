"""Choose an audio encoder by name."""

from __future__ import annotations

from gnn_emotion.encoders.media import FileEncoder

#: The name of the encoder that needs no download.
ACOUSTIC = "acoustic"


def load_audio_encoder(name: str, device: str = "cpu") -> FileEncoder:
    """Load an audio encoder.

    Args:
        name: ``acoustic``, a Hugging Face hub name, or the folder of such a model.
        device: where a Hugging Face model runs.

    Raises:
        ContractError: when it cannot be loaded.
    """
    if name == ACOUSTIC:
        from gnn_emotion.encoders.audio.acoustic import AcousticEncoder

        return AcousticEncoder()
    # transformers takes seconds to import; who uses the acoustic encoder need not wait.
    from gnn_emotion.encoders.audio.hf_audio import HuggingFaceAudioEncoder

    return HuggingFaceAudioEncoder(name, device)
