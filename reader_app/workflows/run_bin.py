"""The bin of runs taken out: put back, what their files weigh, and their removal for good."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.experiment import orders
from studies import learning
from studies.errors import ReadOnlyError
from studies.store import Store


@dataclass(frozen=True)
class Bin:
    """Folders of runs taken out that nothing needs any more, and their size in bytes."""

    folders: tuple[Path, ...]
    size: int


def in_bin(store: Store) -> Bin:
    """What emptying the bin would remove.

    A folder stays where a run of the same content is still listed, an unfinished run is built on
    its weights, or its synthetic ROIs are kept: they name it as where they come from.
    """
    removed = learning.removed_runs(store)
    if not removed:
        return Bin((), 0)
    listed = learning.runs(store)
    needed = {run.run_hash for run in listed}
    needed |= {need for run in listed if run.state != "finished" for need in _needs(run.folder)}
    drawn = {tally.run_hash for tally in learning.synthetic_tally(store)}
    folders = {
        run.folder for run in removed if run.run_hash not in needed | drawn and run.folder.is_dir()
    }
    found = tuple(sorted(folders))
    return Bin(found, sum(_size(folder) for folder in found))


def restore_from_bin(store: Store, run_ids: tuple[int, ...]) -> int:
    """Put back those runs whose files have not left with the bin; returns how many."""
    there = tuple(run.id for run in learning.runs_of(store, run_ids) if run.folder.is_dir())
    return len(learning.restore_runs(store, there)) if there else 0


def empty_bin(store: Store) -> int:
    """Remove the files of runs taken out; returns how many bytes that freed.

    The study still knows the runs' numbers; their weights, curves and samples are gone. Raises
    ReadOnlyError where the study is open read-only.
    """
    if store.read_only:
        raise ReadOnlyError("This study is open read-only, so its bin cannot be emptied.")
    found = in_bin(store)
    for folder in found.folders:
        if not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
    return found.size - sum(_size(folder) for folder in found.folders)


def _needs(folder: Path) -> tuple[str, ...]:
    """Hashes of the runs that an unfinished one is built on; none where its order is gone."""
    try:
        return tuple(need.run for need in orders.read(folder).run.needs)
    except EngineError:
        return ()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
