"""The runs table: what was trained on what, with accuracy, KID, time and state; and its tools."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QComboBox

from reader_app.state.learn_bin import in_bytes
from reader_app.state.learn_data import duration
from reader_app.state.learn_rows import (
    FAILED,
    FINISHED,
    NOT_BEGUN,
    PAUSED,
    QUEUED,
    RUNNING,
    STOPPED,
    RunRow,
)
from reader_app.state.learn_state import LearnState
from reader_app.views.learn.bin_dialog import BinDialog
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.table import Cell, Column, Row, Table

COLUMNS = (
    Column("Run", width=124, tooltip="Training arm or generator"),
    Column("Data", tooltip="Class or group of added images, and the profile"),
    Column("Fold · seed", width=80, tooltip="Test fold (1-3 = all of them, pooled) and seed"),
    Column("Accuracy, %", "right", 126, "On test folds, with Wilson's 95 % interval"),
    Column("KID×1000", "right", 80, "Kernel distance to real ROIs, lower is better"),
    Column("Time", "right", 60),
    Column("State", width=112),
)
REFRESH_MS = 500
"""A running row's share is drawn anew at most this often."""
MANY = 12
"""From more rows on they can be filtered."""
MOST_COMPARED = 6

BADGES = {
    FINISHED: "done",
    FAILED: "error",
    PAUSED: "warning",
    STOPPED: "warning",
    QUEUED: "neutral",
    RUNNING: "running",
}
WORDS = {FINISHED: "done"}
ALL_ARMS, ALL_STATES = "All arms", "All states"


class RunsPanel(Panel):
    """A chosen row shows its curves above; several can be compared, put back, exported, removed."""

    compared = Signal(object)  # tuple[RunRow, ...]
    exported = Signal(object)

    def __init__(self, state: LearnState) -> None:
        super().__init__("Runs", flush=True)
        self._state = state
        self._drawn: dict[RunRow, Row] = {}
        self._make_filters()
        self._make_tools()
        self.table = Table(COLUMNS, row_height=28, name="Training runs")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setMinimumHeight(110)
        self.table.chosen.connect(self._chosen)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._say_tools())
        self.nothing = label("No run yet. Choose a recipe and queue it.", "hint")
        self.nothing.setContentsMargins(16, 8, 16, 8)
        self.body.addWidget(self.nothing)
        self.body.addWidget(self.table, 1)
        state.runs.changed.connect(self._refresh)
        state.training.changed.connect(self._say_tools)
        state.bin.changed.connect(self._say_tools)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        state.runs.live_changed.connect(self._soon)
        self._refresh()

    # --- head -------------------------------------------------------------------------------

    def _make_filters(self) -> None:
        self.arm, self.state_of = QComboBox(), QComboBox()
        for box, words, what in (
            (self.arm, ALL_ARMS, "Show the runs of one arm"),
            (self.state_of, ALL_STATES, "Show the runs of one state"),
        ):
            box.setProperty("dense", True)
            box.addItem(words)
            box.setAccessibleName(what)
            box.setToolTip(what)
            box.activated.connect(self._refresh)
            self.add_head(box)

    def _make_tools(self) -> None:
        self.up = self._tool(
            "", "chevron-up", "Move the chosen waiting run up (Ctrl Up)", "Ctrl+Up"
        )
        self.down = self._tool(
            "", "chevron-down", "Move the chosen waiting run down (Ctrl Down)", "Ctrl+Down"
        )
        self.compare = self._tool(
            "Compare", "compare", "Compare up to six chosen runs (Ctrl click)"
        )
        self.resume = self._tool("Resume", "play", "Go on with the chosen runs where they stopped")
        self.export = self._tool("", "export", "Export weights, recipe and curves of chosen runs")
        self.remove = self._tool("", "trash", "Take the chosen runs out (Delete)", "Del")
        self.empty = self._tool("", "close", "Empty the bin")
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.compare.clicked.connect(lambda: self.compared.emit(self.chosen_rows()))
        self.resume.clicked.connect(self._resume)
        self.export.clicked.connect(lambda: self.exported.emit(self.chosen_rows()))
        self.remove.clicked.connect(self._remove)
        self.empty.clicked.connect(self._ask_to_empty)

    def _tool(self, text: str, icon: str, tooltip: str, shortcut: str = "") -> Button:
        made = button(text, small=True, icon=icon, tooltip=tooltip)
        if shortcut:
            made.setShortcut(shortcut)
        self.add_head(made)
        return made

    # --- rows -------------------------------------------------------------------------------

    def chosen_rows(self) -> tuple[RunRow, ...]:
        """The selected rows, as the table shows them."""
        keys = {self.table.key_at(at) for at in self.table.selectionModel().selectedRows()}
        return tuple(row for row in self._state.runs.rows if row.key in keys)

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _refresh(self) -> None:
        runs = self._state.runs
        self._offer(runs.rows)
        shown = tuple(row for row in runs.rows if self._passes(row))
        rows = tuple(self._row_of(row) for row in shown)
        self._drawn = dict(zip(shown, rows, strict=True))
        if rows != self.table.rows:
            held = {row.key for row in self.chosen_rows()}
            self.table.set_rows(rows)
            self._select(held)
        self._follow_shown()
        self.nothing.setVisible(not runs.rows)
        self._say_tools()

    def _offer(self, rows: tuple[RunRow, ...]) -> None:
        """The filters' choices: what there is."""
        many = len(rows) > MANY
        found = (
            (self.arm, {row.arm for row in rows}),
            (self.state_of, {row.state for row in rows}),
        )
        for box, values in found:
            box.setVisible(many)
            wanted = (box.itemText(0), *sorted(WORDS.get(one, one) for one in values))
            if wanted != tuple(box.itemText(at) for at in range(box.count())):
                held = box.currentText()
                box.clear()
                box.addItems(wanted)
                box.setCurrentIndex(max(0, box.findText(held)))
            if not many:
                box.setCurrentIndex(0)

    def _passes(self, row: RunRow) -> bool:
        arm, state = self.arm, self.state_of
        word = WORDS.get(row.state, row.state)
        return (arm.currentIndex() <= 0 or row.arm == arm.currentText()) and (
            state.currentIndex() <= 0 or word == state.currentText()
        )

    def _select(self, keys: set[int]) -> None:
        """The same rows are chosen as before."""
        if len(keys) < 2:
            return
        model, flag = self.table.model(), QItemSelectionModel.SelectionFlag
        for at in range(model.rowCount()):
            index = model.index(at, 0)
            if self.table.key_at(index) in keys:
                self.table.selectionModel().select(index, flag.Select | flag.Rows)

    def _row_of(self, row: RunRow) -> Row:
        """The very row drawn before while nothing of it changed: only new ones are measured."""
        runs = self._state.runs
        fresh = _row(row, runs.running, runs.share)
        known = self._drawn.get(row)
        return known if known == fresh else fresh

    def _follow_shown(self) -> None:
        """The row of the run whose curves are above is the chosen one."""
        shown = self._state.runs.shown
        if shown is None or len(self.chosen_rows()) > 1:
            return
        row = next((row for row in self._state.runs.rows if shown.run_id in row.ids), None)
        if row is not None and row.key != self.table.chosen_key:
            self.table.choose(row.key)

    def _chosen(self, key: object) -> None:
        if isinstance(key, int):
            self._state.runs.show_run(key)
        self._say_tools()

    # --- deeds ------------------------------------------------------------------------------

    def _say_tools(self) -> None:
        rows = self.chosen_rows()
        waits = len(rows) == 1 and rows[0].state == QUEUED
        for tool in (self.up, self.down):
            tool.setVisible(any(row.state == QUEUED for row in self._state.runs.rows))
            tool.set_enabled_because(waits, "Choose one waiting run first")
        some = 2 <= len(rows) <= MOST_COMPARED
        self.compare.set_enabled_because(some, "Choose two to six runs first (Ctrl click)")
        can_go_on = bool(rows) and all(row.can_go_on for row in rows)
        self.resume.set_enabled_because(can_go_on, "Choose paused, stopped or failed runs first")
        done = bool(rows) and all(row.state == FINISHED for row in rows)
        self.export.set_enabled_because(done, "Choose finished runs first")
        going = any(row.state == RUNNING for row in rows)
        why = "This run is still going; stop it first" if going else "Choose a run first"
        self.remove.set_enabled_because(bool(rows) and not going, why)
        self.empty.setVisible(self._state.bin.size > 0)
        self.empty.setText(self._state.bin.words)

    def _move(self, by: int) -> None:
        rows = self.chosen_rows()
        if len(rows) == 1:
            self._state.training.move(rows[0].key, by)

    def _resume(self) -> None:
        ids = tuple(row.key for row in reversed(self.chosen_rows()) if row.can_go_on)
        self._state.training.resume(ids)

    def _ask_to_empty(self) -> None:
        asked = BinDialog(in_bytes(self._state.bin.size), self)
        asked.accepted.connect(self._state.bin.empty)
        asked.open()

    def _remove(self) -> None:
        """Waiting runs leave the line; ended ones go to the bin."""
        rows = self.chosen_rows()
        for row in rows:
            if row.state == QUEUED:
                self._state.training.take_out(row.key)
        ended = tuple(one for row in rows if row.state not in (QUEUED, RUNNING) for one in row.ids)
        if ended:
            self._state.runs.delete_runs(ended)


def _row(row: RunRow, running: int, share: float) -> Row:
    accuracy, low_high = "–", ""
    if row.accuracy is not None:
        found = row.accuracy
        accuracy = f"{100 * found.estimate:.1f}"
        low_high = f" [{100 * found.low:.1f}, {100 * found.high:.1f}]"
    estimate = row.accuracy.estimate if row.accuracy else -1.0
    kid = "–" if row.kid is None else f"{1000 * row.kid:.1f}"
    seconds = "–" if row.seconds is None else duration(row.seconds)
    cells = (
        Cell(row.name, strong=True),
        Cell(telling_first(row.data), tooltip=row.data),
        Cell(f"{row.fold} · {row.seed}"),
        Cell(accuracy + low_high, sort=estimate, quiet=row.accuracy is None),
        Cell(kid, sort=row.kid if row.kid is not None else 1e9, quiet=row.kid is None),
        Cell(seconds, sort=row.seconds or 0.0, quiet=row.seconds is None),
        _state_cell(row, running, share),
    )
    return Row(cells, row.key)


def telling_first(data: str) -> str:
    """ "D_aug 300 + D_synth 50 × 3, quick" begins with its last part: a narrow column cuts the end,
    and runs of one arm differ there."""
    group, comma, profile = data.partition(", ")
    return " + ".join(reversed(group.split(" + "))) + comma + profile


def _state_cell(row: RunRow, running: int, share: float) -> Cell:
    if row.state == RUNNING:
        here = share if row.key == running else 0.0
        return Cell(
            f"{min(99, round(100 * here))}%", tooltip=row.message, progress=here, sort=RUNNING
        )
    role = "neutral" if row.words == NOT_BEGUN else "warning" if row.words else BADGES[row.state]
    words = row.words or WORDS.get(row.state, row.state)
    return Cell(words, tooltip=row.message, badge=role, sort=row.state)
