"""What an order keeps to in a part with fewer items: the constraints of a protocol, eased.

A part of slices, volumes or aided reading presents the real items alone. Its repeats are as far
apart as the share of items that is left allows, and its blocks hold ten trials at the least.
"""

from __future__ import annotations

from dataclasses import replace

from studies.protocols.parts import ROI
from studies.records import OrderConstraints, ProtocolDraft


def part_limits(limits: OrderConstraints, left: int, every: int) -> OrderConstraints:
    """The constraints of a part that presents `left` of `every` item.

    Example: 182 of 302 items, repeats 60 apart in 8 blocks -> 36 apart, 8 blocks.
    """
    if left >= every:
        return limits
    return replace(
        limits,
        blocks=max(1, min(limits.blocks, left // 10)),
        repeat_distance=limits.repeat_distance * left // max(1, every),
    )


def eased(draft: ProtocolDraft) -> tuple[str, ...]:
    """What parts with real items alone keep to instead of the sealed limits, a sentence each.

    Empty where every part keeps to the limits as they stand.
    """
    real = sum(count for _, count in draft.real_per_category)
    every = real + sum(count for _, count in draft.synthetic_per_category)
    own, usual = part_limits(draft.constraints, real, every), draft.constraints
    changed = []
    if draft.repeats and own.repeat_distance != usual.repeat_distance:
        changed.append(
            f"repeats are {own.repeat_distance} trials apart or more in place of "
            f"{usual.repeat_distance}"
        )
    if draft.repeats > real:
        changed.append(f"{real} are repeated in place of {draft.repeats}")
    if own.blocks != usual.blocks:
        changed.append(f"there {_are(own.blocks)} in place of {usual.blocks}")
    if not changed or real == every:
        return ()
    return tuple(
        f"The condition {condition} presents the {real} real of {every} items only: "
        f"{_listed(changed)}."
        for condition in draft.conditions
        if condition != ROI
    )


def _listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _are(blocks: int) -> str:
    return "is 1 block" if blocks == 1 else f"are {blocks} blocks"
