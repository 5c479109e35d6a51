"""The protocol's form: every field has an effect, and what does not fit is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from read_bench import Bench, open_bench, seal_for, small_study, words_of

from engine.experiment.arms import ARMS
from reader_app.state.read_preview import FormFacts, aiding_arms, equivalence_power, schedule
from reader_app.views.read.form_design import LOGGED
from reader_app.views.read.protocol_form import ProtocolForm
from reader_app.widgets.elided import ElidedLabel
from studies import learning
from studies.learning import NewRun
from studies.protocols.parts import caution, parts
from studies.reading import Available
from studies.records import DEFAULT_SCHEME, OrderConstraints, ProtocolDraft
from studies.store import Store

COUNTS = (("cyst", 5), ("metastasis", 5), ("hemangioma", 5))
DRAFT = ProtocolDraft("P", COUNTS, COUNTS, constraints=OrderConstraints(4, 4, 3, 6))
Act = Callable[[ProtocolForm], None]


def facts(*, has_ct: bool = True, arms: tuple[str, ...] = ("cnn-aug",)) -> FormFacts:
    return FormFacts(Available(COUNTS, COUNTS, ("dcgan",)), DEFAULT_SCHEME, 1, has_ct, arms)


class Form:
    """The form alone; each edit is shown again, as the page does."""

    def __init__(self, qtbot: QtBot, known: FormFacts) -> None:
        self.known, self.draft = known, DRAFT
        self.form = ProtocolForm()
        qtbot.addWidget(self.form)
        self.form.edited.connect(self._edited)
        self.form.show_draft(DRAFT, known)

    def _edited(self, draft: ProtocolDraft) -> None:
        self.draft = draft
        self.form.show_draft(draft, self.known)


@pytest.fixture
def one(qtbot: QtBot) -> Form:
    return Form(qtbot, facts())


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    with open_bench(qtbot, tmp_path / "settings.ini") as made:
        yield made


EDITS: tuple[tuple[str, Act, object], ...] = (
    ("generator", lambda f: f.items.generator.setCurrentIndex(1), "dcgan"),
    ("audits", lambda f: f.items.audits["close"].setChecked(False), ("clear", "unchecked")),
    ("repeats", lambda f: f.items.repeats.setValue(3), 3),
    ("practice", lambda f: f.items.practice.setValue(4), 4),
    ("training", lambda f: f.items.training.setValue(6), 6),
    ("questions", lambda f: f.design.questions["origin"].click(), ("diagnosis", "confidence")),
    ("staged", lambda f: f.design.staged.click(), True),
    ("conditions", lambda f: f.design.slice.click(), ("roi", "slice")),
    ("tasks_rotate", lambda f: f.design.tasks_rotate.click(), True),
    ("window_locked", lambda f: f.design.window_level.choose(LOGGED), False),
    ("break_every", lambda f: f.design.breaks.setValue(20), 20),
    ("display_check", lambda f: f.design.display.click(), True),
    ("margin", lambda f: f.rules.margin.setValue(5), 0.05),
    ("primary_analysis", lambda f: f.rules.analysis.setCurrentIndex(1),
     "Reader v CNN, exact McNemar"),
    ("readers_planned", lambda f: f.rules.readers.setValue(5), 5),
    ("stopping_rule", lambda f: f.rules.stopping.setCurrentIndex(1),
     "Every planned reader has read all items"),
    ("constraints", lambda f: f.rules.blocks.setValue(5), OrderConstraints(4, 4, 5, 6)),
)  # fmt: skip


@pytest.mark.parametrize(("field", "act", "value"), EDITS, ids=[name for name, _, _ in EDITS])
def test_every_field_has_an_effect(one: Form, field: str, act: Act, value: object) -> None:
    act(one.form)
    assert getattr(one.draft, field) == value
    untouched = [
        name for name in ProtocolDraft.__dataclass_fields__
        if name != field and getattr(one.draft, name) != getattr(DRAFT, name)
    ]  # fmt: skip
    assert untouched == []


def test_fields_that_follow_another_come_with_it(one: Form) -> None:
    design, items = one.form.design, one.form.items
    assert not design.stage_b_waits.isEnabled()
    design.staged.click()
    design.stage_b_waits.click()
    design.unusual.click()
    design.washout.setValue(14)
    design.volume.click()
    design.reach.setValue(7)
    design.rotate.click()
    items.training.setValue(6)
    items.pass_mark.setValue(80)
    items.repeats.setValue(2)
    items.distance.setValue(9)
    items.mirrored.click()
    draft = one.draft
    assert (draft.stage_b_waits, draft.ask_unusual, draft.washout_days) == (True, True, 14)
    assert (draft.conditions, draft.volume_reach) == (("roi", "volume"), 7)
    assert not draft.counterbalanced
    assert (draft.training, draft.pass_mark) == (6, 0.8)
    assert (draft.constraints.repeat_distance, draft.flip_repeats) == (9, False)
    design.at_once.click()
    assert not one.draft.staged


def test_a_design_in_which_familiarity_tells_the_origin_is_warned_of(one: Form) -> None:
    design = one.form.design
    assert not design.caution.isVisibleTo(design)
    design.slice.click()
    assert caution(one.draft) != ""
    assert design.caution.text() == caution(one.draft)
    assert design.caution.isVisibleTo(design)
    design.questions["origin"].click()
    assert not design.caution.isVisibleTo(design)


def test_who_aids_reads_before_anyone_is_added(one: Form) -> None:
    design = one.form.design
    assert not design.aid_note.isVisibleTo(design)
    design.aided.click()
    assert "before the first reader is added" in design.arm.toolTip()
    assert design.aid_note.isVisibleTo(design)


def test_only_networks_of_single_slices_may_aid(tmp_path: Path) -> None:
    flat = next(arm.name for arm in ARMS if arm.slices == 1)
    deep = next(arm.name for arm in ARMS if arm.slices > 1)
    with Store.open(small_study(tmp_path / "s.blindread")) as store:
        for arm in (deep, flat):
            new = NewRun(f"run of {arm}", arm, "classifier", 1, "smoke", "{}", "", 0)
            learning.update_run(store, learning.start_run(store, new).id, state="finished")
        assert aiding_arms(store) == (flat,)


def test_own_words_may_stop_the_reading(one: Form) -> None:
    line = one.form.rules.stopping.lineEdit()
    assert line is not None
    line.setText("On the first of March")
    line.editingFinished.emit()
    assert one.draft.stopping_rule == "On the first of March"
    assert one.form.rules.stopping.currentText() == "On the first of March"


def test_the_network_whose_opinion_is_shown_is_named(one: Form) -> None:
    one.form.design.aided.click()
    assert one.draft.conditions == ("roi", "aided")
    assert one.draft.aid_arm == "cnn-aug"
    assert not one.form.problem.isVisibleTo(one.form)


def test_a_choice_that_does_not_fit_is_a_sentence(one: Form) -> None:
    one.form.design.staged.click()
    one.form.design.questions["origin"].click()
    assert "Two stages need both questions" in one.form.problem.text()
    one.form.design.questions["origin"].click()
    assert one.form.problem.text() == ""
    one.form.design.roi.click()
    assert one.form.problem.text() != ""


def test_what_cannot_be_shown_is_disabled_and_says_why(qtbot: QtBot) -> None:
    design = Form(qtbot, facts(has_ct=False, arms=())).form.design
    for box in (design.slice, design.volume):
        assert not box.isEnabled()
        assert "CT" in box.toolTip()
    assert not design.aided.isEnabled()
    assert "Train a network" in design.aided.toolTip()
    assert not design.reach.isEnabled()
    assert not design.window_level.isEnabled()
    assert not design.washout.isEnabled()


def test_a_high_form_shows_all_parts_and_a_low_one_the_chosen(one: Form, qtbot: QtBot) -> None:
    form = one.form
    form.resize(430, 1400)
    form.show()
    sections = (form.items, form.design, form.rules)
    qtbot.waitUntil(lambda: all(part.isVisible() for part in sections), timeout=5_000)
    assert not form.part.isVisible()
    form.resize(430, 600)
    qtbot.waitUntil(lambda: form.part.isVisible(), timeout=5_000)
    assert [part.isVisible() for part in sections] == [True, False, False]
    form.part.choose("Rules")
    assert [part.isVisible() for part in sections] == [False, False, True]
    bar = form._scroll.verticalScrollBar()
    for part in ("Items", "Design", "Rules"):
        form.part.choose(part)
        qtbot.waitUntil(lambda: bar.maximum() == 0, timeout=5_000)


def test_the_power_of_the_margin_is_the_published_one() -> None:
    counts = {"real_per_category": (("cyst", 182),), "synthetic_per_category": (("cyst", 120),)}
    paper = ProtocolDraft("P", **counts)
    assert equivalence_power(paper) == pytest.approx(0.92, abs=0.005)
    assert equivalence_power(ProtocolDraft("P", **counts, margin=0.05)) == pytest.approx(
        0.04, abs=0.005
    )
    assert equivalence_power(ProtocolDraft("P", **counts, questions=("diagnosis",))) is None


def test_parts_are_dated_by_their_washouts() -> None:
    from datetime import date

    staged = ProtocolDraft(
        "P", COUNTS, COUNTS, staged=True, stage_b_waits=True, conditions=("roi", "slice")
    )
    days = [part.earliest for part in schedule(parts(staged, 1), date(2026, 3, 1))]
    assert days == [date(2026, 3, 1), date(2026, 3, 29), date(2026, 4, 26)]


def test_the_page_follows_the_form(bench: Bench, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder)
    bench.open(folder)
    page, state = bench.page, bench.state
    page.form.items.real._fields["cyst"].setValue(4)
    page.form.items.repeats.setValue(3)
    page.form.items.distance.setValue(5)
    page.form.design.staged.click()
    page.form.design.stage_b_waits.click()
    page.form.rules.readers.setValue(6)
    bench.changed()
    assert state.preview is not None
    assert len(state.preview.trials) == 14 + 3
    shown = [one.accessibleName() for one in page.order.findChildren(ElidedLabel)]
    assert "Stage B, ROI: origin, confidence" in shown
    bench.wait(lambda: "28 days later" in words_of(page.order))
    assert page.order.number.isVisible(), "six readers are chosen by a number"
    assert any("Real ROIs" in change for change in state.preview.differences)
    assert "to version 1" in page.seal.changes.accessibleName()


def test_each_reader_and_each_seed_has_an_order(bench: Bench, tmp_path: Path) -> None:
    bench.open(small_study(tmp_path / "s.blindread"))
    page, state = bench.page, bench.state
    assert state.preview is not None
    first = state.preview.trials
    page.order.readers.choose("2")
    bench.changed()
    second = state.preview.trials
    assert second != first
    assert "reader 2" in page.order.title.text()
    page.order.redraw.click()
    bench.changed()
    assert state.preview.trials != second


def test_the_seal_tells_power_and_passphrase(bench: Bench, tmp_path: Path) -> None:
    bench.open(small_study(tmp_path / "s.blindread"))
    seal = bench.page.seal
    assert "power" in seal.power.words.text()
    assert not seal.caution.isVisible()
    bench.state.edit(replace(bench.state.draft, conditions=("roi", "slice")))
    assert seal.caution.isVisible()
    assert seal.caution.toolTip() == caution(bench.state.draft)
    assert "No passphrase" in words_of(seal)
    with bench.qtbot.waitSignal(bench.state.passphrase_asked):
        seal.protect.click()
    assert bench.study.protect("open sesame")
    assert "No passphrase" not in words_of(seal)
