"""The report of a study with hostile names, five classes and one of them empty; and its claims."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from drawn_figures import outside
from hostile_study import READERS, SCHEME, hostile_study, read_by_all

from engine.jobs import result_of
from reader_app.workflows.write_report import report_document
from studies import learning, reading, report
from studies.learning import EmbeddingPoint, EmbeddingRecord
from studies.records import DEFAULT_SCHEME
from studies.report import Document, sections
from studies.report.csv_file import csv_text
from studies.report.figures import FoldMap, map_figure
from studies.report.map_turn import turning
from studies.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(tmp_path_factory.mktemp("home")))
        with hostile_study(tmp_path_factory.mktemp("studies") / "h", per_class=2) as made:
            read_by_all(made)
            yield made


@pytest.fixture(scope="module")
def document(store: Store) -> Document:
    return result_of(report_document(store))


class Tags(HTMLParser):
    """Names of all elements and every word between them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def test_names_are_text_on_the_page(document):
    page = Tags()
    page.feed(report.html(document))
    assert not {"script", "i"} & set(page.names)
    words = " ".join(page.words)
    for name in (*READERS[:2], SCHEME.names[0], SCHEME.names[1]):
        assert name in words


def test_no_cell_of_a_table_or_figure_runs_in_a_spreadsheet(document):
    found = 0
    for one in (*document.tables, *document.figures):
        for row in csv.reader(io.StringIO(csv_text(one.columns, one.rows))):
            for cell in row:
                is_number = re.fullmatch(r"[+-]?\d[\d.,e+-]*", cell) is not None
                assert is_number or cell[:1] not in tuple("=+-@|%\t"), (one.key, cell)
                found += cell.startswith("'=")
    assert found > 10


def test_no_text_leaves_a_figure_and_every_class_is_in_a_legend(document):
    figures = {one.key: one for one in document.figures}
    for figure in document.figures:
        assert outside(figure.svg) == [], figure.key
    for key in ("figure_9_cnn-aug", "figure_9_cnn-aug-gan"):
        for category in SCHEME.categories:
            assert category.print_color in figures[key].svg, category.name
    roc = figures["roc_drawn"]
    assert roc.width < 760
    assert {row[1] for row in roc.rows} == set(SCHEME.names[:4])
    assert roc.svg.count(" v rest (2 v 6)") == 4


def test_a_newer_version_under_reading_is_told_on_the_first_page(store, monkeypatch):
    (opened,) = reading.protocols(store)
    labels = report.make_document(store, draws=False).labels
    assert not any("still blinded" in label for label in labels)
    newer = replace(opened, id=99, version=2, unblinded="")
    monkeypatch.setattr(reading, "protocols", lambda _store: (opened, newer))
    labels = report.make_document(store, draws=False).labels
    assert "Version 2 of the protocol is still blinded" in labels[-1]


def test_draws_of_generators_without_a_fold_are_counted(store, monkeypatch):
    analyses = report.reader_analyses(store)
    read = {a.synthetic_id for a in analyses.answers} - {None}
    assert analyses.foldless == len(read) > 0
    monkeypatch.setattr(
        learning, "synthetic_rois", lambda _store: ()
    )  # the generators were removed
    assert report.reader_analyses(store).foldless == len(read)


def test_a_lesion_on_two_maps_counts_once_in_the_legend():
    points = tuple(EmbeddingPoint(k, False, float(k), 0.0) for k in range(3))
    maps = [FoldMap(name, EmbeddingRecord(k, points, (), ""), False) for k, name in enumerate("ab")]
    figure = map_figure("k", "T", maps, [(k, "fnh") for k in range(3)], SCHEME)
    assert '"FNH", so-called 3<' in figure.svg.replace("&quot;", '"')
    assert len(figure.rows) == 6


def test_what_was_not_run_is_named(document):
    absent = next(one for one in document.sections if one.title == sections.ABSENT)
    assert "Figure 3 (augmentations)" in " ".join(absent.prose)


def test_a_long_map_is_turned_as_in_the_window_and_its_data_stay_as_stored():
    points = tuple(EmbeddingPoint(k, False, float(k), 0.0) for k in range(10))
    assert turning(points) == 45
    maps = [FoldMap("a", EmbeddingRecord(1, points, (), ""), False)]
    figure = map_figure("k", "T", maps, [(k, "cyst") for k in range(10)], DEFAULT_SCHEME)
    assert [row[4:] for row in figure.rows] == [(f"{k}.000", "0.000") for k in range(10)]
    circles = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', figure.svg)[:10]
    for axis in range(2):
        places = [float(one[axis]) for one in circles]
        assert max(places) - min(places) > 180  # of 230: a line would have no height
