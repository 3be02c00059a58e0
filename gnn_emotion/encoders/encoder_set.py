"""All encoders of a model, by name: what a user says, a checkpoint keeps, and features are made by.

Names go by node type or modality: ``post`` (its words), ``user``, ``image``, ``video``, ``audio``
(the sound track of videos), ``history``, ``ocr``, and whatever a researcher calls features of posts
that come from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from gnn_emotion.encoders.history import encode_history, history_spec
from gnn_emotion.encoders.image.picture_words import encode_picture_words, picture_words_spec
from gnn_emotion.encoders.media import FileEncoder
from gnn_emotion.encoders.store.cache import FeatureCache
from gnn_emotion.encoders.store.encode_media import MediaOptions, encode_media
from gnn_emotion.encoders.store.media_problems import PROBLEMS
from gnn_emotion.encoders.tables.feature_files import read_feature_file
from gnn_emotion.encoders.text.cached_text import CachedTextEncoder
from gnn_emotion.encoders.text.load_text import (
    EMBEDDED,
    TextEncoder,
    gives_tokens,
    is_costly,
    load_text_encoder,
)
from gnn_emotion.encoders.text.text_names import read_options, split_name
from gnn_emotion.encoders.users import SPEC as USER_SPEC
from gnn_emotion.encoders.users import encode_users
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.features import FROM_FILE, EncoderSpec, Features
from gnn_emotion.schema.graph import NODE_TYPES
from gnn_emotion.schema.tables import Dump

POST, USER, IMAGE, VIDEO, AUDIO, HISTORY, OCR = (
    "post",
    "user",
    "image",
    "video",
    "audio",
    "history",
    "ocr",
)
PROFILE = "profile"
_MEDIA = (IMAGE, VIDEO)
#: What a dump is encoded with when nothing is said.
DEFAULT = {POST: EMBEDDED, USER: PROFILE}
Names = Mapping[str, str]


@dataclass(frozen=True)
class EncoderSet:
    """Encoders that are loaded.

    Attributes:
        names: the encoder of each node type or modality, as it is loaded.
        text: of the words of posts, and of those in pictures; None where neither is encoded.
        media: by ``image`` and ``video``, those that are encoded.
        files: features from files, by node type or modality.
    """

    names: Names
    text: TextEncoder | None
    media: Mapping[str, FileEncoder] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def specs(self) -> dict[str, EncoderSpec]:
        """Return the specs that are known before there is a dump: all but those of files."""
        found = {kind: encoder.spec for kind, encoder in self.media.items()}
        if self.names.get(USER) == PROFILE:
            found[USER] = USER_SPEC
        if self.text is not None and self.names[POST] != FROM_FILE:
            found[POST] = self.text.spec
            if _encoded(HISTORY, self.names):
                found[HISTORY] = history_spec(self.text.spec)
        if self.text is not None and _encoded(OCR, self.names):
            found[OCR] = picture_words_spec(self.text.spec)
        return found

    def encode(
        self, dump: Dump, posts: Features, options: MediaOptions | None = None
    ) -> tuple[dict[str, Features], pa.Table]:
        """Encode everything but the words of posts.

        Args:
            dump: the tables.
            posts: features of the words of all its posts.
            options: how media are found, cached and judged.

        Returns:
            Features by node type or modality, ``post`` among them, and the table of
            ``media_problems``.

        Raises:
            ContractError: a file of features does not fit.
            DumpError: too many media that cannot be read.
        """
        found, problems = {POST: posts}, [PROBLEMS.empty_table()]
        for kind, encoder in self.media.items():
            found[kind], lost = encode_media(dump, kind, encoder, options)
            problems.append(lost)
        if self.names.get(USER) == PROFILE:
            found[USER] = encode_users(dump)
        if _encoded(HISTORY, self.names):
            found[HISTORY] = encode_history(dump, posts)
        if _encoded(OCR, self.names):
            assert self.text is not None
            found[OCR] = encode_picture_words(dump, self.text, options or MediaOptions())
        for name in self.files:
            if name != POST:
                found[name] = self.read_file(dump, name)
        return found, pa.concat_tables(problems)

    def read_file(self, dump: Dump, name: str) -> Features:
        """Read the features of a node type or modality that come from a file."""
        return read_feature_file(name, self.files[name], _ids(dump, name))


def load_encoders(
    names: Names,
    folder: Path,
    device: str = "cpu",
    files: Mapping[str, Path] | None = None,
    cache: FeatureCache | None = None,
) -> EncoderSet:
    """Load encoders by name.

    Args:
        names: by node type or modality; ``file`` for features from a file.
        folder: the checkpoint that has the files of embedded and fitted encoders.
        device: where neural encoders run.
        files: the files, by node type or modality.
        cache: where the features of texts are kept that are costly to encode.

    Raises:
        ContractError: an encoder cannot be loaded, or a file is missing or not asked for.
    """
    files = dict(files or {})
    _check_names(names)
    _check_files(names, files)
    wanted = text_encoder_name(names)
    blurred = [name for name in (HISTORY, OCR) if _encoded(name, names)]
    if blurred and gives_tokens(wanted):
        raise ContractError(
            f"features of {', '.join(blurred)} are made by the text encoder, and "
            f"{wanted!r} gives token numbers, which only a text head can read; expected another"
        )
    text = None if wanted == FROM_FILE else load_text_encoder(wanted, folder, device)
    if text is not None and cache is not None and is_costly(wanted):
        text = CachedTextEncoder(text, cache)
    media = {kind: _load_media(kind, names, device) for kind in _MEDIA if _encoded(kind, names)}
    return EncoderSet(dict(names), text, media, files)


def text_encoder_name(names: Names) -> str:
    """Return the text encoder that is loaded.

    Features from a file stand for the words of posts; those in pictures still need an encoder.
    """
    from_file = names[POST] == FROM_FILE
    return EMBEDDED if from_file and names.get(OCR, FROM_FILE) != FROM_FILE else names[POST]


def _encoded(kind: str, names: Names) -> bool:
    return kind in names and names[kind] != FROM_FILE


def _check_names(names: Names) -> None:
    """Refuse encoders of what nothing is encoded for: only a file can give other features."""
    known = (POST, USER, IMAGE, VIDEO, AUDIO, HISTORY, OCR)
    for name, encoder in names.items():
        if name not in known and encoder != FROM_FILE:
            raise ContractError(
                f"encoder {encoder!r} of {name!r}, which is none of what posts have; "
                f"{closest(name, list(map(_shown, known)))}"
            )


def _check_files(names: Names, files: Mapping[str, Path]) -> None:
    expected = {name for name, encoder in names.items() if encoder == FROM_FILE}
    if missing := sorted(expected - set(files)):
        raise ContractError(
            f"the model reads the features of {', '.join(missing)} from files; expected "
            + " ".join(f"--features {_shown(name)}=FILE" for name in missing)
        )
    if stray := sorted(set(files) - expected):
        raise ContractError(
            f"features {_shown(stray[0])!r} were given, but the model reads none from a file; "
            f"{closest(stray[0], sorted(expected))}"
            if expected
            else f"features {_shown(stray[0])!r} were given, but the model reads none from files: "
            "it encodes what it needs itself"
        )


def _shown(name: str) -> str:
    return "text" if name == POST else name


def _load_media(kind: str, names: Names, device: str) -> FileEncoder:
    # The libraries for pictures, clips and sounds take a while to import.
    from gnn_emotion.encoders.image.load_image import load_image_encoder

    if kind == IMAGE:
        return load_image_encoder(names[kind], device)
    from gnn_emotion.encoders.video.load_video import load_video_encoder
    from gnn_emotion.encoders.video.video import VideoOptions

    # affect?frames=16&sampling=scene: how a clip becomes a row stands behind its frames' encoder.
    plain, stated = split_name(names[kind])
    options = read_options(names[kind], VideoOptions, stated)
    frames = load_image_encoder(plain, device)
    audio = names[AUDIO] if _encoded(AUDIO, names) else None
    return load_video_encoder(frames, audio, device, options)


def _ids(dump: Dump, name: str) -> pa.Array:
    """Return the ids of the nodes that features of this name belong to."""
    if name == USER:
        return dump.read("users", ["user_id"])["user_id"].combine_chunks()
    if name in _MEDIA:
        media = dump.read("media", ["media_id", "kind"])
        return media.filter(pc.equal(media["kind"], name))["media_id"].combine_chunks()
    assert name == POST or name not in NODE_TYPES
    return dump.read("posts", ["post_id"])["post_id"].combine_chunks()
