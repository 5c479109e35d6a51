"""What can be undone since the page was opened. Margins' own history lies in the study. No Qt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MarginStep:
    """A margin was drawn, changed or deleted on a slice; `made_lesion`: its lesion came with it."""

    lesion_id: int
    slice_index: int
    made_lesion: bool = False

    @property
    def words(self) -> str:
        """What it was about."""
        lesion = ", and the lesion" if self.made_lesion else ""
        return f"margin on slice {self.slice_index + 1}{lesion}"


@dataclass(frozen=True)
class LesionStep:
    """A lesion was added, or removed."""

    lesion_id: int
    added: bool

    @property
    def words(self) -> str:
        """What it was about."""
        return "added" if self.added else "removed"


@dataclass(frozen=True)
class DiagnosisStep:
    """A diagnosis was confirmed: (category, basis) before and after."""

    lesion_id: int
    before: tuple[str, str]
    after: tuple[str, str]

    @property
    def words(self) -> str:
        """What it was about."""
        return "diagnosis"


@dataclass(frozen=True)
class KeySliceStep:
    """A key slice was chosen: the choice before and after; None = the largest margin's."""

    lesion_id: int
    before: int | None
    after: int | None

    @property
    def words(self) -> str:
        """What it was about."""
        return "key slice"


Step = MarginStep | LesionStep | DiagnosisStep | KeySliceStep


class History:
    """Two stacks of steps; a new step drops what was undone."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    def add(self, step: Step) -> None:
        """A step was taken."""
        self._done.append(step)
        self._undone.clear()

    def to_undo(self) -> Step | None:
        """The newest step, left where it is."""
        return self._done[-1] if self._done else None

    def to_redo(self) -> Step | None:
        """The step undone last, left where it is."""
        return self._undone[-1] if self._undone else None

    def undid(self, step: Step) -> None:
        """`step` was undone; one older than this history may be taken in too."""
        if self._done and self._done[-1] == step:
            self._done.pop()
        self._undone.append(step)

    def redid(self, step: Step) -> None:
        """`step` was taken again; one undone before this history began may be taken in too."""
        if self._undone and self._undone[-1] == step:
            self._undone.pop()
        self._done.append(step)
