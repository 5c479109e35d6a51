"""Results without a study: the paper's reading and networks, and a map of made-up points."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.jobs import JobRunner
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.results_loading import (
    LesionDetail,
    LoadedResults,
    Neighbour,
    NetworkMap,
)
from reader_app.state.results_state import ResultsState
from reader_app.state.study_state import StudyState
from reader_app.views.results.page import ResultsPage
from reader_app.widgets import theme
from studies.learning import EmbeddingPoint, EmbeddingRecord
from studies.records import (
    DEFAULT_SCHEME,
    LesionRecord,
    PredictionRecord,
    ProtocolDraft,
    ProtocolRecord,
    StudyRecord,
    TrainingRunRecord,
)
from studies.report.classifier import assemble_classifier
from studies.report.condition_tables import condition_sentences
from studies.report.conditions import assemble_conditions
from studies.report.gallery import disagreements
from studies.report.paper import TABLE_2, TABLE_3
from studies.report.readers import assemble_readers
from studies.report.sentences import comparison_sentence, reader_sentences

_paper = Path(__file__).resolve().parents[2] / "studies" / "report" / "conftest.py"
_spec = importlib.util.spec_from_file_location("paper_reading", _paper)
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
table_4, paper_answers = _module.table_4, _module.paper_answers
staged_answers = _module.staged_answers

CODES = DEFAULT_SCHEME.codes


class StubState(ResultsState):
    """A results state whose results are given, not read."""

    def give(self, loaded: LoadedResults | None) -> None:
        self._loaded = loaded
        self.changed.emit()

    def give_lesion(self, lesion: LesionDetail | None) -> None:
        self._lesion = lesion
        self.lesion_changed.emit()

    @property
    def has_study(self) -> bool:
        return self._loaded is not None

    def activate(self) -> None:
        pass


@pytest.fixture(scope="session")
def themed(qapp):
    theme.apply(qapp)
    return qapp


@pytest.fixture(scope="session")
def stub_state():
    """The kind of state, for files that make one page for all their tests."""
    return StubState


@pytest.fixture
def state(themed, tmp_path):
    runner = JobRunner()
    messages = Messages()
    jobs = Jobs(runner)
    made = StubState(StudyState(messages), jobs, messages, Settings(tmp_path / "settings.ini"))
    yield made
    jobs.shutdown()


def run_record(number, arm, group, fold):
    return TrainingRunRecord(
        id=number, run_hash=f"h{number}", arm=arm, kind="classifier", category="", fold=fold,
        seed=7, profile="paper", group=group, spec="{}", state="finished", message="",
        accuracy=None, correct=None, n=None, kid=None, seconds=None, device="cpu", started="",
        finished="", folder=Path(), simulated=True,
    )  # fmt: skip


def matrix_predictions(first_run, matrix):
    pairs = [
        (matrix.classes[i], matrix.classes[j])
        for i, row in enumerate(matrix.counts)
        for j, count in enumerate(row)
        for _ in range(count)
    ]
    return [
        PredictionRecord(first_run + k % 3, k + 1, true, said, (0.1, 0.7, 0.2))
        for k, (true, said) in enumerate(pairs)
    ]


def lesion_records():
    truth = ["cyst"] * 53 + ["metastasis"] * 64 + ["hemangioma"] * 65
    return tuple(
        LesionRecord(
            id=i + 1, case_id=i + 1, series_id=1, patient=f"P-{i + 1:03d}", name="L1",
            category=category, basis="biopsy", diagnosed_by="lead", extra=False, fold=i % 3,
            key_slice=24, diameter_mm=34.0, contours=1,
        )
        for i, category in enumerate(truth)
    )  # fmt: skip


def network_maps(lesions):
    rng = np.random.default_rng(5)
    centres = {"cyst": (-9.0, 2.0), "metastasis": (4.0, 5.0), "hemangioma": (5.0, -4.0)}
    for number, arm in ((20, "cnn-aug"), (21, "cnn-aug-gan")):
        for fold in range(2):
            points = []
            for one in lesions:
                if one.fold != fold:
                    continue
                x, y = rng.normal(centres[one.category], 2.0)
                points.append(EmbeddingPoint(one.id, False, float(x), float(y)))
                for dx, dy in rng.normal(0, 1.2, (5, 2)):
                    points.append(EmbeddingPoint(one.id, True, float(x + dx), float(y + dy)))
            measures = (
                ("perplexity", 30.0),
                ("seed", 7.0),
                ("trustworthiness", 0.963),
                ("knn_features", 0.812),
                ("knn_map", 0.775),
                ("judged", 61.0),
            )
            record = EmbeddingRecord(number + 10 * fold, tuple(points), measures, "")
            yield NetworkMap(run_record(number + 10 * fold, arm, "D_aug 5000", fold), record)


def protocol_record(unblinded="2026-11-20T10:00:00Z"):
    draft = ProtocolDraft("Two readers", (), ())
    return ProtocolRecord(
        1, 1, draft, "2026-11-01T09:00:00Z", "ab" * 32, 302, 182, 120, unblinded, "Coordinator"
    )


@pytest.fixture(scope="session")
def networks():
    groups = (
        ("cnn", "D_aug 0", ((40, 8, 5), (10, 35, 19), (5, 31, 29)), 41),
        ("cnn-aug", "D_aug 500", ((48, 3, 2), (6, 40, 18), (2, 23, 40)), 44),
        ("cnn-aug", "D_aug 5000", TABLE_2.counts, 47),
        ("cnn-aug-gan", "D_aug 5000 + D_synth 1000x3", TABLE_3.counts, 50),
    )
    runs, said = [], []
    for arm, group, counts, first in groups:
        runs += [run_record(first + k, arm, group, k) for k in range(3)]
        said += matrix_predictions(first, type(TABLE_2)(CODES, counts))
    return assemble_classifier(runs, said, DEFAULT_SCHEME)


@pytest.fixture(scope="session")
def loaded(paper_answers, networks):
    readers = assemble_readers(paper_answers, DEFAULT_SCHEME)
    lesions = lesion_records()
    return LoadedResults(
        study=StudyRecord("Two-reader pilot", "ct", False, DEFAULT_SCHEME, -100, 250, Path(), ""),
        protocol=protocol_record(),
        readers=readers,
        reader_sentences=reader_sentences(readers),
        networks=networks,
        network_sentences=tuple(map(comparison_sentence, networks.comparisons)),
        maps=tuple(network_maps(lesions)),
        lesions=lesions,
        readers_enrolled=2,
        readers_finished=2,
    )


@pytest.fixture(scope="session")
def staged_loaded(loaded, staged_answers):
    """Three readers in two stages and two conditions, with everything the page shows."""
    readers = assemble_readers(staged_answers, DEFAULT_SCHEME)
    conditions = assemble_conditions(staged_answers, DEFAULT_SCHEME)
    return replace(
        loaded,
        readers=readers,
        reader_sentences=reader_sentences(readers),
        conditions=conditions,
        condition_sentences=condition_sentences(conditions, DEFAULT_SCHEME),
        gallery=disagreements(staged_answers),
    )


@pytest.fixture
def lesion_detail(loaded, paper_answers):
    lesion = loaded.lesions[60]
    rng = np.random.default_rng(3)
    around = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    margin = tuple((180 + 25 * float(np.cos(a)), 230 + 20 * float(np.sin(a))) for a in around)
    return LesionDetail(
        lesion=lesion,
        category=DEFAULT_SCHEME.category(lesion.category),
        image=rng.random((64, 64)).astype(np.float32),
        slice_image=rng.random((400, 512)).astype(np.float32),
        margin=margin,
        slice_number=25,
        slices=41,
        predictions=(
            ("CNN-AUG-GAN", PredictionRecord(50, lesion.id, "metastasis", "metastasis",
                                             (0.04, 0.71, 0.25))),
        ),
        answers=tuple(a for a in paper_answers if a.lesion_id == lesion.id),
        neighbours=tuple(
            Neighbour(loaded.lesions[i], 0.5 * k + 0.8, rng.random((64, 64)).astype(np.float32))
            for k, i in enumerate((54, 57, 119, 63, 120))
        ),
    )  # fmt: skip


@pytest.fixture
def tab(page, state, staged_loaded):
    """The readers' tab of the module's own `page`, filled with the staged reading."""
    state.give(staged_loaded)
    return page.stack.currentWidget().readers


@pytest.fixture
def page(qtbot, state):
    made = ResultsPage(state)
    qtbot.addWidget(made)
    made.resize(1368, 852)
    made.show()
    return made
