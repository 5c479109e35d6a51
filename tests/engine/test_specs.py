"""Specs: the paper's numbers, JSON both ways, and recipes that are not ours."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.specs import (
    PROFILES,
    AugmentationSpec,
    CnnSpec,
    CnnTraining,
    GanSpec,
    GanTraining,
    ProfileSizes,
    from_json,
    profile,
    spec_hash,
    to_json,
)

KINDS = (CnnSpec, AugmentationSpec, GanSpec, CnnTraining, GanTraining, ProfileSizes)


def test_the_papers_profile_has_the_papers_numbers():
    paper = profile("paper")
    assert paper.augmentation.per_roi == 480
    assert (paper.cnn.batch, paper.cnn.epochs, paper.cnn.dropout) == (64, 150, 0.5)
    assert (paper.gan.latent, paper.gan.batch, paper.gan.epochs) == (100, 64, 70)
    assert (paper.gan.learning_rate, paper.gan.beta1, paper.gan.leak) == (2e-4, 0.5, 0.2)
    assert paper.classic_optimum == 5000
    assert paper.cnn_steps is paper.gan_steps is None


@pytest.mark.parametrize("name", PROFILES)
def test_a_profiles_groups_fit_each_other(name: str):
    sizes = profile(name)
    assert sizes.name == name
    assert sizes.classic_groups[0] == 0
    assert list(sizes.classic_groups) == sorted(set(sizes.classic_groups))
    assert list(sizes.synthetic_groups) == sorted(set(sizes.synthetic_groups))
    assert sizes.classic_optimum in sizes.classic_groups
    assert min(sizes.synthetic_groups) > 0
    assert sizes.cnn.classes == sizes.gan.classes == 3


def test_smaller_profiles_are_smaller():
    paper, quick, smoke = (profile(name) for name in PROFILES)
    for part in ("classic_optimum", "gan.ngf", "gan.ndf", "cnn.dense"):
        values = []
        for sizes in (paper, quick, smoke):
            value: Any = sizes
            for name in part.split("."):
                value = getattr(value, name)
            values.append(value)
        assert values == sorted(values, reverse=True), part
        assert values[0] > values[2], part


def test_an_unknown_profile_is_a_sentence():
    with pytest.raises(EngineError, match="paper, quick, smoke"):
        profile("huge")


# --- JSON both ways -----------------------------------------------------------------------------

SPECS = st.one_of([st.from_type(kind) for kind in KINDS]).filter(
    lambda spec: not {"NaN", "Infinity"} & set(re.findall("NaN|Infinity", to_json(spec)))
)


@given(SPECS)
def test_every_spec_comes_back_as_it_was(spec: object):
    text = to_json(spec)
    again = from_json(text, type(spec))
    assert again == spec
    assert to_json(again) == text
    assert hash(again) == hash(spec)


@given(SPECS, st.data())
def test_another_value_is_another_text(spec: Any, data: st.DataObject):
    field = data.draw(st.sampled_from([f.name for f in dataclasses.fields(spec)]))
    value = getattr(data.draw(st.from_type(type(spec))), field)
    other = dataclasses.replace(spec, **{field: value})
    assert (to_json(spec) == to_json(other)) == (repr(spec) == repr(other))


def test_whole_numbers_stand_for_fractions_but_not_the_other_way():
    content = json.loads(to_json(CnnSpec()))
    whole = from_json(json.dumps({**content, "momentum": 0}), CnnSpec)
    assert whole.momentum == 0
    assert isinstance(whole.momentum, float)
    with pytest.raises(EngineError, match="needed"):
        from_json(json.dumps({**content, "epochs": 1.5}), CnnSpec)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dilation": 2}, "another version"),
        ({"type": "GanSpec"}, "not one of kind CnnSpec"),
        ({"epochs": True}, "needed"),
        ({"epochs": "150"}, "needed"),
        ({"epochs": None}, "needed"),
        ({"channels": ""}, "needed"),
        ({"channels": 32}, "needed"),
        ({"channels": ["32"]}, "needed"),
        ({"channels": {"0": 32}}, "needed"),
        ({"momentum": 10**400}, "needed"),
        ({"precision": 32}, "needed"),
    ],
)
def test_a_changed_recipe_is_refused(changes: dict[str, object], reason: str):
    content = {**json.loads(to_json(CnnSpec())), **changes}
    with pytest.raises(EngineError, match=reason):
        from_json(json.dumps(content), CnnSpec)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"dropout": NaN}',
        '{"dropout": -Infinity}',
        "null",
        "7",
        '"x"',
        "[" * 100_000,
        "\ud800",
    ],
)
def test_what_is_no_recipe_is_refused(text: str):
    with pytest.raises(EngineError, match="make it again"):
        from_json(text, CnnSpec)


def test_a_recipe_without_a_needed_entry_is_refused():
    spec = CnnTraining(CnnSpec(), AugmentationSpec(), (0, 1), 0, 1)
    content = json.loads(to_json(spec))
    del content["folds"]
    with pytest.raises(EngineError, match="lacks"):
        from_json(json.dumps(content), CnnTraining)
    del content["steps"]  # has a default
    assert from_json(json.dumps({**content, "folds": [0, 1]}), CnnTraining) == spec


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_hashes_tell_parts_apart(first: list[str], second: list[str]):
    assert (spec_hash(*first) == spec_hash(*second)) == (first == second)
    assert math.log2(int("f" * len(spec_hash(*first)), 16)) == pytest.approx(256)
