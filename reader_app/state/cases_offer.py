"""Series found and not yet taken: what the person ticks, with a picture of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from engine.jobs import Failure
from reader_app.state.cases_pictures import AT_ONCE, drawn
from reader_app.state.cases_rows import Remark, counted, explained, remark
from reader_app.state.job_signals import Jobs
from reader_app.workflows.import_offer import (
    ImportOffer,
    OfferedSeries,
    PassedOver,
    middle_slices,
)
from studies.imaging.dicom.listing import spelled
from studies.store import Store

MARGINS_LATER = "Margins of lesions: you are asked about them afterwards."


@dataclass(frozen=True)
class OfferRow:
    """A series that was found, or files that make none; `refusal` says why it cannot be taken.

    `at` is its place in the offer, None for files that make no series.
    """

    at: int | None
    title: str
    line: str
    measures: str
    remarks: tuple[Remark, ...] = ()
    refusal: str = ""
    tooltip: str = ""


@dataclass(frozen=True)
class Offered:
    """An offer of one study, with margins that lay beside it."""

    store: Store
    offer: ImportOffer
    margins: tuple[Path, ...]
    rows: tuple[OfferRow, ...] = field(default=())


class Offer(QObject):
    """The offer that waits for the person's word; `changed` with its ticks and pictures.

    Further ones wait behind it.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self._jobs = jobs
        self._waiting: list[Offered] = []
        self._ticked: set[int] = set()
        self._pictures: dict[int, QImage] = {}
        self._wanted: tuple[int, ...] = ()
        self._reading: Offered | None = None

    @property
    def standing(self) -> Offered | None:
        """The offer that is shown; None without any."""
        return self._waiting[0] if self._waiting else None

    @property
    def behind(self) -> int:
        """How many more wait behind it."""
        return max(0, len(self._waiting) - 1)

    @property
    def ticked(self) -> frozenset[int]:
        """The places of the series that are to be taken."""
        return frozenset(self._ticked)

    @property
    def takeable(self) -> frozenset[int]:
        """The places of the series that can be."""
        return frozenset(self.standing.offer.takeable) if self.standing else frozenset()

    def add(self, offered: Offered) -> None:
        """Put an offer behind those that wait."""
        self._waiting.append(offered)
        if len(self._waiting) == 1:
            self._turn()
        self.changed.emit()

    def tick(self, places: Iterable[int], on: bool) -> None:
        """Tick series, or take their ticks away; those that cannot be taken have none."""
        chosen = self.takeable.intersection(places)
        self._ticked = self._ticked | chosen if on else self._ticked - chosen
        self.changed.emit()

    def answered(self) -> Offered | None:
        """Take the standing offer away, and turn to the one behind it."""
        if not self._waiting:
            return None
        done = self._waiting.pop(0)
        self._turn()
        self.changed.emit()
        return done

    def clear(self) -> None:
        """Let all go: nothing of them is taken."""
        for one in self._waiting:
            one.offer.close()
        self._waiting.clear()
        self._turn()
        self.changed.emit()

    def _turn(self) -> None:
        self._ticked = set(self.takeable)
        self._pictures.clear()
        self._wanted, self._reading = (), None

    # --- pictures ---------------------------------------------------------------------------

    def picture(self, row: OfferRow) -> QImage | None:
        """The middle slice; None until it is read, null where it cannot be."""
        return None if row.at is None else self._pictures.get(row.at)

    def want_pictures(self, rows: Iterable[OfferRow]) -> None:
        """These rows are on the screen: their pictures are read, a few at a time."""
        self._wanted = tuple(row.at for row in rows if row.at is not None)
        self._read()

    def _read(self) -> None:
        """One batch at a time: whoever hears of pictures that came asks for those that are left."""
        if self._reading is not None:
            return
        offered = self.standing
        batch = tuple(at for at in self._wanted if at not in self._pictures)[:AT_ONCE]
        if offered is None or not batch:
            return
        self._reading = offered
        self._jobs.small(
            lambda: _pictures(offered.offer, batch),
            lambda found: self._take(offered, found),
            lambda failure: self._missed(offered, batch, failure),
        )

    def _take(self, offered: Offered, found: tuple[tuple[int, QImage], ...]) -> None:
        if offered is not self._reading:  # answered meanwhile
            return
        self._reading = None
        self._pictures.update(found)
        self.changed.emit()
        self._read()

    def _missed(self, offered: Offered, batch: tuple[int, ...], _failure: Failure) -> None:
        """Without pictures the choice is as good; taking the series says what is wrong."""
        self._take(offered, tuple((at, QImage()) for at in batch))


def _pictures(offer: ImportOffer, batch: tuple[int, ...]) -> tuple[tuple[int, QImage], ...]:
    return tuple(
        (at, QImage() if pixels is None else drawn(pixels, has_hu=offer.series[at].first.has_hu))
        for at, pixels in middle_slices(offer, batch)
    )


def rows_of(offer: ImportOffer, margins: Iterable[Path] = ()) -> tuple[OfferRow, ...]:
    """Series first, those that cannot be taken and files that make none after them.

    `margins` are files that will be asked about: no picture, and not lost.
    """
    later = frozenset(spelled(path) for path in margins)
    series = tuple(_series_row(at, one) for at, one in enumerate(offer.series))
    good = tuple(row for row in series if not row.refusal)
    refused = tuple(row for row in series if row.refusal)
    return (*good, *refused, *(_passed_row(one, later) for one in offer.passed_over))


def _series_row(at: int, one: OfferedSeries) -> OfferRow:
    first, slices = one.first, len(one.plan.slices)
    apart = f"{one.slice_spacing:.2f}".removesuffix("0")
    day = _day(first.date)
    told = [f"{one.patient}: {one.description}" + (f", {day}" if day else "")]
    told += [f"PatientID in the file: {first.patient} (not stored)"] if _has_id(one) else []
    told += [f"From {one.folder}", *(explained(badge) for badge in one.badges)]
    return OfferRow(
        at=at,
        title=one.patient,
        line=f"{one.description} · {day}" if day else one.description,
        measures=f"{counted(slices, 'slice')} · {first.column_spacing:.2f} × "
        f"{first.row_spacing:.2f} × {apart} mm",
        remarks=tuple(remark(badge) for badge in one.badges),
        refusal=one.refusal,
        tooltip="\n".join([*told, one.refusal] if one.refusal else told),
    )


def _day(date: str) -> str:
    """ "2020-03-10" of a DICOM date; "" where it is none."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdigit() else ""


def _has_id(one: OfferedSeries) -> bool:
    return not any(note.startswith("no PatientID") for note in one.first.minted)


def _passed_row(one: PassedOver, later: frozenset[str]) -> OfferRow:
    reason = MARGINS_LATER if later.issuperset(one.files) else one.reason
    names = "\n".join(one.files[:20])
    files = counted(len(one.files), "file")
    title = files if len(one.files) > 1 else PurePath(one.files[0]).name
    more = f"\nand {len(one.files) - 20:,} more" if len(one.files) > 20 else ""
    return OfferRow(
        at=None,
        title=f"{one.description} · {files}" if one.description else title,
        line="",
        measures="",
        refusal=reason,
        tooltip=f"{reason}\n{names}{more}",
    )
