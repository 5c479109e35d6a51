"""Saved states: exact, whole or passed over with a reason, never a pickle."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine import resume
from engine.errors import CheckpointError
from engine.resume import Every, Order, State

KEY = "5f" * 32
Maker = Callable[[torch.nn.Module], torch.optim.Optimizer]
MAKERS: tuple[Maker, ...] = (
    lambda network: torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, nesterov=True),
    lambda network: torch.optim.SGD(network.parameters(), lr=0.1),
    lambda network: torch.optim.Adam(network.parameters(), lr=0.01, betas=(0.5, 0.9)),
)


class _Run:
    """A small training with every kind of state: dropout, batch norm, order, own draws."""

    def __init__(self, maker: Maker) -> None:
        torch.manual_seed(3)
        self.network = torch.nn.Sequential(
            torch.nn.Conv2d(2, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Dropout(0.5)
        ).to(memory_format=torch.channels_last)
        self.optimiser = maker(self.network)
        self.draws = torch.Generator().manual_seed(4)
        self.order = Order(7, 3, self.draws)
        self.images = torch.rand(7, 2, 5, 5)

    def step(self) -> None:
        batch = self.images[self.order.next()]
        batch = batch + torch.rand(batch.shape, generator=self.draws)
        self.optimiser.zero_grad(set_to_none=True)
        self.network(batch).square().mean().backward()
        self.optimiser.step()

    def state(self, step: int) -> State:
        tensors = {
            **resume.network_tensors("net", self.network),
            **resume.optimiser_tensors("sgd", self.optimiser),
            **resume.random_tensors("torch"),
            **self.order.tensors("order"),
        }
        return State(step, tensors, (("best", 0.25),))

    def restore(self, state: State) -> None:
        resume.restore_network("net", self.network, state.tensors)
        resume.restore_optimiser("sgd", self.optimiser, state.tensors)
        resume.restore_random("torch", None, state.tensors)
        self.order.restore("order", state.tensors)

    def bytes(self) -> list[bytes]:
        return [tensor.numpy().tobytes() for tensor in self.network.state_dict().values()]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("stop", [0, 1, 3, 5])
def test_going_on_gives_the_bytes_of_never_stopping(tmp_path: Path, maker: Maker, stop: int):
    whole = _Run(maker)
    for _ in range(8):
        whole.step()
    first = _Run(maker)
    for _ in range(stop):
        first.step()
    resume.save(tmp_path, KEY, first.state(stop))
    torch.manual_seed(99)
    second = _Run(maker)
    found = resume.load(tmp_path, KEY)
    assert found is not None
    assert (found.step, found.numbers) == (stop, (("best", 0.25),))
    second.restore(found)
    for _ in range(8 - stop):
        second.step()
    assert second.bytes() == whole.bytes()


def test_every_epoch_shows_every_image_once():
    order = Order(10, 4, torch.Generator().manual_seed(3))
    sizes = []
    for _ in range(3):
        epoch = [order.next(), order.next(), order.next()]
        sizes += [len(batch) for batch in epoch]
        assert sorted(torch.cat(epoch).tolist()) == list(range(10))
    assert sizes == [4, 4, 2] * 3


def test_an_order_goes_on_within_its_epoch():
    first, second = (Order(9, 2, torch.Generator().manual_seed(1)) for _ in range(2))
    for _ in range(3):
        first.next()
    second.restore("o", first.tensors("o"))
    for _ in range(8):
        assert torch.equal(first.next(), second.next())


def test_nothing_saved_is_no_state_and_no_complaint(tmp_path: Path):
    assert resume.look(tmp_path, KEY) == resume.Found(None, "")


def test_a_state_of_another_recipe_is_passed_over(tmp_path: Path):
    resume.save(tmp_path, KEY, State(3, {"a": torch.zeros(2)}))
    found = resume.look(tmp_path, "other")
    assert found.state is None
    assert "another recipe or other ROIs" in found.reason


def test_a_state_of_another_version_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    resume.save(tmp_path, KEY, State(3, {"a": torch.zeros(2)}))
    monkeypatch.setattr("engine.resume.metadata.version", lambda name: "0.0.1")
    found = resume.look(tmp_path, KEY)
    assert found.state is None
    assert "another version" in found.reason


@pytest.mark.parametrize("place", [0, 9, 60, -1])
def test_a_changed_byte_is_passed_over_with_a_sentence(tmp_path: Path, place: int):
    resume.save(tmp_path, KEY, State(3, {"a": torch.ones(8)}))
    file = tmp_path / resume.FILE
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    found = resume.look(tmp_path, KEY)
    assert found.state is None
    assert found.reason == "The saved state of this training is damaged; it starts anew."


def test_a_cut_file_is_passed_over(tmp_path: Path):
    resume.save(tmp_path, KEY, State(3, {"a": torch.ones(8)}))
    file = tmp_path / resume.FILE
    for length in (0, 5, 100, file.stat().st_size - 1):
        file.write_bytes(file.read_bytes()[:length])
        assert resume.load(tmp_path, KEY) is None


def test_a_pickle_dressed_as_a_state_does_not_run(tmp_path: Path):
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    (tmp_path / resume.FILE).write_bytes(pickle.dumps(Bomb()))
    assert "damaged" in resume.look(tmp_path, KEY).reason
    assert not (tmp_path / "ran").exists()


def test_a_network_that_the_state_does_not_fit_is_a_sentence(tmp_path: Path):
    state = _Run(MAKERS[0]).state(0)
    with pytest.raises(CheckpointError, match="does not fit its network"):
        resume.restore_network("net", torch.nn.Linear(2, 2), state.tensors)


def test_a_finished_run_keeps_neither_state_nor_half_files(tmp_path: Path):
    resume.save(tmp_path, KEY, State(3, {"a": torch.zeros(2)}))
    (tmp_path / ".model.safetensors.k1ll3d").write_bytes(b"half")
    (tmp_path / "model.safetensors").write_bytes(b"whole")
    resume.drop(tmp_path)
    resume.drop(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_full_disk_is_a_sentence_and_keeps_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    resume.save(tmp_path, KEY, State(3, {"a": torch.zeros(2)}))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.checkpoint.os.fsync", full)
    with pytest.raises(CheckpointError, match=r"No space left.*Free some space"):
        resume.save(tmp_path, KEY, State(4, {"a": torch.zeros(2)}))
    found = resume.load(tmp_path, KEY)
    assert found is not None
    assert found.step == 3
    assert [path.name for path in tmp_path.iterdir()] == [resume.FILE]


def test_a_state_is_due_when_its_time_has_passed(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr("engine.resume.time.monotonic", lambda: now[0])
    every = Every(60)
    assert not every.is_due()
    now[0] += 61
    assert every.is_due()
    assert not every.is_due()
    assert all(Every(0).is_due() for _ in range(3))
