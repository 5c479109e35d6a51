"""Plan a study before it starts: how many readers, cases and items, and what they promise.

A request of one of four kinds gives a `Plan`: an answer in a sentence, a curve, a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING

from studies.errors import StudyError

if TYPE_CHECKING:
    from pathlib import Path

    from studies.statistics.mrmc.anova import VarianceComponents
    from studies.statistics.mrmc.sample_size import Power
    from studies.statistics.planning import Curve

_ANY_READERS = (
    "“Any readers” holds for readers like these on cases like these; “these readers” for those "
    "who read, and for no others. A dash: no number of cases is enough."
)
_TWO_READERS = (
    "Two readers cannot stand for others, so that the plan holds for these two only and the "
    "column “any readers” is empty."
)
_TABLE_READERS = (3, 4, 5, 6, 8, 10, 12, 15, 20)
_TABLE_POWERS = (0.70, 0.80, 0.90)
_TABLE_MARGINS = (0.05, 0.075, 0.10, 0.15, 0.20)


@dataclass(frozen=True)
class Pilot:
    """Components of variance to plan with, for `cases` cases; `source` says where from.

    With fewer than three readers they cannot stand for others: `several` is False.
    """

    source: str
    components: VarianceComponents
    cases: int
    several: bool = True


@dataclass(frozen=True)
class MrmcRequest:
    """Two conditions, AUC; `effect` is the difference to see, 0..1.

    Without `cases` the fewest that give `power` are sought.
    """

    pilot: Pilot
    readers: int
    effect: float
    cases: int | None = None
    power: float = 0.80
    alpha: float = 0.05


@dataclass(frozen=True)
class WidthRequest:
    """Items for an interval of a proportion: Wilson, or Clopper-Pearson where `exact`."""

    proportion: float
    half_width: float
    level: float = 0.95
    exact: bool = False


@dataclass(frozen=True)
class McNemarRequest:
    """Items for comparing two readers; the shares that one alone gets right, 0..1.

    With `items` the power of so many is told as well.
    """

    only_first: float
    only_second: float
    power: float = 0.80
    alpha: float = 0.05
    items: int | None = None


@dataclass(frozen=True)
class EquivalenceRequest:
    """Items for showing that synthetic cannot be told from real; `ratio` real to a synthetic.

    `accuracy` is the balanced accuracy taken for true. With `synthetic` the power of so many
    synthetic items, and as many real as the ratio says, is told as well.
    """

    margin: float = 0.10
    power: float = 0.80
    ratio: float = 182 / 120
    alpha: float = 0.05
    accuracy: float = 0.5
    synthetic: int | None = None


PlanRequest = MrmcRequest | WidthRequest | McNemarRequest | EquivalenceRequest


@dataclass(frozen=True)
class Plan:
    """What is shown of a plan. `marked` lies on the curve; `rows` stand under `header`.

    `numbers` are the figures of the headline by name, in full precision.
    """

    title: str
    headline: str
    curve: Curve
    marked: tuple[float, float] | None
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    method: str
    reading: str
    numbers: tuple[tuple[str, float | int | None], ...]


def plan(request: PlanRequest) -> Plan:
    """The plan for a request; quick and without a store. StudyError where none can be made."""
    try:
        return _planned(request)
    except ValueError as error:
        text = str(error)
        raise StudyError(f"This cannot be planned: {text}. Change it and plan again.") from error


def read_pilot(path: Path) -> Pilot:
    """Components of a pilot's ratings, by Obuchowski and Rockette with the jackknife.

    StudyError when the file gives none: it needs graded ratings, which differ, of positive and
    negative cases by two readers under two conditions.
    """
    from studies.analysis import analyse, read_ratings
    from studies.statistics.mrmc import LEAST_READERS

    analysis = analyse(read_ratings(path))
    if analysis.mrmc is None or analysis.mrmc.components is None:
        reasons = "; ".join(reason for _, reason in analysis.declined)
        raise StudyError(f"{path.name} gives no variance components: {reasons}.")
    several = len(analysis.ratings.readers) >= LEAST_READERS
    return Pilot(path.name, analysis.mrmc.components, len(analysis.ratings.truth), several)


def guess_pilot(
    auc: float, reader_range: float, *, readers: int, ratio: float = 1.0, repeat_range: float = 0.0
) -> Pilot:
    """Components without a pilot, by Obuchowski's conventions; ranges are best less worst AUC.

    `ratio` is negative to positive cases. StudyError for impossible values.
    """
    from studies.statistics.planning.conjecture import (
        Conjecture,
        conjectured_components,
        sd_of_range,
    )

    cases = 100
    try:
        repeats = sd_of_range(repeat_range, 2)
        guess = Conjecture(auc, sd_of_range(reader_range, readers), repeats, ratio=ratio)
        components = conjectured_components(guess, cases)
    except ValueError as error:
        raise StudyError(f"This cannot be planned: {error}. Change it and plan again.") from error
    return Pilot("Obuchowski's conventions, no pilot", components, cases)


def plan_study(
    pilot: Path, *, readers: int, items: int, effect: float, alpha: float = 0.05
) -> tuple[tuple[str, Power], ...]:
    """Power to see `effect` (a difference of AUCs) with so many readers and cases.

    Readers random (where the pilot has three or more), and these very readers. StudyError as
    `read_pilot`, or for an impossible size or effect.
    """
    _check_mrmc(effect, alpha)
    known = read_pilot(pilot)
    try:
        return _powers(known, readers, items, effect, alpha)
    except ValueError as error:
        raise StudyError(f"{pilot.name} gives no plan: {error}.") from error


# --- the four kinds -------------------------------------------------------------------------


@singledispatch
def _planned(request: PlanRequest) -> Plan:
    raise TypeError(type(request).__name__)


@_planned.register
def _plan_mrmc(request: MrmcRequest) -> Plan:
    from studies.statistics.planning import cases_by_readers, curve_over_cases
    from studies.statistics.planning.curve import sizes_around

    _check_mrmc(request.effect, request.alpha)
    pilot, random = request.pilot, request.pilot.several
    cases = request.cases or _fewest_cases(request)
    name, power = _powers(pilot, request.readers, cases, request.effect, request.alpha)[0]
    curve = curve_over_cases(
        pilot.components, pilot.cases, readers=request.readers, cases=sizes_around(cases),
        effect=request.effect, alpha=request.alpha, readers_random=random,
    )  # fmt: skip
    table = cases_by_readers(
        pilot.components, pilot.cases, sorted({*_TABLE_READERS, request.readers}),
        effect=request.effect, power=request.power, alpha=request.alpha,
    )  # fmt: skip
    rows = tuple(
        (str(row.readers), _or_none(row.random) if random else "–", _or_none(row.fixed))
        for row in table
    )
    return Plan(
        "Multi-reader study",
        f"{request.readers} readers and {cases} cases see a difference of AUC of "
        f"{_asked(request.effect)} with power {_share(power.power)}.",
        curve,
        (float(cases), power.power),
        (
            "Readers",
            f"Cases for {_share(request.power)}, any readers",
            f"Cases for {_share(request.power)}, these readers",
        ),
        rows,
        f"Hillis 2011; {name.lower()}; components from {pilot.source}",
        _ANY_READERS if random else _TWO_READERS,
        (("readers", request.readers), ("cases", cases), ("effect", request.effect),
         ("power", power.power), ("alpha", request.alpha)),
    )  # fmt: skip


@_planned.register
def _plan_width(request: WidthRequest) -> Plan:
    from studies.statistics.planning import items_for_half_width
    from studies.statistics.planning.widths import CLOPPER_PEARSON, WILSON

    methods = (WILSON, CLOPPER_PEARSON)
    found = {
        name: items_for_half_width(request.proportion, request.half_width, name, request.level)
        for name in methods
    }
    chosen = found[CLOPPER_PEARSON if request.exact else WILSON]
    return Plan(
        "Width of an interval",
        f"{_counted(chosen.n, 'item gives', 'items give')} {_asked(request.proportion)} within "
        f"{_asked(request.half_width)}"
        f" either way ({100 * request.level:g} % interval).",
        chosen.curve,
        (float(chosen.n), chosen.half_width),
        ("Interval", "Items", "Half-width", "Expected half-width"),
        tuple(
            (name, str(one.n), _share(one.half_width, 4), _share(one.expected, 4))
            for name, one in found.items()
        ),
        f"{chosen.method} interval, solved for n",
        "The half-width is that of the interval where exactly this share is seen; the expected one "
        "is averaged over what may be seen if it is the truth.",
        (("items", chosen.n), ("half_width", chosen.half_width), ("expected", chosen.expected),
         ("proportion", request.proportion), ("level", request.level)),
    )  # fmt: skip


@_planned.register
def _plan_mcnemar(request: McNemarRequest) -> Plan:
    from studies.statistics.planning import items_for_mcnemar, mcnemar_power

    first, second, alpha = request.only_first, request.only_second, request.alpha
    found = items_for_mcnemar(first, second, request.power, alpha)
    items, reached = found.n, found.power
    if request.items is not None:
        items, reached = request.items, mcnemar_power(request.items, first, second, alpha)
    others = [(p, items_for_mcnemar(first, second, p, alpha)) for p in _TABLE_POWERS]
    return Plan(
        "Two readers on the same items",
        f"{_counted(items, 'item shows', 'items show')} that {_asked(first)} and "
        f"{_asked(second)} right alone differ with power {_share(reached)}.",
        found.curve.through(float(items), reached),
        (float(items), reached),
        ("Power", "Items", "Discordant items expected"),
        tuple((_share(p), str(one.n), f"{one.n * (first + second):.0f}") for p, one in others),
        found.method,
        "Only items that one of the two gets right and the other wrong tell them apart.",
        (("items", items), ("power", reached), ("items_needed", found.n),
         ("only_first", first), ("only_second", second), ("alpha", alpha)),
    )  # fmt: skip


@_planned.register
def _plan_equivalence(request: EquivalenceRequest) -> Plan:
    from studies.statistics.equivalence import equivalence_power, margin_in_words, power_method
    from studies.statistics.planning import items_for_equivalence
    from studies.statistics.planning.equivalence import real_for

    alpha, accuracy = request.alpha, request.accuracy
    found = items_for_equivalence(
        request.margin, request.power, request.ratio, alpha, accuracy=accuracy
    )
    synthetic = found.synthetic if request.synthetic is None else request.synthetic
    real = real_for(synthetic, request.ratio)
    power = equivalence_power(synthetic, real, request.margin, alpha, accuracy=accuracy)
    margins = sorted({*_TABLE_MARGINS, request.margin})
    rows = tuple(
        (
            f"±{_asked(margin)}",
            _share(equivalence_power(synthetic, real, margin, alpha, accuracy=accuracy)),
        )
        for margin in margins
    )
    return Plan(
        "Real or synthetic: equivalence to guessing",
        f"{synthetic} synthetic and {_counted(real, 'real item', 'real items')} show equivalence "
        f"within ±{_asked(request.margin)} with power {_share(power)}, where the truth is "
        f"{_asked(accuracy)}.",
        found.curve.through(float(synthetic + real), power),
        (float(synthetic + real), power),
        ("Margin", f"Power with {synthetic} synthetic and {real} real"),
        rows,
        power_method(synthetic, real),
        margin_in_words(request.margin),
        (("synthetic", synthetic), ("real", real), ("power", power), ("margin", request.margin),
         ("synthetic_needed", found.synthetic), ("real_needed", found.real),
         ("alpha", alpha), ("accuracy", accuracy)),
    )  # fmt: skip


# --- parts ----------------------------------------------------------------------------------


def _check_mrmc(effect: float, alpha: float) -> None:
    if not 0 < alpha < 1:
        raise StudyError(f"Alpha lies between 0 and 1, not at {alpha}.")
    if not 0 < abs(effect) < 1:
        raise StudyError(f"A difference of AUCs lies between 0 and 1, not at {effect}.")


def _powers(
    pilot: Pilot, readers: int, cases: int, effect: float, alpha: float
) -> tuple[tuple[str, Power], ...]:
    from studies.statistics.mrmc.sample_size import power_fixed_readers, power_random_readers

    of = pilot.components, pilot.cases
    fixed = power_fixed_readers(*of, readers=readers, cases=cases, effect=effect, alpha=alpha)
    if not pilot.several:
        return (("These two readers (they cannot stand for others), cases random", fixed),)
    random = power_random_readers(*of, readers=readers, cases=cases, effect=effect, alpha=alpha)
    return (("Readers and cases random", random), ("These readers, cases random", fixed))


def _fewest_cases(request: MrmcRequest) -> int:
    from studies.statistics.mrmc.sample_size import smallest_cases

    found = smallest_cases(
        request.pilot.components, request.pilot.cases, readers=request.readers,
        effect=request.effect, power=request.power, alpha=request.alpha,
        readers_random=request.pilot.several,
    )  # fmt: skip
    if found is None:
        raise StudyError(
            f"With {request.readers} readers no number of cases gives power "
            f"{_share(request.power)}, for readers differ too much. Plan for more readers or a "
            "larger difference."
        )
    return found.cases


def _or_none(count: int | None) -> str:
    return "–" if count is None else str(count)


def _counted(count: int, one: str, many: str) -> str:
    """ "1 item shows", "2 items show"."""
    return f"{count} {one if count == 1 else many}"


def _share(value: float, decimals: int = 2) -> str:
    """A share as statisticians print it: .80; never 1.00 or .00 for what only comes near."""
    nearest = round(value, decimals)
    if nearest >= 1 > value:
        return f"> {_share(1 - 10**-decimals, decimals)}"
    if nearest == 0 < value:
        return f"< {_share(10**-decimals, decimals)}"
    text = f"{value:.{decimals}f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _asked(value: float) -> str:
    """A share that was typed in: two decimals, three or four where it has so many."""
    decimals = next((d for d in (2, 3) if round(value, d) == value), 4)
    return _share(value, decimals)
