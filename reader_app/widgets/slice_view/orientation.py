"""Which side of the patient lies where on the screen, from the displayed matrix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

OBLIQUE = 0.25
"""A direction gets a second letter when that axis carries at least this share (about 15°)."""


@dataclass(frozen=True)
class Turn:
    """How the picture is turned: `quarters` clockwise, after a left-right flip if `flipped`."""

    quarters: int = 0
    flipped: bool = False

    @property
    def matrix(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Image directions to screen directions: screen (x, y) = matrix · image (x, y)."""
        turn = ((1, 0), (0, 1))
        for _ in range(self.quarters % 4):
            (a, b), (c, d) = turn
            turn = ((-c, -d), (a, b))
        if self.flipped:
            (a, b), (c, d) = turn
            turn = ((-a, b), (-c, d))
        return turn

    def turned(self, quarters: int = 1) -> Turn:
        """What is on the screen turned clockwise by so many quarters."""
        return Turn((self.quarters + quarters) % 4, self.flipped)

    def mirrored(self) -> Turn:
        """What is on the screen flipped left to right."""
        return Turn(-self.quarters % 4, not self.flipped)

    def upended(self) -> Turn:
        """What is on the screen flipped top to bottom."""
        return self.mirrored().turned(2)

    @property
    def words(self) -> str:
        """How the picture differs from the one stored; empty where it does not."""
        turned = f"turned {90 * (self.quarters % 4)}°" if self.quarters % 4 else ""
        parts = [part for part in ("mirrored" if self.flipped else "", turned) if part]
        return ", ".join(parts).capitalize()


@dataclass(frozen=True)
class Letters:
    """The letters at the four edges of the picture; empty where the direction is not known."""

    left: str = ""
    right: str = ""
    top: str = ""
    bottom: str = ""


@lru_cache(maxsize=64)  # asked for with every frame
def letters(orientation: tuple[float, ...], turn: Turn) -> Letters:
    """Edge letters for DICOM's ImageOrientationPatient (6 direction cosines, LPS) as displayed.

    The first triple points along increasing columns, the second along increasing rows. Image
    directions go to the screen by the turn's matrix, which is its own kind of inverse: screen
    right is the image direction whose picture is (1, 0).
    """
    if len(orientation) != 6:
        return Letters()
    axes = np.asarray(orientation, dtype=np.float64).reshape(2, 3)
    if not np.all(np.isfinite(axes)) or not np.all(np.linalg.norm(axes, axis=1) > 0.5):
        return Letters()
    matrix = np.asarray(turn.matrix, dtype=np.float64)
    right, down = np.linalg.inv(matrix).T @ axes
    return Letters(_name(-right), _name(right), _name(-down), _name(down))


def _name(direction: np.ndarray) -> str:
    """The patient directions a vector (LPS) points to, the strongest first, two at most."""
    names = (("R", "L"), ("A", "P"), ("F", "H"))
    order = np.argsort(-np.abs(direction), kind="stable")
    chosen = [int(order[0])]
    if abs(direction[order[1]]) >= OBLIQUE:
        chosen.append(int(order[1]))
    return "".join(names[axis][int(direction[axis] > 0)] for axis in chosen)
