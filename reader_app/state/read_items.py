"""The items of a draft for the coordinator's eyes: what there is by class, and how it looks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies import learning, reading
from studies.errors import StudyError
from studies.protocols import pipeline
from studies.reading.drafting import draw_items
from studies.records import FloatArray, ProtocolDraft
from studies.store import Store

PICTURES = 14  # of a class and origin


@dataclass(frozen=True)
class ItemGroup:
    """One class of one origin. `audits` counts all accepted draws by copy audit."""

    category: str
    origin: str  # real | synthetic
    there: int
    asked: int
    audits: tuple[tuple[str, int], ...] = ()
    images: tuple[FloatArray, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class ItemSight:
    """All groups of a draft; `problem` says why none can be drawn."""

    groups: tuple[ItemGroup, ...]
    problem: str = ""


class ReadItems(QObject):
    """`changed` when the pictures of the asked draft are there."""

    changed = Signal()

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self.sight: ItemSight | None = None
        self._seen: ProtocolDraft | None = None
        self._store: Store | None = None

    def show_draft(self, draft: ProtocolDraft | None) -> None:
        """Draw a draft's items, unless they were drawn already."""
        store = self._study.store
        if store is None or draft is None or (draft == self._seen and store is self._store):
            return
        self._seen, self._store = draft, store
        self._jobs.small(
            partial(look_at_items, store, draft), partial(self._found, draft), self._failed
        )

    def forget(self) -> None:
        """What the study has may have changed."""
        self._seen = None

    def _found(self, draft: ProtocolDraft, sight: ItemSight) -> None:
        if draft == self._seen:
            self.sight = sight
            self.changed.emit()

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)


def look_at_items(store: Store, draft: ProtocolDraft) -> ItemSight:
    """Counts and some pictures of each class and origin, as sealing this draft would draw them."""
    have = reading.available(store, draft.generator, draft.audits)
    audited: Counter[tuple[str, str]] = Counter()
    for one in learning.synthetic_tally(store):
        if one.accepted:
            audited[one.category, one.audit] += one.count
    try:
        drawn = tuple(item for item in draw_items(store, draft) if not item.practice)
        problem = ""
    except StudyError as error:
        drawn, problem = (), str(error)
    groups = []
    for origin, there, asked in (
        ("real", have.real, draft.real_per_category),
        ("synthetic", have.synthetic, draft.synthetic_per_category),
    ):
        for code, count in there:
            own = [one for one in drawn if one.origin == origin and one.category == code]
            images = tuple(pipeline.from_bytes(one.data) for one in own[:PICTURES])
            audits = (
                tuple((name, audited[code, name]) for name in learning.AUDITS)
                if origin == "synthetic"
                else ()
            )
            groups.append(ItemGroup(code, origin, count, dict(asked).get(code, 0), audits, images))
    return ItemSight(tuple(groups), problem)
