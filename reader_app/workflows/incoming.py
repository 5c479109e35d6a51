"""Series folders on their way into a study, and where zips are unpacked meanwhile."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from studies import cases
from studies.errors import ReadOnlyError
from studies.lock import FolderLock
from studies.store import Store

INCOMING = ".incoming-"
_OWNER = ".import-"
_OWNER_LENGTH = 8
_TOKEN = re.compile(r"[0-9a-f]{16}")
_WORKSPACE, _LOCK = "blindread-import-", "in-use"


def refuse_read_only(store: Store) -> None:
    """ReadOnlyError, with whoever has the study open, where nothing can be taken into it."""
    if store.read_only:
        who = f" {store.lock_holder} has it open." if store.lock_holder else ""
        raise ReadOnlyError(
            f"This study is open read-only, so nothing can be imported into it.{who}"
        )


class Incoming:
    """One import's own folders among those of the study.

    Their names begin with a token of the import, whose lock it holds: what begins otherwise is
    another import's, and is removed only when nobody holds that lock any more.
    """

    def __init__(self, series_folder: Path, owner: str) -> None:
        self._series_folder, self._owner = series_folder, owner

    def token(self) -> str:
        """A name for a series' folder that nobody else has: 16 hexadecimal digits."""
        return f"{self._owner}{secrets.token_hex((16 - _OWNER_LENGTH) // 2)}"

    def unfinished(self, token: str) -> Path:
        """Where a series lies until it is whole: a name that no reader of the study looks at."""
        return self._series_folder / f"{INCOMING}{token}"

    def whole(self, token: str) -> Path:
        """Where it lies then."""
        return self._series_folder / token


@contextmanager
def incoming(store: Store) -> Iterator[Incoming]:
    """An import's folders, after what imports that were killed left behind is removed.

    ReadOnlyError where the study's folder cannot be written.
    """
    try:
        _remove_unfinished(store)
        owner, lock = _own_lock(store.series_folder)
    except OSError as error:
        raise ReadOnlyError(
            f"{store.series_folder} cannot be written ({error.strerror}). Free some space or ask "
            "for write access, then try again."
        ) from error
    try:
        yield Incoming(store.series_folder, owner)
    finally:
        lock.release()
        with suppress(OSError):  # the disk went away; the next import removes it
            (store.series_folder / f"{_OWNER}{owner}").unlink()


def _own_lock(series_folder: Path) -> tuple[str, FolderLock]:
    """A token with its lock held; another one where somebody looked at it in that moment."""
    while True:
        owner = secrets.token_hex(_OWNER_LENGTH // 2)
        file = series_folder / f"{_OWNER}{owner}"
        lock = FolderLock(file)
        if lock.take() and file.exists():
            return owner, lock
        lock.release()


def _remove_unfinished(store: Store) -> None:
    """Folders not yet whole, and whole ones that the study does not know, of imports that ended.

    Which those are is settled before the study is asked what it knows: an import that goes on
    may record a folder at any moment.
    """
    found = [one for one in store.series_folder.iterdir() if _token(one.name)]
    ended = [one for one in found if not _is_owned(store.series_folder, _token(one.name))]
    known = {series.folder.name for series in cases.all_series(store)} if ended else set()
    for folder in ended:
        if folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)
    for file in store.series_folder.glob(f"{_OWNER}*"):
        _remove_if_ended(file)


def _token(name: str) -> str:
    """The token in a folder's name, "" where it is no series' folder."""
    if name.startswith(INCOMING):
        return name.removeprefix(INCOMING)
    return name if _TOKEN.fullmatch(name) else ""


def _is_owned(series_folder: Path, token: str) -> bool:
    file = series_folder / f"{_OWNER}{token[:_OWNER_LENGTH]}"
    return file.exists() and _is_held(file)


def _is_held(file: Path) -> bool:
    """Whether an import that goes on holds this lock."""
    lock = FolderLock(file)
    try:
        is_free = lock.take()
    except OSError:  # gone meanwhile, or another user's
        return file.exists()
    lock.release()
    return not is_free


def _remove_if_ended(file: Path) -> None:
    """Removed while its lock is held here, so that nobody takes it in between."""
    lock = FolderLock(file)
    with suppress(OSError):  # another user's
        if lock.take():
            file.unlink(missing_ok=True)
    lock.release()


class ImportWorkspace:
    """A private temporary folder, until `close`; also removed when the program ends.

    It holds files with patients' names, so those of imports that were killed are removed first:
    nobody holds their locks any more. ReadOnlyError where there is no room for a folder.
    """

    def __init__(self) -> None:
        temporary = Path(tempfile.gettempdir())
        _remove_abandoned(temporary)
        try:
            self._folder = tempfile.TemporaryDirectory(
                prefix=_WORKSPACE, ignore_cleanup_errors=True
            )
        except OSError as error:
            raise ReadOnlyError(
                f"There is no room for temporary files ({error.strerror}). Free some space, then "
                "try again."
            ) from error
        self.path = Path(self._folder.name)
        self._lock = FolderLock(self.path / _LOCK)
        self._lock.take()

    def close(self) -> None:
        """Remove it; harmless when done before."""
        self._lock.release()
        self._folder.cleanup()


def _remove_abandoned(temporary: Path) -> None:
    for folder in temporary.glob(f"{_WORKSPACE}*"):
        try:
            lock = FolderLock(folder / _LOCK)
            is_abandoned = (folder / _LOCK).exists() and lock.take()
        except OSError:  # another user's
            continue
        if is_abandoned:
            lock.release()
            shutil.rmtree(folder, ignore_errors=True)
