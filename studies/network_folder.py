"""Tells whether a folder lies on another computer, where WAL's shared memory does not work."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

KINDS = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "ncpfs", "9p", "ceph"),
        *("glusterfs", "lustre", "davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.davfs2"),
        *("fuse.rclone", "fuse.gvfsd-fuse"),
    )
)
DRIVE_REMOTE = 4  # GetDriveTypeW


def on_network(folder: Path, mounts: str | None = None) -> bool:
    """True for NFS, SMB and their like; `mounts` is the text of /proc/self/mounts, for tests."""
    folder = folder.resolve()
    if sys.platform == "win32":
        return _windows(folder)
    if mounts is None:
        table = Path("/proc/self/mounts")
        mounts = table.read_text(errors="replace") if table.exists() else ""
    return _kind(folder, mounts) in KINDS


def _kind(folder: Path, mounts: str) -> str:
    """The file system of the deepest mount point above the folder."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def _windows(folder: Path) -> bool:
    if str(folder).startswith("\\\\"):
        return True
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 (absent in other systems' types)
    return bool(kernel.GetDriveTypeW(folder.anchor) == DRIVE_REMOTE)
