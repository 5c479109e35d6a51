"""The table of generators: a row each, every measure above its band of real against real."""

from __future__ import annotations

from reader_app.widgets.table import Cell, Column, Mark, Row
from reader_app.widgets.theme import category_color
from studies.records import ClassScheme
from studies.report.quality import CLOSE, COPY, GeneratorQuality
from studies.report.quality_tables import MEASURES, MeasureWords, copies_sentence, is_worse, method

_WIDE, _WIDEST = 80, 122  # px; KID's band has four figures and a sign
COLUMNS = (
    Column("Generator", tooltip="Which generator drew, and the fold it never saw"),
    Column("Class", width=104),
    *(
        Column(
            words.title,
            "right",
            _WIDEST if words.scale > 1 else _WIDE,
            f"{words.sentence}; {words.best}",
        )
        for words in MEASURES
    ),
    Column("Copies", "right", 74, "Copies of a training ROI among the ROIs drawn so far"),
)


def quality_row(
    one: GeneratorQuality, features: str, scheme: ClassScheme, key: tuple[int, str]
) -> Row:
    """One generator and class, its measures in a feature space."""
    category = scheme.category(one.category)
    mark = Mark(category.marker, category_color(category).name(), category.short)
    seed = f"seed {one.run.seed} · {one.run.run_hash[:6]}"
    cells = (
        Cell(one.name, below=seed, strong=True, tooltip=f"{one.name}, {seed}"),
        Cell(marks=(mark,), sort=scheme.codes.index(one.category)),
        *(_measure(one, words, features) for words in MEASURES),
        _copies(one),
    )
    return Row(cells, key)


def _measure(one: GeneratorQuality, words: MeasureWords, features: str) -> Cell:
    found = one.find(words.name, features)
    if found is None:
        return Cell("–", tooltip="Not measured", sort=float("inf"), quiet=True)
    m, space = found
    limits = words.span(m.low, m.high)
    band = f"{words.number(m.band_low)} to {words.number(m.band_high)}" if m.has_band else ""
    told = f"{words.title} {words.number(m.value)} {limits}".rstrip()
    told += f"; real v real {band}" if band else ""
    return Cell(
        words.number(m.value),
        tooltip=f"{told}. {method(space)}.",
        below=band,
        sort=m.value,
        strong=not is_worse(m),
    )


def _copies(one: GeneratorQuality) -> Cell:
    audited = one.audited
    if not audited.n:
        return Cell("–", tooltip=copies_sentence(one), sort=-1.0, quiet=True)
    copies, near = audited.count(COPY), audited.count(CLOSE)
    return Cell(
        f"{copies} / {audited.n}",
        tooltip=copies_sentence(one),
        below=f"{near} close",
        sort=copies / audited.n,
        strong=True,
    )
