"""Why a network called a lesion what it did: maps of its ROI by the network that never saw it."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path

import numpy as np

from engine.explain import Explained, ExplainSpec
from engine.files import MODEL
from engine.jobs import Child, JobSpec, Progress
from studies import cases, learning
from studies.errors import StudyError
from studies.store import Store

TARGET = "engine.explain:explain_file"


def explain(
    store: Store, run_id: int, lesion_id: int, category: str
) -> Generator[Progress, None, Explained]:
    """Occlusion and integrated gradients of a class for a lesion of the run's own test fold.

    Nothing is stored. Raises StudyError where the run was not tested on the lesion, or its
    checkpoint or the ROI is gone; EngineError where the classifier cannot be explained.
    """
    run = learning.run(store, run_id)
    if all(one.lesion_id != lesion_id for one in learning.predictions(store, run_id=run_id)):
        raise StudyError(
            "This network was not tested on this lesion, so it may have trained on it. Choose "
            "another arm."
        )
    model = run.folder / MODEL
    if not model.exists():
        raise StudyError(
            "The network's checkpoint is not in the study's folder any more. Train the arm again "
            "on Learn to see its maps."
        )
    yield Progress(0, 3, "Reading the ROI")
    image = next((roi.image for roi in cases.rois(store) if roi.lesion_id == lesion_id), None)
    if image is None:
        raise StudyError("This lesion has no ROI any more. Draw its margin again on Annotate.")
    codes = cases.study(store).scheme.codes
    child = Child()
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "roi.npz"
            np.savez(file, image=image)
            spec = ExplainSpec(codes.index(category))
            found: Explained = yield from child.run(JobSpec(TARGET, spec, (file, model)))
            return found
    finally:
        child.close()
