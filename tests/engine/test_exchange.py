"""Exported networks answer as the checkpoint does, and say where they come from."""

from __future__ import annotations

import builtins
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from learning_sets import CLASSES, result_of

from engine import checkpoint
from engine.checkpoint import CheckpointMeta
from engine.cnn.evaluation import predict
from engine.cnn.networks import build
from engine.errors import CheckpointError, EngineError
from engine.exchange import NOTICE, export
from engine.gan import classifier
from engine.gan.latent import sampling_noise
from engine.gan.players import players
from engine.gan.synthesis import synthesise
from engine.specs import ALL_CLASSES, AugmentationSpec, CnnTraining, GanTraining, profile, to_json

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

FloatArray = npt.NDArray[np.float32]
SMOKE = profile("smoke")


def stirred(network: torch.nn.Module) -> torch.nn.Module:
    """Batch statistics as after training: neither 0 nor 1."""
    chance = torch.Generator().manual_seed(3)
    for name, held in network.named_buffers():
        if name.endswith("running_mean"):
            held.normal_(0, 0.1, generator=chance)
        if name.endswith("running_var"):
            held.uniform_(0.5, 2, generator=chance)
    return network


def a_classifier(folder: Path) -> Path:
    spec = replace(SMOKE.cnn, slices=1)
    network = build(spec, torch.Generator().manual_seed(0))
    network.mean_image.fill_(0.3)
    training = CnnTraining(spec, AugmentationSpec(), (), None, 0)
    meta = CheckpointMeta("cnn", to_json(training), CLASSES, "7" * 64, 5, fold=1)
    checkpoint.save(folder / "cnn.safetensors", network.state_dict(), meta)
    return folder / "cnn.safetensors"


def two_players(folder: Path, kind: str) -> tuple[Path, Path]:
    """Checkpoints of a generator and, where it names classes, of its discriminator."""
    spec = replace(SMOKE.gan, kind=kind, ngf=8, ndf=8, kernel=4 if kind == "cda" else 5)
    both = players(spec, torch.Generator().manual_seed(1))
    target = ALL_CLASSES if spec.is_conditional else 0
    text = to_json(GanTraining(spec, AugmentationSpec(), (), None, 0, target))
    drawer, judge = folder / "g.safetensors", folder / "d.safetensors"
    meta = CheckpointMeta(kind, text, CLASSES, "7" * 64, 5)
    checkpoint.save(drawer, stirred(both.generator).state_dict(), meta)
    said = replace(meta, kind=classifier.KIND)
    checkpoint.save(judge, stirred(both.discriminator).state_dict(), said)
    return drawer, judge


def answer(file: Path, **inputs: npt.NDArray[Any]) -> FloatArray:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, inputs)
    return np.asarray(found)


def origin(file: Path) -> dict[str, str]:
    return {pair.key: pair.value for pair in onnx.load(str(file)).metadata_props}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("exchange")
    source = a_classifier(folder)
    return source, result_of(export(source, folder / "deep" / "cnn.onnx"))


@pytest.mark.parametrize("count", [1, 5])
def test_a_classifier_gives_the_same_probabilities(exported: tuple[Path, Path], count: int) -> None:
    source, file = exported
    images = np.random.default_rng(0).random((count, 64, 64), np.float32)
    found = answer(file, images=images[:, None])
    np.testing.assert_allclose(found, predict(source, images), atol=1e-4)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)


def test_the_file_says_where_it_comes_from(exported: tuple[Path, Path]) -> None:
    source, file = exported
    held, told = checkpoint.load(source), origin(file)
    assert told["blindread.checksum"] == held.checksum
    assert told["blindread.spec"] == held.meta.spec
    assert json.loads(told["blindread.classes"]) == list(CLASSES)
    assert told["blindread.data_hash"] == "7" * 64
    assert told["blindread.fold"] == "1"
    assert told["blindread.notice"] == NOTICE == "research software, not a medical device"


def test_the_file_is_valid_whole_and_free_of_this_machines_paths(
    exported: tuple[Path, Path],
) -> None:
    _, file = exported
    onnx.checker.check_model(str(file), full_check=True)
    assert list(file.parent.iterdir()) == [file]
    assert b".py" not in file.read_bytes()


def test_the_same_checkpoint_gives_the_same_bytes(
    exported: tuple[Path, Path], tmp_path: Path
) -> None:
    source, file = exported
    again = result_of(export(source, tmp_path / "again.onnx"))
    assert again.read_bytes() == file.read_bytes()


@pytest.mark.parametrize("kind", ["dcgan", "acgan-dcgan", "acgan-odena", "cda"])
def test_a_generator_draws_the_same_images(tmp_path: Path, kind: str) -> None:
    source, _ = two_players(tmp_path, kind)
    file = result_of(export(source, tmp_path / "g.onnx"))
    spec = replace(SMOKE.gan, kind=kind)
    wanted = result_of(synthesise(source, 3, 9, 1))
    noise = sampling_noise(spec, 0, 3, 9, 1 if spec.is_conditional else 0).numpy()
    given = {"noise": noise}
    if spec.is_conditional:
        given["target"] = np.full(3, 1, dtype=np.int64)
    found = answer(file, **given)
    assert found.shape == (3, 1, 64, 64)
    np.testing.assert_allclose(found[:, 0], wanted, atol=1e-4)
    assert wanted.std() > 1e-4


def test_a_discriminator_that_names_classes_is_a_classifier(tmp_path: Path) -> None:
    _, source = two_players(tmp_path, "acgan-dcgan")
    file = result_of(export(source, tmp_path / "d.onnx"))
    images = np.random.default_rng(0).random((4, 64, 64), np.float32)
    found = answer(file, images=images[:, None])
    np.testing.assert_allclose(found, classifier.predict(source, images), atol=1e-4)


def test_closing_early_leaves_no_file(tmp_path: Path) -> None:
    running = export(a_classifier(tmp_path), tmp_path / "cnn.onnx")
    next(running)
    running.close()
    assert [one.name for one in tmp_path.iterdir()] == ["cnn.safetensors"]


def test_a_missing_package_is_a_sentence_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "onnxscript":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EngineError, match=r"pip install blindread\[onnx\]"):
        next(export(a_classifier(tmp_path), tmp_path / "cnn.onnx"))


def test_what_cannot_be_exported_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        result_of(export(tmp_path / "absent.safetensors", tmp_path / "x.onnx"))
    meta = CheckpointMeta("glcm", "{}", CLASSES, "7" * 64, 0)
    checkpoint.save(tmp_path / "b.safetensors", {"w": np.zeros(3, np.float32)}, meta)
    with pytest.raises(EngineError, match="holds a glcm network"):
        result_of(export(tmp_path / "b.safetensors", tmp_path / "x.onnx"))
    (tmp_path / "blocked").write_text("a file, where a folder is wanted")
    with pytest.raises(EngineError, match="cannot be written"):
        result_of(export(a_classifier(tmp_path), tmp_path / "blocked" / "x.onnx"))
