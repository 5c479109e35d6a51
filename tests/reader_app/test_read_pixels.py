"""What the pixels tell: measured in a child, sealed with the audit, reported, never needed."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from read_bench import Bench, open_bench
from reading_study import loose_draft, readable_study

from engine.cnn.two_kinds import SeparationSpec
from engine.jobs import Progress
from reader_app.cli import program
from reader_app.state import read_separation
from reader_app.state.read_separation import PixelFacts
from reader_app.views.read.audit_panel import FEATURES, AucRows, pixel_words
from reader_app.workflows import judge_separation as workflow
from reader_app.workflows.judge_separation import can_be_judged, judge_separation
from studies import reading
from studies.errors import StudyError
from studies.protocols.leak_audit import AuditRow
from studies.protocols.separation import Judged, Separation, separation
from studies.reading.stored import audit_json, audit_of
from studies.records import ProtocolDraft
from studies.report.conduct import conduct_of, conduct_sentences, conduct_tables
from studies.store import Store

QUICK = SeparationSpec(folds=3, epochs=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve lesions and twelve synthetic ROIs, nothing sealed."""
    place = tmp_path_factory.mktemp("pixels") / "p.blindread"
    readable_study(place, per_class=4, synthetic=4).close()
    return place


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.open(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def found(folder: Path) -> Separation:
    """Measured once, by a network of one epoch in a child process."""
    with Store.open(folder) as opened:
        running = judge_separation(opened, loose_draft(opened), QUICK)
        while True:
            try:
                next(running)
            except StopIteration as stop:
                measured: Separation = stop.value
                return measured


def test_the_items_of_a_draft_are_judged_in_a_child(store: Store, found: Separation) -> None:
    assert (found.real, found.synthetic, found.folds, found.seed) == (12, 12, 3, 1)
    assert 0 <= found.low <= found.auc <= found.high <= 1
    assert found.parameters == 2805
    assert found.items == reading.items_digest(reading.draw_items(store, loose_draft(store)))
    assert list(store.runs_folder.glob("tmp*")) == [], "nothing is left behind"


def test_few_items_are_not_judged(store: Store) -> None:
    draft = loose_draft(store)
    assert can_be_judged(draft)
    assert not can_be_judged(replace(draft, synthetic_per_category=(("cyst", 4),)))


def test_scores_give_an_area_with_its_interval() -> None:
    scores, kinds = [0.1, 0.9] * 10, [False, True] * 10
    judged = Judged(1, 5, 2805, "digest")
    told = separation(scores, kinds, judged)  # type: ignore[arg-type]
    assert (told.auc, told.real, told.synthetic) == (1.0, 10, 10)
    with pytest.raises(StudyError, match="10 real and 10 synthetic"):
        separation(scores[:10], kinds[:10], judged)  # type: ignore[arg-type]
    with pytest.raises(StudyError, match="no score for some items"):
        separation(scores[:-1], kinds, judged)  # type: ignore[arg-type]


def test_it_is_sealed_with_the_audit_and_reported(
    store: Store, found: Separation, tmp_path: Path
) -> None:
    draft = loose_draft(store, readers_planned=1)
    sealed = reading.seal(store, draft, override="small", separation=found)
    audit = reading.sealed_audit(store, sealed.id)
    assert audit is not None
    assert audit.separation == found
    assert reading.verify(store).ok
    conduct = conduct_of(store, sealed)
    told = " ".join(conduct_sentences(conduct))
    assert "a network of 2805 weights" in told
    assert "sealing does not depend on it" in told
    (table,) = (one for one in conduct_tables(conduct) if one.key == "leak_audit")
    assert table.rows[-1][0] == "Pixels, network"
    assert "12 real, 12 synthetic" in table.rows[-1][2]


def test_an_audit_of_the_version_before_still_loads(store: Store, found: Separation) -> None:
    sealed = reading.protocol(store)
    audit = reading.sealed_audit(store, sealed.id) if sealed else None
    assert audit is not None, "sealed by the test above"
    audit = replace(audit, separation=None)
    stored = json.loads(audit_json(replace(audit, separation=found)))
    assert audit_of(json.dumps(stored)).separation == found
    del stored["separation"]
    assert audit_of(json.dumps(stored)) == audit


def test_other_items_are_sealed_without_the_number(folder: Path, tmp_path: Path) -> None:
    with readable_study(tmp_path / "o.blindread", per_class=4, synthetic=4) as other:
        foreign = Separation(0.9, 0.8, 1.0, 12, 12, 1, 5, 2805, "of other items")
        sealed = reading.seal(other, loose_draft(other), override="t", separation=foreign)
        audit = reading.sealed_audit(other, sealed.id)
        assert audit is not None
        assert audit.separation is None
        told = " ".join(conduct_sentences(conduct_of(other, sealed)))
        assert "by the pixels was not measured" in told


# --- the window


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    with open_bench(qtbot, tmp_path / "settings.ini") as made:
        readable_study(tmp_path / "w.blindread", per_class=4, synthetic=4).close()
        made.open(tmp_path / "w.blindread")
        yield made


def test_measure_runs_as_a_job_and_is_sealed(
    bench: Bench, found: Separation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(store: Store, draft: ProtocolDraft) -> Generator[Progress, None, Separation]:
        yield Progress(0, 1, "as if in a child")
        return replace(found, items=reading.items_digest(reading.draw_items(store, draft)))

    monkeypatch.setattr(read_separation, "judge_separation", quick)
    seal, audit = bench.page.seal, bench.page.audit
    assert seal.pixels.words.text() == "Pixels: not measured"
    assert audit.pixels.text() == "Pixels, network: not measured"
    assert seal.button.isEnabled(), "it is not needed"
    seal.measure.click()
    assert "being measured" in seal.pixels.words.text()
    assert [view.title for view in bench.jobs.active] == [read_separation.TITLE]
    bench.wait(lambda: "AUC" in seal.pixels.words.text())
    assert "12 real and 12 synthetic items" in audit.pixels.text()
    assert not seal.measure.isVisible()
    bench.state.seal("a test")
    bench.wait(lambda: bench.state.protocol is not None)
    assert bench.study.store is not None
    sealed = reading.sealed_audit(bench.study.store, 1)
    assert sealed is not None
    assert sealed.separation is not None


def test_another_draw_of_items_has_no_number_yet(bench: Bench) -> None:
    draft, pixels = bench.state.draft, bench.state.pixels
    assert draft is not None
    assert bench.study.store is not None
    number = Separation(0.7, 0.5, 0.9, 12, 12, 1, 5, 2805, "x")
    pixels._found = (bench.study.store, draft, number)
    assert pixels.of(replace(draft, washout_days=3)) == number
    assert pixels.of(replace(draft, seed=draft.seed + 1)) is None


def test_a_number_goes_when_the_study_may_draw_other_items(bench: Bench) -> None:
    draft, pixels = bench.state.draft, bench.state.pixels
    assert draft is not None
    assert bench.study.store is not None
    number = Separation(0.7, 0.5, 0.9, 12, 12, 1, 5, 2805, "x")
    pixels._found = (bench.study.store, draft, number)
    bench.study.notify("readers")
    assert pixels.of(draft) == number, "who reads changes no item"
    bench.study.notify("synthetic")
    assert pixels.of(draft) is None
    assert bench.page.seal.pixels.words.text() == "Pixels: not measured"


def test_a_failure_is_said_and_can_be_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> Iterator[None]:
        raise StudyError("Too few.")
        yield

    monkeypatch.setattr(read_separation, "judge_separation", failing)
    bench.page.seal.measure.click()
    bench.wait(lambda: bool(bench.said))
    assert bench.said[-1].sentence == "Too few."
    assert bench.page.seal.measure.isEnabled()
    assert bench.page.seal.button.isEnabled()


def test_the_number_is_said_in_words() -> None:
    number = Separation(0.71, 0.65, 0.77, 182, 120, 1, 5, 2805, "x")
    words = pixel_words(PixelFacts(number))
    assert words.startswith("AUC .710 [.650, .770], 182 real and 120 synthetic items")
    assert pixel_words(PixelFacts()) == "not measured"


def test_each_group_of_features_is_explained(qtbot: QtBot) -> None:
    rows = AucRows()
    qtbot.addWidget(rows)
    rows.resize(500, 200)
    rows.show_rows(tuple(AuditRow(name, (), 0.5, 0.4, 0.6) for name in FEATURES))
    said = [rows.words_at(y) for y in (3, 170)]
    assert said[0] == FEATURES["All together"]
    assert said[1] == FEATURES["Order of ids"]
    assert rows.words_at(199) == ""
    assert "Border rows: AUC .500" in rows.accessibleDescription()


# --- the command line


def run(*arguments: object) -> int:
    return program(lambda _: 0, lambda _, __: 0, [str(word) for word in arguments])


def test_the_command_that_seals_measures_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow.judge_separation, "__defaults__", (QUICK,))
    folder = tmp_path / "c.blindread"
    readable_study(folder, per_class=4, synthetic=4).close()
    assert run("seal", folder, "--override", "small") == 0
    said = capsys.readouterr().out
    assert "Version 1 is sealed: 24 items" in said
    assert "What the pixels tell: AUC 0." in said or "AUC 1." in said
    with Store.open(folder) as store:
        audit = reading.sealed_audit(store, 1)
        assert audit is not None
        assert audit.separation is not None


def test_it_can_be_left_out_and_notes_be_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "c.blindread"
    with readable_study(folder, per_class=2, synthetic=2) as store:
        patient = store_patient(store)
    assert run("note", folder, patient, "54 y, pain") == 0
    assert capsys.readouterr().out == f"{patient}: 54 y, pain\n"
    assert run("note", folder, "nobody", "x") == 1
    assert "There is no case nobody" in capsys.readouterr().err
    assert run("seal", folder, "--notes", "--no-pixels") == 0
    assert "What the pixels tell: not measured." in capsys.readouterr().out
    with Store.open(folder) as store:
        sealed = reading.protocol(store)
        assert sealed is not None
        assert (sealed.draft.show_notes, sealed.synthetic_items) == (True, 0)
        assert len(list(store.items_folder.glob("*.note"))) >= 1


def store_patient(store: Store) -> str:
    from studies import cases

    return cases.cases(store)[0].patient
