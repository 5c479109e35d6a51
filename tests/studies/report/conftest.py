"""The paper's reading rebuilt as answers whose counts are exactly those of Table 4."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shared_data import shared_path

from studies.records import AnswerRecord

CLASSES = ("cyst", "metastasis", "hemangioma")


def _after(category: str, step: int) -> str:
    return CLASSES[(CLASSES.index(category) + step) % 3]


def _class_answers(
    truth: list[str], right: tuple[int, int, int, int], same_wrong: int
) -> list[tuple[str, str]]:
    """Both experts' classes for a block; `right` = both, only first, only second, neither."""
    both, first, second, neither = right
    assert both + first + second + neither == len(truth)
    answers = []
    for i, category in enumerate(truth):
        wrong = _after(category, 1)
        if i < both:
            answers.append((category, category))
        elif i < both + first:
            answers.append((category, wrong))
        elif i < both + first + second:
            answers.append((wrong, category))
        else:
            agree = i - (both + first + second) < same_wrong
            answers.append((wrong, wrong if agree else _after(category, 2)))
    return answers


@pytest.fixture(scope="session")
def table_4() -> Any:
    """The rebuilt counts."""
    path = shared_path("reference/reader/expected/fridadar2018_table4.json")
    return json.loads(path.read_text())


@pytest.fixture(scope="session")
def paper_answers(table_4) -> tuple[AnswerRecord, ...]:
    """302 items read by two experts. What the paper leaves open (how the right answers of both
    split over real and synthetic, and the 2x2 of real or synthetic) is filled in one possible
    way; every printed count holds."""
    real_truth = ["cyst"] * 53 + ["metastasis"] * 64 + ["hemangioma"] * 65
    synthetic_truth = ["cyst", "metastasis", "hemangioma"] * 40
    # real: 142 and 126 right; synthetic: 93 and 83; both 185, only 50 and 24, neither 43
    said = _class_answers(real_truth, (112, 30, 14, 26), 22)
    said += _class_answers(synthetic_truth, (73, 20, 10, 17), 15)
    origins = (("real", 118, 71), ("real", 121, 56))  # real called real, synthetic found
    out = []
    for expert in range(2):
        _, real_right, synthetic_right = origins[expert]
        for item, classes in enumerate(said):
            real = item < 182
            index = item if real else item - 182
            right = index < (real_right if real else synthetic_right)
            truth = "real" if real else "synthetic"
            other = "synthetic" if real else "real"
            out.append(
                AnswerRecord(
                    reader=f"Expert {expert + 1}",
                    reader_kind="person",
                    position=item + 1,
                    item=item,
                    repeat=False,
                    truth_category=(real_truth + synthetic_truth)[item],
                    truth_origin=truth,
                    lesion_id=item + 1 if real else None,
                    synthetic_id=None if real else index + 1,
                    diagnosis=classes[expert],
                    origin=truth if right else other,
                    confidence=1 + item % 5,
                    seconds=4.0 + item % 7,
                    corrected=False,
                    first_diagnosis=classes[expert],
                    first_origin=truth if right else other,
                )
            )
    return tuple(out)


REPEATED = 6
"""Items of the staged study that came again in stage A and in stage B."""


def _one(reader: int, item: int, rng: np.random.Generator, **more: Any) -> AnswerRecord:
    truth = CLASSES[item % 3]
    right = rng.random() < 0.7 + 0.08 * reader
    said = truth if right else _after(truth, 1 + int(rng.integers(2)))
    plain: dict[str, Any] = {
        "reader": f"Reader {reader + 1}", "reader_kind": "person", "position": item, "item": item,
        "repeat": False, "truth_category": truth, "truth_origin": "real" if item < 30 else
        "synthetic", "lesion_id": item + 1 if item < 30 else None, "synthetic_id": None,
        "diagnosis": said, "origin": "", "confidence": int(rng.integers(1, 6)),
        "seconds": float(rng.uniform(3, 9)), "corrected": False, "first_diagnosis": said,
        "first_origin": "", "first_confidence": None,
        "patient": f"P-{item // 2:03d}" if item < 30 else "", "stage": "A",
    }  # fmt: skip
    return AnswerRecord(**{**plain, **more})


def _stage_b(reader: int, item: int, rng: np.random.Generator, **more: Any) -> AnswerRecord:
    origin = "real" if (item < 30) == (rng.random() < 0.6) else "synthetic"
    empty = {"diagnosis": "", "first_diagnosis": "", "origin": origin, "first_origin": origin}
    return _one(reader, item, rng, part=3, stage="B", **empty, **more)


@pytest.fixture(scope="session")
def staged_answers() -> tuple[AnswerRecord, ...]:
    """Three readers: 30 real and 15 synthetic ROIs in stages A and B, and the real ones as slices.

    Two lesions a patient; six hidden repeats in each stage; one answer of Reader 1 was corrected.
    """
    rng = np.random.default_rng(11)
    out = []
    for reader in range(3):
        out += [_one(reader, item, rng) for item in range(45)]
        out += [_one(reader, i, rng, repeat=True, position=45 + i) for i in range(REPEATED)]
        out += [_one(reader, i, rng, part=2, condition="slice") for i in range(30)]
        out += [_stage_b(reader, item, rng) for item in range(45)]
        out += [_stage_b(reader, i, rng, repeat=True, position=45 + i) for i in range(REPEATED)]
    wrong = _after(out[0].diagnosis, 1)
    out[0] = replace(out[0], corrected=True, first_diagnosis=wrong)
    return tuple(out)
