"""The bin of runs taken out: what their files weigh, and their removal for good."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

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

    A folder stays where a run of the same content is still listed, another run was built on its
    weights, or its synthetic ROIs are kept: they name it as where they come from.
    """
    listed = learning.runs(store)
    needed = {run.run_hash for run in listed}
    drawn = {roi.run_hash for roi in learning.synthetic_rois(store)}
    folders = {
        run.folder
        for run in learning.removed_runs(store)
        if run.run_hash not in needed | drawn and run.folder.is_dir()
    }
    found = tuple(sorted(folders))
    return Bin(found, sum(_size(folder) for folder in found))


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


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
