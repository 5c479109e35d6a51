"""How the reading was done, the flow of the study, the checklists: all in the report."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pytest
from reading_study import answer, loose_draft, readable_study

from studies import reading, report
from studies.package import ReadingPackage
from studies.package.entries import Questionnaire, Unusual
from studies.records import LesionRecord, ProtocolDraft, ProtocolRecord, StudyCounts
from studies.report import sections
from studies.report.checklist import AUTHORS, CLAIM, STARD, checklist_tables, where_reported
from studies.report.conduct import AS_PLANNED, amendments, conduct_of, conduct_sentences
from studies.report.flow import flow_table, study_flow
from studies.report.flow_figure import flow_figure

EVIL = "<i>odd</i> =1+1"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Staged, read by one of two planned, who declared and remarked; version 2; unblinded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(tmp_path_factory.mktemp("home")))
        made = readable_study(tmp_path_factory.mktemp("studies") / "s.blindread", synthetic=8)
        first = loose_draft(made, staged=True, ask_unusual=True, display_check=True)
        half = tuple((code, 4) for code, _ in first.synthetic_per_category)
        first = replace(first, synthetic_per_category=half)
        reading.seal(made, first, override="a test")
        reading.seal(made, replace(first, margin=0.2, repeats=2), override="a test")
        reader = reading.enrol(made, "Reader 1")
        reader = _read(made, reader, EVIL)
        _read(made, reading.issue_part(made, reader.id), "")
        reading.unblind(made, "Coordinator", "One reader left")
        yield made
        made.close()


@pytest.fixture(scope="module")
def document(store):
    return report.make_document(store)


def _read(store, reader, remark):
    package = ReadingPackage.open(reader.package)
    package.note(Questionnaire(12, "abdomen"))
    while (trial := package.current) is not None:
        asked = {question.code for question in package.questions}
        given = answer(trial)
        package.record(
            replace(
                given,
                diagnosis=given.diagnosis if "diagnosis" in asked else "",
                origin=given.origin if "origin" in asked else "",
            )
        )
    if remark:
        package.note(Unusual(noticed=True, text=remark))
    package.close()
    return reading.merge(store, reader.id)


def test_seal_audit_deviations_and_amendments_are_told(store):
    protocol = report.analysable_protocol(store)
    found = conduct_of(store, protocol)
    told = " ".join(conduct_sentences(found))
    assert protocol.seal_hash in told
    assert "Readers planned: 2; 1 was enrolled." in told
    assert "the reason given: a test" in told
    assert "AUC of everything that is not anatomy" in told
    assert "Unblinded" in told
    assert AS_PLANNED not in told
    assert [(one.version, one.changes) for one in found.amendments] == [
        (2, ("Hidden repeats: 0 → 2", "Margin: 0.1 → 0.2"))
    ]


def test_the_report_has_every_section_and_escapes_what_readers_wrote(document):
    titles = [section.title for section in document.sections]
    assert titles == [
        sections.SUMMARY, sections.STUDY, sections.FLOW, sections.METHODS, sections.NETWORKS,
        sections.SYNTHETIC, sections.MAPS, sections.READERS, sections.AGREEMENT, sections.ORIGIN,
        sections.ROC, sections.CONDITIONS, sections.TIMES, sections.GALLERY, sections.LIMITS,
        sections.PROVENANCE, sections.CONDUCT, sections.ABSENT, sections.CHECKLISTS,
        sections.GLOSSARY,
    ]  # fmt: skip
    tables = {table.key: table for section in document.sections for table in section.tables}
    assert {"plan", "amendments", "sittings", "remarks", "flow", "disagreement"} <= set(tables)
    questionnaire = tables["declared_questionnaire"]
    assert questionnaire.columns == ("Reader", "Part", "When", "Remark", "Speciality", "Years")
    assert [row[4:] for row in questionnaire.rows] == [("abdomen", "12")] * 2
    assert tables["remarks"].rows == (("Reader 1", "yes", EVIL),)
    assert "1 of 1 readers noticed" in tables["remarks"].reading
    page = report.html(document)
    assert EVIL not in page
    assert escape(EVIL) in page
    (methods,) = [one for one in document.sections if one.title == sections.METHODS]
    assert "Deviations from the protocol" in " ".join(methods.prose)
    assert "first, then, told of synthetic images" in " ".join(methods.prose)


def test_the_gallery_shows_pictures_with_truth_and_answers(document):
    (gallery,) = [one for one in document.sections if one.title == sections.GALLERY]
    assert gallery.pictures
    first = gallery.pictures[0]
    assert first.source.startswith("data:image/png;base64,")
    assert first.lines[0].startswith("Truth: ")
    assert first.lines[1].startswith("Reader 1: Cyst (3)")


def test_files_are_written_with_formulas_guarded(store, tmp_path):
    paths = {path.name: path for path in report.export_tables(store, tmp_path)}
    assert "<i>odd</i> =1+1" in paths["remarks.csv"].read_text(encoding="utf-8-sig")
    assert {"flow.csv", "checklist_claim.csv", "checklist_stard.csv", "times.csv"} <= set(paths)
    ratings = report.export_ratings(store, tmp_path / "ratings")
    assert "cyst_v_rest_simulated.imrmc" in {path.name for path in ratings.paths}


def test_times_and_conditions_are_read_apart(store):
    assert report.reader_times(store)[0].reader == "Reader 1"
    assert report.reader_analyses(store).conditions.items == 15


def test_no_amendment_and_no_deviation_are_said_too():
    draft = ProtocolDraft("x", (), ())
    one = ProtocolRecord(1, 1, draft, "2026", "ab", 0, 0, 0, "", "")
    assert amendments((one,), 1) == ()
    other = replace(one, id=2, version=2)
    assert amendments((one, other), 2)[0].changes == ()


# --- the flow


def lesion(number, **more):
    plain = {
        "id": number, "case_id": number, "series_id": 1, "patient": f"P{number}", "name": "L1",
        "category": "cyst", "basis": "biopsy", "diagnosed_by": "x", "extra": False, "fold": 0,
        "key_slice": 1, "diameter_mm": 9.0, "contours": 1,
    }  # fmt: skip
    return LesionRecord(**{**plain, **more})


def test_the_flow_accounts_for_every_lesion():
    lesions = [
        *(lesion(n) for n in range(10)),
        lesion(20, contours=0), lesion(21, basis=""), lesion(22, basis=""), lesion(30, extra=True),
    ]  # fmt: skip
    counts = StudyCounts(12, 13, 13, 14, 13, 11, 0, 0, 9, 1, 1, 1, True)
    protocol = ProtocolRecord(1, 1, ProtocolDraft("x", (), ()), "", "", 12, 8, 4, "", "")
    flow = study_flow(counts, lesions, protocol, None)
    assert [(step.count, dict(step.left)) for step in flow.real] == [
        (14, {"no margin": 1}),
        (13, {"no proven diagnosis": 2}),
        (11, {"additional cases, training only": 1}),
        (10, {"not drawn, or kept for practice": 2}),
        (8, {}),
    ]
    assert [step.count for step in flow.synthetic] == [9, 4]
    for before, after in zip(flow.real, flow.real[1:], strict=False):
        assert before.count - sum(n for _, n in before.left) == after.count
    rows = flow_table(flow).rows
    assert rows[0] == ("Patients", "12", "")
    assert ("With margin", "13", "no proven diagnosis: 2") in rows
    assert flow_figure(flow).source.startswith("data:image/svg+xml;base64,")


def test_before_the_seal_the_flow_ends_with_what_could_be_read():
    counts = StudyCounts(1, 1, 1, 1, 1, 1, 0, 0, 5, 0, 0, 0, False)
    flow = study_flow(counts, [lesion(1)], None, None)
    assert [step.words for step in flow.real][-1] == "Eligible for reading"
    assert flow.read == ()


# --- the checklists


def test_the_lists_are_whole():
    assert [item.number for item in CLAIM] == [str(n) for n in range(1, 43)]
    numbers = [item.number for item in STARD]
    assert len(numbers) == 34
    assert list(dict.fromkeys(n.rstrip("ab") for n in numbers)) == [str(n) for n in range(1, 31)]


def test_an_item_names_its_section_only_where_that_says_something():
    flow = next(item for item in STARD if item.number == "19")
    assert where_reported(flow, [sections.FLOW]) == "Section Flow"
    assert where_reported(flow, []) == AUTHORS
    registered = next(item for item in CLAIM if item.number == "40")
    assert where_reported(registered, [sections.FLOW]) == AUTHORS
    claim, stard = checklist_tables([sections.METHODS])
    assert "Mongan" in claim.note
    assert "Bossuyt" in stard.note
    assert ("Section " + sections.METHODS) in {row[2] for row in claim.rows}


def test_a_design_in_which_familiarity_tells_the_origin_is_told(store):
    found = conduct_of(store, report.analysable_protocol(store))
    wide = replace(found.protocol.draft, conditions=("roi", "slice"))
    warned = replace(found, protocol=replace(found.protocol, draft=wide))
    assert "never having seen it" in " ".join(conduct_sentences(warned))
    assert "never having seen it" not in " ".join(conduct_sentences(found))
