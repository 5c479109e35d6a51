"""Networks as their specs lay them out, layer by layer, without building them.

The counts are those of `engine.cnn.networks` and `engine.gan`, checked against them by a test.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from engine.specs import SIDE, CnnSpec, GanSpec
from studies.report.pictures import (
    CLASSIFIER,
    DISCRIMINATOR,
    GENERATOR,
    Layer,
    NetworkDrawing,
)

START = 4
ODENA_GENERATOR = (6, 3, 2, 1.5)
ODENA_DISCRIMINATOR = (1, 2, 4, 8, 16, 32)
"""Widths of Odena et al. 2017 as `engine.gan.acgan` has them, which needs torch."""
_TITLES = {
    "dcgan": "DCGAN",
    "acgan-dcgan": "ACGAN",
    "acgan-odena": "ACGAN of Odena",
    "cda": "Conditional",
}


def classifier_drawing(spec: CnnSpec, users: Iterable[str], runs: int) -> NetworkDrawing:
    """The CNN (section 2.2): pairs of convolution and pooling, two dense layers."""
    side, before = SIDE, spec.slices
    layers = [Layer("input", (before, side, side))]
    k = spec.kernel
    for after in spec.channels:
        count = before * after * k * k + after
        layers.append(Layer(f"conv {k} × {k}, ReLU", (after, side, side), count))
        side //= 2
        layers.append(Layer("max-pool 2 × 2", (after, side, side)))
        before = after
    inputs = before * side * side
    layers.append(Layer("dense, ReLU", (spec.dense,), _dense(inputs, spec.dense)))
    words = f"dropout {spec.dropout:g}, dense, softmax"
    layers.append(Layer(words, (spec.classes,), _dense(spec.dense, spec.classes)))
    name = "CNN" if spec.slices == 1 else f"CNN on {spec.slices} slices"
    return NetworkDrawing(CLASSIFIER, name, tuple(users), runs, tuple(layers))


def gan_drawings(spec: GanSpec, users: Iterable[str], runs: int) -> tuple[NetworkDrawing, ...]:
    """Generator and discriminator of a spec."""
    makers = {"acgan-odena": (_odena_g, _odena_d), "cda": (_cda_g, _cda_d)}
    first, second = makers.get(spec.kind, (_dcgan_g, _dcgan_d))
    name, who = _TITLES.get(spec.kind, spec.kind), tuple(users)
    return (
        NetworkDrawing(GENERATOR, f"{name}, generator G", who, runs, first(spec)),
        NetworkDrawing(DISCRIMINATOR, f"{name}, discriminator D", who, runs, second(spec)),
    )


def _dense(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs


def _input_words(spec: GanSpec) -> tuple[int, str]:
    """Numbers that the first layer takes, and what they are."""
    if spec.kind.startswith("acgan"):
        return spec.latent + spec.classes, "z and one-hot class"
    return spec.latent, "z and class" if spec.kind == "cda" else "z"


def _dcgan_g(spec: GanSpec) -> tuple[Layer, ...]:
    widths = [8 * spec.ngf, 4 * spec.ngf, 2 * spec.ngf, spec.ngf]
    inputs, words = _input_words(spec)
    first = _dense(inputs, widths[0] * START * START) + 2 * widths[0]
    layers = [
        Layer(words, (inputs,)),
        Layer("dense, batch norm, ReLU", (widths[0], START, START), first),
    ]
    return (*layers, *_doublings([*widths, 1], spec.kernel))


def _doublings(widths: list[int], kernel: int) -> Iterable[Layer]:
    """Fractionally-strided convolutions, batch normalisation on all but the last."""
    side = START
    for before, after in pairwise(widths):
        side *= 2
        count = before * after * kernel * kernel
        if after == 1 and side == SIDE:
            yield Layer(f"up {kernel} × {kernel}, tanh", (1, side, side), count + 1)
        else:
            words = f"up {kernel} × {kernel}, batch norm, ReLU"
            yield Layer(words, (after, side, side), count + 2 * after)


def _dcgan_d(spec: GanSpec) -> tuple[Layer, ...]:
    widths = [1, spec.ndf, 2 * spec.ndf, 4 * spec.ndf, 8 * spec.ndf]
    k, side = spec.kernel, SIDE
    layers = [Layer("input", (1, side, side))]
    for before, after in pairwise(widths):
        side //= 2
        norm = "" if before == 1 else "batch norm, "
        count = before * after * k * k + (after if before == 1 else 2 * after)
        words = f"conv {k} × {k} / 2, {norm}leaky ReLU"
        layers.append(Layer(words, (after, side, side), count))
    return (*layers, *_heads(widths[-1] * side * side, spec))


def _heads(inputs: int, spec: GanSpec) -> Iterable[Layer]:
    yield Layer("dense: real or not", (1,), _dense(inputs, 1))
    if spec.kind.startswith("acgan"):
        yield Layer("dense: class", (spec.classes,), _dense(inputs, spec.classes))


def _odena_g(spec: GanSpec) -> tuple[Layer, ...]:
    widths = [max(1, round(times * spec.ngf)) for times in ODENA_GENERATOR]
    inputs, words = _input_words(spec)
    first = Layer("dense, ReLU", (widths[0], START, START), _dense(inputs, widths[0] * START**2))
    return (Layer(words, (inputs,)), first, *_doublings([*widths, 1], spec.kernel))


def _odena_d(spec: GanSpec) -> tuple[Layer, ...]:
    widths = [1, *(max(1, times * spec.ndf // 4) for times in ODENA_DISCRIMINATOR)]
    side = SIDE
    layers = [Layer("input", (1, side, side))]
    for number, (before, after) in enumerate(pairwise(widths)):
        halved = number % 2 == 0
        side //= 2 if halved else 1
        norm = "batch norm, " if number else ""
        count = 9 * before * after + (2 * after if number else after)
        words = f"conv 3 × 3{' / 2' if halved else ''}, {norm}leaky ReLU, dropout .5"
        layers.append(Layer(words, (after, side, side), count))
    return (*layers, *_heads(widths[-1] * side * side, spec))


def _cda_g(spec: GanSpec) -> tuple[Layer, ...]:
    widths = [8 * spec.ngf, 4 * spec.ngf, 2 * spec.ngf, spec.ngf]
    inputs, words = _input_words(spec)
    norm = [2 * width * (spec.classes + spec.latent) for width in widths]
    side, k = START, 4
    layers = [
        Layer(words, (inputs,)),
        Layer("dense", (widths[0], side, side), _dense(spec.latent, widths[0] * side * side)),
    ]
    for own, (before, after) in zip(norm, pairwise([*widths, 1]), strict=True):
        side *= 2
        count = own + before * after * k * k + (after == 1)
        end = ", tanh" if side == SIDE else ""
        layers.append(Layer(f"class norm, ReLU, up {k} × {k}{end}", (after, side, side), count))
    return tuple(layers)


def _cda_d(spec: GanSpec) -> tuple[Layer, ...]:
    widths = [1, spec.ndf, 2 * spec.ndf, 4 * spec.ndf, 8 * spec.ndf]
    side, k = SIDE, 4
    layers = [Layer("input", (1, side, side))]
    for before, after in pairwise(widths):
        side //= 2
        count = before * after * k * k + after
        words = f"conv {k} × {k} / 2, spectral norm, leaky ReLU"
        layers.append(Layer(words, (after, side, side), count))
    inputs = widths[-1] * side * side
    layers.append(Layer("dense: real or not", (1,), _dense(inputs, 1)))
    layers.append(Layer("class projection", (1,), inputs * spec.classes))
    return tuple(layers)
