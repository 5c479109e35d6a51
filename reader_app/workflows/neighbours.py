"""The real ROIs that a synthetic one is most like, and how alike real ones are to each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.audit import ENOUGH_REAL, nearest, null, thresholds, turned
from engine.audit.correlation import correlate
from engine.jobs import result_of
from reader_app.workflows.patches import training_data
from reader_app.workflows.synthesise import audit_spec, is_trained_on
from studies import cases, learning
from studies.records import FloatArray, LesionRecord, RoiRecord, SyntheticRoiRecord
from studies.store import Store

NEAREST = 3


@dataclass(frozen=True)
class Yardstick:
    """The real ROIs of a class that trained one generator, and how alike they are.

    `null` (n,) is the NCC of each with its nearest ROI of another patient: held-out real against
    training. From `close` and `copy` on an ROI is called so (`engine.audit.thresholds`).
    Where it was trained elsewhere, or on what has changed since, `rois` are all of the class that
    the study has now, and `of_training` is False.
    """

    rois: tuple[RoiRecord, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    null: tuple[float, ...] = field(repr=False)
    close: float
    copy: float
    of_training: bool = True

    @property
    def is_fixed(self) -> bool:
        """Whether real ROIs are too few for limits of their own."""
        return len(self.null) < ENOUGH_REAL

    def at_least_as_alike(self, similarity: float) -> int:
        """How many of `null` reach an NCC."""
        return sum(value >= similarity for value in self.null)


@dataclass(frozen=True)
class Neighbour:
    """A real ROI beside a synthetic one: NCC -1..1, where it was laid, itself and laid so."""

    lesion_id: int
    name: str
    similarity: float
    placement: str  # "mirrored, turned 90°, 1 px"
    image: FloatArray = field(repr=False, compare=False)
    aligned: FloatArray = field(repr=False, compare=False)
    difference: FloatArray = field(repr=False, compare=False)  # .5 = none


def yardstick(store: Store, run_id: int, category: str) -> Yardstick:
    """What the audit of a generator's draws of a class rests on; nothing is stored.

    The ROIs are those of `audit_spec`: where the study's ROIs have changed since the training, all
    of the class. StudyError where the study has no ROI to compare with.
    """
    data = training_data(store, 3, keep=False)
    run = learning.run(store, run_id)
    spec = audit_spec(run, data, category)
    by_lesion = {roi.lesion_id: roi for roi in cases.rois(store)}
    chosen = tuple(by_lesion[data.lesion_id(at)] for at in spec.training)
    names = {lesion.id: lesion_name(lesion) for lesion in cases.lesions(store)}
    patients = tuple(roi.patient for roi in chosen)
    found = result_of(null(np.stack([roi.image for roi in chosen]), patients))
    limits = thresholds(found)
    return Yardstick(
        chosen,
        tuple(names.get(roi.lesion_id, "") for roi in chosen),
        tuple(float(value) for value in limits.null),
        float(limits.close),
        float(limits.copy),
        is_trained_on(run, data),
    )


def neighbours(
    roi: SyntheticRoiRecord, among: Yardstick, count: int = NEAREST
) -> tuple[Neighbour, ...]:
    """The `count` real ROIs most like a synthetic one, the most alike first."""
    found = result_of(correlate(np.stack([one.image for one in among.rois]), roi.image[None]))
    order = np.argsort(-found.similarity[0], kind="stable")[:count]
    return tuple(
        _neighbour(roi, among.rois[at], among.names[at], float(found.similarity[0, at]))
        for at in order.tolist()
    )


def lesion_name(lesion: LesionRecord) -> str:
    """`P-017 · L1, fold 2`."""
    fold = f", fold {lesion.fold + 1}" if lesion.fold is not None else ""
    return f"{lesion.patient} · {lesion.name}{fold}"


def _neighbour(roi: SyntheticRoiRecord, real: RoiRecord, name: str, similarity: float) -> Neighbour:
    found = nearest(real.image[None], roi.image[None])
    turn, (x, y) = int(found.turn[0]), (int(value) for value in found.shift[0])
    aligned = np.roll(turned(real.image, turn), (-y, -x), (0, 1))
    words = _placed(turn, x, y)
    shown = _difference(roi.image, aligned)
    return Neighbour(real.lesion_id, name, similarity, words, real.image, aligned, shown)


def _difference(synthetic: FloatArray, aligned: FloatArray) -> FloatArray:
    """Synthetic less aligned after equalling mean and contrast, grey .5 = no difference."""
    spread = float(aligned.std()) or 1.0
    level = (aligned - aligned.mean()) / spread * synthetic.std() + synthetic.mean()
    return np.asarray(np.clip(0.5 + (synthetic - level) / 2, 0, 1), dtype=np.float32)


def _placed(turn: int, x: int, y: int) -> str:
    parts = ["mirrored"] if turn >= 4 else []
    if turn % 4:
        parts.append(f"turned {90 * (turn % 4)}°")
    if x or y:
        parts.append(f"{max(abs(x), abs(y))} px")
    return ", ".join(parts) or "none"
