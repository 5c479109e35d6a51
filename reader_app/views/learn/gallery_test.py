"""The quick self-test: which of these is real? No word on right or wrong before its end."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.self_test import COUNTS, SelfTest
from reader_app.views.learn.gallery_result import ResultPage
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import mark_pixmap
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import RoiThumb
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE

PAIRS, SINGLES = "Pairs", "One at a time"
PICTURE = 256
_EXPLAINED = (
    "Real ROIs and accepted synthetic ones of the same class, drawn at random and shown at the "
    "same size, window and grey levels. Whether you are right is told at the end only. Nothing is "
    "stored: neither answers nor result enter the study's readings.\n\nWhoever is to read this "
    "study should not take the test: it shows the study's ROIs."
)


class SelfTestView(QStackedWidget):
    """Start, trials, result. `left` when the gallery is wanted again."""

    left = Signal()

    def __init__(self, state: SelfTest) -> None:
        super().__init__()
        self._state = state
        self.start = self._start_page()
        self.trial = self._trial_page()
        self.result = ResultPage()
        self.result.again.clicked.connect(self._draw)
        self.result.leave.clicked.connect(self._leave)
        for page in (self.start, self.trial, self.result):
            self.addWidget(page)
        for key, words, place in (
            ("1", "The first is real", 0),
            ("2", "The second is real", 1),
            ("R", "Real", 0),
            ("S", "Synthetic", 1),
        ):
            shortcut = QShortcut(QKeySequence(key), self.trial)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setWhatsThis(f"Self-test: {words.lower()}")
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(lambda at=place, key=key: self._press(key, at))
        state.changed.connect(self._refresh)
        self._refresh()

    def begin(self) -> None:
        """Show the start, with the study's classes to choose from."""
        held = self.category.currentData()
        self.category.clear()
        self.category.addItem("All classes", "")
        for category in self._state.categories:
            self.category.addItem(mark_pixmap(category), category.name, category.code)
        self.category.setCurrentIndex(max(0, self.category.findData(held)))
        self._state.leave()
        self.go.setFocus()

    # --- pages ------------------------------------------------------------------------------

    def _start_page(self) -> QWidget:
        panel = Panel("Which of these is real?", "a quick self-test")
        self.kind = Segmented((PAIRS, SINGLES), name="Kind of trial")
        self.length = Segmented(tuple(map(str, COUNTS)), str(self._state.count), "Trials")
        self.category = QComboBox()
        self.category.setAccessibleName("Class of the test")
        self.category.setToolTip("Test one class only (Up and Down arrow keys)")
        self.go = button("Start", "primary", key="Enter", tooltip="Draw a fresh test")
        self.go.setDefault(True)
        self.go.clicked.connect(self._draw)
        leave = button("Back to the gallery", tooltip="Leave the self-test (Esc)")
        leave.clicked.connect(self._leave)
        words = label(_EXPLAINED, "body", wrap=True)
        panel.body.addWidget(words)
        for name, widget in (
            ("Show", self.kind),
            ("Trials", self.length),
            ("Class", self.category),
        ):
            row = QHBoxLayout()
            named = label(name, "secondary")
            named.setFixedWidth(72)
            row.addWidget(named)
            row.addWidget(widget)
            row.addStretch(1)
            panel.body.addLayout(row)
        buttons = QHBoxLayout()
        buttons.addWidget(self.go)
        buttons.addWidget(leave)
        buttons.addStretch(1)
        panel.body.addLayout(buttons)
        page = _centred(panel, 560)
        self._keys(page, (("Return", self._draw), ("Esc", self._leave)))
        return page

    def _trial_page(self) -> QWidget:
        self.count_words = label("", "hint")
        self.question = label("", "study")
        self.pictures = tuple(RoiThumb(PICTURE, name) for name in ("First ROI", "Second ROI"))
        self.answers = (
            button("The first is real", key="1"),
            button("The second is real", key="2"),
        )
        for at, one in enumerate(self.answers):
            one.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Space would answer the one before
            one.setMinimumWidth(PICTURE)  # stands below its picture
            one.clicked.connect(lambda _=False, at=at: self._state.answer(at))
        give_up = button("Give up", "quiet", small=True, tooltip="End without a result (Esc)")
        give_up.clicked.connect(self._leave)
        page = QWidget()
        page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(page)
        column.setSpacing(SPACE[3])
        column.addStretch(1)
        for words in (self.count_words, self.question):
            column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        for parts in (self.pictures, self.answers):
            row = QHBoxLayout()
            row.setSpacing(SPACE[4])
            row.addStretch(1)
            for part in parts:
                row.addWidget(part)
            row.addStretch(1)
            column.addLayout(row)
        column.addWidget(give_up, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._keys(page, (("Esc", self._leave),))
        return page

    def _keys(self, page: QWidget, keys: tuple[tuple[str, object], ...]) -> None:
        for key, act in keys:
            shortcut = QShortcut(QKeySequence(key), page)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    # --- what is done -----------------------------------------------------------------------

    def _draw(self) -> None:
        code = self.category.currentData() or ""
        self._state.choose(self.kind.value, int(self.length.value), code)
        self._state.begin()

    def _press(self, key: str, place: int) -> None:
        shown = self._state.shown
        if shown is not None and (key in "12") == (len(shown.images) == 2):
            self._state.answer(place)

    def _leave(self) -> None:
        self._state.leave()
        self.left.emit()

    # --- showing ----------------------------------------------------------------------------

    def _refresh(self) -> None:
        state = self._state
        self.go.set_enabled_because(not state.drawing, "The test is being drawn")
        shown = state.shown
        if shown is not None:
            self._show_trial(shown.number, shown.total, shown.images)
            if self.currentWidget() is not self.trial:
                self.setCurrentWidget(self.trial)
                self.trial.setFocus()
        elif state.result is not None:
            self.result.show_result(state.result)
            self.setCurrentWidget(self.result)
            self.result.again.setFocus()
        else:
            self.setCurrentWidget(self.start)

    def _show_trial(self, number: int, total: int, images: tuple[object, ...]) -> None:
        paired = len(images) == 2
        self.count_words.setText(f"{number} of {total}")
        self.question.setText("Which of these is real?" if paired else "Is this real or synthetic?")
        self.pictures[1].setVisible(paired)
        for picture, image in zip(self.pictures, images, strict=False):
            picture.set_image(image)  # type: ignore[arg-type]
        names = ("The first is real", "The second is real") if paired else ("Real", "Synthetic")
        for one, words, key in zip(self.answers, names, ("12" if paired else "RS"), strict=True):
            one.setText(words)
            one.key = key
            one.setAccessibleName(words)
            one.setToolTip(f"{words} ({key})")
            one.updateGeometry()


def _centred(panel: QWidget, width: int) -> QWidget:
    panel.setMaximumWidth(width)
    page = QWidget()
    column = QVBoxLayout(page)
    column.addStretch(1)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(panel, 4)
    row.addStretch(1)
    column.addLayout(row)
    column.addStretch(2)
    return page
