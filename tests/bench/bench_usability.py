"""The ten commonest tasks at the real window: clicks, keys, seconds (`start.py bench usability`).

Seconds are hands by the keystroke-level model plus what the program was waited for, as measured
here; the limits on clicks and keys stand in tests/e2e/test_usability.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import ten_tasks
from measuring import Report
from pytestqt.qtbot import QtBot
from shared_data import shared_path
from ten_tasks import Bill, CountedPerson

ON_REAL_CT = (170.0, 230.0, 20.0)  # a lesion's centre and radius on slice 20, px


def test_ten_tasks(
    qtbot: QtBot, demo_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    bill = Bill()
    person = CountedPerson(qtbot, bill)
    person.desktop.settings.author = "Dr Test"
    person.desktop.opening.open(demo_copy)
    person.window.resize(1280, 800)
    ten_tasks.import_ct(person, shared_path("data/ct_crlm_1004"))
    ten_tasks.draw_a_cyst(person, *ON_REAL_CT)
    ten_tasks.start_training(person)
    ten_tasks.look_at_samples(person)
    ten_tasks.seal(person)
    ten_tasks.read_trials(person)
    ten_tasks.see_table_4(person)
    ten_tasks.open_tsne(person)
    ten_tasks.export_report(person, tmp_path / "report.html", monkeypatch.setattr)
    again = ten_tasks.reopen(person)
    assert person.errors == again.errors == []
    assert again.close()
    print(f"\n{bill.table()}")  # noqa: T201
