"""Where a study stands and what to do next, computed from its counts alone."""

from __future__ import annotations

from dataclasses import dataclass

from studies.records import StudyCounts

STEPS = ("cases", "annotate", "learn", "read", "results")
ENOUGH_PER_CLASS = 6
"""Fewer lesions of a class than this cannot fill three patient-wise folds with two each."""


@dataclass(frozen=True)
class Step:
    """One of the five steps. `state`: done | now | open | locked."""

    page: str
    title: str
    number: str
    unit: str
    line: str
    state: str


@dataclass(frozen=True)
class NextAction:
    """One thing to do: `page` it leads to, what the button says. `kind`: todo | warning."""

    page: str
    icon: str
    title: str
    why: str
    button: str
    kind: str = "todo"


def _many(n: int, one: str, more: str = "") -> str:
    return f"{n:,} {one if n == 1 else more or one + 's'}"


def steps(counts: StudyCounts) -> tuple[Step, ...]:
    """The five-step line: done green, the first unfinished one now, results locked if blinded."""
    drafts = (_cases(counts), _margins(counts), _learn(counts), _read(counts), _results(counts))
    done = (
        counts.lesions > 0,
        counts.lesions > 0 and counts.diagnosed == counts.lesions,
        counts.runs_finished > 0 and counts.runs_finished == counts.runs,
        counts.readers > 0 and counts.readers_finished == counts.readers,
        counts.unblinded,
    )
    now = next((k for k, is_done in enumerate(done) if not is_done), len(done))
    return tuple(
        Step(*draft, _step_state(k, done[k], now, counts)) for k, draft in enumerate(drafts)
    )


def _step_state(k: int, done: bool, now: int, counts: StudyCounts) -> str:
    if done:
        return "done"
    if STEPS[k] == "results" and counts.protocol_version and not counts.unblinded:
        return "locked"
    return "now" if k == now else "open"


_Draft = tuple[str, str, str, str, str]


def _cases(counts: StudyCounts) -> _Draft:
    line = f"{_many(counts.lesions, 'lesion')} in {_many(counts.series, 'series', 'series')}"
    unit = "patient" if counts.patients == 1 else "patients"
    return "cases", "Cases", f"{counts.patients:,}", unit, line if counts.cases else "Import CT"


def _margins(counts: StudyCounts) -> _Draft:
    number = f"{counts.margins:,} / {counts.lesions:,}"
    if not counts.lesions:
        return "annotate", "Margins", "0", "lesions", "No lesion is marked yet"
    if counts.diagnosed == counts.lesions:
        line = "All drawn and diagnosed"
    else:
        line = f"{_many(counts.lesions - counts.diagnosed, 'lesion')} to finish"
    return "annotate", "Margins", number, "", line


def _learn(counts: StudyCounts) -> _Draft:
    if not counts.runs:
        return "learn", "Learn", "0", "runs", "Nothing is trained yet"
    number = f"{counts.runs_finished:,} / {counts.runs:,}"
    return "learn", "Learn", number, "runs", _many(counts.synthetic, "synthetic ROI")


def _read(counts: StudyCounts) -> _Draft:
    if not counts.protocol_version:
        return "read", "Read", "0", "readers", "No protocol is sealed yet"
    number = f"{counts.readers_finished:,} / {counts.readers:,}"
    return "read", "Read", number, "readers", f"Protocol version {counts.protocol_version} sealed"


def _results(counts: StudyCounts) -> _Draft:
    if counts.unblinded:
        return "results", "Results", "Open", "", f"Unblinded, {_many(counts.readers, 'reader')}"
    if counts.protocol_version:
        return "results", "Results", "Sealed", "", "Opens after unblinding"
    return "results", "Results", "None", "", "Opens after reading"


def next_actions(counts: StudyCounts, flagged: int = 0, copies: int = 0) -> tuple[NextAction, ...]:
    """At most three actions, the most useful first.

    `flagged` = synthetic ROIs the copy audit found close to a training ROI and on which nobody
    has decided: readers may meet them. `copies` = those it keeps out by itself.
    """
    candidates = (
        _import_first(counts),
        _finish_margins(counts),
        _train(counts),
        _resume_training(counts),
        _look_at_flagged(flagged, copies),
        _synthesise(counts),
        _seal(counts),
        _enrol(counts),
        _continue_reading(counts),
        _unblind(counts),
        _see_results(counts),
        _import_more(counts),
        _draw_more(counts),
        _compare_arms(counts),
    )
    return tuple(action for action in candidates if action is not None)[:3]


def _import_first(counts: StudyCounts) -> NextAction | None:
    if counts.cases:
        return None
    why = "A folder, files, a zip or images with a CSV manifest. Nothing leaves this computer."
    return NextAction("cases", "import", "Import the first cases", why, "Import cases")


def _finish_margins(counts: StudyCounts) -> NextAction | None:
    missing = counts.lesions - counts.diagnosed
    if not counts.cases or (counts.lesions and not missing):
        return None
    if not counts.lesions:
        why = "Mark each lesion and draw its margin on the slice where it is largest."
        return NextAction("annotate", "annotate", "Draw the first margin", why, "Draw margins")
    title = f"Finish {_many(missing, 'lesion')}"
    why = "A lesion needs a margin, a diagnosis and its basis before its ROI can be used."
    return NextAction("annotate", "annotate", title, why, "Draw margins")


def _train(counts: StudyCounts) -> NextAction | None:
    if counts.runs or counts.diagnosed < ENOUGH_PER_CLASS:
        return None
    why = f"{_many(counts.diagnosed, 'lesion')} can be learned from, in folds by patient."
    return NextAction("learn", "learn", "Train the first network", why, "Start training")


def _resume_training(counts: StudyCounts) -> NextAction | None:
    missing = counts.runs - counts.runs_finished
    if not missing:
        return None
    title = f"Look at {_many(missing, 'unfinished run')}"
    return NextAction(
        "learn", "learn", title, "Running, queued, stopped or failed runs are listed.", "Open runs"
    )


def _look_at_flagged(flagged: int, copies: int) -> NextAction | None:
    if not flagged:
        return None
    title = f"Look at {_many(flagged, 'flagged synthetic ROI')}"
    why = "Close to a training ROI; readers may meet them until you keep them out."
    if copies:
        are = "copy is" if copies == 1 else "copies are"
        why = f"Close to a training ROI; readers may meet them. {copies:,} {are} kept out."
    return NextAction("learn", "warning", title, why, "Review", "warning")


def _synthesise(counts: StudyCounts) -> NextAction | None:
    if not counts.runs_finished or counts.synthetic:
        return None
    why = "Readers judge them beside real ones; the network learns from them."
    return NextAction("learn", "synthetic", "Make synthetic ROIs", why, "Open Learn")


def _seal(counts: StudyCounts) -> NextAction | None:
    if counts.protocol_version or not counts.synthetic:
        return None
    why = "It fixes items, questions and order before anyone reads."
    return NextAction("read", "lock", "Seal the reading protocol", why, "Open protocol")


def _enrol(counts: StudyCounts) -> NextAction | None:
    if not counts.protocol_version or counts.readers:
        return None
    why = "Each reader gets an order of their own, and a package to read from."
    return NextAction("read", "readers", "Enrol the first reader", why, "Open readers")


def _continue_reading(counts: StudyCounts) -> NextAction | None:
    missing = counts.readers - counts.readers_finished
    if not missing:
        return None
    title = f"Let {_many(missing, 'reader')} continue"
    return NextAction(
        "read", "read", title, "Reading resumes at the first open trial. Nothing is lost.",
        "Open reading",
    )  # fmt: skip


def _unblind(counts: StudyCounts) -> NextAction | None:
    finished = counts.readers and counts.readers == counts.readers_finished
    if not finished or counts.unblinded:
        return None
    why = "All readers have finished. Unblinding is recorded and cannot be undone."
    return NextAction("read", "unlock", "Unblind the study", why, "Open reading")


def _see_results(counts: StudyCounts) -> NextAction | None:
    if not counts.unblinded:
        return None
    why = "Readers and networks on the same ROIs, with intervals; the report as one file."
    return NextAction("results", "results", "See the results", why, "Open results")


def _import_more(counts: StudyCounts) -> NextAction | None:
    if not counts.cases:
        return None
    why = "Extra cases join training only when you say so; patients keep their fold."
    return NextAction("cases", "import", "Import more cases", why, "Open Cases")


def _draw_more(counts: StudyCounts) -> NextAction | None:
    if not counts.lesions or counts.diagnosed < counts.lesions:
        return None
    why = f"{_many(counts.diagnosed, 'margin')} drawn; each can be corrected until the seal."
    return NextAction("annotate", "annotate", "Check the margins", why, "Open Annotate")


def _compare_arms(counts: StudyCounts) -> NextAction | None:
    if not counts.runs_finished:
        return None
    why = "More runs with other seeds or augmentation show how sure a difference is."
    return NextAction("learn", "compare", "Train another arm", why, "Open Learn")
