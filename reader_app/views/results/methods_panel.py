"""Tables 5, 6 and 7 for this study beside the paper's values."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from reader_app.views.results.layout import emptied, named, plain, rule, scrolled
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.paper import TABLES_5_AND_6, paper_matrix
from studies.report.table import WEIGHTED, average_specificity
from studies.report.tables import Table, classifier_tables, exact_percent, with_interval

_TOTAL, _BY_CLASS = "Total", "By class"
_LEAST = 16  # characters of a method's name that are never cut


class MethodsPanel(Panel):
    """Sensitivity and specificity, weighted by class size or a class a row."""

    def __init__(self) -> None:
        super().__init__("Methods")
        self.view = Segmented((_TOTAL, _BY_CLASS), name="Rows")
        self.view.chosen.connect(lambda _: self._show())
        self.copy = button(
            "Copy", "normal", icon="copy", small=True, tooltip="Copy this table as text"
        )
        self.copy.clicked.connect(self._copy)
        self.add_head(self.view)
        self.add_head(self.copy)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(SPACE[2])
        self.grid.setVerticalSpacing(0)
        self.grid.setColumnStretch(0, 1)
        self.words = QVBoxLayout()
        self.words.setSpacing(SPACE[1])
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, SPACE[1], 0)
        column.addLayout(self.grid)
        column.addSpacing(SPACE[1])
        column.addLayout(self.words)
        column.addStretch(1)
        area = scrolled(inner)  # many arms must not stretch the plot beside them
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(area)
        self._area, self._inner = area, inner
        self._results: ClassifierResults | None = None
        self._tables: tuple[Table, ...] = ()
        self._scheme: ClassScheme | None = None
        self._sentences: tuple[str, ...] = ()

    def show_results(
        self, results: ClassifierResults, scheme: ClassScheme, sentences: tuple[str, ...]
    ) -> None:
        """Fill the table that is shown."""
        self._results, self._scheme, self._sentences = results, scheme, sentences
        self._tables = classifier_tables(results, scheme)
        self._show()

    def _show(self) -> None:
        if self._results is None or self._scheme is None:
            return
        emptied(self.grid)
        emptied(self.words)
        by_class = self.view.value == _BY_CLASS
        self.set_title("Table 7: by class" if by_class else "Tables 5 and 6: methods")
        self.grid.addWidget(plain("ours, %", "hint"), 0, 1, 1, 2, Qt.AlignmentFlag.AlignHCenter)
        self.grid.addWidget(plain("paper, %", "hint"), 0, 3, 1, 2, Qt.AlignmentFlag.AlignHCenter)
        self._line(1, ("Class" if by_class else "Method", "Sens.", "Spec.", "Sens.", "Spec."))
        rows = self._class_rows() if by_class else _method_rows(self._results)
        for i, (cells, tips) in enumerate(rows):
            self.grid.addWidget(rule(), 2 * i + 2, 0, 1, 5)
            self._line(2 * i + 3, cells, tips)
        for words in (*self._sentences, _note(by_class)):
            self.words.addWidget(plain(words, "hint", wrap=True))
        bar = self._area.verticalScrollBar().sizeHint().width()
        self._area.setMinimumWidth(self._inner.minimumSizeHint().width() + bar)

    def _line(self, row: int, cells: tuple[str, ...], tips: tuple[str, ...] = ()) -> None:
        self.grid.setRowMinimumHeight(row, 25)
        for column, text in enumerate(cells):
            ours = bool(tips) and column in (0, 1, 2) and cells[1] != "–"
            role = "panel" if ours else "body" if tips else "hint"
            cell = named(text, role, _LEAST) if column == 0 else plain(text, role)
            if tips and column:
                cell.setToolTip(tips[column])
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            self.grid.addWidget(cell, row, column, left if column == 0 else right)

    def _class_rows(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        assert self._results is not None
        assert self._scheme is not None
        rows = []
        for group in self._results.chosen:
            for i, code in enumerate(self._results.classes):
                name = f"{self._scheme.category(code).short}, {group.name}"
                rows.append(_class_row(name, group, i))
        return rows

    def _copy(self) -> None:
        wanted = "classes_of_networks" if self.view.value == _BY_CLASS else "methods"
        for table in self._tables:
            if table.key == wanted:
                lines = ["\t".join(table.columns), *("\t".join(row) for row in table.rows)]
                note = f"{table.note} Simulated CT." if table.simulated else table.note
                QGuiApplication.clipboard().setText("\n".join((*lines, note)))


def _note(by_class: bool) -> str:
    if by_class:
        return "Exact percentages from counts: the paper cuts 68.75 to 68.7. Interval: tooltip."
    return (
        "Weighted by class size. Of each arm the group with the highest accuracy on the same "
        "folds: a little optimistic. – = not run here."
    )


def _method_rows(
    results: ClassifierResults,
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    ours = {g.arm: g for g in results.chosen}
    rows = [
        _method_row(m.method, ours.get(m.arm), f"{m.sensitivity:.1f}", f"{m.specificity:.1f}")
        for m in TABLES_5_AND_6
    ]
    printed = {m.arm for m in TABLES_5_AND_6}
    rows += [_method_row(g.name, g, "–", "–") for g in results.chosen if g.arm not in printed]
    return rows


def _method_row(
    name: str, group: GroupResult | None, sensitivity: str, specificity: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if group is None:
        return (name, "–", "–", sensitivity, specificity), ("Not run in this study",) * 5
    m = group.lead.matrix
    tip = (
        f"{group.group}, seed {group.lead.seed}: accuracy {with_interval(m.accuracy)}, Wilson; "
        f"specificity {average_specificity(m)}, {WEIGHTED}"
    )
    own = (f"{100 * m.weighted_sensitivity:.1f}", f"{100 * m.weighted_specificity:.1f}")
    return (name, *own, sensitivity, specificity), (tip,) * 5


def _class_row(
    name: str, group: GroupResult, index: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    own = group.lead.matrix.sensitivity(index), group.lead.matrix.specificity(index)
    printed = paper_matrix(group.arm)
    paper = ("–", "–")
    if printed is not None and printed[1].classes == group.lead.matrix.classes:
        m = printed[1]
        paper = (exact_percent(m.sensitivity(index)), exact_percent(m.specificity(index)))
    tips = (group.group, with_interval(own[0]), with_interval(own[1]), "the paper", "the paper")
    return (name, exact_percent(own[0]), exact_percent(own[1]), *paper), tips
