"""Training of a generator (sections 3.2, 3.3, and past the paper) on the training folds."""

from __future__ import annotations

import math
import time
from collections.abc import Generator as Generating
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine import checkpoint, resume
from engine.checkpoint import MODEL, CheckpointMeta, RunFacts
from engine.cnn.training import TELL_EVERY
from engine.device import Device, best_device, memory_in_words, sitting
from engine.files import DISCRIMINATOR
from engine.gan.classifier import KIND, class_probabilities
from engine.gan.examples import Examples, gather
from engine.gan.looks import Looks
from engine.gan.match import DivergedError, Match, Metrics
from engine.gan.players import has_class_head
from engine.gan.quality import Panel
from engine.jobs import Progress
from engine.patches import LesionPatches, test_indices
from engine.resume import Every
from engine.specs import GanTraining, spec_hash, to_json

SECONDS = "seconds"
"""The number of a saved state that says how long was trained before it."""
FRAMES = 40
LEAST_APART = 10
"""At most so many sample grids between the looks of a run, to be scrubbed through afterwards,
and so many steps from one to the next at least, so that drawing them costs next to nothing."""

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class GanResult:
    """What a run gave.

    `kid` of 64 draws a class against the class's originals, mean over the classes; None under 4
    of these. `probabilities` (n, classes) of the test fold's ROIs `ids` by an ACGAN's
    discriminator; none of other kinds.
    """

    checkpoint: Path
    checksum: str
    kid: float | None
    seconds: float
    steps: int
    device: str
    images: int  # trained on
    ids: tuple[str, ...] = ()
    probabilities: FloatArray = field(
        default_factory=lambda: np.zeros((0, 0), np.float32), repr=False
    )


def train(
    spec: GanTraining, paths: tuple[Path, ...], every: Every | None = None
) -> Generating[Progress, None, GanResult]:
    """Train on paths (patches.npz, output folder), or go on where a killed run had come to.

    An ACGAN leaves its discriminator beside the generator; others' are thrown away.
    Progress.metrics: loss_g, loss_d, d_real, d_fake, d_right since the last report, the epoch, and
    at each look kid with its interval, diversity, their bands of real against real and the
    watchdog's verdict (Looks.look); Progress.images: samples of fixed seeds.
    `every` says when a state to go on from is saved. Raises EngineError with a sentence; closing
    the generator ends the step at hand and saves the state after it; it leaves no checkpoint.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    patches = LesionPatches.load(paths[0])
    patches.check()
    yield Progress(0, 1, "Drawing training images")
    with memory_in_words():
        examples = gather(patches, spec)
        device = best_device()
        match = Match(spec, examples, device)
        looks = Looks(spec, match, Panel(examples, _is_thorough(spec)))
        key = spec_hash(to_json(spec), patches.data_hash(), *sitting(device))
        saved = _Saved(paths[1], key, every or Every(), clock)
        steps = yield from _played(match, looks, saved)
    facts = looks.finish()
    seconds = saved.seconds()
    checksum = _save(paths[1], match, spec, patches, device, facts)
    checkpoint.write_facts(paths[1], RunFacts(started, seconds, steps))
    resume.drop(paths[1])
    ids, probabilities = _read(match, spec, patches)
    return GanResult(
        checkpoint=paths[1] / MODEL,
        checksum=checksum,
        kid=dict(facts).get("kid"),
        seconds=seconds,
        steps=steps,
        device=device.name,
        images=_count(examples),
        ids=ids,
        probabilities=probabilities,
    )


def _played(match: Match, looks: Looks, saved: _Saved) -> Generating[Progress, None, int]:
    """Play the whole match, or what is left of it; returns the steps taken."""
    total, told = match.total, time.monotonic()
    before, message = saved.go_on(looks)
    yield Progress(before, total, message, (), match.samples(match.epoch(before)))
    shown_every = max(LEAST_APART, math.ceil(total / FRAMES))
    for step in range(before + 1, total + 1):
        taking = _taken(match, looks, step)
        try:
            for beat in taking:
                if isinstance(beat, Progress):
                    told = time.monotonic()
                    yield beat
                elif time.monotonic() - told >= TELL_EVERY:
                    told = time.monotonic()
                    yield Progress(beat, total, "Training", _told(match, looks, step))
            if step % shown_every == 0 and match.draws_at_once and not looks.is_due(step):
                yield Progress(step, total, "Training", (), match.samples(match.epoch(step)))
        except GeneratorExit:  # paused or closed: only after a whole step can it go on
            for _ in taking:
                pass
            if not looks.is_over:
                saved.keep(looks, step)
            raise
        if looks.is_over:
            return step
        if saved.is_due():
            saved.keep(looks, step)
    return total


def _taken(match: Match, looks: Looks, step: int) -> Generating[Progress | int, None, None]:
    """One step and the look that ends it where one is due: steps done at a beat, or a report."""
    for done in match.step(step):
        yield step if done else step - 1
    if not looks.is_due(step):
        return
    losses = _told(match, looks, step)
    looking = looks.look(step)
    while True:
        try:
            next(looking)
        except StopIteration as stop:
            found: Metrics = stop.value
            break
        yield Progress(step, match.total, "Training", losses)
    grids = match.samples(match.epoch(step))
    yield Progress(step, match.total, looks.message, losses + found, grids)
    looks.message = "Training"


def _told(match: Match, looks: Looks, step: int) -> Metrics:
    """The losses since the last report. A run that may roll back leaves divergence to its looks."""
    try:
        return (*match.told(step), ("epoch", step / match.an_epoch))
    except DivergedError:
        if not looks.may_roll_back:
            raise
        return ()


class _Saved:
    """The state on disk that a killed run goes on from."""

    def __init__(self, folder: Path, key: str, every: Every, began: float) -> None:
        self._folder, self._key, self._every = folder, key, every
        self._began, self._before = began, 0.0

    def seconds(self) -> float:
        """Of this sitting and of those before it."""
        return time.monotonic() - self._began + self._before

    def go_on(self, looks: Looks) -> tuple[int, str]:
        """Restore what was saved; how many steps were done, and a line for the user."""
        found = resume.look(self._folder, self._key)
        if found.state is None:
            return 0, found.reason or "Training"
        looks.restore(found.state)
        self._before = dict(found.state.numbers).get(SECONDS, 0.0)
        return found.state.step, f"Going on from step {found.state.step}"

    def is_due(self) -> bool:
        """Whether it is time to save."""
        return self._every.is_due()

    def keep(self, looks: Looks, step: int) -> None:
        """Save the state after a step."""
        state = looks.state(step)
        numbers = (*state.numbers, (SECONDS, self.seconds()))
        resume.save(self._folder, self._key, replace(state, numbers=numbers))


def _is_thorough(spec: GanTraining) -> bool:
    """Coverage and spectra are only measured where something is decided by them."""
    return spec.gan.rollback or spec.gan.keep == "best"


def _count(examples: Examples) -> int:
    return len(examples.images) + len(examples.unlabelled)


def _save(
    folder: Path,
    match: Match,
    spec: GanTraining,
    patches: LesionPatches,
    device: Device,
    facts: Metrics,
) -> str:
    """Write the generator and, of an ACGAN, first the discriminator; the generator's checksum."""
    one_class = not spec.gan.is_conditional
    meta = CheckpointMeta(
        kind=spec.gan.kind,
        spec=to_json(spec),
        classes=patches.classes,
        data_hash=patches.data_hash(),
        seed=spec.seed,
        category=patches.classes[spec.target] if one_class else "",
        fold=spec.test_fold,
        device=device.kind,
        precision=spec.gan.precision,
        facts=tuple(sorted(facts)),
    )
    noun = "generator's training"
    if has_class_head(spec.gan):
        critic = replace(meta, kind=KIND, facts=())
        checkpoint.save_network(folder, match.discriminator.eval(), critic, noun, DISCRIMINATOR)
    return checkpoint.save_network(folder, match.shown.eval(), meta, noun)


def _read(
    match: Match, spec: GanTraining, patches: LesionPatches
) -> tuple[tuple[str, ...], FloatArray]:
    """The test fold's ids and probabilities by an ACGAN's discriminator."""
    if not has_class_head(spec.gan):
        return (), np.zeros((0, 0), np.float32)
    tested = test_indices(patches, spec.folds, spec.test_fold)
    ids = tuple(patches.ids[i] for i in tested)
    if not ids:
        return (), np.zeros((0, len(patches.classes)), np.float32)
    return ids, class_probabilities(match.discriminator, patches.images[tested])
