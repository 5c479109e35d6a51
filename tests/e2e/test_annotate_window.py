"""The real program on a screen of its own, driven by X events on a real liver CT.

Each tool draws; the program quits, and what it left in the study is looked at from outside; then
it starts again, and undo goes on to the first stroke.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from shared_data import shared_path
from virtual_screen import MIDDLE, RIGHT, Screen, Sitting, screen, sitting
from watched_app import Pair

from studies import cases
from studies.imaging import contour, volume
from studies.records import ContourRecord, LesionRecord
from studies.store import Store

AUTHOR = "Dr X"
ON_SLICE = 20
IN_LIVER, ELSEWHERE, VESSEL = (150.0, 270.0), (130.0, 200.0), (178.2, 194.5)
CORNERS = ((180.0, 150.0), (200.0, 145.0), (215.0, 160.0), (205.0, 178.0), (185.0, 172.0))
KIDNEY = (
    (291.5, 285.5), (306.9, 281.8), (330.1, 283.2), (351.1, 294.9), (346.5, 313.5),
    (344.1, 332.2), (334.8, 335.9), (320.8, 332.2), (304.5, 320.5), (291.5, 299.5),
)  # fmt: skip
IN_KIDNEY = (321, 299)
KIDNEY_HU = 130.0
ORANGE = (0xF0, 0x8A, 0x4B)
MOST_STEPS = 60


@dataclass(frozen=True)
class Left:
    """What the study holds for good."""

    lesions: tuple[LesionRecord, ...]
    margins: tuple[ContourRecord, ...]

    def of(self, name: str, index: int = ON_SLICE) -> ContourRecord:
        """The lesion's margin on a slice."""
        (lesion,) = (one for one in self.lesions if one.name == name)
        (found,) = (m for m in self.margins if (m.lesion_id, m.slice_index) == (lesion.id, index))
        return found


def left_in(study: Path) -> Left:
    with Store.open(study, read_only=True) as store:
        return Left(cases.lesions(store), cases.contours(store))


def ring(x: float, y: float, radius: float, first: float = 0, last: float = 360) -> list[Pair]:
    """Points on a circle, every 10 degrees."""
    turns = [math.radians(a) for a in np.linspace(first, last, round(abs(last - first) / 10) + 1)]
    return [(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns]


def walked(corners: Sequence[Pair], step: float = 3.0) -> Iterator[Pair]:
    """From corner to corner in small steps, as a hand goes."""
    for a, b in pairwise(corners):
        steps = max(1, round(math.dist(a, b) / step))
        for k in range(steps):
            yield a[0] + (b[0] - a[0]) * k / steps, a[1] + (b[1] - a[1]) * k / steps
    yield corners[-1]


@pytest.fixture
def on_screen(tmp_path: Path) -> Iterator[Screen]:
    with screen(tmp_path) as found:
        yield found


@pytest.fixture
def study(tmp_path: Path, own_home: Path, on_screen: Screen) -> Path:
    """The real CT imported by the command line; the person at the window has a name."""
    (own_home / "settings.ini").write_text(f"[user]\nname={AUTHOR}\n")
    folder = tmp_path / "real.blindread"
    call = [sys.executable, "-m", "reader_app", "import", folder, shared_path("data/ct_crlm_1004")]
    done = subprocess.run(call, capture_output=True, text=True, timeout=90, check=False)
    assert "41 files taken" in done.stdout, done.stderr
    return folder


def test_each_tool_draws_on_a_real_ct_and_undo_outlives_the_program(
    on_screen: Screen, study: Path
) -> None:
    with sitting(on_screen, study) as person:
        draw_by_hand(person)
        change_it(person)
        draw_with_aids(person)
        measure_and_look(person)
        draw_mirrored(person)
        fill_slices(person)
        walk(person)
        assert person.quit() == 0
    before = left_in(study)
    check_margins(before)
    check_kidney(study, before.of("L3"))
    with sitting(on_screen, study) as person:
        undo_everything(person)
        assert not left_in(study).lesions
        redo_everything(person)
        assert person.quit() == 0
    after = left_in(study)
    assert outlines(after) == outlines(before)
    assert after.lesions == before.lesions


# --- the hands ----------------------------------------------------------------------------------


def draw_by_hand(person: Sitting) -> None:
    """L1 freehand, a cyst by keys, seen in its colour; L2 by clicks, a wrong one taken back."""
    person.drag(ring(*IN_LIVER, 20))
    person.wait(lambda seen: (seen.margins, seen.lesion) == (1, "L1"))
    assert not person.screen.shows(ORANGE, person.seen.at(150, 290))
    assert "basis" in person.key("c").notice
    assert "Cyst, biopsy" in person.key("b").notice
    person.look(lambda screen: screen.shows(ORANGE, person.seen.at(150, 290)), "an orange margin")
    person.key("a")
    for corner in (*CORNERS[:-1], (195.0, 200.0)):
        person.click(*corner)
    assert person.key("BackSpace").is_drawing
    person.click(*CORNERS[-1])
    assert person.key("Return").margins == 2
    assert "Metastasis, follow-up" in person.key("m", "f").notice


def change_it(person: Sitting) -> None:
    """L1 again: a part redrawn wider, then its lower end pushed down; each can be undone."""
    assert "All 2 lesions of this case are drawn" in person.key("Return").notice
    person.key("Return")
    person.wait(lambda seen: seen.lesion == "L1")
    person.drag([*ring(*IN_LIVER, 19, 16, 16), *ring(*IN_LIVER, 27, 25, 73),
                 *ring(*IN_LIVER, 19, 82, 82)])  # fmt: skip
    with person.held("n"):
        person.wait(lambda seen: seen.mode == "NUDGE")
        person.drag([(120.0 + x, 270.0) for x in range(16, -1, -2)])
    person.wait(lambda seen: seen.mode == "DRAW")


def draw_with_aids(person: Sitting) -> None:
    """L3 magnetic round the kidney; L4 proposed around a vessel, seen before it is taken."""
    person.key("a")
    with person.held("shift"):
        person.drag(walked((*KIDNEY, KIDNEY[0])))
    assert person.seen.margins == 3
    person.key("h", "b", "a", "g")
    assert person.seen.mode == "PROPOSE"
    person.over(*VESSEL)
    person.wait(lambda seen: seen.has_ghost)
    assert person.seen.margins == 3
    assert person.click(*VESSEL).margins == 4
    assert not person.seen.has_ghost
    person.key("m", "b")


def measure_and_look(person: Sitting) -> None:
    """Ruler, window, slices, zoom, pan, magnifier: none of them leaves a margin."""
    person.key("r")
    seen = person.drag([(200.0, 300.0), (220.0, 300.0), (250.0, 300.0)])
    assert float(seen.ruler.split()[0]) == pytest.approx(50 * 0.797, abs=0.5)
    assert person.key("Escape").ruler == ""
    person.key("d")
    person.drag_by((40, 20), RIGHT)
    assert person.seen.window == (15.0, 205.0)
    assert person.key("1").window == (15.0, 165.0)
    assert person.turn_wheel(2).index == ON_SLICE + 2
    assert person.turn_wheel(-2).index == ON_SLICE
    zoom(person)
    with person.held("space"):
        person.wait(lambda seen: seen.magnifies)
        person.over(265.0, 249.0)
    person.wait(lambda seen: not seen.magnifies)
    assert (person.seen.margins, person.seen.is_drawing) == (4, False)


def zoom(person: Sitting) -> None:
    """Ctrl and the wheel zoom at the pointer, the middle button moves the picture, Ctrl 0 fits."""
    fitted = person.over(300.0, 280.0)
    with person.held("ctrl"):
        person.turn_wheel(-3)
    zoomed = person.wait(lambda seen: seen.along_x != fitted.along_x)
    assert zoomed.scale == pytest.approx(fitted.scale * 1.2**3, rel=1e-6)
    assert zoomed.at(300.0, 280.0) == zoomed.pointer
    person.drag_by((60, 30), MIDDLE)
    (x, y), (was_x, was_y) = person.seen.origin, zoomed.origin
    assert (x - was_x, y - was_y) == pytest.approx((60, 30))
    assert person.key("ctrl+0").origin == pytest.approx(fitted.origin)


def draw_mirrored(person: Sitting) -> None:
    """L5 on the mirrored and turned picture; margins are stored as the CT lies."""
    upright = person.seen
    turned = person.key("ctrl+h", "ctrl+r")
    assert turned.at(*ELSEWHERE) != upright.at(*ELSEWHERE)
    person.key("a")
    person.drag(ring(*ELSEWHERE, 8))
    person.key("c", "f", "ctrl+shift+r", "ctrl+h")
    assert person.seen.origin == pytest.approx(upright.origin)


def fill_slices(person: Sitting) -> None:
    """L5 copied one slice on and drawn three further; those between proposed and taken."""
    assert person.key("ctrl+Down").index == ON_SLICE + 1
    assert person.seen.margins == 1
    person.key("Down", "Down", "Down")
    assert person.drag(ring(133.0, 204.0, 12)).margins == 1
    assert person.key("i").proposed == 2
    assert person.seen.has_ghost
    assert person.key("Return").proposed == 1
    assert person.key("ctrl+Return").proposed == 0
    assert (person.seen.index, person.seen.margins) == (ON_SLICE + 2, 1)
    assert person.key("Delete").margins == 0
    assert person.key("ctrl+z").margins == 1
    assert person.key("ctrl+y").margins == 0
    assert person.key("ctrl+z").margins == 1


def walk(person: Sitting) -> None:
    """After the last lesion Enter says so, then goes to the first; Esc leaves an open line behind.

    A stroke there and back is no margin, and nothing is pushed where none is.
    """
    assert "All 5 lesions of this case are drawn" in person.key("Return").notice
    assert person.key("Return").lesion == "L1"
    person.drag([(100.0 + x, 240.0) for x in range(40)])
    assert "less than 2 px wide" in person.seen.notice
    person.turn_wheel(6)
    assert "to push" in person.key("n").notice
    person.key("d")
    person.turn_wheel(-6)
    person.click(100.0, 240.0)
    assert person.seen.is_drawing
    assert not person.key("Escape").is_drawing
    assert person.seen.margins == 5


def undo_everything(person: Sitting) -> None:
    """The newest edit of the program's last run is undone first, then all before it."""
    assert person.seen.lesions == 5
    newest = person.key("ctrl+z")
    assert newest.lesion == "L5"
    assert newest.index in (ON_SLICE + 2, ON_SLICE + 3)
    assert newest.margins == 0
    for _ in range(MOST_STEPS):
        if person.key("ctrl+z").notice == "Nothing to undo.":
            return
    pytest.fail("undo does not come to an end")


def redo_everything(person: Sitting) -> None:
    """Up to the deletion that was undone last before the program ended; once back from there."""
    for _ in range(MOST_STEPS):
        if person.key("ctrl+y").notice == "Nothing to redo.":
            break
    else:
        pytest.fail("redo does not come to an end")
    assert (person.seen.index, person.seen.margins) == (ON_SLICE + 2, 0)
    assert person.key("ctrl+z").margins == 1


# --- what is left -------------------------------------------------------------------------------


def outlines(left: Left) -> set[object]:
    return {(m.lesion_id, m.slice_index, m.tool, m.author, m.points) for m in left.margins}


def check_margins(left: Left) -> None:
    """Where, by whom, with what."""
    named = {one.name: (one.category, one.basis) for one in left.lesions}
    assert named == {
        "L1": ("cyst", "biopsy"),
        "L2": ("metastasis", "follow-up"),
        "L3": ("hemangioma", "biopsy"),
        "L4": ("metastasis", "biopsy"),
        "L5": ("cyst", "follow-up"),
    }
    assert {margin.author for margin in left.margins} == {AUTHOR}
    tools = {index: left.of("L5", ON_SLICE + index).tool for index in range(5)}
    assert tools == {0: "freehand", 1: "copy", 2: "between", 3: "between", 4: "freehand"}
    assert len(left.margins) == 9
    check_shapes(left)


def check_shapes(left: Left) -> None:
    changed, clicked, vessel = (left.of(name) for name in ("L1", "L2", "L4"))
    assert changed.tool == "nudge"
    reach = np.ptp(np.asarray(changed.points), axis=0)
    assert reach[0] > 44
    farthest = max(math.dist(IN_LIVER, point) for point in changed.points)
    assert farthest == pytest.approx(36, abs=1)  # the circle's far side; redrawn to 27
    assert 1256 < contour.area_mm2(changed.points) < 2290
    assert clicked.tool == "polygon"
    assert np.abs(np.subtract(clicked.anchors, CORNERS)).max() < 0.3
    assert vessel.tool == "proposal"
    assert math.dist(contour.centroid(vessel.points), VESSEL) < 4
    assert np.abs(np.subtract(vessel.seeds, [VESSEL])).max() < 0.3
    mirrored = left.of("L5").points
    assert math.dist(contour.centroid(mirrored), ELSEWHERE) < 0.3
    assert contour.area_mm2(mirrored) == pytest.approx(math.pi * 64, rel=0.06)


def check_kidney(study: Path, margin: ContourRecord) -> None:
    """The magnetic line keeps to the kidney's edge, told apart by HU from all around it."""
    from scipy import ndimage

    with Store.open(study, read_only=True) as store:
        pixels = volume.load_slice(cases.series(store, margin.series_id), ON_SLICE)
    bright, _ = ndimage.label(ndimage.binary_opening(pixels > KIDNEY_HU, iterations=2))
    kidney = ndimage.binary_fill_holes(bright == bright[IN_KIDNEY[::-1]])
    drawn = contour.mask(margin.points, pixels.shape)
    assert margin.tool == "magnetic"
    assert margin.seeds
    assert 2 * (drawn & kidney).sum() / (drawn.sum() + kidney.sum()) > 0.92
