"""Measure the generators of a study: distances to real ROIs, and what its drawn ROIs betray."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine import journal, judging
from engine.audit import Audit
from engine.audit.membership import Area
from engine.errors import CheckpointError, EngineError
from engine.experiment.data import TrainingData
from engine.experiment.grid import Experiment
from engine.experiment.revision import run_hash
from engine.experiment.run import CLASSIFIER, Plan
from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress, passed_on
from engine.journal import CurvePoint
from engine.specs import CnnTraining, from_json
from reader_app.workflows.experiment_runs import ExperimentRuns
from reader_app.workflows.judge_generators import judge_generators
from reader_app.workflows.patches import training_data
from reader_app.workflows.synthesise import AUDIT, audit_spec, draws, generators, is_trained_on
from studies import cases, learning
from studies.errors import ReadOnlyError, StudyError
from studies.records import SyntheticRoiRecord, TrainingRunRecord
from studies.report.quality import (
    LOOK,
    Audited,
    CopyLimits,
    GeneratorQuality,
    Measure,
    Share,
    Space,
)
from studies.store import Store

AUDITED = "audit.json"
"""Beside a generator's checkpoint: what the audit of its drawn ROIs rests on, class by class."""

LOOK_DRAWS = 64
"""Draws a class at a look: `engine.gan.quality.DRAWS`, which is not imported as it needs torch."""


@dataclass(frozen=True)
class Drawn:
    """The ROIs of one class that a generator has drawn for the study."""

    run: TrainingRunRecord
    category: str
    rois: tuple[SyntheticRoiRecord, ...] = field(repr=False)

    @property
    def ids(self) -> list[int]:
        """By these numbers an audit is known to be of just these ROIs."""
        return [roi.id for roi in self.rois]


def read_quality(store: Store) -> tuple[GeneratorQuality, ...]:
    """What is known of every finished generator, class by class; computes and stores nothing."""
    data = _todays(store)
    return tuple(
        GeneratorQuality(
            run=one.run,
            category=one.category,
            spaces=(*_judged(one), *_look(one.run)),
            audited=Audited(
                tuple(roi.audit for roi in one.rois),
                tuple(roi.similarity for roi in one.rois if roi.similarity is not None),
                _kept(one),
            ),
            can_judge=data is not None and is_trained_on(one.run, data),
        )
        for one in _drawn(store)
    )


def measure_quality(store: Store) -> Generator[Progress, None, int]:
    """Measure what is missing; returns how many generators and classes were measured.

    Distances of the generators that were trained on today's ROIs (`judge_generators`), then the
    audit of drawn ROIs once more, for its null and for the membership. Both lie beside the
    checkpoint afterwards. StudyError or EngineError with a sentence; what was measured stays.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so nothing can be measured in it.")
    yield Progress(0, 1, "Reading ROIs")
    data = training_data(store, 3)
    judged = yield from judge_generators(_waiting(store, data))
    unread = [one for one in _drawn(store) if one.rois and _kept(one) is None]
    child = Child()
    try:
        for at, one in enumerate(unread):
            told = Progress(at, len(unread), "Auditing the drawn ROIs")
            audit = yield from passed_on(_audit(store, child, data, one), told)
            of_training = is_trained_on(one.run, data)
            keep_limits(one.run.folder, one.category, one.ids, audit, of_training=of_training)
    finally:
        child.close()
    return judged + len(unread)


def _audit(
    store: Store, child: Child, data: TrainingData, one: Drawn
) -> Generator[Progress, None, Audit]:
    with tempfile.TemporaryDirectory(dir=store.runs_folder) as folder:
        file = Path(folder) / "drawn.npz"
        np.savez(file, images=np.stack([roi.image for roi in one.rois]))
        spec = audit_spec(one.run, data, one.category)
        found: Audit = yield from child.run(JobSpec(AUDIT, spec, (data.path, file)))
    return found


def _waiting(store: Store, data: TrainingData) -> ExperimentRuns:
    """Today's generators and the plain classifiers that can judge them, as runs of no plan."""
    own = [run for run in generators(store) if is_trained_on(run, data)]
    plain = [
        run
        for run in learning.runs(store)
        if run.arm == "cnn"
        and run.kind == CLASSIFIER
        and run.state == "finished"
        and (run.folder / MODEL).exists()
        and run.run_hash == run_hash(from_json(run.spec, CnnTraining), data.data_hash)
    ]
    nothing = Plan((), data.path, data.data_hash)
    return ExperimentRuns(Experiment(), data, nothing, (*own, *plain), (), ())


def _drawn(store: Store) -> tuple[Drawn, ...]:
    """Every finished generator, oldest first, with each class that it draws."""
    codes, rois = cases.study(store).scheme.codes, learning.synthetic_rois(store)
    return tuple(
        Drawn(run, code, tuple(r for r in rois if (r.run_id, r.category) == (run.id, code)))
        for run in generators(store)
        for code in codes
        if draws(run, code)
    )


def _todays(store: Store) -> TrainingData | None:
    """The ROIs and folds as they are; None where nothing can be trained on them."""
    try:
        return training_data(store, 3, keep=False)
    except (StudyError, EngineError):
        return None


def _judged(one: Drawn) -> Iterable[Space]:
    """The distances that `judge_generators` left, a feature space each."""
    for found in judging.read(one.run.folder):
        if found.category != one.category:
            continue
        for features in dict.fromkeys(row[0] for row in found.numbers):
            own = tuple(Measure(*row[1:]) for row in found.numbers if row[0] == features)
            yield Space(features, own, found.block, found.blocks, found.real, found.fake)


def _look(run: TrainingRunRecord) -> Iterable[Space]:
    """The look of the training at which the checkpoint was kept: the best scored, else the last."""
    points = [point for point in journal.read(run.folder).points if point.value("kid") is not None]
    if not points:
        return
    scored = [point for point in points if point.value("score") is not None]
    kept = max(scored, key=lambda point: point.value("score") or 0.0) if scored else points[-1]
    names = ("kid", "diversity", "coverage", "spectrum")
    found = tuple(_measure(kept, name) for name in names if kept.value(name) is not None)
    yield Space(LOOK, found, 0, 0, 0, LOOK_DRAWS, kept.done, run.category == "")


def _measure(point: CurvePoint, name: str) -> Measure:
    low, high = point.value(f"{name}_real_low"), point.value(f"{name}_real_high")
    value = point.value(name)
    assert value is not None
    if low is None or high is None:
        return Measure(name, value)
    return Measure(name, value, band_low=low, band_high=high)


def keep_limits(
    folder: Path, category: str, ids: list[int], audit: Audit, *, of_training: bool = True
) -> None:
    """Write the limits of an audit of these ROIs beside a checkpoint, for their class.

    `of_training`: they were compared with the very ROIs that trained it.
    Shipped checkpoints have no `ids` yet: see `claim_limits`. CheckpointError where the folder
    cannot be written.
    """
    entries = [e for e in _entries(folder) if e["category"] != category]
    limits = replace(_limits(audit), of_training=of_training)
    entry = {"category": category, "ids": ids, "limits": asdict(limits)}
    _write(folder, [*entries, entry])


def claim_limits(folder: Path, category: str, ids: list[int]) -> None:
    """Say that the shipped limits of a class are those of the ROIs with these numbers.

    They are of a comparison with the study's own ROIs: those that trained it are not shipped.
    """
    entries = _entries(folder)
    if any(e["category"] == category for e in entries):
        _write(folder, [_claimed(e, ids) if e["category"] == category else e for e in entries])


def _claimed(entry: dict[str, Any], ids: list[int]) -> dict[str, Any]:
    return entry | {"ids": ids, "limits": entry["limits"] | {"of_training": False}}


def _write(folder: Path, entries: list[dict[str, Any]]) -> None:
    partial = folder / f"{AUDITED}.partial"
    try:
        partial.write_text(json.dumps(entries), "utf-8")
        partial.replace(folder / AUDITED)
    except OSError as error:
        raise CheckpointError(
            f"{AUDITED} cannot be written to {folder} ({error.strerror}). Free some space "
            "and measure again."
        ) from error


def _limits(audit: Audit) -> CopyLimits:
    told = audit.membership
    limits = audit.thresholds
    null = tuple(round(float(value), 4) for value in limits.null)
    plain = CopyLimits(len(audit.verdicts), float(limits.close), float(limits.copy), null)
    if told is None:
        return plain
    areas = (_share(told.leak), _share(told.leak_by_features), _share(told.nearer))
    return CopyLimits(plain.rois, plain.close, plain.copy, null, told.members, told.others, *areas)


def _share(area: Area) -> Share:
    return Share(area.value, area.low, area.high)


def _kept(one: Drawn) -> CopyLimits | None:
    """What was written of just these ROIs; None where it was not, or others were drawn since."""
    for entry in _entries(one.run.folder):
        if entry["category"] == one.category and entry["ids"] == one.ids:
            return _limits_of(entry["limits"])
    return None


def _limits_of(told: dict[str, Any]) -> CopyLimits:
    shares = {
        name: Share(**told[name]) if told[name] is not None else None
        for name in ("leak", "leak_by_features", "nearer")
    }
    return CopyLimits(**{**told, **shares, "null": tuple(told["null"])})


def _entries(folder: Path) -> list[dict[str, Any]]:
    """The entries of a run's file that are whole; none where it is missing or damaged."""
    try:
        told = json.loads((folder / AUDITED).read_text("utf-8"))
        return [one for one in told if {"category", "ids", "limits"} <= one.keys()]
    except (OSError, ValueError, TypeError, AttributeError):
        return []
