"""Checkpoints: same bytes for the same training, and every kind of wrong file refused."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.checkpoint import (
    KEY,
    MODEL,
    CheckpointMeta,
    RunFacts,
    load,
    read_facts,
    save,
    save_network,
    write_facts,
)
from engine.errors import CheckpointError, EngineError

META = CheckpointMeta(
    kind="cnn",
    spec='{"filters": [4, 8]}',
    classes=("cyst", "metastasis", "hemangioma"),
    data_hash="d4",
    seed=3,
    fold=1,
    facts=(("kid", 0.012),),
)


def network(width: int = 4) -> torch.nn.Module:
    torch.manual_seed(1)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, width, 3), torch.nn.BatchNorm2d(width), torch.nn.Linear(6, 3)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save(tmp_path / "model.safetensors", network().state_dict(), META)
    return tmp_path / "model.safetensors"


def test_what_was_saved_comes_back(path: Path) -> None:
    checkpoint = load(path, "cnn")
    assert checkpoint.meta == META
    assert dict(checkpoint.versions)["torch"].startswith("2.")
    other = network()
    torch.nn.init.zeros_(other[0].weight)
    checkpoint.restore(other)
    assert torch.equal(other[0].weight, network()[0].weight)
    assert other[1].num_batches_tracked.dtype == torch.int64


def test_equal_training_writes_equal_bytes_in_another_process(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.safetensors"
    code = (
        "from pathlib import Path\nimport importlib.util as u\n"
        f"s = u.spec_from_file_location('t', {__file__!r})\n"
        "m = u.module_from_spec(s)\ns.loader.exec_module(m)\n"
        f"m.save(Path({str(again)!r}), dict(reversed(m.network().state_dict().items())), m.META)\n"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
    assert again.read_bytes() == path.read_bytes()


def test_the_file_has_one_metadata_key_with_sorted_json_and_no_time(path: Path) -> None:
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    told = json.loads(content[8 : 8 + length])["__metadata__"]
    assert list(told) == [KEY]
    said = json.loads(told[KEY])
    assert told[KEY] == json.dumps(said, sort_keys=True, separators=(",", ":"))
    assert set(said) == {"format", "meta", "versions", "checksum"}


def test_no_temporary_file_stays(path: Path) -> None:
    assert [one.name for one in path.parent.iterdir()] == ["model.safetensors"]


def test_a_pickle_is_refused_and_does_not_run(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    (tmp_path / "bomb.safetensors").write_bytes(pickle.dumps(Bomb()))
    torch.save({"weight": torch.zeros(3)}, tmp_path / "zip.safetensors")
    for name in ("bomb", "zip"):
        with pytest.raises(CheckpointError, match="can run code"):
            load(tmp_path / f"{name}.safetensors")
    assert not (tmp_path / "ran").exists()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 0.999), bit=st.integers(0, 7), cut=st.booleans())
def test_any_flipped_bit_or_cut_is_refused(path: Path, where: float, bit: int, cut: bool) -> None:
    content = bytearray(path.read_bytes())
    place = int(where * len(content))
    if cut:
        del content[place:]
    else:
        content[place] ^= 1 << bit
    broken = path.with_name("broken.safetensors")
    broken.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        load(broken)
    assert str(caught.value).endswith((".", "backup."))


def test_a_header_of_any_length_is_read(tmp_path: Path) -> None:
    starts = set()
    for extra in range(0, 320, 8):
        meta = replace(META, spec="x" * extra)
        save(tmp_path / "m.safetensors", {"a": np.zeros(2, np.float32)}, meta)
        starts.add((tmp_path / "m.safetensors").read_bytes()[0])
        assert load(tmp_path / "m.safetensors").meta == meta
    assert 0x80 in starts  # as a pickle begins


def test_another_kind_and_another_architecture_are_refused(path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds a cnn network, where a dcgan is wanted"):
        load(path, "dcgan")
    with pytest.raises(CheckpointError, match=r"another architecture .*0\.weight"):
        load(path).restore(network(width=5))


def test_foreign_missing_and_newer_files_are_refused(path: Path, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(2)}, tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="was not written by Blindread"):
        load(tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        load(tmp_path / "absent.safetensors")


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckpointError, match="cannot be written"):
        save(tmp_path / "file" / "model.safetensors", {"a": np.zeros(2)}, META)


def test_other_metadata_gives_another_checksum(tmp_path: Path) -> None:
    first = save(tmp_path / "a", {"a": np.zeros(2)}, META)
    second = save(tmp_path / "b", {"a": np.zeros(2)}, replace(META, seed=4))
    assert first != second


def test_run_facts_lie_beside_the_checkpoint(tmp_path: Path) -> None:
    facts = RunFacts(started="2026-11-23T03:00:00+00:00", seconds=12.5, steps=300)
    write_facts(tmp_path, facts)
    assert read_facts(tmp_path) == facts
    (tmp_path / "run.json").write_text('{"seconds": 1')
    with pytest.raises(CheckpointError, match="damaged"):
        read_facts(tmp_path)


def test_a_network_is_saved_where_a_run_keeps_it(tmp_path: Path) -> None:
    checksum = save_network(tmp_path / "run", network(), META)
    held = load(tmp_path / "run" / MODEL, "cnn")
    assert (held.checksum, held.meta) == (checksum, META)


@pytest.mark.parametrize("name", ["0.weight", "1.running_var"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_diverged_network_is_not_saved(tmp_path: Path, name: str, value: float) -> None:
    """Batch statistics count too: they diverge where weights of the next layer hide it."""
    diverged = network()
    diverged.state_dict()[name].view(-1)[0] = value
    with pytest.raises(EngineError, match=r"The generator's training diverged.*smaller learning"):
        save_network(tmp_path, diverged, META, noun="generator's training")
    assert not list(tmp_path.iterdir())
