"""Studies with margins on series of every geometry, imported through the gate; and the checkers."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from foreign_ct import SIDE, ct
from import_desk import run_import

from engine.jobs.tool import ToolResult, run_tool
from studies import cases
from studies.cases.handover import drawn_series, outgoing
from studies.imaging import volume
from studies.imaging.exchange.outgoing import Outgoing
from studies.records import DEFAULT_SCHEME, ClassScheme, Points
from studies.store import Store

ROW_MM, COLUMN_MM = 0.9, 0.6
ANN, BEN = "Ann Öz", "Ben"


@dataclass(frozen=True)
class Geometry:
    """How a series' slices lie: first pixel's centres (mm), and the row and column directions."""

    name: str
    positions: tuple[tuple[float, float, float], ...]
    orientation: tuple[float, ...]


def _turned(x: float, z: float) -> np.ndarray:
    """Rotation about x, then about z, by degrees."""
    a, c = math.radians(x), math.radians(z)
    about_x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return about_z @ about_x


def _stacked(name: str, heights: tuple[float, ...], turned: np.ndarray, along: np.ndarray):
    first = np.array((-12.5, -21.25, 7.75))
    positions = tuple(tuple(map(float, np.round(first + h * along, 6))) for h in heights)
    orientation = np.round(np.concatenate((turned[:, 0], turned[:, 1])), 9)
    return Geometry(name, positions, tuple(map(float, orientation)))


_AXIAL, _OBLIQUE, _TILTED = _turned(0, 0), _turned(25, 15), _turned(-14, 0)
EVEN = (0.0, 4.0, 8.0, 12.0, 16.0)
ANISOTROPIC = _stacked("anisotropic", EVEN, _AXIAL, _AXIAL[:, 2])
OBLIQUE = _stacked("oblique", EVEN, _OBLIQUE, _OBLIQUE[:, 2])
TILTED = _stacked("tilted", EVEN, _TILTED, _AXIAL[:, 2])
UNEVEN = _stacked("uneven", (0.0, 4.0, 9.0, 12.5, 20.0), _AXIAL, _AXIAL[:, 2])
GEOMETRIES = (ANISOTROPIC, OBLIQUE, TILTED, UNEVEN)


def write_originals(folder: Path, geometry: Geometry, **changes: object) -> None:
    """The series as a hospital would have it."""
    for number, position in enumerate(geometry.positions):
        hu = np.random.default_rng(number).integers(-60, 140, (SIDE, SIDE))
        ct(
            folder / f"{number}.dcm",
            uid=f"1.2.3.77.{number}",
            hu=hu,
            **{
                "ImagePositionPatient": list(position),
                "ImageOrientationPatient": list(geometry.orientation),
                "PixelSpacing": [ROW_MM, COLUMN_MM],
                **changes,
            },
        )


def blob(x: float, y: float, size: float, corners: int = 9) -> Points:
    """A lopsided margin around (x, y), its corners at no round numbers."""
    angles = [2 * math.pi * i / corners for i in range(corners)]
    return tuple(
        (
            x + size * math.cos(a) * (1 + 0.2 * math.sin(3 * a)),
            y + 0.7 * size * math.sin(a + 0.3),
        )
        for a in angles
    )


def drawn_study(
    folder: Path, geometry: Geometry = ANISOTROPIC, scheme: ClassScheme = DEFAULT_SCHEME
) -> Store:
    """Two overlapping lesions of three slices by Ann, the first also by Ben; the caller closes."""
    write_originals(folder / "original", geometry)
    store = Store.create(folder / "study", geometry.name, scheme=scheme)
    report = run_import(store, folder / "original")
    assert len(report.series) == 1, report
    draw(store, report.series[0].id)
    return store


def draw(store: Store, series_id: int, at: tuple[float, float] = (13.37, 15.21)) -> None:
    """The margins of `drawn_study` on slices 1 to 3 of a series."""
    series = cases.series(store, series_id)
    uids = volume.slice_uids(series)
    codes = cases.study(store).scheme.codes
    for number, tool in enumerate(("freehand", "magnetic")):
        lesion = cases.add_lesion(store, series_id, author=ANN)
        cases.confirm_diagnosis(store, lesion.id, codes[number], "biopsy", ANN)
        for index in (1, 2, 3):
            margin = blob(at[0] + 3 * number, at[1] + index / 3, 5.3 + index / 7)
            cases.save_contour(store, lesion.id, uids[index], index, margin, ANN, tool)
            if number == 0:
                moved = blob(at[0] + 0.4, at[1], 4.9)
                cases.save_contour(store, lesion.id, uids[index], index, moved, BEN, "polygon")


def handed_over(
    folder: Path, geometry: Geometry = ANISOTROPIC, scheme: ClassScheme = DEFAULT_SCHEME
) -> Outgoing:
    """What `drawn_study` hands on."""
    with drawn_study(folder, geometry, scheme) as store:
        (series_id,) = drawn_series(store)
        return outgoing(store, series_id)


def tool(name: str, *arguments: str | Path) -> ToolResult:
    """A checker's words; the test is skipped where it is not installed (in CI: fails)."""
    result = run_tool(name, arguments)
    if result is None:
        reason = f"{name} is not on this machine: run python3 start.py tools"
        if os.environ.get("BLINDREAD_REQUIRE_TOOLS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    assert result.is_complete
    return result


def dciodvfy_errors(path: Path) -> list[str]:
    """What David Clunie's checker calls an error in a DICOM file."""
    told = tool("dciodvfy", "-new", path)
    return [line for line in told.output.splitlines() if line.startswith(("Error", "Abort"))]
