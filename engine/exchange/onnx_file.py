"""A trained network as an ONNX file that other programs can run without this one.

The file is whole in itself (weights inside) and says where it comes from: the checkpoint's
checksum, spec, classes and data hash, under keys that begin with `blindread.`. The same
checkpoint and versions of torch and onnxscript give the same bytes.
"""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from engine import checkpoint
from engine.checkpoint import Checkpoint
from engine.errors import EngineError
from engine.jobs import Progress
from engine.specs import SIDE

if TYPE_CHECKING:
    import torch
    from onnx import ModelProto

NOTICE = "research software, not a medical device"
OPSET = 18
"""ONNX operators of 2022: what current runtimes all read."""
IMAGES, PROBABILITIES, NOISE, TARGET = "images", "probabilities", "noise", "target"
"""Names of inputs and outputs; `images` is (n, slices, 64, 64) in 0..1 on either side."""


def export(path: Path, target: Path) -> Generator[Progress, None, Path]:
    """Write the network of a checkpoint as ONNX to `target`; returns it.

    A classifier maps `images` (n, slices, 64, 64) float32 in 0..1 to `probabilities` (n, classes).
    A generator maps `noise` (n, latent) and, where it is conditional, `target` (n,) int64 to
    `images` (n, 1, 64, 64) in 0..1. n is free. Raises CheckpointError as `checkpoint.load`, and
    EngineError for a network that cannot be exported, where onnx is not installed, or where the
    folder cannot take the file. Closing the generator leaves no file.
    """
    _check_installed()
    yield Progress(0, 3, "Reading the checkpoint")
    held = checkpoint.load(path)
    portable = _portable(path, held)
    yield Progress(1, 3, "Translating the network")
    model = _translated(portable)
    _say_origin(model, held)
    yield Progress(2, 3, "Writing the file")
    _write(target, model.SerializeToString(deterministic=True))
    yield Progress(3, 3, "Exported")
    return target


def _check_installed() -> None:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise EngineError(
            "Exporting needs the onnx packages, which are not installed. Run "
            "`pip install blindread[onnx]` and export again."
        ) from error


@dataclass(frozen=True)
class _Portable:
    """A network with its last step inside, an example of each input, and the output's name."""

    network: torch.nn.Module
    inputs: tuple[tuple[str, torch.Tensor], ...]
    output: str


def _portable(path: Path, held: Checkpoint) -> _Portable:
    """What is to be translated; EngineError for a kind that cannot be."""
    import torch

    from engine.cnn.evaluation import KIND, load_network
    from engine.exchange.steps import Drawing, Judging, Naming
    from engine.gan.classifier import KINDS as JUDGES
    from engine.gan.synthesis import KINDS, load_generator

    if held.meta.kind == KIND:
        network = load_network(path)
        images = torch.zeros(2, network.mean_image.shape[1], SIDE, SIDE)
        return _Portable(Naming(network).eval(), ((IMAGES, images),), PROBABILITIES)
    if held.meta.kind in JUDGES:
        images = torch.zeros(2, 1, SIDE, SIDE)
        return _Portable(Judging(held).eval(), ((IMAGES, images),), PROBABILITIES)
    if held.meta.kind in KINDS:
        generator, spec = load_generator(path)
        noise = ((NOISE, torch.zeros(2, spec.latent)),)
        target = ((TARGET, torch.zeros(2, dtype=torch.int64)),) if spec.is_conditional else ()
        return _Portable(Drawing(generator).eval(), noise + target, IMAGES)
    raise EngineError(
        f"{path.name} holds a {held.meta.kind} network; only classifiers and generators can be "
        "exported. Choose another run."
    )


def _translated(portable: _Portable) -> ModelProto:
    """The network as ONNX, its first axis free, without a trace of this machine."""
    import torch

    names = [name for name, _ in portable.inputs]
    free = torch.export.Dim("n")
    with _quiet():
        program = torch.onnx.export(
            portable.network,
            tuple(example for _, example in portable.inputs),
            dynamo=True,
            opset_version=OPSET,
            input_names=names,
            output_names=[portable.output],
            dynamic_shapes=tuple({0: free} for _ in names),
            verbose=False,
        )
    if program is None:
        raise EngineError("This network cannot be written as ONNX; update torch and onnxscript.")
    model = program.model_proto
    _forget_sources(model)
    return model


def _forget_sources(model: ModelProto) -> None:
    """Remove what names lines and paths of this program: it differs between machines."""
    graph = model.graph
    for part in (*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        part.doc_string = ""
        del part.metadata_props[:]
    del graph.metadata_props[:]
    graph.doc_string = model.doc_string = ""


def _say_origin(model: ModelProto, held: Checkpoint) -> None:
    """Provenance, as the model's metadata properties, sorted by key."""
    meta = held.meta
    told = {
        "category": meta.category,
        "checksum": held.checksum,
        "classes": json.dumps(list(meta.classes)),
        "data_hash": meta.data_hash,
        "fold": "" if meta.fold is None else str(meta.fold),
        "kind": meta.kind,
        "notice": NOTICE,
        "seed": str(meta.seed),
        "spec": meta.spec,
        "versions": json.dumps(dict(held.versions), sort_keys=True),
    }
    model.producer_name, model.producer_version = "blindread", metadata.version("blindread")
    model.graph.name = f"blindread {meta.kind}"
    model.doc_string = f"Blindread, {meta.kind}: {NOTICE}."
    del model.metadata_props[:]
    for key in sorted(told):
        model.metadata_props.add(key=f"blindread.{key}", value=told[key])


@contextmanager
def _quiet() -> Iterator[None]:
    """Torch's exporter warns of packages that it does not need, and of its own deprecations."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


def _write(target: Path, content: bytes) -> None:
    """Either the old file or the whole new one."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise EngineError(
            f"{target.name} cannot be written to {target.parent} ({error.strerror}). Choose "
            "another folder, or free some space."
        ) from error


def export_to(target: str, paths: tuple[Path, ...]) -> Generator[Progress, None, Path]:
    """`export` of paths[0], as a child's job is called."""
    return export(paths[0], Path(target))
