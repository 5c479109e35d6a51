"""The promises on answers with full counts: power cuts, kills, forgers, clocks, three at once.

A line is a promise, `n` how often it was put to the test, then what was found. A promise that broke
fails the run. Every draw is seeded; where a kill falls depends on the machine as well.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from measuring import Report, Row
from reliability.clock_jumps import jumps_drawn, read_timed
from reliability.kills import Kill, kill_merges, kill_readings, waiting_study
from reliability.power_cuts import Cuts, cut_power, record_reading
from reliability.recording import differing
from reliability.scripted_reading import make_package
from reliability.study_tampering import BESIDE, tamper_study
from reliability.tampering import BY_RECEIPT, GROWN, Tampering, read_package, tamper

from studies import places, reading
from studies.package.reading_package import CLOCK_TOLERANCE_S
from studies.store import Store

RECORDINGS, CUTS_EACH, KILLS, MERGES, EDITS = 3, 200, 200, 200, 300
BESIDE_EACH, CLOCKED, ANSWERS = 10, 5, 200
SURVIVAL = Path(__file__).resolve().parents[1] / "studies" / "reading" / "test_survival.py"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder; keys and receipts lie in `home` below it."""
    monkeypatch.setenv("BLINDREAD_HOME", str(tmp_path / "home"))
    return tmp_path


# --- 1: an answer shown as saved survives


def cuts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, journal: str, trials: Sequence[int]
) -> Cuts:
    """The cuts of as many readings as there are numbers of trials."""
    found: list[Cuts] = []
    for seed, count in enumerate(trials):
        recording = record_reading(folder / f"disk{seed}", seed, count, journal)
        assert not differing(recording)
        left = folder / f"left{seed}"
        monkeypatch.setenv("BLINDREAD_HOME", str(left / "home"))
        found.append(cut_power(recording, CUTS_EACH, 100 + seed, left))
    return Cuts(tuple(cut for one in found for cut in one.cuts))


def test_no_acknowledged_answer_is_lost_to_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    found = cuts(tmp_path, monkeypatch, "product", [110] * RECORDINGS)
    kept = not found.broken
    report.row(
        Row(
            "1: power cuts in a recorded reading, WAL + FULL as the product sets it",
            len(found.cuts),
            f"{found}; {sum(bool(cut.wrong) for cut in found.cuts)} went on at another trial",
            wanted="0 lost, refused or elsewhere",
            reached=kept,
        )
    )
    receipts = Counter(cut.receipt for cut in found.cuts)
    report.note(f"Receipts after the product's power cuts: {dict(receipts)}.")
    assert kept, found.broken[:3]


@pytest.mark.parametrize("journal", ["wal-normal", "delete-full"])
def test_the_same_cuts_show_the_loss_of_weaker_settings(
    journal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    found = cuts(tmp_path, monkeypatch, journal, [60] * RECORDINGS)
    seen = found.with_loss > 0
    report.row(
        Row(
            f"the same with {journal}, to prove that a loss is seen",
            len(found.cuts),
            str(found),
            wanted="losses",
            reached=seen,
        )
    )
    assert seen


def told_of(killed: Sequence[Kill]) -> str:
    """What was found after kills, in words."""
    kinds = Counter(kill.during for kill in killed)
    lost, wrong = sum(kill.lost > 0 for kill in killed), sum(bool(kill.wrong) for kill in killed)
    during = ", ".join(f"{count} during {kind}" for kind, count in sorted(kinds.items()))
    saved = sum(kill.saved for kill in killed)
    return (
        f"{lost} with a loss, {wrong} otherwise wrong; {during}; what was under way was saved in "
        f"{saved}"
    )


def test_no_acknowledged_answer_is_lost_to_kill_9(place: Path, report: Report) -> None:
    killed = kill_readings(place, KILLS, seed=11)
    kept = all(kill.kept_the_promise for kill in killed)
    what = "1: SIGKILL while an answer, an undo or a second answer is saved"
    report.row(Row(what, len(killed), told_of(killed), wanted="0 and 0", reached=kept))
    assert kept, [kill for kill in killed if not kill.kept_the_promise][:3]


def test_a_kill_while_answers_are_taken_in_leaves_all_or_none(place: Path, report: Report) -> None:
    study = waiting_study(place / "s.blindread")
    killed = kill_merges(study, place, MERGES, seed=12)
    kept = all(kill.kept_the_promise for kill in killed)
    what = f"1: SIGKILL while a study with {study.merged} rows takes in {study.waiting} more"
    report.row(Row(what, len(killed), told_of(killed), wanted="all rows or none", reached=kept))
    assert kept, [kill for kill in killed if not kill.kept_the_promise][:3]


# --- 2: whoever edits by hand is found


def named(what: str, done: Sequence[Tampering], report: Report) -> None:
    """A line on edits; fails where one was not named."""
    by_receipt = sum(one.due == BY_RECEIPT for one in done)
    grown = sum(one.due == GROWN for one in done)
    missed = [one for one in done if not one.named]
    words = f"{len(missed)} not named; {len(done) - by_receipt - grown} to be named by themselves"
    if by_receipt:
        words += f", {by_receipt} by the receipt only (without it verify says what it cannot know)"
    if grown:
        words += f", {grown} linked rows put at the end: said to be longer than the receipt"
    report.row(Row(what, len(done), words, wanted="0 not named", reached=not missed))
    assert not missed, missed[:3]


def test_edits_of_packages_are_named(place: Path, report: Report) -> None:
    folder = read_package(place / "r.reading")
    named("2: random edits of a package's file", tamper(folder, place, EDITS, 13), report)


def taken_in(place: Path) -> Path:
    """A study whose only reader's answers lie in it."""
    study = waiting_study(place / "s.blindread")
    with Store.open(study.folder) as store:
        reading.merge(store, study.reader)
    return study.folder


def test_edits_of_studies_are_named(place: Path, report: Report) -> None:
    done = tamper_study(taken_in(place), place, EDITS, 14)
    named("2: random edits of a study's chain, answers, protocol and items", done, report)


def test_edits_beside_the_chain_are_noticed(place: Path, report: Report) -> None:
    done = tamper_study(taken_in(place), place, BESIDE_EACH * len(BESIDE), 15, BESIDE)
    what = "2: edits beside the chain (answer added, attempt, item or kind of a trial, reader)"
    named(what, done, report)


# --- 8 and 9: several processes, and clocks


def survival() -> ModuleType:
    """The suite's own tests of survival."""
    spec = importlib.util.spec_from_file_location("survival", SURVIVAL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_three_processes_write_600_answers(place: Path, report: Report) -> None:
    kept = False
    try:
        survival().test_three_processes_write_600_answers_with_whole_chains(place)
        kept = True
    finally:
        words = "600 rows, each chain whole, each receipt matches" if kept else "broken"
        what = "8: answers of three processes at once, 200 each"
        report.row(Row(what, 600, words, wanted="600 rows, 3 whole chains", reached=kept))


def test_clock_jumps_change_no_order_and_no_duration(place: Path, report: Report) -> None:
    jumps = same = noted = 0
    for seed in range(CLOCKED):
        folder = make_package(place / f"{seed}.reading", ANSWERS)
        copy = shutil.copytree(folder, place / f"{seed}-copy.reading")
        drawn = jumps_drawn(ANSWERS, seed)
        steady = read_timed(folder, (0.0,) * ANSWERS, seed)
        shutil.rmtree(places.keys_home() / "receipts")  # it is the same package
        jumping = read_timed(copy, drawn, seed)
        far = [jump for jump in drawn if abs(jump) > CLOCK_TOLERANCE_S]
        jumps += len(far)
        noted += len(jumping.jumps) if jumping.jumps == pytest.approx(far, abs=0.01) else 0
        pairs = zip(steady.durations, jumping.durations, strict=True)
        if jumping.order == steady.order and jumping.whole:
            same += sum(one == other for one, other in pairs)
    kept = same == CLOCKED * ANSWERS and noted == jumps
    what = f"9: answers while the wall clock jumps {jumps} times by up to 12 h"
    words = f"{same} in the same order with the same durations; {noted} jumps are rows"
    report.row(Row(what, CLOCKED * ANSWERS, words, wanted="all of them", reached=kept))
    assert kept
