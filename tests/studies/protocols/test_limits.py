"""A part with the real items alone keeps to what its fewer trials can keep, and says so."""

from __future__ import annotations

from dataclasses import replace

from studies.protocols.limits import eased, part_limits
from studies.records import OrderConstraints, ProtocolDraft

PAPER = ProtocolDraft(
    "Paper",
    (("cyst", 53), ("metastasis", 64), ("hemangioma", 65)),
    (("cyst", 40), ("metastasis", 40), ("hemangioma", 40)),
    repeats=20,
    conditions=("roi", "slice"),
)


def test_repeats_stay_apart_in_proportion() -> None:
    own = part_limits(OrderConstraints(), 182, 302)
    assert (own.repeat_distance, own.blocks) == (36, 8)
    assert own.longest_class_run == OrderConstraints().longest_class_run


def test_a_part_with_every_item_keeps_the_sealed_limits() -> None:
    limits = OrderConstraints(blocks=3, repeat_distance=7)
    assert part_limits(limits, 30, 30) is limits


def test_few_trials_make_few_blocks() -> None:
    assert part_limits(OrderConstraints(), 15, 27).blocks == 1


def test_what_is_eased_is_said_for_each_condition_without_synthetic_items() -> None:
    said = eased(PAPER)
    assert said == (
        "The condition slice presents the 182 real of 302 items only: repeats are 36 trials apart "
        "or more in place of 60.",
    )


def test_nothing_is_said_where_nothing_is_eased() -> None:
    assert eased(replace(PAPER, conditions=("roi",))) == ()
    assert eased(replace(PAPER, synthetic_per_category=())) == ()
    assert eased(replace(PAPER, repeats=0)) == ()


def test_more_repeats_than_real_items_are_cut_and_said() -> None:
    small = replace(PAPER, real_per_category=(("cyst", 15),), repeats=20)
    (said,) = eased(small)
    assert said.endswith(
        "repeats are 6 trials apart or more in place of 60, 15 are repeated in place of 20 and "
        "there is 1 block in place of 8."
    )


def test_fewer_blocks_are_said_too() -> None:
    small = replace(PAPER, real_per_category=(("cyst", 15),), repeats=0)
    assert eased(small) == (
        "The condition slice presents the 15 real of 135 items only: there is 1 block in place "
        "of 8.",
    )
