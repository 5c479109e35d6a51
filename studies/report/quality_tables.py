"""The words of the generators' quality: each measure in a sentence, a reading, and a table."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from studies.records import ClassScheme
from studies.report.quality import (
    CLEAR,
    CLOSE,
    COPY,
    LOOK,
    Audited,
    CopyLimits,
    GeneratorQuality,
    Measure,
    Share,
    Space,
)
from studies.report.table import Table

LOWER, HIGHER, ALIKE = "lower is better", "higher is better", "as in real ROIs is best"
BELOW, WITHIN, ABOVE = "below", "within", "above"
OVERLAPS = "overlaps"
"""The value lies outside the band, but its interval reaches in: nothing is shown either way."""
FEW = 20
"""ROIs a side below which only large differences show."""
_POOLED = ", means over the classes that it draws"
_SMALL, _LARGE = 10, 100  # a scaled number below keeps one decimal, any number from here on none


@dataclass(frozen=True)
class MeasureWords:
    """A measure as it is printed: values times `scale` with about so many `decimals`."""

    name: str
    title: str
    best: str
    sentence: str
    source: str
    scale: float = 1.0
    decimals: int = 2

    def number(self, value: float) -> str:
        """`9.8`, `.81` or a dash for NaN; a true minus sign."""
        if math.isnan(value):
            return "–"
        scaled = self.scale * value
        decimals = 1 if self.scale > 1 and abs(scaled) < _SMALL else self.decimals
        if abs(scaled) >= _LARGE:
            decimals = 0
        text = f"{scaled:.{decimals}f}"
        if self.scale == 1 and self.decimals == 2 and text.startswith(("0.", "-0.")):
            text = text.replace("0.", ".", 1)
        return text.replace("-", "−")

    def span(self, low: float, high: float) -> str:
        """`[7.1, 12.5]`, or empty where it was not measured."""
        return "" if math.isnan(high) else f"[{self.number(low)}, {self.number(high)}]"


MEASURES = (
    MeasureWords(
        "kid",
        "KID × 1000",
        LOWER,
        "distance between synthetic and real ROIs in a network's features; 0 on average where "
        "they are alike, and below 0 by chance",
        "Binkowski et al. 2018, arXiv:1801.01401",
        1000,
        0,
    ),
    MeasureWords(
        "frechet",
        "Fréchet",
        LOWER,
        "distance between two normal distributions fitted to the features; with few ROIs it is "
        "too large, and so is its band of real against real",
        "Heusel et al. 2017, arXiv:1706.08500",
        decimals=1,
    ),
    MeasureWords(
        "precision",
        "Precision",
        HIGHER,
        "share of the synthetic ROIs that lie among the real ones",
        "Kynkäänniemi et al. 2019, arXiv:1904.06991",
    ),
    MeasureWords(
        "recall",
        "Recall",
        HIGHER,
        "share of the real ROIs that lie among the synthetic ones",
        "Kynkäänniemi et al. 2019, arXiv:1904.06991",
    ),
    MeasureWords(
        "density",
        "Density",
        HIGHER,
        "how many real ROIs have a synthetic one in their neighbourhood, counted each time; may "
        "pass 1 where synthetic ROIs crowd",
        "Naeem et al. 2020, arXiv:2002.09797",
    ),
    MeasureWords(
        "coverage",
        "Coverage",
        HIGHER,
        "share of the real ROIs with a synthetic one in their neighbourhood",
        "Naeem et al. 2020, arXiv:2002.09797",
    ),
    MeasureWords(
        "diversity",
        "Diversity",
        ALIKE,
        "1 − MS-SSIM of random pairs of synthetic ROIs, 0 where all look the same; the band is the "
        "95 % interval of the mean over pairs of real ROIs",
        "Wang, Simoncelli & Bovik 2003, 37th Asilomar Conference",
    ),
    MeasureWords(
        "spectrum",
        "Spectrum, dB",
        LOWER,
        "how far the grain of synthetic ROIs is from that of real ones, as the mean difference of "
        "their radial power spectra",
        "Durall et al. 2020, arXiv:2003.01826",
        1.0,
        1,
    ),
)


def words_of(name: str) -> MeasureWords:
    """A measure's words; KeyError for an unknown one."""
    for known in MEASURES:
        if known.name == name:
            return known
    raise KeyError(name)


def standing(found: Measure) -> str:
    """Where a measure lies: BELOW, WITHIN or ABOVE real against real, "" without a band.

    The interval decides where there is one: it must lie wholly on one side. OVERLAPS where the
    value lies outside and its interval does not.
    Examples: standing(Measure("kid", .01, .007, .012, .001, .005)) -> 'above';
    standing(Measure("recall", .63, .45, .78, .73, .99)) -> 'overlaps'.
    """
    if not found.has_band:
        return ""
    low = found.value if math.isnan(found.low) else found.low
    high = found.value if math.isnan(found.high) else found.high
    if low > found.band_high:
        return ABOVE
    if high < found.band_low:
        return BELOW
    return WITHIN if found.band_low <= found.value <= found.band_high else OVERLAPS


def is_worse(found: Measure) -> bool:
    """Whether it lies wholly on the worse side of real against real."""
    best, where = words_of(found.name).best, standing(found)
    return where in {LOWER: (ABOVE,), HIGHER: (BELOW,), ALIKE: (ABOVE, BELOW)}[best]


def method(*spaces: Space) -> str:
    """What the numbers of a feature space rest on, in a line; of several, their sizes as ranges.

    All of one feature space. Example: blocks of 3 and of 4 a side -> `blocks of 3 to 4 a side`.
    """
    fake, real = _range(one.fake for one in spaces), _range(one.real for one in spaces)
    features = spaces[0].features
    if features == LOOK:
        step = _range(one.step for one in spaces)
        return (
            f"Measured during training at step {step}: {fake} draws a class, features of the "
            f"fixed random network, no interval{_POOLED if spaces[0].is_pooled else ''}"
        )
    blocks, block = _range(one.blocks for one in spaces), _range(one.block for one in spaces)
    article = "the " if features.startswith("fixed") else ""
    return (
        f"Features of {article}{features}; {fake} draws v {real} real ROIs of the training folds, "
        f"{blocks} blocks of {block} a side; central 95 % of the blocks"
    )


def methods(spaces: Iterable[Space]) -> tuple[str, ...]:
    """`method` of each feature space among these, of pooled looks apart."""
    kept = tuple(spaces)
    kinds = dict.fromkeys((one.features, one.is_pooled) for one in kept)
    groups = ([one for one in kept if (one.features, one.is_pooled) == kind] for kind in kinds)
    return tuple(method(*group) for group in groups)


def _range(numbers: Iterable[int]) -> str:
    kept = sorted(set(numbers))
    return f"{kept[0]:,}" if len(kept) == 1 else f"{kept[0]:,} to {kept[-1]:,}"


def reading(one: GeneratorQuality, features: str) -> str:
    """What the numbers of a generator and class say, in plain words."""
    sentences = [_near(one, features), _reach(one, features), _variety(one, features)]
    kid = one.find("kid", features)
    if kid is not None and kid[1].blocks and kid[1].block < FEW:
        sentences.append(f"With {kid[1].block} ROIs a side only large differences show.")
    return " ".join([*filter(None, sentences), copies_sentence(one)])


def _near(one: GeneratorQuality, features: str) -> str:
    kid = one.find("kid", features)
    if kid is None or not kid[0].has_band:
        return "How near the draws come to real ROIs has not been measured."
    if is_worse(kid[0]):
        return "By KID the draws lie further from real ROIs than real ones lie from each other."
    if standing(kid[0]) == OVERLAPS:
        return (
            "By KID the draws are not shown to lie further from real ROIs than real ones lie from "
            "each other."
        )
    return "By KID the draws lie no further from real ROIs than real ones lie from each other."


def _reach(one: GeneratorQuality, features: str) -> str:
    found = one.find("coverage", features)
    if found is None or not found[0].has_band:
        return ""
    if is_worse(found[0]):
        return "They leave out kinds of lesions that real ROIs hold."
    if standing(found[0]) == OVERLAPS:
        return "They are not shown to reach fewer of the real ROIs than other real ones do."
    return "They reach as many of the real ROIs as other real ones do."


def _variety(one: GeneratorQuality, features: str) -> str:
    found = one.find("diversity", features)
    where = standing(found[0]) if found is not None else ""
    return {
        BELOW: "They vary less than real ROIs.",
        WITHIN: "They vary as much as real ROIs.",
        OVERLAPS: "They are not shown to vary less or more than real ROIs.",
        ABOVE: "They vary more than real ROIs.",
    }.get(where, "")


def copies_sentence(one: GeneratorQuality) -> str:
    """What the audit found among the ROIs drawn so far."""
    audited = one.audited
    if not audited.n:
        return "No ROI has been drawn from it, so copies could not be looked for."
    copies, near = audited.count(COPY), audited.count(CLOSE)
    said = f"Of {audited.n} drawn ROIs {_count(copies)} {'copies' if copies < 2 else 'copy'}"
    said += f" a training ROI and {_count(near)} {'is' if near < 2 else 'are'} close to one."
    return f"{said} {_membership(one)}".rstrip()


def _count(number: int) -> str:
    return str(number) if number else "none"


def _membership(one: GeneratorQuality) -> str:
    limits = one.audited.limits
    if limits is None:
        return ""
    if limits.leak is None:
        if one.run.fold is None:
            return (
                "It was trained on all patients: none is left out to test whether its draws give "
                "away whom it learned from."
            )
        return "Too few patients were held out to tell whether it gives away whom it learned from."
    if limits.is_betrayed:
        return "They betray which patients it was trained on."
    return "Nothing shows which patients it was trained on."


def audit_method(audited: Audited) -> str:
    """What the verdicts rest on, in a line."""
    said = f"Audit of {audited.n} drawn ROIs by NCC and features"
    limits = audited.limits
    if limits is None:
        return said
    if not limits.of_training:
        said += " with this study's ROIs of the class, not with those that trained the generator"
    return (
        f"{said}; close from NCC {limits.close:.2f}, copy from {limits.copy:.2f}, by the null of "
        f"{len(limits.null)} real ROIs with other patients' nearest"
    )


def membership_method(limits: CopyLimits) -> str:
    """What the areas rest on, in a line."""
    return (
        f"Membership: areas under the curve, {limits.members} training v {limits.others} held-out "
        "ROIs, 95 % by resampling patients; .5 = nothing betrayed"
    )


def share_text(share: Share | None) -> str:
    """`.52 [.41, .63]`, or a dash."""
    if share is None:
        return "–"
    words = words_of("coverage")
    return f"{words.number(share.value)} {words.span(share.low, share.high)}"


COLUMNS = (
    "Generator", "Class", "Fold", "Seed", "Run", "Measure", "Value", "Low", "High",
    "Real v real low", "Real v real high", "n", "Method",
)  # fmt: skip


def quality_table(found: Iterable[GeneratorQuality], scheme: ClassScheme) -> Table:
    """Every number of these generators, one a row, as measured (KID is not times 1000)."""
    kept = tuple(found)
    rows = tuple(row for one in kept for row in _rows(one, scheme))
    note = "Real v real: the same number of real ROIs against other real ROIs."
    simulated = any(one.run.simulated for one in kept)
    return Table("synthetic_quality", "Synthetic quality", COLUMNS, rows, note, simulated)


def _rows(one: GeneratorQuality, scheme: ClassScheme) -> Iterable[tuple[str, ...]]:
    run = one.run
    fold = "all" if run.fold is None else str(run.fold + 1)
    category = scheme.category(one.category).name
    head = (one.generator, category, fold, str(run.seed), run.run_hash[:8])
    for space in one.spaces:
        n = f"{space.fake} v {space.real}" if space.real else str(space.fake)
        for m in space.measures:
            numbers = (m.value, m.low, m.high, m.band_low, m.band_high)
            cells = tuple("" if math.isnan(x) else f"{x:.6g}" for x in numbers)
            yield (*head, words_of(m.name).title.split(" ×")[0], *cells, n, method(space))
    drawn = one.audited.n
    for verdict in (CLEAR, CLOSE, COPY) if drawn else ():
        count = str(one.audited.count(verdict))
        words = audit_method(one.audited)
        yield (*head, f"Audit: {verdict}", count, "", "", "", "", str(drawn), words)
    yield from _membership_rows(one, head)


def _membership_rows(one: GeneratorQuality, head: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    limits = one.audited.limits
    if limits is None:
        return
    n, words = f"{limits.members} v {limits.others}", membership_method(limits)
    for name, share in (
        ("Membership: leak, NCC", limits.leak),
        ("Membership: leak, features", limits.leak_by_features),
        ("Membership: nearer, NCC", limits.nearer),
    ):
        if share is not None:
            cells = tuple(f"{x:.6g}" for x in (share.value, share.low, share.high))
            yield (*head, name, *cells, "", "", n, words)
