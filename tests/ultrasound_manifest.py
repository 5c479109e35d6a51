"""A manifest of the shared ultrasound lesions: lesion polygons, and patches of normal liver."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image
from shapely.geometry import Point, Polygon
from shared_data import shared_path


def write_manifest(folder: Path, each: int | None = None, seed: int = 2018) -> Path:
    """Write manifest.csv into `folder`; `each` limits the images per class.

    The set names no patients: patient = class and file stem, since stems
    repeat between classes. A normal patch is a square inside the liver
    polygon, its side drawn from the lesions' sizes.
    """
    root = shared_path("data/us_liver_lesions")
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, str, str]] = []
    sizes: list[float] = []
    for name in ("Benign", "Malignant"):
        for image in _images(root / name)[:each]:
            polygon = _polygon(root / name / "segmentation" / "mass", image.stem)
            if polygon is not None:
                sizes.append(float(np.sqrt(Polygon(polygon).area)))
                patient = f"{name} {image.stem}"
                rows.append((str(image), patient, name, json.dumps(polygon)))
    for image in _images(root / "Normal")[:each]:
        liver = _polygon(root / "Normal" / "segmentation" / "liver", image.stem)
        patch = liver and _square(liver, image, sizes, rng)
        if patch:
            rows.append((str(image), f"Normal {image.stem}", "Normal", json.dumps(patch)))
    path = folder / "manifest.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "patient", "diagnosis", "polygon"))
        writer.writerows(rows)
    return path


def _images(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))


def _polygon(folder: Path, stem: str) -> list[list[float]] | None:
    file = folder / f"{stem}.json"
    return json.loads(file.read_text()) if file.exists() else None


def _square(
    liver: list[list[float]], image: Path, sizes: list[float], rng: np.random.Generator
) -> list[list[float]] | None:
    area = Polygon(liver).buffer(0)
    with Image.open(image) as picture:
        width, height = picture.size
    for _ in range(300):
        half = float(rng.choice(sizes)) / 2
        x, y = rng.uniform(half, width - half), rng.uniform(half, height - half)
        if area.contains(Point(x, y).buffer(half * 1.2)):
            corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
            return [[x + a * half, y + b * half] for a, b in corners]
    return None
