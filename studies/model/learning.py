"""Tables of what was trained, predicted and synthesised."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studies.model.columns import ArrayColumn, TupleColumn
from studies.model.tables import Table


class TrainingRunRow(Table):
    """One run of a spec; its files lie in the study's runs folder under `run_hash`."""

    __tablename__ = "training_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_hash: Mapped[str] = mapped_column(index=True)
    arm: Mapped[str]
    kind: Mapped[str]
    category: Mapped[str]
    fold: Mapped[int | None]
    seed: Mapped[int]
    profile: Mapped[str]
    group: Mapped[str] = mapped_column("augmentation_group")
    spec: Mapped[str]
    state: Mapped[str]
    message: Mapped[str] = mapped_column(default="")
    accuracy: Mapped[float | None]
    correct: Mapped[int | None]
    n: Mapped[int | None]
    kid: Mapped[float | None]
    seconds: Mapped[float | None]
    device: Mapped[str] = mapped_column(default="")
    queued: Mapped[str]
    started: Mapped[str] = mapped_column(default="")
    finished: Mapped[str] = mapped_column(default="")
    removed: Mapped[str] = mapped_column(default="")
    simulated: Mapped[bool]


class PredictionRow(Table):
    """A classifier's probabilities for one lesion's ROI, in the order of the scheme."""

    __tablename__ = "predictions"

    run_id: Mapped[int] = mapped_column(ForeignKey("training_runs.id"), primary_key=True)
    lesion_id: Mapped[int] = mapped_column(ForeignKey("lesions.id"), primary_key=True)
    category: Mapped[str]
    predicted: Mapped[str]
    probabilities: Mapped[tuple[float, ...]] = mapped_column(TupleColumn)
    run: Mapped[TrainingRunRow] = relationship()


class SyntheticRow(Table):
    """A generated ROI; `decided` is the reason given when it was accepted or refused."""

    __tablename__ = "synthetic_rois"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("training_runs.id"), index=True)
    category: Mapped[str]
    seed: Mapped[int]
    index: Mapped[int] = mapped_column("draw")
    audit: Mapped[str]
    nearest_lesion_id: Mapped[int | None] = mapped_column(ForeignKey("lesions.id"))
    similarity: Mapped[float | None]
    accepted: Mapped[bool]
    decided: Mapped[str] = mapped_column(default="")
    created: Mapped[str]
    image: Mapped[npt.NDArray[np.float32]] = mapped_column(ArrayColumn)
    run: Mapped[TrainingRunRow] = relationship()


class EmbeddingRow(Table):
    """A run's map: `measures` is ((name, value), …) as printed beside it."""

    __tablename__ = "embeddings"

    run_id: Mapped[int] = mapped_column(ForeignKey("training_runs.id"), primary_key=True)
    measures: Mapped[tuple[Any, ...]] = mapped_column(TupleColumn)
    created: Mapped[str]
    points: Mapped[npt.NDArray[np.float64]] = mapped_column(ArrayColumn)
