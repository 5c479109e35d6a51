"""The demo study: simulated CT, shipped networks, a finished simulated reading, one to be read."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from engine.jobs import Progress
from reader_app.workflows import shipped
from reader_app.workflows.assess_model import assess_model
from reader_app.workflows.phantom_study import simulate
from reader_app.workflows.simulate_reader import Skill, simulate_reader
from studies import reading
from studies.errors import StudyError
from studies.phantom.plan import full_plan, small_plan
from studies.records import ProtocolDraft
from studies.store import Store

NAME, FULL_NAME = "Demo study", "Demo study, full size"
SIMULATED_READER, NEW_READER = "Simulated reader", "Reader 1"
SYNTHETIC_PER_CLASS = 10
READER_SEED = 2018
SKILL = Skill((("cyst", 0.92), ("metastasis", 0.7), ("hemangioma", 0.66)), d_prime=0.45)
ARMS = ("cnn-aug", "cnn-aug-gan")


def make_demo(folder: Path, *, full: bool = False) -> Generator[Progress, None, Path]:
    """Make the demo study in `folder`, which must not exist; it appears whole or not at all.

    Small: 24 patients, 30 lesions, shipped networks, one finished simulated reader (unblinded)
    and a sealed second version that waits for its reader. Full: 53/64/65 lesions and 78 extra
    cases to train on, with the shipped generators.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError(f"{folder} is there already. Choose a new folder for the demo study.")
    making = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    try:
        with Store.create(making, FULL_NAME if full else NAME, simulated=True) as store:
            yield from _filled(store, full)
        if folder.is_dir():
            folder.rmdir()
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


def make_demo_in_child(_spec: object, paths: tuple[Path, ...]) -> Generator[Progress, None, Path]:
    """`make_demo` of paths[0] as a named job of a child process."""
    return (yield from make_demo(paths[0]))


def _filled(store: Store, full: bool) -> Generator[Progress, None, None]:
    plans = full_plan() if full else small_plan()
    assets = shipped.demo_assets()
    total = len(plans) + 8
    for progress in simulate(store, plans):
        yield replace(progress, total=total)
    done = len(plans)
    yield Progress(done, total, "Adding the shipped networks")
    for _ in shipped.install(store, assets, classifiers=not full):
        pass
    shipped.install_synthetic(store, assets)
    if full:
        return
    yield Progress(done + 2, total, "Sealing a reading")
    reading.seal(store, _draft(store))
    for progress in simulate_reader(store, SIMULATED_READER, SKILL, READER_SEED):
        yield Progress(done + 3, total, progress.message)
    for arm in ARMS:
        yield Progress(done + 5, total, f"{arm.upper()} reads")
        yield from _at(done + 5, total, assess_model(store, arm))
    reading.unblind(store, "demo", "The demo shows the results of a finished reading.")
    yield Progress(done + 7, total, "Sealing the next reading")
    reading.seal(store, _draft(store))
    reading.enrol(store, NEW_READER, note="you")
    yield Progress(total, total, "The demo study is ready")


def _draft(store: Store) -> ProtocolDraft:
    """The paper's reading at the demo's size: every real ROI, ten synthetic ones a class."""
    usual = reading.draft_default(store)
    counts = tuple((code, SYNTHETIC_PER_CLASS) for code, _ in usual.synthetic_per_category)
    draft = replace(usual, name="Demo reading", synthetic_per_category=counts)
    return replace(draft, constraints=reading.fitting_constraints(draft))


def _at(
    done: int, total: int, running: Generator[Progress, None, object]
) -> Generator[Progress, None, None]:
    for progress in running:
        yield Progress(done, total, progress.message)
