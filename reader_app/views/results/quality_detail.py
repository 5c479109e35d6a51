"""One generator and class: every measure with interval and band, its copies, and a reading."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel

from reader_app.views.results.layout import emptied, plain, rule, tip
from reader_app.views.results.quality_copies import CopiesView
from reader_app.widgets.badge import Badge
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.quality import CopyLimits, GeneratorQuality, Measure, Space
from studies.report.quality_tables import (
    ABOVE,
    MEASURES,
    OVERLAPS,
    MeasureWords,
    audit_method,
    is_worse,
    membership_method,
    method,
    methods,
    reading,
    share_text,
    standing,
)

_AREAS = (
    ("Leak, NCC", "leak", "chance that a training ROI lies nearer to the drawn ROIs than an ROI "
     "of a held-out patient does; .5 betrays nothing", "Chen et al. 2020, arXiv:1909.03935"),
    ("Leak, features", "leak_by_features", "the same by distance in a network's features",
     "Chen et al. 2020, arXiv:1909.03935"),
    ("Nearer, NCC", "nearer", "chance that a drawn ROI lies nearer to the training ROIs than an "
     "ROI of a held-out patient does; .5 betrays nothing", "Meehan et al. 2020, arXiv:2004.05675"),
)  # fmt: skip


class QualityDetail(Panel):
    """The chosen generator; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__(" ")
        self.verdict = Badge("", "neutral")
        self.add_head(self.verdict)
        self.words = plain("", wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(SPACE[2])
        self.grid.setVerticalSpacing(0)
        self.grid.setColumnStretch(0, 1)
        self.methods = plain("", "hint", wrap=True)
        self.copies = CopiesView()
        self.body.addWidget(self.words)
        self.body.addLayout(self.grid)
        self.body.addWidget(self.methods)
        self.body.addWidget(self.copies)
        self.body.addStretch(1)

    def show_generator(
        self, one: GeneratorQuality | None, features: str, scheme: ClassScheme
    ) -> None:
        """Fill in one generator's numbers in a feature space; None hides the panel."""
        self.setVisible(one is not None)
        if one is None:
            return
        self.set_title(f"{one.name}: {scheme.category(one.category).name}")
        self._show_verdict(one, features)
        self.words.setText(reading(one, features))
        emptied(self.grid)
        spaces = self._fill(one, features)
        self._say_methods(one, spaces)
        self.copies.setVisible(bool(one.audited.similarity))
        self.copies.show_audit(one.audited)

    def _say_methods(self, one: GeneratorQuality, spaces: tuple[Space, ...]) -> None:
        """n and method of every number above and of the picture below."""
        lines = list(methods(spaces))
        limits = one.audited.limits
        if limits is not None and limits.leak is not None:
            lines.append(membership_method(limits))
        if one.audited.n:
            lines.append(audit_method(one.audited))
        self.methods.setText("".join(f"{line}. " for line in lines).rstrip())
        self.methods.setVisible(bool(lines))

    def _show_verdict(self, one: GeneratorQuality, features: str) -> None:
        found = one.find("kid", features)
        self.verdict.setVisible(found is not None and found[0].has_band)
        if found is not None and found[0].has_band:
            where = standing(found[0])
            kind = {ABOVE: "warning", OVERLAPS: "neutral"}.get(where, "done")
            self.verdict.set(f"{where} the band", kind)
            self.verdict.setToolTip("KID beside the band of real against other real ROIs")

    def _fill(self, one: GeneratorQuality, features: str) -> tuple[Space, ...]:
        """A line a measure; returns the feature spaces that they come from."""
        heads = ("Measure", "Value, central 95 %", "Real v real", "")
        for k, head in enumerate(heads):
            self._put(plain(head, "hint"), 0, k)
        spaces: list[Space] = []
        row = 1
        for words in MEASURES:
            found = one.find(words.name, features)
            if found is None:
                continue
            self._measure_row(row, words, *found)
            spaces.append(found[1])
            row += 2
        if one.audited.limits is not None:
            self._area_rows(row, one.audited.limits)
        return tuple(dict.fromkeys(spaces))

    def _measure_row(self, row: int, words: MeasureWords, m: Measure, space: Space) -> None:
        limits = words.span(m.low, m.high)
        band = words.span(m.band_low, m.band_high) or "–"
        cells = (words.title, f"{words.number(m.value)} {limits}".rstrip(), band, standing(m))
        explained = tip(
            f"{words.title}: {words.sentence} ({words.source}); {words.best}. {method(space)}."
        )
        self.grid.addWidget(rule(), row, 0, 1, len(cells))
        self.grid.setRowMinimumHeight(row + 1, 24)
        for k, text in enumerate(cells):
            role = "warning" if k == len(cells) - 1 and is_worse(m) else "body" if k < 2 else "hint"
            self._put(plain(text, role), row + 1, k, explained)

    def _area_rows(self, row: int, limits: CopyLimits) -> None:
        shares = (limits.leak, limits.leak_by_features, limits.nearer)
        for (title, _, sentence, source), share in zip(_AREAS, shares, strict=True):
            if share is None or math.isnan(share.value):
                continue
            where = "betrayed" if share.low > 0.5 else "nothing seen"
            explained = tip(f"{title}: {sentence} ({source}). {membership_method(limits)}.")
            self.grid.addWidget(rule(), row, 0, 1, 4)
            self.grid.setRowMinimumHeight(row + 1, 24)
            cells = (title, share_text(share), "guessing .50", where)
            for k, text in enumerate(cells):
                self._put(plain(text, "body" if k < 2 else "hint"), row + 1, k, explained)
            row += 2

    def _put(self, made: QLabel, row: int, column: int, explained: str = "") -> None:
        if explained:
            made.setToolTip(explained)
        self.grid.addWidget(made, row, column)
