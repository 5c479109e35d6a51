"""Who may do what in a study: its passphrase, and the roles that it opens.

Coordinator, truth author and analyst unlock a study with one passphrase; a reader opens a reading
package and never the study. A role is what somebody says they are here to do: it keeps them from
what would bias the study, in every use-case, window or not. It is no encryption: whoever can edit
study.sqlite by hand can read it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from studies.clock import now
from studies.errors import BlindingError, StudyError
from studies.model.access import AccessKeyRow
from studies.model.imaging import ContourRow, DiagnosisRow, StudyRow
from studies.model.reading import ReaderRow, UnblindingRow
from studies.passphrase import Key, matches, new_key

if TYPE_CHECKING:
    from studies.store import Store

COORDINATOR, TRUTH_AUTHOR, ANALYST = "coordinator", "truth author", "analyst"
ROLES = (COORDINATOR, TRUTH_AUTHOR, ANALYST)
SHORTEST = 8
NO_RECOVERY = (
    "There is no way to recover this passphrase: whoever loses it loses the study. Keep it in a "
    "safe place outside the study's folder."
)
_ARTICLES = {COORDINATOR: "the coordinator", TRUTH_AUTHOR: "a truth author", ANALYST: "an analyst"}
_LOCKED = "This study is locked. Unlock it with its passphrase, or ask its coordinator."
_WRONG = (
    "This is not the passphrase of the study. Check capitals and keyboard layout, then try again; "
    "there is no way to recover it."
)
_DAMAGED = (
    "What the study keeps to check its passphrase was changed, so nobody can unlock it. Put a "
    "copy of study.sqlite from a backup in its place."
)
_MACHINE_BASES = ("manifest", "simulation")


@dataclass(frozen=True)
class Access:
    """As whom a study is open. `role` is one of ROLES, "" while it is locked."""

    role: str
    who: str
    unlocked: bool


@dataclass(frozen=True)
class PassphraseState:
    """Whether a study has a passphrase, since when (UTC), and the hint that everyone is shown."""

    is_set: bool
    made: str = ""
    hint: str = ""


LOCKED = Access("", "", unlocked=False)


def require(store: Store, *roles: str) -> None:
    """BlindingError unless the study is unlocked, in one of these roles (any for none)."""
    refuse_locked(store.access)
    if roles and store.access.role not in roles:
        allowed = " or ".join(_ARTICLES[role] for role in roles)
        raise BlindingError(
            f"This is for {allowed}; the study is open to {_ARTICLES[store.access.role]}. "
            "Lock the study and unlock it in that role, or ask them to do it."
        )


def refuse_locked(access: Access) -> None:
    """BlindingError while a study is locked."""
    if not access.unlocked:
        raise BlindingError(_LOCKED)


def set_passphrase(
    store: Store, passphrase: str, *, old: str = "", shown: bool = False
) -> PassphraseState:
    """Give the study a passphrase, or another in place of `old`; it stays unlocked here.

    A `shown` one stands in the hint for everyone, and the study opens unlocked: for simulated
    studies only. Raises BlindingError for a wrong old one and for anyone but the coordinator,
    StudyError for one shorter than 8 characters. There is no recovery (NO_RECOVERY says so).
    """
    require(store, COORDINATOR)
    if len(passphrase) < SHORTEST or not passphrase.strip():
        raise StudyError(f"A passphrase has at least {SHORTEST} characters. Choose a longer one.")
    with store.snapshot() as session:
        _check_old(session.get(AccessKeyRow, 1), old)
        if shown and not session.get_one(StudyRow, 1).simulated:
            raise StudyError(
                "Only a simulated study may show its passphrase. Set one that is not shown."
            )
    key = new_key(passphrase)
    with store.transaction() as session:
        row = AccessKeyRow(
            id=1,
            salt=key.salt,
            verifier=key.verifier,
            cost=key.cost,
            made=now(),
            hint=passphrase if shown else "",
        )
        return _state(session.merge(row))


def passphrase_state(store: Store) -> PassphraseState:
    """Whether the study has a passphrase, also while it is locked."""
    return store.passphrase_state


def stored_state(session: Session) -> PassphraseState:
    """What a study says of its passphrase."""
    return _state(session.get(AccessKeyRow, 1))


def admitted(session: Session, passphrase: str | None, role: str, who: str) -> Access:
    """As whom this passphrase opens the study; LOCKED for None where one is needed.

    A study without a passphrase, or a simulated one that shows it, opens to everyone. Raises
    BlindingError for a wrong one, after the same work as for the right one.
    """
    if role not in ROLES:
        raise StudyError(f"A role is one of {', '.join(ROLES)}, not {role}.")
    row = session.get(AccessKeyRow, 1)
    wanted = Access(role, who.strip(), unlocked=True)
    if row is None:
        return wanted
    if passphrase is None:
        is_open = bool(row.hint) and session.get_one(StudyRow, 1).simulated
        return wanted if is_open else LOCKED
    _check(row, passphrase)
    return wanted


def authors(store: Store) -> tuple[str, ...]:
    """Everyone who drew a margin or confirmed a diagnosis, by name; machines are left out."""
    from studies.cases import MACHINE_TOOLS  # those use-cases ask this module who may do what

    drew = select(ContourRow.author).where(ContourRow.tool.not_in(MACHINE_TOOLS))
    diagnosed = select(DiagnosisRow.author).where(DiagnosisRow.basis.not_in(_MACHINE_BASES))
    with store.snapshot() as session:
        found = {*session.scalars(drew.distinct()), *session.scalars(diagnosed.distinct())}
    return tuple(sorted({name.strip() for name in found if name.strip()}, key=str.casefold))


def refuse_author(store: Store, name: str) -> None:
    """BlindingError where this person drew or diagnosed here: they cannot read the same study.

    Neither can they under a name that they had before. StudyError where the file of renamings was
    damaged.
    """
    from studies.cases import renamings  # as in `authors`

    plain = _plain(name)
    known = (*authors(store), *(one.before for one in renamings(store)))
    if any(_plain(author) == plain for author in known):
        raise BlindingError(
            f"{name.strip()} drew margins or confirmed diagnoses in this study and knows its "
            "truth. Choose another reader; two people of one name need different pseudonyms."
        )


def refuse_insider(store: Store, name: str) -> None:
    """BlindingError where this person has the study unlocked: who sees the truth cannot read."""
    if _plain(store.access.who) and _plain(store.access.who) == _plain(name):
        raise BlindingError(
            f"{name.strip()} has this study unlocked as {_ARTICLES[store.access.role]} and sees "
            "its truth. Choose another reader; two people of one name need different pseudonyms."
        )


def refuse_reader(store: Store, author: str) -> None:
    """BlindingError where this person reads a version that is still blinded.

    A reader who draws or diagnoses learns the truth of what is to be read.
    """
    blinded = select(ReaderRow.pseudonym).where(
        ReaderRow.kind == "person",
        ReaderRow.protocol_id.not_in(select(UnblindingRow.protocol_id)),
    )
    with store.snapshot() as session:
        names = session.scalars(blinded).all()
    if any(_plain(name) == _plain(author) for name in names):
        raise BlindingError(
            f"{author.strip()} reads this study blinded and cannot draw or diagnose in it. Ask "
            "somebody else, or wait until the reading is unblinded."
        )


def _plain(name: str) -> str:
    """A name without what may differ between two ways of writing it: width, case, signs, blanks."""
    wide = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in wide if sign.isalnum())


def _check_old(row: AccessKeyRow | None, old: str) -> None:
    """The hint of a study that shows its passphrase is no secret, so it need not be typed."""
    if row is not None:
        _check(row, old or row.hint)


def _check(row: AccessKeyRow, passphrase: str) -> None:
    key = Key(row.salt, row.verifier, row.cost)
    if not matches(key, passphrase):
        raise BlindingError(_WRONG if key.is_whole else _DAMAGED)


def _state(row: AccessKeyRow | None) -> PassphraseState:
    if row is None:
        return PassphraseState(is_set=False)
    return PassphraseState(is_set=True, made=row.made, hint=row.hint)
