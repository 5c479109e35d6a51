"""The run whose curves and samples are on the page: its name, its points, how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from engine import journal
from engine.journal import CurvePoint, RunCurves

MOST_POINTS = 1000
"""Of a curve as drawn, five times a second: about a card's width in px."""


@dataclass(frozen=True)
class ShownRun:
    """The run whose curves are on the page; `running` while it trains."""

    run_id: int
    title: str
    kind: str
    category: str
    seed: int
    done: int
    total: int
    state: str
    curves: RunCurves = field(default_factory=RunCurves)
    group: str = ""
    correct: int | None = None
    n: int | None = None
    folds: str = ""  # those that its row pools, "1-3"

    @cached_property
    def drawn(self) -> ShownRun:
        """The same with no more points than can be told apart on the page."""
        points = journal.thinned(self.curves.points, MOST_POINTS)
        return replace(self, curves=RunCurves(points, self.curves.samples))

    @property
    def is_generator(self) -> bool:
        """Whether a generator's curves are shown."""
        return self.kind != "classifier"

    @property
    def badge(self) -> tuple[str, str]:
        """Word and role of the badge: the watchdog's while it runs, else how it ended."""
        health = self._newest("health")
        if self.state == "running":
            if health is None:
                return "training", "running"
            words = ("healthy", "warning", "collapsed")
            return words[int(health)], ("done", "warning", "error")[int(health)]
        roles = {"finished": "done", "failed": "error", "paused": "warning", "stopped": "warning"}
        word = "done" if self.state == "finished" else self.state
        return word, roles.get(self.state, "neutral")

    @property
    def reason(self) -> str:
        """What the watchdog last said of it, "" where all is sound."""
        for point in reversed(self.curves.points):
            if point.value("health") is not None:
                return point.words
        return ""

    @property
    def words(self) -> str:
        """How far it is, in the axis' unit, and where its KID was least."""
        if self.total < 2:  # nothing is learnt yet: images are being drawn
            return ""
        epoch, best = self._newest("epoch"), self.best
        done = f"step {self.done:,} of {self.total:,}"
        if epoch is not None and self.done:
            whole = epoch * self.total / self.done
            done = f"epoch {int(epoch):,} of {int(whole):,}"
        return done if best is None else f"{done} · best by KID: {self.place(best):,.0f}"

    @property
    def axis(self) -> str:
        """What the curves run over."""
        return "x: epoch" if self.by_epoch else "x: step"

    @property
    def hint(self) -> str:
        """Which of its row's folds the curves are of, where there are several, and their axis."""
        return f"newest of folds {self.folds} · {self.axis}" if self.folds else self.axis

    @cached_property  # asked for each point's place
    def by_epoch(self) -> bool:
        """Whether every point says its epoch."""
        points = self.curves.points
        return bool(points) and all(point.value("epoch") is not None for point in points)

    @property
    def best(self) -> CurvePoint | None:
        """The look with the least KID; None before the second look."""
        looks = [point for point in self.curves.points if point.value("kid") is not None]
        if len(looks) < 2:
            return None
        return min(looks, key=lambda point: point.value("kid") or 0.0)

    def place(self, point: CurvePoint) -> float:
        """Where a point lies on the axis."""
        epoch = point.value("epoch") if self.by_epoch else None
        return float(point.done) if epoch is None else epoch

    @property
    def end(self) -> float:
        """The axis' end: the last epoch or step of the run."""
        if not self.curves.points:
            return float(max(self.total, 10))
        last = self.curves.points[-1]
        total = self.total if self.total > 1 else last.total  # 1 while images are being drawn
        if not self.by_epoch:
            return float(max(total, 1))
        return self.place(last) * total / max(1, last.done)

    def _newest(self, name: str) -> float | None:
        """The last value of a number."""
        values = (point.value(name) for point in reversed(self.curves.points))
        return next((value for value in values if value is not None), None)
