"""A run's numbers as cards: what is drawn, with which band, the newest value, what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.journal import CurvePoint
from reader_app.state.learn_shown import ShownRun
from reader_app.widgets.curve_content import CardContent, Event, Series
from reader_app.widgets.plots import LineLook
from reader_app.widgets.theme import PALETTE
from studies.statistics.proportions import wilson

GENERATOR = LineLook(PALETTE.dcgan, width=1.8)
MEASURED = LineLook(PALETTE.dcgan, (), "triangle", 1.8)
DISCRIMINATOR = LineLook(PALETTE.text_2, (4, 3), "", 1.6)
CLASSIFIER = LineLook(PALETTE.classic, width=1.8)
TESTED = LineLook(PALETTE.ok, (), "circle", 1.8)
WATCHED = LineLook(PALETTE.extra_real, (5, 3), "", 1.8)
HELD_OUT = LineLook(PALETTE.extra_real, (5, 3), "", 1.2)
ACCURACY_NOTE = (
    "Line: images trained on, with dropout. The test fold is read once, after the last step, so "
    "that nobody chooses by it. Validation in the recipe holds patients out for a second line."
)
WATCHED_NOTE = (
    "Train: images trained on, with dropout. Validation: {n} ROIs of patients held out of the "
    "training folds, dropout off; pale: Wilson's 95 % interval. Nothing is chosen by it. The test "
    "fold is read once, after the last step."
)
KID_NOTE = (
    "Kernel distance of 64 draws a class to its training originals in random features; pale: "
    "central 95 % of its blocks; grey: real against real."
)
HELD_OUT_NOTE = (
    " Dashed: the same to ROIs of patients held out of the training. Far above the other line, the "
    "generator knows its own patients better than others."
)
DIVERSITY_NOTE = "1 − mean MS-SSIM of 60 pairs of draws; grey: pairs of real ROIs."

Cards = tuple[CardContent | None, CardContent | None, CardContent | None, CardContent | None]


def cards(shown: ShownRun | None) -> Cards:
    """Four cards for a generator, two for a classifier; empty frames before any run."""
    if shown is not None and not shown.is_generator:
        return _classifier_loss(shown), _accuracy(shown), None, None
    sides = (("loss_g", "G", GENERATOR), ("loss_d", "D", DISCRIMINATOR))
    return _loss(shown, sides), _right(shown), _kid(shown), _diversity(shown)


def _classifier_loss(shown: ShownRun) -> CardContent:
    if not _watched(shown):
        return _loss(shown, (("loss", "", CLASSIFIER),))
    sides = (("loss", "train", CLASSIFIER), ("validation_loss", "validation", WATCHED))
    return _loss(shown, sides)


def _loss(shown: ShownRun | None, sides: tuple[tuple[str, str, LineLook], ...]) -> CardContent:
    lines = tuple(_series(shown, key, name, look) for key, name, look in sides)
    last = lines[0].y[-1] if lines[0].y else None
    value = "" if last is None else f"{sides[0][1]} {last:.2f}".strip()
    note = "Means since the last report."
    return CardContent(
        "Loss", "", value, lines, x_end=_end(shown), x_name=_unit(shown), note=note, low=None
    )


def _right(shown: ShownRun | None) -> CardContent:
    line = _series(shown, "d_right", "", DISCRIMINATOR, lambda value: 100 * value)
    return CardContent(
        "D right",
        "%",
        f"{line.y[-1]:.0f}" if line.y else "",
        (line,),
        x_end=_end(shown),
        high=105.0,
        x_name=_unit(shown),
        note="Images the discriminator is right about, real and synthetic in equal weight; "
        "50 % = it cannot tell.",
    )


def _accuracy(shown: ShownRun) -> CardContent:
    """On training batches and on held-out patients; of a finished run also on its test fold.

    The test fold is one point at the end.
    """
    watched = _validation(shown)
    line = _series(shown, "accuracy", "train", CLASSIFIER, lambda value: 100 * value)
    newest = watched[-1].y if watched else line.y
    value = f"{'validation ' if watched else ''}{newest[-1]:.0f} %" if newest else ""
    lines: tuple[Series, ...] = (line, *watched)
    events: tuple[Event, ...] = ()
    if shown.n and shown.correct is not None:
        found = wilson(shown.correct, shown.n)
        percent = tuple(100 * one for one in (found.estimate, found.low, found.high))
        words = f"{percent[0]:.1f} % [{percent[1]:.1f}, {percent[2]:.1f}]"
        told = f"Test fold, read once after the last step: {shown.correct} of {shown.n}, {words}"
        lines = (*lines, Series("test", TESTED, (shown.end,), (percent[0],)))
        events = (Event(shown.end, told, "ok"),)
        value = f"test {percent[0]:.0f} %"
    return CardContent(
        "Accuracy",
        "%" if watched else "on training batches, %",
        value,
        lines,
        x_end=_end(shown),
        high=105.0,
        events=events,
        x_name=_unit(shown),
        note=WATCHED_NOTE.format(n=_watched(shown)) if watched else ACCURACY_NOTE,
    )


def _watched(shown: ShownRun) -> int:
    """How many ROIs of held-out patients are looked at; 0 for none."""
    counts = (point.value("validation_n") for point in shown.curves.points)
    return int(next((count for count in counts if count), 0))


def _validation(shown: ShownRun) -> tuple[Series, ...]:
    """Percent right of the held-out patients' ROIs at each look, with Wilson's interval."""
    looks = [point for point in shown.curves.points if point.value("validation_n")]
    if not looks:
        return ()
    found = [
        wilson(int(point.value("validation_correct") or 0), int(point.value("validation_n") or 0))
        for point in looks
    ]
    return (
        Series(
            f"validation, n = {_watched(shown)} ROIs",
            WATCHED,
            tuple(shown.place(point) for point in looks),
            tuple(100 * one.estimate for one in found),
            tuple(100 * one.low for one in found),
            tuple(100 * one.high for one in found),
        ),
    )


def _kid(shown: ShownRun | None) -> CardContent:
    held = _held_out(shown)
    name = "training originals" if held else ""
    line = _series(shown, "kid", name, MEASURED, _thousand, ("kid_low", "kid_high"))
    band = _band(shown, "kid_real_low", "kid_real_high", 1000)
    value = f"{line.y[-1]:.1f}" if line.y else ""
    return CardContent(
        "KID × 1000",
        "lower is better",
        value,
        (line, *held),
        band,
        "real v real",
        _end(shown),
        low=min((0.0, *(band or ())[:1], *(y for one in held for y in one.y))),
        high=_without_the_first(line.y, band, *(one.y for one in held)),
        events=_events(shown),
        x_name=_unit(shown),
        note=KID_NOTE + (HELD_OUT_NOTE if held else ""),
    )


def _held_out(shown: ShownRun | None) -> tuple[Series, ...]:
    """KID against the ROIs of patients held out to be watched; none where there are too few."""
    points = shown.curves.points if shown else ()
    count = next((n for point in points if (n := point.value("kid_held_n"))), None)
    if count is None:
        return ()
    name = f"held-out patients, {count:.0f} ROIs a class"
    return (_series(shown, "kid_held", name, HELD_OUT, _thousand),)


def _events(shown: ShownRun | None) -> tuple[Event, ...]:
    """Looks at which the watchdog spoke, and the best one."""
    if shown is None:
        return ()
    found = []
    for point in shown.curves.points:
        if point.words:
            is_grave = point.value("returned_to") is not None or (point.value("health") or 0) > 1
            found.append(Event(shown.place(point), point.words, "error" if is_grave else "warning"))
    if shown.best is not None:
        kid = 1000 * (shown.best.value("kid") or 0.0)
        found.append(Event(shown.place(shown.best), f"Best: KID × 1000 = {kid:.1f}", "ok"))
    return tuple(found)


def _thousand(value: float) -> float:
    return 1000 * value


def _without_the_first(
    values: Sequence[float], band: tuple[float, float] | None, *others: Sequence[float]
) -> float | None:
    """The axis' end by the later looks: a generator's first are hundreds of times worse."""
    if len(values) < 4:
        return None
    return max(*values[2:], *(band or ()), *(y for other in others for y in other[2:])) * 1.25


def _diversity(shown: ShownRun | None) -> CardContent:
    line = _series(shown, "diversity", "", MEASURED)
    band = _band(shown, "diversity_real_low", "diversity_real_high", 1)
    return CardContent(
        "Diversity",
        "1 − MS-SSIM",
        f"{line.y[-1]:.2f}" if line.y else "",
        (line,),
        band,
        "real pairs",
        _end(shown),
        x_name=_unit(shown),
        note=DIVERSITY_NOTE,
    )


def _series(
    shown: ShownRun | None,
    key: str,
    name: str,
    look: LineLook,
    scaled: Callable[[float], float] = float,
    ends: tuple[str, str] | None = None,
) -> Series:
    points: tuple[CurvePoint, ...] = shown.curves.points if shown else ()
    known = [point for point in points if point.value(key) is not None]
    low, high = ((), ()) if ends is None else (_all(known, end, scaled) for end in ends)
    whole = len(low) == len(high) == len(known)
    return Series(
        name,
        look,
        tuple(shown.place(point) for point in known) if shown else (),
        _all(known, key, scaled),
        low if whole else (),
        high if whole else (),
    )


def _all(points: list[CurvePoint], key: str, scaled: Callable[[float], float]) -> tuple[float, ...]:
    return tuple(scaled(value) for p in points if (value := p.value(key)) is not None)


def _band(shown: ShownRun | None, low: str, high: str, scale: float) -> tuple[float, float] | None:
    """The newest real-v-real range among the points."""
    for point in reversed(shown.curves.points if shown else ()):
        ends = point.value(low), point.value(high)
        if ends[0] is not None and ends[1] is not None:
            return ends[0] * scale, ends[1] * scale
    return None


def _unit(shown: ShownRun | None) -> str:
    return "epoch" if shown is not None and shown.by_epoch else "step"


def _end(shown: ShownRun | None) -> float:
    return shown.end if shown else 1.0
