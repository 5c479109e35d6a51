"""Looks at a training: the best is kept, a collapse is rolled back, a killed run goes on."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine import resume
from engine.checkpoint import load
from engine.device import best_device
from engine.gan import looks as looking
from engine.gan.examples import gather
from engine.gan.looks import Looks
from engine.gan.match import Match
from engine.gan.quality import Draws, Panel, Quality, score
from engine.gan.training import train
from engine.halted import saved_step
from engine.jobs import Progress
from engine.resume import Every
from engine.specs import ALL_CLASSES, GanTraining, profile

SMOKE = profile("smoke")
PATCHES = blobs(6)
SOUND = (("diversity", 0.5), ("diversity_real_low", 0.4), ("diversity_real_high", 0.6))
ALIKE = (("diversity", 0.01), *SOUND[1:])


def _spec(kind: str = "cda", **changes: object) -> GanTraining:
    gan = SMOKE.cda if kind == "cda" else replace(SMOKE.gan, kind=kind)
    target = 0 if kind == "dcgan" else ALL_CLASSES
    spec = GanTraining(
        gan, SMOKE.augmentation, folds_of(PATCHES), 0, 1, target, steps=5, kid_every=3
    )
    return replace(spec, **changes)


class Script:
    """A panel that finds what it is told to, look after look, and no copies."""

    def __init__(self, *found: tuple[tuple[str, float], ...]) -> None:
        self._found: Iterator[tuple[tuple[str, float], ...]] = iter(found)

    def look(self, draws: Draws) -> Generator[None, None, Quality]:
        yield
        return Quality(next(self._found), np.zeros((1, 64, 64), np.float32))

    def copies(self, quality: Quality) -> Generator[Progress, None, float]:
        yield Progress(0, 1, "")
        return 0.0


def _scripted(*found: tuple[tuple[str, float], ...], spec: GanTraining | None = None):
    spec = spec or _spec()
    match = Match(spec, gather(PATCHES, spec), best_device("cpu"))
    return match, Looks(spec, match, Script(*found))  # type: ignore[arg-type]


def _look(match: Match, looks: Looks, step: int) -> tuple[tuple[str, float], ...]:
    list(match.step(step))
    return result_of(looks.look(step))  # type: ignore[arg-type]


def _weights(match: Match) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in match.players_tensors().items()}


def _same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(left[name], right[name]) for name in left)


def _scored(kid: float, coverage: float, layout: float = 0.0) -> tuple[tuple[str, float], ...]:
    near = (("kid", kid), ("kid_real_high", 1.0), ("layout", layout), ("layout_real_high", 1.0))
    return (*SOUND, *near, ("coverage", coverage))


# --- the score ----------------------------------------------------------------------------------


def test_the_score_falls_with_distance_gaps_and_copies():
    def of(kid: float, coverage: float, copies: float = 0.0, layout: float = 0.0) -> float:
        metrics = _scored(kid, coverage, layout)
        found = score(Quality(metrics, np.zeros((0, 64, 64), np.float32)), copies)
        assert found is not None
        return found

    assert of(0, 1) == of(-0.2, 1) == 1
    assert of(1, 1) == 0.5
    assert of(0, 0.5) == 0.5
    assert of(0, 1, 0.25) == 0.75
    assert of(0, 1, layout=3) == 0.25
    assert of(4, 0) > of(8, 0) > 0
    assert score(Quality(SOUND, np.zeros((0, 64, 64), np.float32))) is None


def test_a_panel_judges_each_class_by_its_own_originals():
    examples = gather(PATCHES, _spec())
    panel = Panel(examples, is_thorough=True)
    swapped = {0: 1, 1: 2, 2: 0}

    def drawn(mapping: dict[int, int]) -> Draws:
        def draws(count: int, target: int) -> Generator[None, None, np.ndarray]:
            yield
            own = examples.originals[examples.targets == mapping[target]]
            return own[np.arange(count) % len(own)]

        return draws

    right = result_of(panel.look(drawn({0: 0, 1: 1, 2: 2})))  # type: ignore[arg-type]
    wrong = result_of(panel.look(drawn(swapped)))  # type: ignore[arg-type]
    assert right.value("coverage") == 1
    assert right.value("kid") < wrong.value("kid")
    assert right.value("layout") < wrong.value("layout")
    assert result_of(panel.copies(right)) == 1  # they are the originals themselves


# --- best and roll-back -------------------------------------------------------------------------


def test_the_best_look_is_what_is_kept():
    match, looks = _scripted(_scored(1, 0.5), _scored(0, 0.9), _scored(2, 0.9))
    _look(match, looks, 1)
    _look(match, looks, 2)
    best = {name: tensor.clone() for name, tensor in match.networks_tensors().items()}
    _look(match, looks, 3)
    facts = dict(looks.finish())
    assert (facts["best_step"], facts["score"], facts["copy_rate"]) == (2, 0.9, 0.0)
    assert facts["kid"] == 0
    assert _same(best, match.networks_tensors())


def test_a_collapse_returns_to_the_last_sound_snapshot():
    match, looks = _scripted(SOUND, SOUND, ALIKE, ALIKE, SOUND)
    _look(match, looks, 1)
    _look(match, looks, 2)
    sound = _weights(match)
    _look(match, looks, 3)
    _look(match, looks, 4)
    assert _same(sound, _weights(match))
    assert looks.message.startswith("Rolled back at step 4 to step 2: The draws are almost all")
    assert not looks.is_over
    _look(match, looks, 5)
    assert not _same(sound, _weights(match))
    assert dict(looks.finish())["rollbacks"] == 1


def test_after_two_returns_the_third_collapse_ends_it():
    match, looks = _scripted(SOUND, SOUND, *(ALIKE,) * 6)
    for step in range(1, 9):
        assert not looks.is_over
        _look(match, looks, step)
    assert looks.is_over
    assert looks.message.startswith("Stopped at step 8")


def test_a_loss_that_is_no_number_is_a_collapse(monkeypatch: pytest.MonkeyPatch):
    match, looks = _scripted(SOUND, SOUND)
    _look(match, looks, 1)
    sound = _weights(match)
    list(match.step(2))
    match._since_look.sums += math.nan
    found = result_of(looks.look(2))  # type: ignore[arg-type]
    assert found == (("health", 2.0), ("returned_to", 1.0))
    assert _same(sound, _weights(match))


def test_without_the_recipes_word_a_collapse_is_told_and_nothing_is_rolled_back():
    spec = _spec(gan=replace(SMOKE.cda, rollback=False, keep="last"))
    match, looks = _scripted(*(ALIKE,) * 4, spec=spec)
    told = [dict(_look(match, looks, step))["health"] for step in range(1, 5)]
    assert told == [1, 1, 1, 2]  # two looks of grace, two of patience
    assert looks.message.startswith("Collapsed at step 4: The draws are almost all")
    assert not looks.is_over
    assert looks.finish() == (("diversity", 0.01),)


def test_the_average_follows_slowly_and_draws():
    spec = _spec(gan=replace(SMOKE.cda, ema=0.9))
    match = Match(spec, gather(PATCHES, spec), best_device("cpu"))
    for step in range(1, 4):
        list(match.step(step))
    tensors = match.players_tensors()
    assert not torch.equal(tensors["averaged.dense.weight"], tensors["generator.dense.weight"])
    list(match.settle())
    first, again = result_of(match.draws(3, 1)), result_of(match.draws(3, 1))  # type: ignore[arg-type]
    np.testing.assert_array_equal(first, again)
    assert match.shown is not match._players.generator


# --- going on -----------------------------------------------------------------------------------


def _folder(path: Path) -> Path:
    path.mkdir()
    PATCHES.save(path / "patches.npz")
    return path


def _run(folder: Path, spec: GanTraining, until: int | None = None) -> bytes:
    running = train(spec, (folder / "patches.npz", folder), Every(0))
    if until is None:
        return result_of(running).checkpoint.read_bytes()
    while next(running).done < until:
        pass
    running.close()
    return b""


@pytest.mark.parametrize("kind", ["dcgan", "acgan-odena", "cda"])
def test_a_cancelled_run_goes_on_to_the_same_bytes(kind: str, tmp_path: Path):
    spec = _spec(kind)
    whole = _run(_folder(tmp_path / "whole"), spec)
    parts = _folder(tmp_path / "parts")
    for until in (2, 4):
        _run(parts, spec, until)
        assert (parts / resume.FILE).exists()
        assert not (parts / "model.safetensors").exists()
    assert _run(parts, spec) == whole
    assert not (parts / resume.FILE).exists()


def test_looks_go_on_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Ring, best and count of returns survive: two collapses before, one after the break."""
    monkeypatch.setattr(looking, "MOST_ROLLBACKS", 1)
    script = (_scored(0, 0.9), _scored(0, 0.5), ALIKE, ALIKE, ALIKE, ALIKE)
    match, looks = _scripted(*script)
    for step in range(1, 5):
        _look(match, looks, step)
    resume.save(tmp_path, "key", looks.state(4))
    state = resume.load(tmp_path, "key")
    assert state is not None
    other, gone_on = _scripted(*script[4:])
    gone_on.restore(state)
    for pair in ((match, looks), (other, gone_on)):
        _look(*pair, 5)
        _look(*pair, 6)
    assert looks.is_over
    assert gone_on.is_over
    assert looks.finish() == gone_on.finish()
    assert _same(match.networks_tensors(), other.networks_tensors())


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_gan_looks as here
from engine.resume import Every
folder = Path(sys.argv[1])
for progress in here.train(here._spec("cda"), (folder / "patches.npz", folder), Every(0)):
    print(progress.done, flush=True)
"""


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path):
    whole = _run(_folder(tmp_path / "whole"), _spec("cda"))
    killed = _folder(tmp_path / "killed")
    tests = Path(__file__).parent
    program = CHILD.format(tests=str(tests)).replace(
        "import test_gan", f"sys.path.insert(0, {str(tests.parent)!r})\nimport test_gan"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(killed)], stdout=subprocess.PIPE, text=True,
        cwd=tests.parents[1],
    ) as child:  # fmt: skip
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= 3:
                child.kill()
                break
    assert (killed / resume.FILE).exists()
    assert not (killed / "model.safetensors").exists()
    assert _run(killed, _spec("cda")) == whole


def test_facts_tell_what_was_kept(tmp_path: Path):
    folder = _folder(tmp_path / "run")
    _run(folder, _spec("cda"))
    facts = dict(load(folder / "model.safetensors").meta.facts)
    assert {
        "best_step",
        "copy_rate",
        "coverage",
        "diversity",
        "kid",
        "layout",
        "rollbacks",
        "score",
    } == set(facts)
    assert facts["best_step"] in (3, 5)


def test_a_run_left_while_its_samples_are_shown_goes_on_to_the_same_bytes(tmp_path: Path):
    spec = _spec("dcgan", steps=14)
    whole, parts = _folder(tmp_path / "whole"), _folder(tmp_path / "parts")
    seldom = Every(3600)  # nothing is saved between
    wanted = result_of(train(spec, (whole / "patches.npz", whole), seldom)).checkpoint.read_bytes()
    running = train(spec, (parts / "patches.npz", parts), seldom)
    shown = next(seen for seen in running if seen.images and seen.done > 0 and not seen.metrics)
    running.close()
    assert saved_step(parts) == shown.done
    assert result_of(train(spec, (parts / "patches.npz", parts))).checkpoint.read_bytes() == wanted
