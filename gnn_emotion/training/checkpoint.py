"""A checkpoint: a folder of safetensors and JSON, with a model card. No pickle anywhere.

``config.json`` holds the shape of the model, the feature contract (which encoders, which width),
the label set, the calibration and how it was trained; ``model.safetensors`` the weights. Encoders
that were trained with it, such as the embedded text encoder, have files of their own beside them.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from gnn_emotion.nn.config import ModelConfig
from gnn_emotion.nn.emotion_gnn import EmotionGNN
from gnn_emotion.schema.emotions import label_set
from gnn_emotion.schema.errors import ContractError, closest
from gnn_emotion.schema.features import EncoderSpec
from gnn_emotion.training.checksums import checksum
from gnn_emotion.training.correct_and_smooth import SmoothOptions

CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"
FORMAT = 3
#: Fields that are stored as they are.
_STORED = (
    "label_set",
    "encoders",
    "abstain_below",
    "default_source",
    "last",
    "training",
)
#: Kinds of what is stored.
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "model": dict,
    "contract": dict,
    "temperatures": list,
    "smooth": (dict, type(None)),
    "label_set": str,
    "encoders": dict,
    "abstain_below": (int, float),
    "default_source": str,
    "last": int,
    "training": dict,
}
_EXPECTED = ("model", "contract", "weights_sha256", "temperatures", "smooth", *_STORED)


@dataclass(frozen=True)
class Member:
    """A model of an ensemble; most have one only.

    Attributes:
        model: the weights.
        temperature: its logits are divided by it.
    """

    model: EmotionGNN
    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.temperature < math.inf:
            raise ContractError(f"temperature is {self.temperature}; expected more than 0")


def num_parameters(members: Iterable[Member]) -> int:
    """Count the numbers that were fitted, of all members."""
    weights = (p for member in members for p in member.model.parameters())
    return sum(p.numel() for p in weights if p.requires_grad)


@dataclass(frozen=True)
class Checkpoint:
    """A fitted model and all that is needed to use it on a new dump.

    Attributes:
        members: one model, or several of one shape whose probabilities are averaged.
        label_set: the registered label set of its outputs.
        encoders: by node type or modality, the name that its encoder is loaded by.
        contract: the encoder that made the features of each node type.
        smooth: how far known labels of the dump are spread after the model has answered; None for
            not at all.
        abstain_below: posts with less confidence are marked as abstained.
        default_source: the data source whose label prior answers for a new dump.
        last: reach of the derived ``earlier_*`` edges.
        training: how it was trained (seed, data, options); JSON values.
    """

    members: Sequence[Member]
    label_set: str
    encoders: Mapping[str, str]
    contract: Mapping[str, EncoderSpec]
    smooth: SmoothOptions | None = None
    abstain_below: float = 0.0
    default_source: str = "default"
    last: int = 8
    training: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.members:
            raise ContractError("no members; expected one model or more")
        config = self.model.config
        if config.labels != label_set(self.label_set).labels:
            raise ContractError(
                f"model labels {config.labels} are not those of {self.label_set!r}, "
                f"{label_set(self.label_set).labels}"
            )
        widths = {name: spec.dim for name, spec in self.contract.items()}
        if widths != dict(config.in_channels):
            raise ContractError(
                f"feature contract has widths {widths}, the model {dict(config.in_channels)}"
            )
        if self.default_source not in config.sources:
            raise ContractError(
                f"default source {self.default_source!r} is not one of {config.sources}"
            )

    def check_feature(self, name: str, spec: EncoderSpec | None) -> None:
        """Refuse features that this model was not trained on.

        Args:
            name: node type or modality.
            spec: what made them; None where there are none.

        Raises:
            ContractError: naming the features, and what differs.
        """
        expected = self.contract.get(name)
        if expected is None:
            raise ContractError(
                f"features of {name!r} were given; {closest(name, sorted(self.contract))}"
            )
        if spec is None:
            raise ContractError(f"no features of {name!r}; the model expects {_name(expected)}")
        if not expected.accepts(spec):
            raise ContractError(
                f"features of {name!r} come from {_name(spec)}, but the model was trained on "
                f"{_name(expected)}; encode with that, or train a model on these features"
            )

    def save(self, folder: Path, card: str, encoder_files: Sequence[Path] = ()) -> None:
        """Write the folder; files of an earlier checkpoint in it are replaced.

        Args:
            folder: made when it is not there.
            card: the model card, Markdown.
            encoder_files: what encoders need to be loaded again, copied into the folder.
        """
        folder.mkdir(parents=True, exist_ok=True)
        state = {
            f"{number}/{name}": tensor.contiguous()
            for number, member in enumerate(self.members)
            for name, tensor in member.model.state_dict().items()
        }
        save_file(state, folder / WEIGHTS)
        for file in encoder_files:
            if file.parent.resolve() != folder.resolve():
                shutil.copyfile(file, folder / file.name)
        config = {
            "format": FORMAT,
            "model": self.model.config.as_json(),
            "contract": {name: spec.as_json() for name, spec in self.contract.items()},
            "weights_sha256": checksum(folder / WEIGHTS),
            "temperatures": [member.temperature for member in self.members],
            "smooth": None if self.smooth is None else asdict(self.smooth),
            **{name: getattr(self, name) for name in _STORED},
        }
        text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
        (folder / CONFIG).write_text(text, encoding="utf-8")
        (folder / CARD).write_text(card, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Checkpoint:
        """Read what ``save`` wrote.

        Raises:
            ContractError: when the folder is no checkpoint, or its weights are not those that its
                config names.
        """
        stored = _read_config(folder)
        if checksum(folder / WEIGHTS) != stored["weights_sha256"]:
            raise ContractError(f"{folder / WEIGHTS} is damaged: its checksum is not the config's")
        try:
            return cls._of_config(folder, stored)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ContractError(
                f"{folder / CONFIG} is damaged: {error!r}; expected what `gnn-emotion train` wrote"
            ) from error

    @classmethod
    def _of_config(cls, folder: Path, stored: Mapping[str, Any]) -> Checkpoint:
        smooth, contract = stored["smooth"], stored["contract"]
        return cls(
            members=_load_members(folder, stored),
            contract={name: EncoderSpec.from_json(spec) for name, spec in contract.items()},
            smooth=None if smooth is None else SmoothOptions(**smooth),
            **{name: stored[name] for name in _STORED},
        )

    @property
    def model(self) -> EmotionGNN:
        """The first member, whose shape all have."""
        return self.members[0].model

    @property
    def source(self) -> int:
        """Index of the default source among the model's."""
        return self.model.config.sources.index(self.default_source)

    @property
    def num_parameters(self) -> int:
        """How many numbers were fitted, without the text encoder."""
        return num_parameters(self.members)


def is_checkpoint(folder: Path) -> bool:
    """Tell whether a folder holds a checkpoint, whole or not, of this version or another."""
    try:
        stored = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(stored, dict) and {"format", "weights_sha256"} <= set(stored)


def _load_members(folder: Path, stored: Mapping[str, Any]) -> tuple[Member, ...]:
    config = ModelConfig.from_json(stored["model"])
    members = []
    try:
        weights = load_file(folder / WEIGHTS)
        for number, temperature in enumerate(stored["temperatures"]):
            model, own = EmotionGNN(config), f"{number}/"
            model.load_state_dict(
                {name[len(own) :]: t for name, t in weights.items() if name.startswith(own)}
            )
            members.append(Member(model.eval(), temperature))
    except (RuntimeError, SafetensorError) as error:
        reason = " ".join(str(error).split())
        raise ContractError(f"{folder / WEIGHTS} does not fit its config: {reason}") from error
    return tuple(members)


def _read_config(folder: Path) -> dict[str, Any]:
    missing = [name for name in (CONFIG, WEIGHTS) if not (folder / name).is_file()]
    if missing:
        raise ContractError(
            f"{folder} is not a checkpoint: missing {', '.join(missing)}; expected the folder "
            "that `gnn-emotion train` writes"
        )
    try:
        stored = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if stored["format"] != FORMAT:
            raise ContractError(
                f"{folder / CONFIG} has format {stored['format']}, expected {FORMAT}; "
                "it was written by another version"
            )
    except (ValueError, KeyError, TypeError) as error:
        raise ContractError(f"{folder / CONFIG} cannot be read: {error!r}") from error
    absent = [name for name in _EXPECTED if name not in stored]
    if absent:
        raise ContractError(f"{folder / CONFIG} has no {', '.join(absent)}; train the model again")
    for name, kind in _KINDS.items():
        if not isinstance(stored[name], kind) or isinstance(stored[name], bool):
            raise ContractError(
                f"{folder / CONFIG} has {name} {stored[name]!r}, which is of the wrong kind; train "
                "the model again"
            )
    return dict(stored)


def _name(spec: EncoderSpec) -> str:
    options = ", ".join(f"{key}={value}" for key, value in spec.options.items())
    return f"{spec.encoder!r} revision {spec.revision}, {spec.dim} wide ({options or 'no options'})"
