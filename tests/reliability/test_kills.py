"""Promise 1 against kill -9 during an undo, a second answer, and while answers are taken in.

Plain answers are killed in tests/studies/reading/test_survival.py; the benchmark kills all kinds.
"""

from __future__ import annotations

from pathlib import Path

from reliability.kills import SECOND, UNDO, WaitingStudy, kill_merges, kill_readings

KILLS, MERGES = 6, 4


def test_a_kill_during_an_undo_or_a_second_answer_loses_nothing(place: Path) -> None:
    killed = kill_readings(place, KILLS, seed=5, during=(UNDO, SECOND), trials=30)
    assert {kill.during for kill in killed} == {UNDO, SECOND}
    assert len(killed) == KILLS
    assert all(kill.kept_the_promise for kill in killed), killed


def test_a_kill_while_answers_are_taken_in_leaves_all_of_them_or_none(
    waiting: WaitingStudy, place: Path
) -> None:
    assert waiting.merged > 0
    assert waiting.waiting > waiting.merged
    killed = kill_merges(waiting, place, MERGES, seed=6)
    assert len(killed) == MERGES
    assert all(kill.kept_the_promise for kill in killed), killed
