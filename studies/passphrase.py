"""What a study keeps of its passphrase, and whether a given one is right.

scrypt (Percival 2009; RFC 7914) with n = 2**15, r = 8, p = 1: every try costs 128 * n * r bytes,
32 MiB. The passphrase itself is kept nowhere and cannot be recovered.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

COST, BLOCK, PARALLEL = 2**15, 8, 1
_MEMORY = 64 << 20  # bytes scrypt may take; it needs half of them
_SALT_BYTES = _VERIFIER_BYTES = 32


@dataclass(frozen=True)
class Key:
    """scrypt's salt and result, 32 bytes each, and the cost n they were made with."""

    salt: bytes
    verifier: bytes
    cost: int

    @property
    def is_whole(self) -> bool:
        """False for a key that this program did not make, as one that would be cheap to try."""
        return (self.cost, len(self.salt), len(self.verifier)) == (
            COST,
            _SALT_BYTES,
            _VERIFIER_BYTES,
        )


def new_key(passphrase: str) -> Key:
    """The key of a passphrase, with a salt from the system's CSPRNG."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return Key(salt, _scrypt(passphrase, salt), COST)


def matches(key: Key, passphrase: str) -> bool:
    """Whether this is the key's passphrase; as much work for a wrong one and for a damaged key.

    Example: matches(new_key("open sesame"), "open sesame") -> True
    """
    found = _scrypt(passphrase, key.salt)
    return hmac.compare_digest(found, key.verifier) and key.is_whole


def _scrypt(passphrase: str, salt: bytes) -> bytes:
    """One spelling of accents and widths (NFKC), whatever keyboard typed them."""
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(
        typed, salt=salt, n=COST, r=BLOCK, p=PARALLEL, maxmem=_MEMORY, dklen=_VERIFIER_BYTES
    )
