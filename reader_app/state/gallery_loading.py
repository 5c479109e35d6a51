"""What the synthetic gallery shows, read from the study in a background thread."""

from __future__ import annotations

from dataclasses import dataclass, field

from reader_app.workflows import neighbours
from reader_app.workflows.neighbours import Neighbour, Yardstick, lesion_name
from reader_app.workflows.synthesise import generators
from studies import cases, learning
from studies.learning import Decision
from studies.records import Category, FloatArray, SyntheticRoiRecord, TrainingRunRecord
from studies.report.arms import arm_name
from studies.store import Store

UNDECIDED, ACCEPTED, KEPT_OUT = "undecided", "accepted", "kept out"
STANDINGS = (UNDECIDED, ACCEPTED, KEPT_OUT)
NEAREST = neighbours.NEAREST


@dataclass(frozen=True)
class Pair:
    """A synthetic ROI beside its nearest real ROI; `lesion` names that one."""

    roi: SyntheticRoiRecord
    category: Category
    nearest: FloatArray | None = field(repr=False, compare=False, default=None)
    lesion: str = ""

    @property
    def state(self) -> str:
        """Verdict, or "kept out" where someone decided so."""
        if not self.roi.accepted and self.roi.audit != "copy":
            return KEPT_OUT
        return self.roi.audit

    @property
    def decision(self) -> Decision | None:
        """What somebody decided; None where nobody has."""
        return learning.decision_of(self.roi.decided)

    @property
    def is_decided(self) -> bool:
        """Whether somebody has."""
        return bool(self.roi.decided)

    @property
    def standing(self) -> str:
        """One of STANDINGS; a copy is kept out by the audit itself."""
        if not self.roi.accepted:
            return KEPT_OUT
        return ACCEPTED if self.is_decided else UNDECIDED


@dataclass(frozen=True)
class Detail:
    """The chosen pair with the real ROIs it is most like; none of them until they were found."""

    pair: Pair
    generator: str
    near: tuple[Neighbour, ...] = ()
    yardstick: Yardstick | None = field(repr=False, compare=False, default=None)
    trouble: str = ""  # why no neighbours could be found


@dataclass(frozen=True)
class LoadedGallery:
    """One reading of the store."""

    pairs: tuple[Pair, ...]
    runs: tuple[TrainingRunRecord, ...]


def load(store: Store, categories: tuple[Category, ...]) -> LoadedGallery:
    """Every synthetic ROI of the scheme's classes with its nearest real ROI, and generators."""
    rois = learning.synthetic_rois(store)
    by_code = {category.code: category for category in categories}
    images = {roi.lesion_id: roi.image for roi in cases.rois(store)} if rois else {}
    names = {lesion.id: lesion_name(lesion) for lesion in cases.lesions(store)} if rois else {}
    pairs = tuple(
        Pair(
            roi,
            by_code[roi.category],
            images.get(roi.nearest_lesion_id or -1),
            names.get(roi.nearest_lesion_id or -1, ""),
        )
        for roi in rois
        if roi.category in by_code
    )
    return LoadedGallery(pairs, generators(store))


def generator_name(run: TrainingRunRecord) -> str:
    """`DCGAN cyst, fold 2 · 4f1c0a`."""
    of_class = f" {run.category}" if run.category else ""
    fold = f", fold {run.fold + 1}" if run.fold is not None else ""
    return f"{arm_name(run.arm)}{of_class}{fold} · {run.run_hash[:6]}"
