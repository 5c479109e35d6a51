"""A small study of drawn images, ready to train on: dark discs, soft blobs, rings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from studies import cases
from studies.cases import NewSeries
from studies.store import Store

SIDE = 96
CODES = ("cyst", "metastasis", "hemangioma")


def drawn(code: str, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A (96, 96) grey image with one lesion of 20 px radius in its middle."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    radius = np.hypot(x - SIDE / 2, y - SIDE / 2)
    edge = 20 * rng.uniform(0.9, 1.1)
    image = 150 + rng.normal(0, 6, (SIDE, SIDE))
    if code == "cyst":
        image = np.where(radius < edge, image - 110, image)
    elif code == "metastasis":
        image -= 60 * np.exp(-((radius / edge) ** 2))
    else:
        image += 50 * np.exp(-(((radius - edge) / 3) ** 2)) - 30 * (radius < edge)
    return image.astype(np.float32)


def make_study(folder: Path, *, per_class: int = 4, ready: bool = True, name: str = "T") -> Store:
    """A study of `per_class` patients with one lesion each per class; `ready` = diagnosed."""
    store = Store.create(folder, name, kind="roi", simulated=True)
    rng = np.random.default_rng(7)
    for number in range(per_class * len(CODES)):
        add_lesion(store, number, CODES[number % len(CODES)], rng, ready=ready)
    return store


def add_lesion(
    store: Store, number: int, code: str, rng: np.random.Generator, *, ready: bool = True
) -> int:
    """One patient with one image, one margin and (where ready) a diagnosis."""
    place = Path(f"image{number:03d}")
    (store.series_folder / place).mkdir(parents=True)
    np.save(store.series_folder / place / "image.npy", drawn(code, rng))
    case = cases.add_case(store, f"P-{number + 1:03d}", simulated=True)
    uid = f"1.2.3.{number + 1}"
    new = NewSeries(uid, "image", "drawn", 1, SIDE, SIDE, 1.0, 1.0, 0.0, "", False, True, (), place)
    series = cases.add_series(store, case.id, new)
    lesion = cases.add_lesion(store, series.id, author="tester")
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    points = tuple(
        (float(SIDE / 2 + 20 * np.cos(a)), float(SIDE / 2 + 20 * np.sin(a))) for a in angles
    )
    cases.save_contour(store, lesion.id, uid, 0, points, "tester", "import")
    if ready:
        cases.confirm_diagnosis(store, lesion.id, code, "manifest", "tester")
    return lesion.id
