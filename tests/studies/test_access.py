"""Passphrase and roles: enforced in every use-case, whatever the window shows."""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
from learn_study import make_study
from sqlalchemy import text

from studies import cases, learning, reading, report
from studies.access import (
    ANALYST,
    COORDINATOR,
    NO_RECOVERY,
    ROLES,
    TRUTH_AUTHOR,
    authors,
    passphrase_state,
    refuse_author,
    require,
    set_passphrase,
)
from studies.cases import NewSeries
from studies.errors import BlindingError, StudyError
from studies.learning import NewRun
from studies.model.access import AccessKeyRow
from studies.passphrase import Key, matches, new_key
from studies.records import DEFAULT_SCHEME, ClassScheme, ProtocolDraft, ProtocolRecord
from studies.store import Store

WORD = "correct horse"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of three lesions with a passphrase."""
    folder = tmp_path_factory.mktemp("access") / "s.blindread"
    with make_study(folder, per_class=1, name="Liver") as store:
        set_passphrase(store, WORD)
    return folder


@pytest.fixture(scope="module")
def opened(study: Path) -> Iterator[Store]:
    with Store.open(study) as store:
        yield store


@pytest.fixture
def locked(opened: Store) -> Store:
    """The study with a passphrase, locked again before each test."""
    opened.lock()
    return opened


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an unlocked use-case writes to a path that stands for any lies in the test's folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Store]:
    """A study without a passphrase."""
    with make_study(tmp_path / "p.blindread", per_class=1, name="Liver") as store:
        yield store


# --- the key


def test_scrypt_has_the_parameters_that_are_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    real = hashlib.scrypt

    def scrypt(password: bytes, **how: Any) -> bytes:
        asked.append(how)
        return real(password, **how)

    monkeypatch.setattr(hashlib, "scrypt", scrypt)
    key = new_key(WORD)
    assert (asked[0]["n"], asked[0]["r"], asked[0]["p"]) == (2**15, 8, 1)
    assert key.verifier == real(
        WORD.encode(), salt=key.salt, n=2**15, r=8, p=1, maxmem=64 << 20, dklen=32
    )
    assert len(key.salt) == 32
    assert new_key(WORD).salt != key.salt


def test_accents_and_widths_may_be_typed_either_way() -> None:
    assert matches(new_key("schlüssel ①"), "schlu\u0308ssel 1")
    assert not matches(new_key("schlüssel"), "schlussel")


def test_wrong_and_right_cost_the_same_work() -> None:
    key, spent = new_key(WORD), []
    cheap = Key(key.salt, key.verifier, 2)
    for tried in ((key, WORD), (key, "wrong horse"), (cheap, WORD)):
        started = time.process_time()
        found = matches(*tried)
        spent.append(time.process_time() - started)
        assert found == (tried == (key, WORD))
    assert max(spent) < 5 * min(spent)


# --- locked and unlocked


def test_a_study_without_a_passphrase_is_open_as_ever(plain: Store) -> None:
    assert (plain.access.role, plain.access.unlocked, plain.hint) == (COORDINATOR, True, "")
    assert not passphrase_state(plain).is_set
    with pytest.raises(StudyError, match="no passphrase"):
        plain.lock()


def test_a_locked_study_tells_its_name_and_nothing_else(locked: Store) -> None:
    assert not locked.access.unlocked
    assert (locked.title, locked.hint, locked.access.role) == ("Liver", "", "")
    assert passphrase_state(locked).is_set
    with pytest.raises(BlindingError, match="locked"), locked.snapshot():
        pytest.fail("a locked study was read")
    with pytest.raises(BlindingError, match="locked"), locked.transaction():
        pytest.fail("a locked study was written")


def test_the_passphrase_unlocks_in_a_role_and_lock_closes_again(locked: Store) -> None:
    entered = locked.unlock(WORD, ANALYST, " Ada ")
    assert entered == locked.access
    assert (entered.role, entered.who) == (ANALYST, "Ada")
    assert cases.study(locked).name == "Liver"
    locked.lock()
    with pytest.raises(BlindingError, match="locked"):
        cases.study(locked)


def test_a_wrong_passphrase_changes_nothing(locked: Store) -> None:
    with pytest.raises(BlindingError, match="not the passphrase") as refused:
        locked.unlock("wrong horse")
    assert "no way to recover" in str(refused.value)
    assert not locked.access.unlocked
    locked.unlock(WORD, ANALYST)
    with pytest.raises(BlindingError):
        locked.unlock("wrong horse", COORDINATOR)
    with pytest.raises(StudyError, match="coordinator, truth author, analyst"):
        locked.unlock(WORD, "reader")
    assert locked.access.role == ANALYST


def test_a_study_opens_with_the_passphrase_at_once(plain: Store) -> None:
    set_passphrase(plain, WORD)
    plain.close()
    with Store.open(plain.folder, passphrase=WORD, role=TRUTH_AUTHOR, who="Bo") as store:
        assert (store.access.role, store.access.who) == (TRUTH_AUTHOR, "Bo")
    with pytest.raises(BlindingError):
        Store.open(plain.folder, passphrase="")
    with Store.open(plain.folder) as store:
        assert not store.read_only, "the refused opening has let the lock go"


def test_a_locked_study_still_settles_what_the_last_program_left(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    with make_study(folder, per_class=1) as store:
        learning.start_run(store, NewRun("h", "cnn", "classifier", 1, "smoke", "{}"))
        set_passphrase(store, WORD)
    Store.open(folder).close()
    with Store.open(folder, passphrase=WORD) as store:
        assert learning.runs(store)[0].state == "failed"


# --- setting it


def test_another_passphrase_needs_the_old_one(plain: Store) -> None:
    assert set_passphrase(plain, WORD).is_set
    assert plain.access.unlocked
    for old in ("", "wrong horse"):
        with pytest.raises(BlindingError, match="not the passphrase"):
            set_passphrase(plain, "another one", old=old)
    set_passphrase(plain, "another one", old=WORD)
    plain.lock()
    with pytest.raises(BlindingError):
        plain.unlock(WORD)
    assert plain.unlock("another one").unlocked


def test_what_is_no_passphrase_is_refused(plain: Store) -> None:
    for word in ("", "short", " " * 12):
        with pytest.raises(StudyError, match="at least 8 characters"):
            set_passphrase(plain, word)
    plain.unlock("", ANALYST)
    with pytest.raises(BlindingError, match="for the coordinator"):
        set_passphrase(plain, WORD)
    assert not passphrase_state(plain).is_set
    assert "no way to recover" in NO_RECOVERY


def test_a_shown_passphrase_opens_the_study_to_everyone(plain: Store) -> None:
    state = set_passphrase(plain, "demo study", shown=True)
    assert (state.hint, plain.hint) == ("demo study", "demo study")
    plain.close()
    with Store.open(plain.folder) as store:
        assert store.access.role == COORDINATOR
        store.lock()
        assert store.hint == "demo study"
        store.unlock(store.hint)
        set_passphrase(store, WORD)
        assert store.hint == ""
    with Store.open(plain.folder) as store:
        assert not store.access.unlocked


def test_only_a_simulated_study_shows_its_passphrase(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", "Real patients") as store:
        with pytest.raises(StudyError, match="simulated"):
            set_passphrase(store, WORD, shown=True)
        set_passphrase(store, WORD)
        with store.transaction() as session:
            session.get_one(AccessKeyRow, 1).hint = WORD  # by hand
    with Store.open(tmp_path / "s") as store:
        assert not store.access.unlocked


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("UPDATE access_key SET cost = 2", "was changed"),
        ("UPDATE access_key SET verifier = x'00'", "was changed"),
        ("UPDATE access_key SET salt = x''", "was changed"),
        ("UPDATE access_key SET verifier = zeroblob(32)", "not the passphrase"),
        ("UPDATE access_key SET salt = zeroblob(32)", "not the passphrase"),
    ],
)
def test_a_changed_key_opens_nothing(plain: Store, edit: str, words: str) -> None:
    set_passphrase(plain, WORD)
    with plain.transaction() as session:
        session.execute(text(edit))
    plain.lock()
    with pytest.raises(BlindingError, match=words):
        plain.unlock(WORD)


# --- the use-cases

ROOMS: tuple[ModuleType, ...] = (cases, learning, reading, report)


def use_cases() -> list[Callable[..., object]]:
    """Everything public that is given a store first."""
    found = []
    for room in ROOMS:
        for name in room.__all__:
            one = getattr(room, name)
            given = list(inspect.signature(one).parameters) if callable(one) else []
            if given[:1] == ["store"]:
                found.append(one)
    return found


SERIES = NewSeries("1.2", "image", "", 1, 9, 9, 1.0, 1.0, 0.0, "", False, True, (), Path("f"))
DRAFT = ProtocolDraft("x", (("cyst", 1),), (("cyst", 1),))
BY_TYPE: dict[object, object] = {
    str: "Liver", int: 1, float: 1.0, bool: True, Path: Path("nowhere"),
    ClassScheme: DEFAULT_SCHEME, ProtocolDraft: DRAFT, NewSeries: SERIES,
    ProtocolRecord: ProtocolRecord(1, 1, DRAFT, "", "", 2, 1, 1, "", ""),
    NewRun: NewRun("h", "a", "classifier", 1, "p", "{}"),
}  # fmt: skip
BY_NAME: dict[str, object] = {"low": 0.0, "high": 1.0, "slice_index": 0, "basis": "biopsy"}


def called(one: Callable[..., object], store: Store) -> object:
    """Call a use-case with a plausible value for everything that it needs, () for tuples."""
    hints, needed = get_type_hints(one), []
    for name, parameter in list(inspect.signature(one).parameters.items())[1:]:
        if parameter.default is inspect.Parameter.empty:
            needed.append(BY_NAME.get(name, BY_TYPE.get(hints[name], ())))
    return one(store, *needed)


@pytest.mark.parametrize("one", use_cases(), ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_a_locked_study_refuses_every_use_case(one: Callable[..., object], locked: Store) -> None:
    with pytest.raises(BlindingError, match="This study is locked"):
        called(one, locked)


def test_every_room_has_use_cases_to_refuse() -> None:
    rooms = {one.__module__.split(".")[1] for one in use_cases()}
    assert rooms == {"cases", "learning", "reading", "report"}
    assert len(use_cases()) > 60


ANYONE = frozenset(ROLES)
DRAWS = frozenset((COORDINATOR, TRUTH_AUTHOR))
LEARNS = frozenset((COORDINATOR, ANALYST))
RUNS = frozenset((COORDINATOR,))
MATRIX: dict[Callable[..., object], frozenset[str]] = {
    cases.study: ANYONE,
    cases.lesions: ANYONE,
    cases.rois: ANYONE,
    cases.counts: ANYONE,
    cases.rename: RUNS,
    cases.set_scheme: RUNS,
    cases.set_window: RUNS,
    cases.add_case: DRAWS,
    cases.set_clinical_note: DRAWS,
    cases.add_series: DRAWS,
    cases.add_findings: DRAWS,
    cases.add_lesion: DRAWS,
    cases.remove_lesion: DRAWS,
    cases.restore_lesion: DRAWS,
    cases.confirm_diagnosis: DRAWS,
    cases.choose_key_slice: DRAWS,
    cases.save_contour: DRAWS,
    cases.delete_contour: DRAWS,
    cases.undo_contour: DRAWS,
    cases.redo_contour: DRAWS,
    learning.runs: ANYONE,
    learning.predictions: LEARNS,
    learning.assign_folds: LEARNS,
    learning.start_run: LEARNS,
    learning.update_run: LEARNS,
    learning.delete_run: LEARNS,
    learning.restore_run: LEARNS,
    learning.save_predictions: LEARNS,
    learning.save_embedding: LEARNS,
    learning.add_synthetic: LEARNS,
    learning.accept_synthetic: LEARNS,
    reading.seal: RUNS,
    reading.sealed_items: RUNS,
    reading.preview_order: RUNS,
    reading.draw_items: RUNS,
    reading.forget_receipts: RUNS,
    reading.enrol: RUNS,
    reading.issue_part: RUNS,
    reading.simulation_key: RUNS,
    reading.merge: RUNS,
    reading.record_model_reading: RUNS,
    reading.unblind: RUNS,
    reading.answers: LEARNS,
    reading.try_out: RUNS,
    reading.remarks: LEARNS,
    reading.merge_answers: RUNS,
    reading.readers: ANYONE,
    reading.protocols: ANYONE,
    report.reader_results: LEARNS,
    report.classifier_results: LEARNS,
    report.make_document: LEARNS,
    report.export_tables: LEARNS,
    report.export_rows: LEARNS,
}


@pytest.mark.parametrize("role", ROLES)
def test_the_matrix_of_roles(plain: Store, role: str) -> None:
    plain.unlock("", role)
    for one, allowed in MATRIX.items():
        refused = ""
        try:
            called(one, plain)
        except StudyError as error:
            refused = str(error) if "the study is open to" in str(error) else ""
        assert bool(refused) == (role not in allowed), one.__name__


def test_a_refusal_names_who_may_do_it(plain: Store) -> None:
    plain.unlock("", ANALYST)
    with pytest.raises(BlindingError, match=r"for the coordinator or a truth author; .* analyst"):
        require(plain, COORDINATOR, TRUTH_AUTHOR)
    require(plain)
    require(plain, ANALYST)


# --- truth authors do not read


def test_those_who_drew_or_diagnosed_are_known_and_cannot_read(plain: Store) -> None:
    assert authors(plain) == (), "what a manifest brought was drawn by nobody"
    lesion = cases.lesions(plain)[0]
    square = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0))
    cases.save_contour(plain, lesion.id, "1.2.3.1", 0, square, "Dr. Eve  Roe", "pen")
    cases.confirm_diagnosis(plain, lesion.id, "cyst", "biopsy", "anna")
    assert authors(plain) == ("anna", "Dr. Eve  Roe")
    for name in ("dr. eve roe", " Anna "):
        with pytest.raises(BlindingError, match="knows its truth"):
            refuse_author(plain, name)
    refuse_author(plain, "Reader 1")


def test_nothing_of_the_passphrase_is_kept(plain: Store) -> None:
    set_passphrase(plain, "a canary that sings")
    plain.close()
    for file in (path for path in plain.folder.rglob("*") if path.is_file()):
        assert b"canary that sings" not in file.read_bytes(), file
