"""Does a generator's training go on soundly, or has it collapsed?

The watchdog is fed with a few numbers at every look and knows no network and no image. Its rules,
each with its threshold in `Limits`:

- a loss that is no number: collapsed at once;
- *diversity*: 1 - MS-SSIM of pairs of draws against that of pairs of real ROIs. Odena, Olah &
  Shlens 2017 (arXiv:1610.09585, section 4.2) find a collapsed class by its MS-SSIM passing that
  of the real images. A set below .15 of the real one's is a heavy sign, as is one below half
  whose KID has doubled since its best; below .8 is a light sign. (A generator that has not learnt
  the grain yet varies little too: a conditional one was seen at .25 while its KID held.)
- *spectrum*: distance in dB of the mean radial power spectra (Durall, Keuper & Keuper 2020,
  arXiv:2003.01826). Noise and flat pictures lie tens of dB away;
- *KID* four times its best so far and the high end of real against real (Binkowski et al. 2018,
  arXiv:1801.01401): training that came apart again. A hundred times that end: it never began;
- *the match*: the discriminator right about almost every image while its loss is a small part of
  the generator's (Goodfellow et al. 2014, section 3: the generator's gradient vanishes), or
  misled about almost every image. Small data sets reach this in sound runs too, so alone it is a
  light sign; it is named beside the heavy ones. Losses are compared only where the generator's is
  positive: a hinge loss need not be.

Heavy signs must stay for `patience` looks before the verdict is *collapsed*, and the first
`grace` looks give no collapse, because untrained generators look like collapsed ones.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

Band = tuple[float, float]
"""Low and high end of what real against real ROIs give, same number of images."""


class Health(enum.StrEnum):
    """What the watchdog thinks of a training."""

    SOUND = "sound"
    WARNING = "warning"
    COLLAPSED = "collapsed"


@dataclass(frozen=True)
class Signs:
    """What is seen at one look; None where a number was not measured.

    `loss_g`, `loss_d`: means since the last look. `right_on_real`, `right_on_fake`: shares 0..1 of
    images the discriminator is right about (or the mean probability it gives the right answer).
    `diversity`: 1 - MS-SSIM, 0..1. `spectrum`: dB, 0 = the same. Each with its band of real ROIs.
    """

    step: int
    loss_g: float
    loss_d: float
    right_on_real: float
    right_on_fake: float
    diversity: float | None = None
    diversity_band: Band = (0.0, 0.0)
    spectrum: float | None = None
    spectrum_band: Band = (0.0, 0.0)
    kid: float | None = None
    kid_band: Band = (0.0, 0.0)


@dataclass(frozen=True)
class Verdict:
    """The health at a step, and the signs it rests on, as sentences; none when sound."""

    step: int
    health: Health
    heavy: tuple[str, ...] = ()
    light: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """All sentences, the heaviest first."""
        return self.heavy + self.light

    @property
    def may_return_here(self) -> bool:
        """No heavy sign: a snapshot of this step is worth rolling back to."""
        return not self.heavy

    @property
    def is_collapsed(self) -> bool:
        """Training on is in vain: roll back or stop."""
        return self.health is Health.COLLAPSED


@dataclass(frozen=True)
class Limits:
    """Thresholds of the rules; the defaults were set on real and provoked traces."""

    grace: int = 2  # looks
    patience: int = 2  # looks in succession
    diversity_light: float = 0.8  # of the low end of the real band
    diversity_heavy: float = 0.5  # where KID is astray
    diversity_gone: float = 0.15  # in any case
    kid_astray: float = 2.0  # times the larger of the best so far and the band's high end
    spectrum_light: float = 8.0  # dB above the high end of the real band
    spectrum_heavy: float = 20.0
    kid_worse: float = 4.0  # of the same
    kid_absurd: float = 100.0  # times the band's high end
    sure: float = 0.99  # share of images the discriminator is right about
    loss_share: float = 0.02  # its loss over the generator's, where it is sure
    misled: float = 0.1  # share it is right about, real and fake


@dataclass(frozen=True)
class Memory:
    """What the watchdog remembers between looks: plain numbers, to be stored with a snapshot."""

    looks: int = 0
    heavy: int = 0  # looks with heavy signs in succession
    best_kid: float | None = None


class Watchdog:
    """Looks at one training; `memory` may be stored and given back to a resumed one."""

    def __init__(self, limits: Limits | None = None, memory: Memory | None = None) -> None:
        self._limits = limits or Limits()
        self.memory = memory or Memory()

    def look(self, signs: Signs) -> Verdict:
        """Judge one look and remember it."""
        verdict, self.memory = judge(signs, self.memory, self._limits)
        return verdict

    def rolled_back(self) -> None:
        """Begin to count anew after a return to a sound snapshot; the best KID stays known."""
        self.memory = replace(self.memory, heavy=0)


def judge(signs: Signs, memory: Memory, limits: Limits) -> tuple[Verdict, Memory]:
    """The verdict of one look, and what to remember of it."""
    looks = memory.looks + 1
    if not (math.isfinite(signs.loss_g) and math.isfinite(signs.loss_d)):
        lost = "A loss is no longer a number; choose a smaller learning rate."
        return Verdict(signs.step, Health.COLLAPSED, (lost,)), replace(memory, looks=looks)
    least = _least_diversity(signs, memory, limits)
    heavy = (*_diversity(signs, least), *_spectrum(signs, limits), *_kid(signs, memory, limits))
    light = (
        *_faint_diversity(signs, limits, least),
        *_faint_spectrum(signs, limits),
        *_match(signs, limits),
    )
    in_succession = memory.heavy + 1 if heavy and looks > limits.grace else 0
    kept = Memory(looks, in_succession, _best(memory.best_kid, signs.kid))
    health = Health.WARNING if heavy or light else Health.SOUND
    if in_succession >= limits.patience:
        health = Health.COLLAPSED
    return Verdict(signs.step, health, heavy, light), kept


def _best(before: float | None, now: float | None) -> float | None:
    known = [value for value in (before, now) if value is not None and math.isfinite(value)]
    return min(known, default=None)


def _least_diversity(signs: Signs, memory: Memory, limits: Limits) -> float:
    """The diversity under which the sign is heavy."""
    astray = _is_above(signs.kid, limits.kid_astray * _near(signs, memory))
    share = limits.diversity_heavy if astray else limits.diversity_gone
    return share * signs.diversity_band[0]


def _near(signs: Signs, memory: Memory) -> float:
    """The KID that this training has shown, or that real ROIs have, whichever is larger."""
    return max(memory.best_kid or 0.0, signs.kid_band[1], 0.0)


def _diversity(signs: Signs, least: float) -> Iterator[str]:
    if _is_below(signs.diversity, least):
        yield (
            f"The draws are almost all alike: diversity {signs.diversity:.2f}, real ROIs "
            f"{signs.diversity_band[0]:.2f} or more."
        )


def _faint_diversity(signs: Signs, limits: Limits, least: float) -> Iterator[str]:
    low = signs.diversity_band[0]
    if _is_below(signs.diversity, least):
        return
    if _is_below(signs.diversity, limits.diversity_light * low):
        told = f"diversity {signs.diversity:.2f}, real {low:.2f} or more"
        yield f"The draws vary less than real ROIs: {told}."


def _spectrum(signs: Signs, limits: Limits) -> Iterator[str]:
    if _is_above(signs.spectrum, signs.spectrum_band[1] + limits.spectrum_heavy):
        yield (
            f"The grain of the draws is nothing like that of real ROIs: {signs.spectrum:.0f} dB "
            f"apart, real ones {signs.spectrum_band[1]:.1f} dB."
        )


def _faint_spectrum(signs: Signs, limits: Limits) -> Iterator[str]:
    high = signs.spectrum_band[1]
    if _is_above(signs.spectrum, high + limits.spectrum_heavy):
        return
    if _is_above(signs.spectrum, high + limits.spectrum_light):
        yield (
            f"The grain of the draws differs from that of real ROIs: {signs.spectrum:.0f} dB "
            f"apart, real ones {high:.1f} dB."
        )


def _kid(signs: Signs, memory: Memory, limits: Limits) -> Iterator[str]:
    if signs.kid is None:
        return
    if not math.isfinite(signs.kid):
        yield "The draws' features are not numbers."
    elif memory.best_kid is not None and signs.kid > limits.kid_worse * _near(signs, memory) > 0:
        told = f"KID {signs.kid:.2f}, best {memory.best_kid:.2f}"
        yield f"The draws have come apart again: {told}."
    elif signs.kid > limits.kid_absurd * signs.kid_band[1] > 0:
        told = f"KID {signs.kid:.0f}, real ROIs {signs.kid_band[1]:.2f}"
        yield f"The draws are nothing like the class: {told}."


def _match(signs: Signs, limits: Limits) -> Iterator[str]:
    right = (signs.right_on_real, signs.right_on_fake)
    if min(right) >= limits.sure and signs.loss_d < limits.loss_share * signs.loss_g:
        yield "The discriminator is right about almost every image: the generator learns little."
    if max(right) <= limits.misled:
        yield "The discriminator is wrong about almost every image: it teaches nothing."


def _is_below(value: float | None, limit: float) -> bool:
    return value is not None and (not math.isfinite(value) or value < limit)


def _is_above(value: float | None, limit: float) -> bool:
    return value is not None and (not math.isfinite(value) or value > limit)
