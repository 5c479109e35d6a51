"""The paper's own study, read again through packages: it must print the paper's Table 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from simulation.paper_study import EXPERTS, draw_study, paper_counts, run_paper_study
from simulation.whole_study import quick_room

from studies import reading
from studies.package import ReadingPackage
from studies.records import DEFAULT_SCHEME
from studies.report.readers import ReaderResults
from studies.report.sentences import p_text
from studies.report.tables import Table, reader_tables
from studies.store import Store


@dataclass(frozen=True)
class Rebuilt:
    """The study after unblinding, and its results."""

    store: Store
    results: ReaderResults
    logs_are_whole: bool  # beside their receipts, which lie with the keys of who read

    def table(self, key: str) -> Table:
        """One table of the report."""
        tables = reader_tables(self.results, DEFAULT_SCHEME)
        return next(table for table in tables if table.key == key)


@pytest.fixture(scope="module")
def rebuilt() -> Iterator[Rebuilt]:
    with pytest.MonkeyPatch.context() as patch, quick_room(patch) as room:
        counts = paper_counts()
        with draw_study(room / "rebuilt") as store:
            results = run_paper_study(store, counts)
            yield Rebuilt(store, results, reading.verify(store).ok)


def test_it_prints_table_4_with_62_6_where_the_paper_has_62_5(rebuilt: Rebuilt) -> None:
    first, second = rebuilt.table("table_4").rows[:2]
    assert first == (
        "Expert 1",
        "142/182 = 78.0 [71.5, 83.4]",
        "93/120 = 77.5 [69.2, 84.1]",
        "235/302 = 77.8 [72.8, 82.1]",
        "189/302 = 62.6 [57.0, 67.9]",
    )
    assert second == (
        "Expert 2",
        "126/182 = 69.2 [62.2, 75.5]",
        "83/120 = 69.2 [60.4, 76.7]",
        "209/302 = 69.2 [63.8, 74.1]",
        "177/302 = 58.6 [53.0, 64.0]",
    )


def test_the_experts_agree_on_222_of_302_and_differ_with_p_0034(rebuilt: Rebuilt) -> None:
    counts = paper_counts()
    (row,) = rebuilt.table("agreement").rows
    assert row[0] == "Expert 1 and Expert 2"
    assert "222/302 = 73.5 [68.3, 78.2]" in row
    assert row[-1] == ".0034"
    (pair,) = rebuilt.results.pairs
    assert pair.outcomes.both_correct == counts.both_right
    assert (pair.outcomes.only_first, pair.outcomes.only_second) == (50, 24)
    assert p_text(pair.mcnemar.p) == ".0034"


def test_every_item_was_read_once_by_each_and_the_logs_are_whole(rebuilt: Rebuilt) -> None:
    answers = reading.answers(rebuilt.store)
    for expert in EXPERTS:
        own = [one for one in answers if one.reader == expert]
        assert len({one.item for one in own}) == len(own) == 302
        assert {one.reader_kind for one in own} == {"person"}
    assert rebuilt.logs_are_whole
    assert rebuilt.results.unfinished == ()


def test_the_packages_that_were_read_are_the_ones_of_the_study(rebuilt: Rebuilt) -> None:
    for reader in reading.readers(rebuilt.store):
        assert reader.package is not None
        package = ReadingPackage.open(reader.package)
        try:
            assert package.answered == package.total == 302
            assert package.verify().ok
        finally:
            package.close()


def test_saying_real_to_everything_scores_what_the_paper_leaves_out(rebuilt: Rebuilt) -> None:
    assert rebuilt.results.always_real.percent == "60.3"
    for score in rebuilt.results.scores:
        assert score.detection is not None
        assert score.detection.prevalence.null == pytest.approx(182 / 302)
        assert score.detection.prevalence.p > 0.05
