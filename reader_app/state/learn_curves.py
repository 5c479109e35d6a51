"""A run's numbers as three cards: what is drawn, with which band, and the newest value."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.journal import CurvePoint
from reader_app.state.learn_runs import ShownRun
from reader_app.widgets.curve_content import CardContent, Series
from reader_app.widgets.plots import LineLook
from reader_app.widgets.theme import PALETTE

GENERATOR = LineLook(PALETTE.dcgan, width=1.8)
MEASURED = LineLook(PALETTE.dcgan, (), "triangle", 1.8)
DISCRIMINATOR = LineLook(PALETTE.text_2, (4, 3), "", 1.6)
CLASSIFIER = LineLook(PALETTE.classic, width=1.8)

Cards = tuple[CardContent | None, CardContent | None, CardContent | None]


def cards(shown: ShownRun | None) -> Cards:
    """Three cards for a generator, two for a classifier; empty frames before any run."""
    if shown is not None and shown.kind == "classifier":
        return _loss(shown, (("loss", "", CLASSIFIER),)), _accuracy(shown), None
    sides = (("loss_g", "G", GENERATOR), ("loss_d", "D", DISCRIMINATOR))
    return _loss(shown, sides), _kid(shown), _diversity(shown)


def _loss(shown: ShownRun | None, sides: tuple[tuple[str, str, LineLook], ...]) -> CardContent:
    lines = tuple(_series(shown, key, name, look) for key, name, look in sides)
    last = lines[0].y[-1] if lines[0].y else None
    value = "" if last is None else f"{sides[0][1]} {last:.2f}".strip()
    return CardContent("Loss", "per step", value, lines, x_end=_end(shown))


def _accuracy(shown: ShownRun) -> CardContent:
    line = _series(shown, "accuracy", "", CLASSIFIER, lambda value: 100 * value)
    value = f"{line.y[-1]:.0f} %" if line.y else ""
    return CardContent(
        "Accuracy", "on training batches, %", value, (line,), x_end=_end(shown), high=100.0
    )


def _kid(shown: ShownRun | None) -> CardContent:
    line = _series(shown, "kid", "", MEASURED, lambda value: 1000 * value)
    band = _band(shown, "kid_real_low", "kid_real_high", 1000)
    value = f"{line.y[-1]:.1f}" if line.y else ""
    return CardContent(
        "KID × 1000",
        "lower is better",
        value,
        (line,),
        band,
        "real v real",
        _end(shown),
        low=min(0.0, band[0]) if band else 0.0,
        high=_without_the_first(line.y, band),
    )


def _without_the_first(values: Sequence[float], band: tuple[float, float] | None) -> float | None:
    """The axis' end by the later looks: a generator's first are hundreds of times worse."""
    if len(values) < 4:
        return None
    return max(*values[2:], *(band or ())) * 1.25


def _diversity(shown: ShownRun | None) -> CardContent:
    line = _series(shown, "diversity", "", MEASURED)
    band = _band(shown, "diversity_real_low", "diversity_real_high", 1)
    value = f"{line.y[-1]:.2f}" if line.y else ""
    return CardContent("Diversity", "1 − MS-SSIM", value, (line,), band, "real pairs", _end(shown))


def _series(
    shown: ShownRun | None,
    key: str,
    name: str,
    look: LineLook,
    scaled: Callable[[float], float] = float,
) -> Series:
    points: tuple[CurvePoint, ...] = shown.curves.points if shown else ()
    known = [(p.done, value) for p in points if (value := p.value(key)) is not None]
    return Series(name, look, tuple(float(x) for x, _ in known), tuple(scaled(y) for _, y in known))


def _band(shown: ShownRun | None, low: str, high: str, scale: float) -> tuple[float, float] | None:
    """The newest real-v-real range among the points."""
    for point in reversed(shown.curves.points if shown else ()):
        ends = point.value(low), point.value(high)
        if ends[0] is not None and ends[1] is not None:
            return ends[0] * scale, ends[1] * scale
    return None


def _end(shown: ShownRun | None) -> float:
    return float(shown.total) if shown and shown.total else 1.0
