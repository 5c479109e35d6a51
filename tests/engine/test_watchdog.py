"""The watchdog sees collapses, also a provoked one, and lets sound trainings pass."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from learning_sets import blobs

from engine.gan.losses import discriminator_loss, generator_loss
from engine.gan.networks import Discriminator, Generator, initialise
from engine.gan.watchdog import Health, Limits, Memory, Signs, Verdict, Watchdog
from engine.metrics import diversity, kid, spectrum_distance
from engine.specs import profile

FloatArray = npt.NDArray[np.float32]
SOUND = Signs(
    step=100,
    loss_g=1.6,
    loss_d=0.9,
    right_on_real=0.75,
    right_on_fake=0.7,
    diversity=0.42,
    diversity_band=(0.40, 0.46),
    spectrum=3.0,
    spectrum_band=(0.6, 1.6),
    kid=0.3,
    kid_band=(-0.02, 0.1),
)


def verdicts(*signs: Signs, limits: Limits | None = None) -> list[Verdict]:
    watchdog = Watchdog(limits)
    return [watchdog.look(replace(one, step=at)) for at, one in enumerate(signs)]


def healths(*signs: Signs) -> list[Health]:
    return [one.health for one in verdicts(*signs)]


def test_a_sound_training_stays_sound() -> None:
    rng = np.random.default_rng(0)
    trace = [
        replace(SOUND, kid=3 * 0.8**at * rng.uniform(0.7, 1.5), diversity=rng.uniform(0.33, 0.5))
        for at in range(40)
    ]
    assert set(healths(*trace)) == {Health.SOUND}


def test_like_draws_are_a_collapse_after_grace_and_patience() -> None:
    alike = replace(SOUND, diversity=0.02)
    found = verdicts(SOUND, SOUND, SOUND, alike, alike)
    assert [one.health for one in found[3:]] == [Health.WARNING, Health.COLLAPSED]
    assert found[4].is_collapsed
    assert not found[3].may_return_here
    assert "almost all alike: diversity 0.02, real ROIs 0.40 or more" in found[4].reasons[0]


def test_one_bad_look_is_forgiven() -> None:
    alike = replace(SOUND, diversity=0.02)
    states = healths(SOUND, SOUND, alike, SOUND, alike, SOUND, alike)
    assert Health.COLLAPSED not in states


def test_an_untrained_generator_is_not_a_collapsed_one() -> None:
    untrained = replace(SOUND, diversity=0.0, spectrum=40.0, kid=30.0)
    assert healths(untrained, untrained, replace(SOUND, kid=5.0))[:2] == [Health.WARNING] * 2
    assert healths(*[untrained] * 4)[3] is Health.COLLAPSED


def test_little_diversity_is_light_while_kid_holds_and_heavy_when_it_doubles() -> None:
    """As a conditional generator was seen to learn on ultrasound, before it had the grain."""
    smooth = [
        replace(SOUND, diversity=0.40 * share, kid=kid)
        for share, kid in zip(
            (0.82, 0.61, 0.37, 0.26, 0.25, 0.29, 0.25),
            (9.0, 5.0, 2.5, 2.7, 3.0, 2.5, 2.7),
            strict=True,
        )
    ]
    assert all(one.may_return_here for one in verdicts(*smooth))
    astray = replace(smooth[-1], kid=5.5)
    assert verdicts(*smooth, astray, astray)[-1].is_collapsed


def test_draws_that_never_come_near_are_a_collapse() -> None:
    """As with initial weights of SD 2: varied, of a likely grain, and KID over 700."""
    far = replace(SOUND, diversity=0.8, spectrum=13.6, kid=700.0)
    found = verdicts(*[far] * 4)[-1]
    assert found.is_collapsed
    assert "nothing like the class: KID 700" in found.reasons[0]


@pytest.mark.parametrize("field", ["loss_g", "loss_d"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_a_collapse_at_once(field: str, value: float) -> None:
    (found,) = verdicts(replace(SOUND, **{field: value}))
    assert found.is_collapsed
    assert "smaller learning rate" in found.reasons[0]


def test_kid_that_comes_apart_again_is_a_collapse() -> None:
    apart = replace(SOUND, kid=2.0)
    found = verdicts(SOUND, SOUND, apart, apart)
    assert found[3].is_collapsed
    assert "KID 2.00, best 0.30" in found[3].reasons[0]
    near = [replace(SOUND, kid=value) for value in (0.001, 0.02, 0.05, 0.3, 0.39)]
    assert not any(one.is_collapsed for one in verdicts(*near))  # within 4 times the band


def test_a_grain_unlike_any_rois_is_a_collapse() -> None:
    noise = replace(SOUND, spectrum=25.0)
    assert verdicts(SOUND, SOUND, noise, noise)[3].is_collapsed
    assert healths(SOUND, SOUND, *[replace(SOUND, spectrum=12.0)] * 3)[4] is Health.WARNING


def test_a_sure_or_misled_discriminator_alone_is_only_a_warning() -> None:
    sure = replace(SOUND, right_on_real=0.999, right_on_fake=0.999, loss_d=0.002, loss_g=8.0)
    misled = replace(SOUND, right_on_real=0.05, right_on_fake=0.02)
    for one, words in ((sure, "learns little"), (misled, "teaches nothing")):
        found = verdicts(*[one] * 6)[5]
        assert found.health is Health.WARNING
        assert found.may_return_here
        assert words in found.reasons[0]
    hinge = replace(sure, loss_g=-0.4)
    assert verdicts(hinge)[0].health is Health.SOUND


def test_what_was_not_measured_says_nothing() -> None:
    bare = Signs(1, 1.0, 1.0, 0.5, 0.5)
    assert set(healths(*[bare] * 5)) == {Health.SOUND}
    broken = replace(SOUND, diversity=math.nan, kid=math.nan)
    assert verdicts(*[broken] * 4)[3].is_collapsed


def test_memory_carries_over_a_resume_and_a_rollback_counts_anew() -> None:
    alike = replace(SOUND, diversity=0.02)
    first = Watchdog()
    for one in (SOUND, SOUND, alike):
        first.look(one)
    assert first.memory == Memory(looks=3, heavy=1, best_kid=0.3)
    assert Watchdog(memory=first.memory).look(alike).is_collapsed
    first.rolled_back()
    assert first.memory == Memory(looks=3, heavy=0, best_kid=0.3)
    assert not first.look(alike).is_collapsed


# --- real trainings -------------------------------------------------------------------------


class Training:
    """A small DCGAN of one class, looked at every `between` steps."""

    def __init__(self, learning_rate: float) -> None:
        spec = replace(profile("smoke").gan, ngf=8, ndf=8)
        self.chance = torch.Generator().manual_seed(0)
        self.latent = spec.latent
        self.generator, self.critic = Generator(spec), Discriminator(spec)
        for network in (self.generator, self.critic):
            initialise(network, spec.init_sd, self.chance)
        self.of_g, self.of_d = (
            torch.optim.Adam(network.parameters(), lr=learning_rate, betas=(0.5, 0.999))
            for network in (self.generator, self.critic)
        )
        patches = blobs(16)
        self.real = patches.images[patches.targets == 0]

    def looked(self, looks: int, between: int = 20) -> list[Verdict]:
        watchdog, found = Watchdog(), []
        for at in range(looks):
            told = torch.stack([self.step() for _ in range(between)]).mean(0).tolist()
            found.append(watchdog.look(self.signs(at * between, told)))
        return found

    def noise(self, count: int) -> torch.Tensor:
        return torch.rand(count, self.latent, generator=self.chance) * 2 - 1

    def step(self) -> torch.Tensor:
        real = torch.from_numpy(self.real)[:, None] * 2 - 1
        on_real, on_fake = self.critic(real), self.critic(self.generator(self.noise(16)).detach())
        loss_d = discriminator_loss(on_real, on_fake)
        self.of_d.zero_grad()
        loss_d.backward()
        self.of_d.step()
        loss_g = generator_loss(self.critic(self.generator(self.noise(16))))
        self.of_g.zero_grad()
        loss_g.backward()
        self.of_g.step()
        right = torch.sigmoid(on_real).mean(), torch.sigmoid(-on_fake).mean()
        return torch.stack([loss_g, loss_d, *right]).detach()

    def signs(self, step: int, told: list[float]) -> Signs:
        with torch.no_grad():
            drawn = (self.generator(self.noise(32))[:, 0].numpy() + 1) / 2
        varied, own = diversity(drawn, pairs=40), diversity(self.real, pairs=40)
        spectra, near = spectrum_distance(self.real, drawn), kid(self.real, drawn, blocks=20)
        return Signs(
            step,
            *told,
            varied.value,
            (own.low, own.high),
            spectra.value,
            (spectra.band_low, spectra.band_high),
            near.value,
            (near.band_low, near.band_high),
        )


def test_an_absurd_learning_rate_collapses() -> None:
    found = Training(learning_rate=1.0).looked(5)
    assert found[-1].is_collapsed
    assert "almost all alike" in found[-1].reasons[0]


def test_a_sound_small_training_raises_no_alarm() -> None:
    found = Training(learning_rate=1e-3).looked(8)
    assert not any(one.is_collapsed for one in found)
    assert found[-1].may_return_here


def test_a_generator_of_one_image_is_a_collapse() -> None:
    training = Training(learning_rate=1e-3)
    torch.nn.init.zeros_(training.generator.dense.weight)
    watchdog = Watchdog()
    found = [watchdog.look(training.signs(at, [1.0, 1.0, 0.6, 0.6])) for at in range(4)]
    assert found[-1].is_collapsed
