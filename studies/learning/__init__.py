"""Use-cases of learning: folds by patient, training runs, predictions, synthetic ROIs, maps."""

from studies.learning.folds import assign_folds, fold_seed
from studies.learning.maps import embedding, save_embedding
from studies.learning.new import (
    AUDITS,
    ENDED,
    STATES,
    EmbeddingPoint,
    EmbeddingRecord,
    NewRun,
    NewSynthetic,
)
from studies.learning.predictions import predictions, save_predictions
from studies.learning.runs import (
    delete_run,
    find_run,
    restore_run,
    run,
    runs,
    start_run,
    update_run,
)
from studies.learning.synthetic import accept_synthetic, add_synthetic, synthetic_rois

__all__ = [
    "AUDITS",
    "ENDED",
    "STATES",
    "EmbeddingPoint",
    "EmbeddingRecord",
    "NewRun",
    "NewSynthetic",
    "accept_synthetic",
    "add_synthetic",
    "assign_folds",
    "delete_run",
    "embedding",
    "find_run",
    "fold_seed",
    "predictions",
    "restore_run",
    "run",
    "runs",
    "save_embedding",
    "save_predictions",
    "start_run",
    "synthetic_rois",
    "update_run",
]
