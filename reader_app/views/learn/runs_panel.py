"""The runs table: what was trained on what, with accuracy, KID, time and state."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from reader_app.state.learn_data import RunRow, duration
from reader_app.state.learn_state import LearnState
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.table import Cell, Column, Row, Table

COLUMNS = (
    Column("Run", width=132, tooltip="Training arm or generator"),
    Column("Data", tooltip="Class or group of added images, and the profile"),
    Column("Fold · seed", width=84, tooltip="Test fold (1-3 = all of them, pooled) and seed"),
    Column("Accuracy, %", "right", 132, "On test folds, with Wilson's 95 % interval"),
    Column("KID×1000", "right", 80, "Kernel distance to real ROIs, lower is better"),
    Column("Time", "right", 60),
    Column("State", width=146),
)
REFRESH_MS = 500
"""A running row's share is drawn anew at most this often."""

BADGES = {"finished": "done", "failed": "error", "cancelled": "warning", "queued": "neutral"}
WORDS = {"finished": "done"}


class RunsPanel(Panel):
    """A chosen row shows its curves above; ended runs can be taken out, with undo."""

    def __init__(self, state: LearnState) -> None:
        super().__init__("Runs", flush=True)
        self._state = state
        self.remove = button(
            "", small=True, icon="trash", key="", tooltip="Take the chosen run out (Delete)"
        )
        self.remove.setShortcut("Del")
        self.remove.clicked.connect(self._remove)
        self.add_head(self.remove)
        self._drawn: dict[RunRow, Row] = {}
        self.table = Table(COLUMNS, row_height=28, name="Training runs")
        self.table.setMinimumHeight(110)
        self.table.chosen.connect(self._chosen)
        self.nothing = label("No run yet. Choose a recipe and queue it.", "hint")
        self.nothing.setContentsMargins(16, 8, 16, 8)
        self.body.addWidget(self.nothing)
        self.body.addWidget(self.table, 1)
        state.runs.changed.connect(self._refresh)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        state.runs.live_changed.connect(self._soon)
        self._refresh()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _refresh(self) -> None:
        runs = self._state.runs
        rows = tuple(self._row_of(row) for row in runs.rows)
        self._drawn = dict(zip(runs.rows, rows, strict=True))
        if rows != self.table.rows:
            self.table.set_rows(rows)
        self._follow_shown()
        self.nothing.setVisible(not runs.rows)
        self._say_removable()

    def _row_of(self, row: RunRow) -> Row:
        """The very row drawn before while nothing of it changed: only new ones are measured."""
        runs = self._state.runs
        fresh = _row(row, runs.running, runs.share)
        known = self._drawn.get(row)
        return known if known == fresh else fresh

    def _follow_shown(self) -> None:
        """The row of the run whose curves are above is the chosen one."""
        shown = self._state.runs.shown
        if shown is None:
            return
        row = next((row for row in self._state.runs.rows if shown.run_id in row.ids), None)
        if row is not None and row.key != self.table.chosen_key:
            self.table.choose(row.key)

    def _chosen(self, key: object) -> None:
        if isinstance(key, int):
            self._state.runs.show_run(key)
        self._say_removable()

    def _say_removable(self) -> None:
        row = self._row()
        if row is None:
            self.remove.set_enabled_because(False, "Choose a run first")
        else:
            ended = row.state not in ("queued", "running")
            self.remove.set_enabled_because(ended, "This run is still going; cancel it first")

    def _row(self) -> RunRow | None:
        key = self.table.chosen_key
        return next((row for row in self._state.runs.rows if row.key == key), None)

    def _remove(self) -> None:
        row = self._row()
        if row is not None:
            self._state.runs.delete_runs(row.ids)


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
        Cell(row.data, tooltip=row.data),
        Cell(f"{row.fold} · {row.seed}"),
        Cell(accuracy + low_high, sort=estimate, quiet=row.accuracy is None),
        Cell(kid, sort=row.kid if row.kid is not None else 1e9, quiet=row.kid is None),
        Cell(seconds, sort=row.seconds or 0.0, quiet=row.seconds is None),
        _state_cell(row, running, share),
    )
    return Row(cells, row.key)


def _state_cell(row: RunRow, running: int, share: float) -> Cell:
    if row.state == "running":
        here = share if row.key == running else 0.0
        return Cell(f"{min(99, round(100 * here))}%", progress=here, sort="running")
    return Cell(
        WORDS.get(row.state, row.state),
        tooltip=row.message,
        badge=BADGES[row.state],
        sort=row.state,
    )
