"""The report of studies that have little, and of one that has everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from drawn_figures import outside
from learn_study import make_study
from many_arms import GENERATORS, all_arms
from PIL import Image

from engine.jobs import result_of
from reader_app.state.figures_folder import write_figures
from reader_app.workflows.write_report import report_document, write_report
from studies import report
from studies.report import Document, sections
from studies.store import Store


def words(document: Document, title: str) -> str:
    """What a section says in sentences."""
    (found,) = [one for one in document.sections if one.title == title]
    return " ".join((*found.prose, *found.sentences))


def test_an_empty_study_says_of_each_part_that_it_is_absent(tmp_path: Path) -> None:
    with Store.create(tmp_path / "empty", "Empty") as store:
        document = result_of(report_document(store))
        page = result_of(write_report(store, tmp_path / "r.html")).read_text()
    assert "0 lesions of 0 patients" in words(document, sections.SUMMARY)
    assert "No classifier has been trained" in words(document, sections.NETWORKS)
    assert "No synthetic ROI" in words(document, sections.SYNTHETIC)
    assert "No map" in words(document, sections.MAPS)
    assert "No reading has been sealed" in words(document, sections.READERS)
    assert "There was no blinded reading" in words(document, sections.LIMITS)
    assert "Figure 8 (accuracy by training set size)" in words(document, sections.ABSENT)
    assert [one.key for one in document.figures] == ["flow_drawn"]
    assert "Research use only" in page


def test_pictures_without_ct_and_without_networks_give_figure_1_alone(tmp_path: Path) -> None:
    with make_study(tmp_path / "rois", per_class=2) as store:
        document = result_of(report_document(store))
    assert [one.key for one in document.figures] == ["figure_1", "flow_drawn"]
    assert outside(document.figures[0].svg) == []
    assert "Table 1 (the training algorithm)" in words(document, sections.ABSENT)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(tmp_path_factory.mktemp("home")))
        with all_arms(tmp_path_factory.mktemp("studies") / "all") as store:
            yield result_of(report_document(store))


def test_every_arm_is_drawn_and_no_text_leaves_its_figure(everything: Document) -> None:
    figures = {one.key: one for one in everything.figures}
    parts = [figures[key].rows for key in ("figure_7_a", "figure_7_b")]
    arms = {row[0] for rows in parts for row in rows}
    assert [len({row[0] for row in rows}) for rows in parts] == [10, 7]
    assert len(figures["figure_4"].rows) == len(GENERATORS)
    rows = figures["figure_8"].rows
    assert {row[0] for row in rows if not row[0].endswith("(paper)")} < arms
    assert [row[3] for row in rows if row[0].endswith("(paper)")] == ["57", "78.6", "85.7"]
    for figure in everything.figures:
        assert outside(figure.svg) == [], figure.key


def test_each_generator_has_its_own_figure_of_synthetic_rois(everything: Document) -> None:
    keys = [one.key for one in everything.figures if one.key.startswith("figure_6")]
    assert keys == [f"figure_6_{k}" for k in range(1, 1 + len(GENERATORS))]
    titles = [one.title for one in everything.figures if one.key in keys]
    assert [title[:12] for title in titles[:2]] == ["Figure 6 (a)", "Figure 6 (b)"]
    layers = [one for one in everything.figures if one.key.startswith("figure_5")]
    assert len({row[0] for one in layers for row in one.rows}) == 8  # G and D of four layouts


def test_synthetic_points_are_hollow_marks_on_the_map(everything: Document) -> None:
    figure = next(one for one in everything.figures if one.key == "figure_9_cnn-aug")
    assert [row[3] for row in figure.rows].count("synthetic") == 2 * 2
    assert "hollow: synthetic" in figure.svg
    assert figure.svg.count('fill="#ffffff" stroke="#') >= 2 * 2


def test_the_seeds_make_a_band_in_figure_8(everything: Document) -> None:
    figure = next(one for one in everything.figures if one.key == "figure_8")
    assert "Band = range over the seeds" in figure.note
    assert 'fill-opacity="0.15"' in figure.svg


def test_data_of_every_figure_and_table_is_whole(everything: Document) -> None:
    for one in (*everything.figures, *everything.tables):
        assert all(len(row) == len(one.columns) for row in one.rows), one.key
    keys = [one.key for one in everything.tables]
    assert len(set(keys)) == len(keys)
    assert "Table 5. Generative models" in report.html(everything)


def test_extra_real_cases_are_no_generative_model(everything: Document) -> None:
    tables = {one.key: [row[0] for row in one.rows] for one in everything.tables}
    extra = "CNN-AUG, extra real cases"
    assert extra in tables["methods"]
    assert extra not in tables["methods_generative"]
    assert "ACGAN discriminator (of Odena)" in tables["methods_generative"]


def test_figures_are_written_as_svg_png_and_csv(qapp: object, tmp_path: Path) -> None:
    with make_study(tmp_path / "rois", per_class=1) as store:
        paths = result_of(write_figures(store, tmp_path / "figures"))
    assert [path.name for path in paths] == [
        "figure_1.svg", "figure_1.png", "flow_drawn.svg", "flow_drawn.png",
    ]  # fmt: skip
    assert "Figure 1. Examples" in paths[0].read_text(encoding="utf-8")
    with Image.open(paths[1]) as image:
        assert round(image.info["dpi"][0]) == 300
    assert list(tmp_path.rglob("*.part")) == []
