"""Use-cases of learning: folds by patient, training runs, predictions, synthetic ROIs, maps."""

from studies.learning.decisions import REASONS, Decision, decision_of
from studies.learning.folds import assign_folds, fold_seed
from studies.learning.maps import embedding, place_synthetic, save_embedding
from studies.learning.new import (
    AUDITS,
    ENDED,
    STATES,
    EmbeddingPoint,
    EmbeddingRecord,
    NewRun,
    NewSynthetic,
    SyntheticPoint,
)
from studies.learning.predictions import predictions, save_predictions
from studies.learning.runs import (
    delete_run,
    delete_runs,
    find_run,
    removed_runs,
    restore_run,
    restore_runs,
    run,
    runs,
    runs_of,
    start_run,
    update_run,
)
from studies.learning.synthetic import (
    SyntheticTally,
    accept_synthetic,
    add_synthetic,
    decide_rois,
    decide_synthetic,
    synthetic_rois,
    synthetic_tally,
    take_back_decisions,
)

__all__ = [
    "AUDITS",
    "ENDED",
    "REASONS",
    "STATES",
    "Decision",
    "EmbeddingPoint",
    "EmbeddingRecord",
    "NewRun",
    "NewSynthetic",
    "SyntheticPoint",
    "SyntheticTally",
    "accept_synthetic",
    "add_synthetic",
    "assign_folds",
    "decide_rois",
    "decide_synthetic",
    "decision_of",
    "delete_run",
    "delete_runs",
    "embedding",
    "find_run",
    "fold_seed",
    "place_synthetic",
    "predictions",
    "removed_runs",
    "restore_run",
    "restore_runs",
    "run",
    "runs",
    "runs_of",
    "save_embedding",
    "save_predictions",
    "start_run",
    "synthetic_rois",
    "synthetic_tally",
    "take_back_decisions",
    "update_run",
]
