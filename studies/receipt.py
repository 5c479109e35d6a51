"""Receipts: length and head of a chain, kept outside the study and signed with the user's key.

They show what a chain cannot show of itself: a tail cut off, or every hash computed anew. They
protect against whoever can write to the study or the package but not to this user's keys.
A receipt may lag behind its chain (it is written after the answer is safe), never lead it.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from hashlib import sha256
from pathlib import Path

from studies import places
from studies.chain import ChainEvent, ChainHead, canonical
from studies.files import sync_folder

_KEY_BYTES = 32


def write(name: str, head: ChainHead) -> None:
    """Store the receipt of the chain `name`; OSError where the keys' folder cannot be written."""
    folder = places.keys_home() / "receipts"
    folder.mkdir(parents=True, exist_ok=True)
    signed = canonical([name, head.count, head.hash])
    text = canonical({"count": head.count, "hash": head.hash, "hmac": _sign(_key(), signed)})
    temporary = folder / f"{name}.{secrets.token_hex(4)}.tmp"
    with temporary.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(_path(name))


def check(name: str, genesis: str, events: tuple[ChainEvent, ...]) -> str:
    """matches | behind | absent | broken: the chain `events` beside its receipt.

    `broken` means that rows the receipt has seen are gone or different, or that the receipt
    itself was changed.
    """
    path = _path(name)
    if not path.exists():
        return "absent"
    receipt = _read(path, name)
    if receipt is None or receipt.count > len(events):
        return "broken"
    known = genesis if receipt.count == 0 else events[receipt.count - 1].hash
    if known != receipt.hash:
        return "broken"
    return "matches" if receipt.count == len(events) else "behind"


def _read(path: Path, name: str) -> ChainHead | None:
    try:
        stored = json.loads(path.read_text(encoding="ascii"))
        head = ChainHead(int(stored["count"]), str(stored["hash"]))
        signature = str(stored["hmac"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    expected = _sign(_key(), canonical([name, head.count, head.hash]))
    return head if hmac.compare_digest(expected, signature) else None


def _path(name: str) -> Path:
    return places.keys_home() / "receipts" / f"{name}.json"


def _sign(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), sha256).hexdigest()


def _key() -> bytes:
    """This user's key, made at first use; two processes at once agree on one."""
    path = places.keys_home() / "receipts.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        temporary = path.with_suffix(f".{secrets.token_hex(4)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # unlike a rename, never replaces another process's key
        except OSError:
            if not path.exists():  # a file system without links
                temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)  # a receipt that outlives its key in a power cut would look forged
    return path.read_bytes()


def forget(name: str) -> None:
    """Remove the receipt of a chain that is thrown away (a try-out)."""
    _path(name).unlink(missing_ok=True)
