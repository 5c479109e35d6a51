"""The demo study: simulated CT, shipped networks, a finished simulated reading, one to be read."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from engine.jobs import Progress
from reader_app.workflows import shipped
from reader_app.workflows.phantom_study import simulate
from reader_app.workflows.simulate_reader import Skill, simulate_reader
from studies import reading
from studies.access import set_passphrase
from studies.database import in_words
from studies.errors import StudyError
from studies.phantom.plan import full_plan, small_plan
from studies.records import ProtocolDraft
from studies.store import Store

NAME, FULL_NAME = "Demo study", "Demo study, full size"
SIMULATED_READER, NEW_READER = "Simulated reader", "Reader 1"
SYNTHETIC_PER_CLASS = 9
READER_SEED = 2018
PASSPHRASE = "open sesame"  # shown to everyone: the demo holds no secret
SKILL = Skill((("cyst", 0.92), ("metastasis", 0.7), ("hemangioma", 0.66)), d_prime=0.45)
LEAK = "Demo: its small generators leave a texture of their own, which the audit found."


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
        with (
            in_words(folder),
            Store.create(making, FULL_NAME if full else NAME, simulated=True) as store,
        ):
            yield from _whole(store, full)
        with in_words(folder):
            if folder.is_dir():
                folder.rmdir()
            making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


def _whole(store: Store, full: bool) -> Generator[Progress, None, None]:
    """`_filled`; cut off in the middle, its readers' receipts go with it."""
    done = False
    try:
        yield from _filled(store, full)
        done = True
    finally:
        if not done:
            reading.forget_receipts(store)


def _filled(store: Store, full: bool) -> Generator[Progress, None, None]:
    set_passphrase(store, PASSPHRASE, shown=True)
    plans = full_plan() if full else small_plan()
    assets = shipped.demo_assets()
    total = len(plans) + 8
    for progress in simulate(store, plans):
        yield replace(progress, total=total)
    done = len(plans)
    yield Progress(done, total, "Adding the shipped networks")
    for _ in shipped.install(store, assets, classifiers=not full):
        pass
    shipped.install_synthetic(store, assets, same_patients=not full)
    if full:
        return
    yield Progress(done + 2, total, "Sealing a reading")
    reading.seal(store, _draft(store), override=LEAK)
    for progress in simulate_reader(store, SIMULATED_READER, SKILL, READER_SEED):
        yield Progress(done + 3, total, progress.message)
    for arm in shipped.READING_ARMS:
        yield Progress(done + 5, total, f"{arm.upper()} reads")
        shipped.read_items(store, assets, arm)
    reading.unblind(store, "demo", "The demo shows the results of a finished reading.")
    yield Progress(done + 7, total, "Sealing the next reading")
    reading.seal(store, _draft(store), override=LEAK)
    reading.enrol(store, NEW_READER, note="you")
    yield Progress(total, total, "The demo study is ready")


def _draft(store: Store) -> ProtocolDraft:
    """The paper's reading at the demo's size: every real ROI, nine synthetic ones a class."""
    usual = reading.draft_default(store)
    counts = tuple((code, SYNTHETIC_PER_CLASS) for code, _ in usual.synthetic_per_category)
    draft = replace(usual, name="Demo reading", synthetic_per_category=counts, readers_planned=1)
    return replace(draft, constraints=reading.fitting_constraints(draft))
