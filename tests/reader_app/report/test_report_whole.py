"""The whole report of the demo: the paper's tables and figures, its numbers, and no name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawn_figures import SVG, outside

from engine.jobs import result_of
from reader_app.workflows.report_pictures import report_pictures
from reader_app.workflows.write_report import report_document
from studies import cases, learning, report
from studies.report import Document, ReportPictures, sections
from studies.report.accuracy_lines import accuracy_lines
from studies.report.paper_tables import exact
from studies.store import Store

VOID = {"meta", "img", "br", "hr", "link", "input"}


@dataclass(frozen=True)
class Told:
    """The demo's report, twice made, and its study."""

    store: Store
    document: Document
    again: Document
    pictures: ReportPictures


@pytest.fixture(scope="module")
def told(demo_folder: Path, demo_home: Path) -> Iterator[Told]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BLINDREAD_HOME", str(demo_home))
        with Store.open(demo_folder) as store:
            pictures = result_of(report_pictures(store))
            document, again = (result_of(report_document(store)) for _ in range(2))
            yield Told(store, document, again, pictures)


def table(told: Told, key: str):
    return next(one for one in told.document.tables if one.key == key)


def test_every_table_and_figure_of_the_paper_is_there(told):
    keys = [one.key for one in told.document.tables]
    for key in (
        "table_1", "confusion_cnn-aug", "confusion_cnn-aug-gan", "table_4", "methods_generative",
        "methods", "classes_of_networks", "recipe", "provenance", "runs", "glossary",
    ):  # fmt: skip
        assert keys.count(key) == 1, key
    drawn = [one.key for one in told.document.figures]
    for number in (1, 2, 3, 4, 5, 6, 7, 8, 9):
        assert any(re.match(rf"figure_{number}(_|$)", key) for key in drawn), number
    assert len(set(drawn)) == len(drawn)
    assert len(set(keys)) == len(keys)


def test_sections_come_in_the_papers_order(told):
    titles = [one.title for one in told.document.sections]
    wanted = [
        sections.SUMMARY, sections.STUDY, sections.METHODS, sections.NETWORKS,
        sections.SYNTHETIC, sections.MAPS, sections.READERS, sections.LIMITS,
        sections.PROVENANCE, sections.CONDUCT, sections.ABSENT, sections.GLOSSARY,
    ]  # fmt: skip
    assert [title for title in titles if title in wanted] == wanted


def test_what_was_not_run_is_named_in_one_list_and_not_faked(told):
    (absent,) = [one for one in told.document.sections if one.title == sections.ABSENT]
    words = " ".join(absent.prose)
    for name in ("ACGAN discriminator", "BoVW-MI, multi", "Gabor + SVM", "extra real cases"):
        assert name in words
    assert "Left out" not in words
    rows = {row[0]: row for row in table(told, "methods").rows}
    assert rows["GLCM + SVM"][1:5] == ("not run in this study", "–", "–", "–")
    assert rows["GLCM + SVM"][5:] == ("71.4", "84.9")


def test_the_numbers_are_those_of_the_study(told):
    results = report.classifier_results(told.store)
    rows = {row[0]: row for row in table(told, "methods").rows}
    group = results.of_arm("cnn-aug-gan")
    assert group is not None
    assert rows["CNN-AUG-GAN (DCGAN)"][2] == exact(group.accuracy)
    lesions = [one for one in cases.lesions(told.store) if one.is_ready]
    counted = {row[0]: int(row[1]) for row in table(told, "lesions").rows}
    for category in cases.study(told.store).scheme.categories:
        assert counted[category.name] == sum(one.category == category.code for one in lesions)
    assert counted["All"] == len(lesions)
    finished_runs = [run for run in learning.runs(told.store) if run.state == "finished"]
    assert [row[-1] for row in table(told, "runs").rows] == [one.run_hash for one in finished_runs]
    drawn = sum(int(row[2]) for row in table(told, "copy_audit").rows)
    assert drawn == len(learning.synthetic_rois(told.store))


def test_every_origin_is_read_from_its_checkpoint(told):
    assert {one.precision for one in told.pictures.origins} == {"float32"}
    assert all(len(one.data_hash) == 64 for one in told.pictures.origins)
    assert all("torch" in one.versions for one in told.pictures.origins)
    assert len(told.pictures.data_hash) == 64


def test_figure_3_shows_each_kind_of_the_recipe(told):
    found = told.pictures.augmented
    assert found is not None
    assert [row.kind for row in found.rows] == ["Rotation", "Flip", "Shift", "Scale"]
    assert found.per_roi == 480
    assert all(image.shape == (64, 64) for row in found.rows for image in row.images)
    flipped = dict(zip(found.rows[1].words, found.rows[1].images, strict=True))
    assert abs(flipped["left-right"] - found.original[:, ::-1]).max() < 0.02
    assert abs(flipped["up-down"] - found.original[::-1]).max() < 0.02


def test_the_same_study_gives_the_same_page_but_for_the_time(told):
    first, second = (
        re.sub(r"Made \S+ by", "Made by", report.html(one)) for one in (told.document, told.again)
    )
    assert first == second


def test_no_patient_file_or_folder_is_named(told):
    page = report.html(told.document) + "".join(f.svg for f in told.document.figures)
    page += "".join(cell for f in told.document.figures for row in f.rows for cell in row)
    for one in cases.all_series(told.store):
        for name in (one.patient, one.series_uid, str(one.folder), one.folder.name):
            assert name not in page
    assert str(told.store.exports_folder.parent) not in page


class Balance(HTMLParser):
    """Every tag that opens is closed by its own end."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_balanced_and_loads_nothing(told):
    page = report.html(told.document)
    parser = Balance()
    parser.feed(page)
    assert parser.open == []
    assert "http" not in re.sub(r'base64,[^"]*', "", page).replace("http-equiv", "")


def test_figures_are_xml_with_no_text_outside_the_view_box(told):
    for figure in told.document.figures:
        assert outside(figure.svg) == [], figure.key
        assert figure.note, figure.key
        root = ElementTree.fromstring(figure.svg)
        assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
        for image in root.iter(f"{SVG}image"):
            address = image.attrib["{http://www.w3.org/1999/xlink}href"]
            assert address.startswith("data:image/png;base64,")


def test_data_of_figures_has_a_cell_for_every_column(told):
    for figure in told.document.figures:
        assert all(len(row) == len(figure.columns) for row in figure.rows), figure.key
    for one in told.document.tables:
        assert all(len(row) == len(one.columns) for row in one.rows), one.key


def test_networks_that_know_the_generators_of_what_they_read_are_named(told):
    by_title = {one.title: " ".join(one.prose) for one in told.document.sections}
    for title in (sections.SUMMARY, sections.LIMITS):
        assert "27 of the synthetic ROIs read come from generators without" in by_title[title]
        assert "CNN-AUG-GAN was trained on synthetic ROIs" in by_title[title]
    assert "need not have looked at what they learned from" in by_title[sections.LIMITS]
    assert "Generators of 27 synthetic ROIs have no fold" in by_title[sections.METHODS]
    assert "trained on no draw of its generator" not in by_title[sections.METHODS]


def test_letters_of_figure_9_are_the_papers(told):
    titles = [one.title for one in told.document.figures if one.key.startswith("figure_9")]
    assert titles == [
        "Figure 9 (a). t-SNE: CNN-AUG",
        "Figure 9 (b). t-SNE: CNN-AUG-GAN",
        "Figure 9 (c). t-SNE: CNN, no augmentation",
    ]


def test_every_figure_of_results_says_its_n(told):
    notes = {one.key: one.note for one in told.document.figures}
    for key in ("figure_8", "table_4_drawn", "matrices_1", "roc_drawn", "d_prime_drawn",
                "conditions_drawn", "times_drawn"):  # fmt: skip
        assert re.search(r"\bn \d", notes[key]), key
    assert "n 30 real and 27 synthetic ROIs" in notes["table_4_drawn"]
    assert "n 57 trials" in notes["times_drawn"]
    assert "n 30 real ROIs" in notes["conditions_drawn"]


def test_figure_8_draws_the_windows_points_and_marks_the_papers(told):
    figure = next(one for one in told.document.figures if one.key == "figure_8")
    lines = accuracy_lines(report.classifier_results(told.store), ())
    ours = [row for row in figure.rows if not row[0].endswith("(paper)")]
    assert [(row[1], row[3], row[6]) for row in ours] == [
        (p.group, f"{p.accuracy:.2f}", str(p.n)) for line in lines for p in line.points
    ]
    assert [(row[2], row[3]) for row in figure.rows[len(ours) :]] == [
        ("0", "57"), ("5000", "78.6"), ("8000", "85.7"),
    ]  # fmt: skip
