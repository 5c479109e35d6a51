"""Groups trained without a source of ROIs stand apart: they are no point of the usual line."""

from __future__ import annotations

from pathlib import Path

from studies.records import DEFAULT_SCHEME, PredictionRecord, TrainingRunRecord
from studies.report.accuracy_lines import accuracy_lines
from studies.report.classifier import assemble_classifier

CODES = DEFAULT_SCHEME.codes


def _run(number: int, group: str, fold: int) -> TrainingRunRecord:
    return TrainingRunRecord(
        id=number, run_hash=f"h{number}", arm="cnn-aug", kind="classifier", category="", fold=fold,
        seed=0, profile="quick", group=group, spec="{}", state="finished", message="",
        accuracy=None, correct=None, n=None, kid=None, seconds=None, device="cpu", started="",
        finished="", folder=Path(), simulated=False,
    )  # fmt: skip


def test_a_group_without_lossy_ct_is_no_second_point_of_the_same_line() -> None:
    runs, said = [], []
    for group, lesions in (("D_aug 500", 6), ("D_aug 500, without lossy CT", 4)):
        for fold in range(2):
            run = _run(len(runs) + 1, group, fold)
            runs.append(run)
            said += [
                PredictionRecord(run.id, at, CODES[at % 3], CODES[at % 3], (0.8, 0.1, 0.1))
                for at in range(fold, lesions, 2)
            ]
    results = assemble_classifier(runs, said, DEFAULT_SCHEME)
    assert [(one.left_out, one.lead.accuracy.n) for one in results.groups] == [
        ("", 6), ("lossy CT", 4)
    ]  # fmt: skip
    assert [one.left_out for one in results.chosen] == [""]
    (line,) = accuracy_lines(results, runs)
    assert len(line.points) == 1
