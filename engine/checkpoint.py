"""Checkpoints: safetensors with one metadata key, never pickle.

The file holds no time and no host, so the same training writes the same bytes; those facts lie
in `run.json` beside it. A checksum over metadata and weights shows any change since.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load as parse_tensors
from safetensors.numpy import save as write_tensors

from engine import files
from engine.errors import CheckpointError, EngineError

if TYPE_CHECKING:
    import torch

KEY = "blindread"
FORMAT = 1
MODEL = files.MODEL
LARGEST_BYTES = 2 << 30
"""No network of this program comes near 2 GiB; a larger file is refused unread."""

_VERSIONS_OF = ("torch", "numpy")

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class CheckpointMeta:
    """What a checkpoint says of itself.

    `kind`: cnn | dcgan | ...; `spec`: the engine's spec as JSON; `classes` in target order;
    `category` of a per-class generator; `fold`: the test fold, None for all folds; `data_hash`
    of the training ROIs; `facts`: further named numbers (best epoch, KID), sorted by name.
    """

    kind: str
    spec: str
    classes: tuple[str, ...]
    data_hash: str
    seed: int
    category: str = ""
    fold: int | None = None
    device: str = "cpu"
    precision: str = "float32"
    facts: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint: metadata, versions that wrote it, weights by layer name."""

    meta: CheckpointMeta
    versions: tuple[tuple[str, str], ...]
    checksum: str
    tensors: Mapping[str, Array] = field(repr=False, compare=False)

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The weights as torch tensors, each its own copy."""
        import torch

        return {name: torch.from_numpy(array.copy()) for name, array in self.tensors.items()}

    def restore(self, network: torch.nn.Module) -> None:
        """Put the weights into a network; CheckpointError where its architecture differs."""
        wanted = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
        found = {name: array.shape for name, array in self.tensors.items()}
        if wanted != found:
            raise CheckpointError(
                "This checkpoint belongs to a network of another architecture "
                f"({_difference(wanted, found)}). Train again with the present recipe."
            )
        network.load_state_dict(self.state_dict())


@dataclass(frozen=True)
class RunFacts:
    """What differs between two equal trainings; kept beside the checkpoint, not in it."""

    started: str  # UTC, ISO 8601
    seconds: float
    steps: int
    host: str = field(default_factory=platform.node)
    system: str = field(default_factory=platform.platform)
    written: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


def save(path: Path, tensors: Mapping[str, torch.Tensor | Array], meta: CheckpointMeta) -> str:
    """Write a checkpoint at once (temporary file, fsync, rename); returns its checksum.

    Raises CheckpointError where the folder cannot take it.
    """
    arrays = {name: _as_array(tensor) for name, tensor in tensors.items()}
    versions = tuple((name, metadata.version(name)) for name in _VERSIONS_OF)
    said = _said(meta, versions)
    checksum = _checksum(said, arrays)
    text = _canonical({**said, "checksum": checksum})
    _write_whole(path, write_tensors(arrays, metadata={KEY: text}))
    return checksum


def save_network(
    folder: Path,
    network: torch.nn.Module,
    meta: CheckpointMeta,
    noun: str = "training",
    file: str = MODEL,
) -> str:
    """Write a trained network into the run's folder, as its checkpoint or another `file`.

    Returns the checksum. The network may lie on any device. Raises EngineError, and writes
    nothing, where a weight or buffer is no number: then the `noun` ("training", "generator's
    training") diverged. CheckpointError as `save`.
    """
    weights = network.state_dict()
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise EngineError(
            f"The {noun} diverged: some weights are no longer numbers. Choose a smaller learning "
            "rate and train again."
        )
    return save(folder / file, weights, meta)


def load(path: Path, kind: str = "") -> Checkpoint:
    """Read and verify a checkpoint; `kind` "" takes any.

    Raises CheckpointError with a sentence for a file that is missing, pickled, truncated, changed
    since it was written, written by something else, or of another kind.
    """
    content = _read(path)
    header = _header(path, content)
    said = _own_metadata(path, header)
    try:
        arrays = parse_tensors(content)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise CheckpointError(_damaged(path)) from error
    checksum = said.pop("checksum", "")
    if checksum != _checksum(said, arrays):
        raise CheckpointError(_damaged(path))
    checkpoint = _checkpoint(path, said, str(checksum), arrays)
    if kind and checkpoint.meta.kind != kind:
        raise CheckpointError(
            f"{path.name} holds a {checkpoint.meta.kind} network, where a {kind} is wanted. "
            "Choose another run."
        )
    return checkpoint


def write_facts(folder: Path, facts: RunFacts) -> Path:
    """Write `run.json` into the run's folder."""
    path = folder / "run.json"
    _write_whole(path, (_canonical(asdict(facts)) + "\n").encode())
    return path


def read_facts(folder: Path) -> RunFacts:
    """The facts beside a checkpoint; CheckpointError when the file is missing or damaged."""
    path = folder / "run.json"
    try:
        return RunFacts(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(_damaged(path)) from error


# --- the text and its checksum --------------------------------------------------------------


def _said(meta: CheckpointMeta, versions: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "meta": asdict(meta),
        "versions": [list(pair) for pair in sorted(versions)],
    }


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _checksum(said: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
    """SHA-256 over the metadata and, by name, each tensor's type, shape and bytes."""
    digest = hashlib.sha256(_canonical(said).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _as_array(tensor: torch.Tensor | Array) -> Array:
    if isinstance(tensor, np.ndarray):
        return np.asarray(tensor, order="C")
    return np.asarray(tensor.detach().cpu().numpy(), order="C")


def _checkpoint(
    path: Path, said: Mapping[str, Any], checksum: str, arrays: Mapping[str, Array]
) -> Checkpoint:
    if said.get("format") != FORMAT:
        raise CheckpointError(
            f"{path.name} was written by a newer version of Blindread. Update this one to open it."
        )
    try:
        told = dict(said["meta"])
        told["classes"] = tuple(told["classes"])
        told["facts"] = tuple((str(name), float(value)) for name, value in told["facts"])
        versions = tuple((str(name), str(version)) for name, version in said["versions"])
        return Checkpoint(CheckpointMeta(**told), versions, checksum, arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(_damaged(path)) from error


# --- the file -------------------------------------------------------------------------------


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise CheckpointError(f"{path.name} is too large to be a checkpoint of this program.")
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint {path.name} cannot be read ({error.strerror}). Train this run again, "
            "or restore the study's runs folder."
        ) from error


def _header(path: Path, content: bytes) -> Mapping[str, Any]:
    """The safetensors header: 8 bytes of length, then JSON (its length may begin like a pickle)."""
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or not 0 < length <= len(content) - 8 or content[8:9] != b"{":
        if content[:2] == b"PK" or content[:1] == b"\x80":
            raise CheckpointError(
                f"{path.name} is a pickled model. Such files can run code, so Blindread never "
                "opens them; only its own .safetensors checkpoints."
            )
        raise CheckpointError(_damaged(path))
    try:
        header = json.loads(content[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise CheckpointError(_damaged(path)) from error
    if not isinstance(header, dict):
        raise CheckpointError(_damaged(path))
    return header


def _own_metadata(path: Path, header: Mapping[str, Any]) -> dict[str, Any]:
    told = header.get("__metadata__")
    if not isinstance(told, dict) or set(told) != {KEY}:
        raise CheckpointError(
            f"{path.name} was not written by Blindread: it does not say what it was trained on."
        )
    try:
        said = json.loads(told[KEY])
    except (ValueError, TypeError, RecursionError) as error:
        raise CheckpointError(_damaged(path)) from error
    if not isinstance(said, dict):
        raise CheckpointError(_damaged(path))
    return said


def _damaged(path: Path) -> str:
    return (
        f"{path.name} is damaged or was changed after it was written. Train this run again, or "
        "restore it from a backup."
    )


def _difference(wanted: Mapping[str, object], found: Mapping[str, object]) -> str:
    for name in (*wanted, *found):
        if wanted.get(name) != found.get(name):
            return f"{name}: {found.get(name, 'absent')} instead of {wanted.get(name, 'absent')}"
    return "other layers"


def _write_whole(path: Path, content: bytes) -> None:
    """Either the old file or the whole new one, also after a power cut."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CheckpointError(
            f"{path.name} cannot be written to {path.parent} ({error.strerror}). Free some space "
            "or choose another folder; nothing else was changed."
        ) from error
