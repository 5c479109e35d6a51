"""Where things lie, which folders are another computer's, and files that are whole or absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from studies import places
from studies.errors import ReadOnlyError
from studies.files import write_synced
from studies.lock import FolderLock, me
from studies.network_folder import on_network

MOUNTS = """\
overlay / overlay rw 0 0
server:/data /mnt/data nfs4 rw 0 0
/dev/sdb1 /mnt/data/local ext4 rw 0 0
//nas/work /mnt/My\\040work cifs rw 0 0
odd
"""


@pytest.mark.parametrize(
    ("folder", "network"),
    [
        ("/home/me/study", False),
        ("/mnt/data/study", True),
        ("/mnt/database/study", False),
        ("/mnt/data/local/study", False),
        ("/mnt/My work/study", True),
    ],
)
def test_the_deepest_mount_tells_a_network_folder(folder: str, network: bool) -> None:
    assert on_network(Path(folder), MOUNTS) is network


def test_one_variable_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLINDREAD_HOME", str(tmp_path))
    assert places.studies_home() == tmp_path / "studies"
    assert places.keys_home() == tmp_path / "keys"
    assert places.settings_file() == tmp_path / "settings.ini"
    assert places.log_folder() == tmp_path / "log"


def test_without_it_keys_lie_outside_the_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLINDREAD_HOME")
    own = (places.keys_home(), places.settings_file(), places.log_folder())
    assert places.studies_home().name == "Blindread"
    assert not any(place.is_relative_to(places.studies_home()) for place in own)


def test_a_lock_says_who_has_it_and_can_be_taken_again(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path / "x.lock"), FolderLock(tmp_path / "x.lock")
    assert first.take()
    assert not second.take()
    assert second.holder() == me()
    first.release()
    first.release()
    assert second.take()
    second.release()


def test_a_lock_without_words_is_another_program(tmp_path: Path) -> None:
    (tmp_path / "x.lock").write_bytes(b"")
    assert FolderLock(tmp_path / "x.lock").holder() == "another program"


def test_a_file_is_replaced_whole_and_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.raw"
    for content in (b"old", b"new content"):
        write_synced(path, content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "b.raw"
    write_synced(path, b"old")
    monkeypatch.setattr("studies.files.os.fsync", full)
    with pytest.raises(ReadOnlyError, match=f"{tmp_path} cannot be written .No space left"):
        write_synced(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_place_of_the_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadOnlyError, match="file cannot be written"):
        write_synced(tmp_path / "file" / "b.raw", b"new")
