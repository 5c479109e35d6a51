"""The study of Frid-Adar et al. 2018, section 4.4, rebuilt from its counts and read again.

182 drawn ROIs stand for the real ones and 120 for the synthetic ones. Two experts answer through
their reading packages so that every count of Table 4 is met. They know an item by its picture:
each package tells nothing, and the person who made the pictures knows what they show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from learn_study import CODES, add_lesion
from reading_study import add_draws, answer
from shared_data import shared_path

from studies import cases, learning, reading
from studies.package import PackageTrial, ReadingPackage, Response
from studies.protocols.pipeline import image_hash, to_bytes
from studies.report import reader_results
from studies.report.readers import ReaderResults
from studies.store import Store

LESIONS = (53, 64, 65)  # cysts, metastases, hemangiomas of the paper
SYNTHETIC = 40  # a class
EXPERTS = ("Expert 1", "Expert 2")


@dataclass(frozen=True)
class ExpertCounts:
    """Right answers of one expert: class of real, of synthetic, and real or synthetic."""

    class_real: int
    class_synthetic: int
    origin: int


@dataclass(frozen=True)
class PaperCounts:
    """What Table 4 and the text around it say, as counts."""

    experts: tuple[ExpertCounts, ExpertCounts]
    both_right: int
    same_class: int


@dataclass(frozen=True)
class Judgement:
    """One expert on one item."""

    diagnosis: str
    origin: str


@dataclass(frozen=True)
class Shown:
    """An item as the person who made the pictures knows it."""

    category: str
    sha256: str


@dataclass(frozen=True)
class Block:
    """The real or the synthetic items, and how many each expert has right."""

    origin: str
    items: tuple[Shown, ...]
    rights: tuple[int, int]  # class, by expert
    both: int  # class right by both
    agree_wrong: int  # the same wrong class
    found: tuple[int, int]  # origin right, by expert


Known = Mapping[str, tuple[Judgement, Judgement]]  # by the hash of an item's picture


def paper_counts() -> PaperCounts:
    """The counts of the published reference file."""
    path = shared_path("reference/reader/expected/fridadar2018_table4.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    first, second = (
        ExpertCounts(one["class_real"], one["class_syn"], one["real_fake_total"])
        for one in (told["expert1"], told["expert2"])
    )
    return PaperCounts((first, second), told["both_correct"], told["agree_on_class"])


def draw_study(folder: Path) -> Store:
    """A study with as many ROIs of each class and origin as the paper's reading had."""
    store = Store.create(folder, "Rebuilt", kind="roi", simulated=True)
    rng = np.random.default_rng(20118)
    wanted = [code for code, count in zip(CODES, LESIONS, strict=True) for _ in range(count)]
    for number, code in enumerate(wanted):
        add_lesion(store, number, code, rng)
    for fold, code in enumerate(CODES):
        add_draws(store, code, fold, SYNTHETIC)
    return store


def run_paper_study(store: Store, counts: PaperCounts) -> ReaderResults:
    """Seal, enrol both experts, read their packages, merge, unblind, and report."""
    reading.seal(store, reading.draft_default(store), override="drawn pictures of a simulation")
    known = _judgements(store, counts)
    for number, name in enumerate(EXPERTS):
        expert = reading.enrol(store, name)
        assert expert.package is not None
        _read(expert.package, known, number)
        reading.merge(store, expert.id)
    reading.unblind(store, "coordinator", "both experts have read everything")
    return reader_results(store)


def _read(folder: Path, known: Known, expert: int) -> None:
    package = ReadingPackage.open(folder)
    try:
        while (trial := package.current) is not None:
            shown = image_hash(to_bytes(package.image(trial)))  # the file itself is masked
            package.record(_response(trial, known[shown][expert]))
    finally:
        package.close()


def _response(trial: PackageTrial, said: Judgement) -> Response:
    return replace(answer(trial, said.diagnosis), origin=said.origin)


def _judgements(store: Store, counts: PaperCounts) -> Known:
    """Both experts on every item, by the picture that the item is known by."""
    real = tuple(Shown(one.category, image_hash(to_bytes(one.image))) for one in cases.rois(store))
    synthetic = tuple(
        Shown(one.category, image_hash(to_bytes(one.image)))
        for one in learning.synthetic_rois(store, accepted=True)
    )
    rng = np.random.default_rng(44)
    known: dict[str, tuple[Judgement, Judgement]] = {}
    for block in _blocks(counts, real, synthetic):
        known |= _block_judgements(block, rng)
    assert len(known) == len(real) + len(synthetic), "no two items show the same picture"
    return known


def _blocks(
    counts: PaperCounts, real: tuple[Shown, ...], synthetic: tuple[Shown, ...]
) -> tuple[Block, Block]:
    """The counts of the real and of the synthetic items.

    Open in the paper are how the items that both have right, the wrong answers that agree and
    the right answers on the origin split over the two; one possible split is taken.
    """
    first, second = counts.experts
    r, s = (first.class_real, second.class_real), (first.class_synthetic, second.class_synthetic)
    least = max(0, sum(r) - len(real), counts.both_right - min(s))
    most = min(*r, counts.both_right - max(0, sum(s) - len(synthetic)))
    both = (least + most) // 2
    agree = min(counts.same_class - counts.both_right, len(real) - sum(r) + both)
    share = len(real) / (len(real) + len(synthetic))
    found = (round(first.origin * share), round(second.origin * share))
    return (
        Block("real", real, r, both, agree, found),
        Block(
            "synthetic",
            synthetic,
            s,
            counts.both_right - both,
            counts.same_class - counts.both_right - agree,
            (first.origin - found[0], second.origin - found[1]),
        ),
    )


def _block_judgements(
    block: Block, rng: np.random.Generator
) -> dict[str, tuple[Judgement, Judgement]]:
    items = [block.items[i] for i in rng.permutation(len(block.items))]
    classes = _classes([item.category for item in items], block)
    origins = [_origins(block, expert, rng) for expert in range(len(EXPERTS))]
    return {
        item.sha256: (Judgement(said[0], origins[0][i]), Judgement(said[1], origins[1][i]))
        for i, (item, said) in enumerate(zip(items, classes, strict=True))
    }


def _classes(truth: list[str], block: Block) -> list[tuple[str, str]]:
    """What both say: first the items both have right, then one of them, then neither."""
    first, second = (right - block.both for right in block.rights)
    said = []
    for place, code in enumerate(truth):
        wrong, other = _after(code, 1), _after(code, 2)
        if place < block.both:
            said.append((code, code))
        elif place < block.both + first:
            said.append((code, wrong))
        elif place < block.both + first + second:
            said.append((wrong, code))
        else:
            agree = place < block.both + first + second + block.agree_wrong
            said.append((wrong, wrong if agree else other))
    return said


def _origins(block: Block, expert: int, rng: np.random.Generator) -> list[str]:
    other = "real" if block.origin == "synthetic" else "synthetic"
    right = rng.permutation(len(block.items)) < block.found[expert]
    return [block.origin if is_right else other for is_right in right]


def _after(code: str, step: int) -> str:
    return CODES[(CODES.index(code) + step) % len(CODES)]
