"""Looks at a training: how good it is, the best so far, and the way back from a collapse."""

from __future__ import annotations

import math
from collections.abc import Generator as Generating
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch

from engine.gan.match import DivergedError, Match
from engine.gan.quality import Metrics, Panel, Quality, score
from engine.gan.watchdog import Health, Memory, Signs, Verdict, Watchdog
from engine.resume import State, Tensors
from engine.specs import GanTraining

LOOKS, FEWEST_STEPS = 10, 50
"""Looks during a run whose spec does not say how often, and the steps between two at least."""
RING = 2
"""Sound snapshots that are kept to roll back to."""
HEALTH, RETURNED_TO = "health", "returned_to"
"""Numbers of a look: the watchdog's verdict (0 sound, 1 warning, 2 collapsed); the step that a
collapse was answered with a return to."""
MOST_ROLLBACKS = 2
"""After so many the next collapse ends the training, at the best checkpoint."""


@dataclass(frozen=True)
class Kept:
    """The networks at a look, and what was found there."""

    step: int
    metrics: Metrics
    tensors: Tensors = field(repr=False)


class Looks:
    """What a recipe asks of the looks: `keep` "best", `rollback`, or neither."""

    def __init__(self, spec: GanTraining, match: Match, panel: Panel) -> None:
        self._match, self._panel, self._gan = match, panel, spec.gan
        self._every = look_every(spec.kid_every, match)
        self._watchdog = Watchdog()
        self._best: Kept | None = None
        self._ring: list[Kept] = []
        self._rollbacks = 0
        self._found: Metrics = ()
        self.is_over = False
        self.message = "Training"

    @property
    def may_roll_back(self) -> bool:
        """Whether a loss that is no number is left to the looks."""
        return self._gan.rollback

    def is_due(self, step: int) -> bool:
        """Whether this step ends with a look."""
        return step % self._every == 0 or step == self._match.total

    def look(self, step: int) -> Generating[None, None, Metrics]:
        """Judge the draws, keep what the recipe keeps, roll back from a collapse.

        Returns the numbers found and the verdict (`HEALTH`, `RETURNED_TO`), whose words `message`
        then says; beats as it goes. `is_over` afterwards where it went on in vain. A recipe that
        does not roll back is watched as well, and only told of.
        """
        signs = self._losses(step)
        if self._gan.rollback and not math.isfinite(signs.loss_d):
            verdict = self._watchdog.look(signs)
            return self._said(verdict, self._roll_back(step, verdict))
        yield from self._match.settle()
        quality = yield from self._panel.look(self._match.draws)
        verdict = self._watched(signs, quality)
        if self._gan.rollback and verdict.is_collapsed:
            return quality.metrics + self._said(verdict, self._roll_back(step, verdict))
        found = quality.metrics
        if self._gan.keep == "best":
            found += yield from self._chosen(step, quality)
        self._found = found
        if self._gan.rollback and verdict.may_return_here:
            sound = Kept(step, found, _copied(self._match.players_tensors()))
            self._ring = [*self._ring, sound][-RING:]
        return found + self._said(verdict)

    def _said(self, verdict: Verdict, returned_to: int | None = None) -> Metrics:
        """The verdict in numbers, and, where nothing else was said, its words as the message."""
        level = float(tuple(Health).index(verdict.health))
        if verdict.reasons and returned_to is None and not self.is_over:
            word = "Collapsed" if verdict.is_collapsed else "Warning"
            self.message = f"{word} at step {verdict.step}: {verdict.reasons[0]}"
        back = () if returned_to is None else ((RETURNED_TO, float(returned_to)),)
        return ((HEALTH, level), *back)

    def finish(self) -> Metrics:
        """Bring the best networks back where the recipe keeps them; the checkpoint's facts."""
        told = self._found
        more: Metrics = ()
        if self._best is not None:
            self._match.restore_networks(self._best.tensors)
            told = self._best.metrics
            more = (("best_step", float(self._best.step)),)
        if self._gan.rollback:
            more += (("rollbacks", float(self._rollbacks)),)
        names = ("kid", "diversity", "coverage", "layout", "copy_rate", "score")
        return tuple(pair for pair in told if pair[0] in names) + more

    def _chosen(self, step: int, quality: Quality) -> Generating[None, None, Metrics]:
        """Score the look; keep the networks where it is the best. Copies are only searched where
        they could decide: they can but lower the score."""
        value = score(quality)
        before = dict(self._best.metrics)["score"] if self._best is not None else -1.0
        if value is None or value <= before:
            return () if value is None else (("score", value),)
        running = self._panel.copies(quality)
        copies = 0.0
        while True:
            try:
                next(running)
            except StopIteration as stop:
                copies = float(stop.value)
                break
            yield
        value *= 1 - copies
        told: Metrics = (("copy_rate", copies), ("score", value))
        if value > before:
            tensors = _copied(self._match.networks_tensors())
            self._best = Kept(step, quality.metrics + told, tensors)
        return told

    def _losses(self, step: int) -> Signs:
        """The match since the last look; losses that are no number where it diverged."""
        try:
            means = dict(self._match.since_look(step))
        except DivergedError:
            return Signs(step, math.nan, math.nan, 0.0, 0.0)
        right_on_fake = 1 - means["d_fake"]
        return Signs(step, means["loss_g"], means["loss_d"], means["d_real"], right_on_fake)

    def _watched(self, signs: Signs, quality: Quality) -> Verdict:
        seen = replace(
            signs,
            diversity=quality.value("diversity"),
            diversity_band=_band(quality, "diversity"),
            spectrum=quality.value("spectrum"),
            spectrum_band=_band(quality, "spectrum"),
            kid=quality.value("kid"),
            kid_band=_band(quality, "kid"),
        )
        return self._watchdog.look(seen)

    def _roll_back(self, step: int, verdict: Verdict) -> int | None:
        """Back to the last sound snapshot, one further back where that one failed too.

        Returns its step; None where the training ends instead.
        """
        reason = verdict.reasons[0] if verdict.reasons else ""
        if self._ring:
            sound = self._ring.pop() if len(self._ring) > 1 else self._ring[0]
            self._match.restore_players(sound.tensors)
            self._found = sound.metrics
        if self._rollbacks == MOST_ROLLBACKS or not self._ring:
            self.is_over = True
            self.message = f"Stopped at step {step}: {reason}"
            return None
        self._rollbacks += 1
        self._match.slow_down()
        self._watchdog.rolled_back()
        self.message = f"Rolled back at step {step} to step {sound.step}: {reason}"
        return sound.step

    # --- what a state is made of ------------------------------------------------------------

    def state(self, step: int) -> State:
        """Match and looks after a step, to go on from."""
        tensors = self._match.tensors()
        kept = [(f"ring{number}", one) for number, one in enumerate(self._ring)]
        kept += [("best", self._best)] if self._best is not None else []
        memory = self._watchdog.memory
        numbers = [
            ("rollbacks", float(self._rollbacks)),
            ("looks", float(memory.looks)),
            ("heavy", float(memory.heavy)),
        ]
        if memory.best_kid is not None:
            numbers.append(("best_kid", memory.best_kid))
        numbers += [(f"found.{name}", value) for name, value in self._found]
        for start, one in kept:
            tensors |= {f"{start}.{name}": tensor for name, tensor in one.tensors.items()}
            numbers.append((f"step.{start}", float(one.step)))
            numbers += [(f"{start}.{name}", value) for name, value in one.metrics]
        return State(step, tensors, tuple(numbers))

    def restore(self, state: State) -> None:
        """Go on from a state; CheckpointError where it does not fit."""
        self._match.restore(state.tensors)
        numbers = dict(state.numbers)
        self._rollbacks = int(numbers.get("rollbacks", 0))
        for _ in range(self._rollbacks):
            self._match.slow_down()
        memory = Memory(
            int(numbers.get("looks", 0)), int(numbers.get("heavy", 0)), numbers.get("best_kid")
        )
        self._watchdog.memory = memory
        self._found = _numbers_under("found.", state.numbers)
        ring = [_kept(f"ring{number}", state) for number in range(RING)]
        self._ring = [one for one in ring if one is not None]
        self._best = _kept("best", state)


def look_every(epochs: int, match: Match) -> int:
    """Steps between two looks."""
    if epochs:
        return epochs * match.an_epoch
    return max(FEWEST_STEPS, match.total // LOOKS)


def _band(quality: Quality, name: str) -> tuple[float, float]:
    low, high = quality.value(f"{name}_real_low"), quality.value(f"{name}_real_high")
    return (low or 0.0, high or 0.0)


def _copied(tensors: Tensors) -> Tensors:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def _kept(start: str, state: State) -> Kept | None:
    step = dict(state.numbers).get(f"step.{start}")
    if step is None:
        return None
    metrics = _numbers_under(f"{start}.", state.numbers)
    return Kept(int(step), metrics, _under(f"{start}.", state.tensors))


def _under(start: str, tensors: Mapping[str, torch.Tensor]) -> Tensors:
    return {
        name.removeprefix(start): tensor
        for name, tensor in tensors.items()
        if name.startswith(start)
    }


def _numbers_under(start: str, numbers: Metrics) -> Metrics:
    return tuple(
        (name.removeprefix(start), value) for name, value in numbers if name.startswith(start)
    )
