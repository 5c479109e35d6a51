"""Networks laid out from their specs have the layers and parameters of the built ones."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.cnn.layouts import LAYOUTS
from engine.cnn.networks import LesionCnn, parameters
from engine.gan.acgan import (
    AcganDiscriminator,
    AcganGenerator,
    OdenaDiscriminator,
    OdenaGenerator,
)
from engine.gan.cda import CdaDiscriminator, CdaGenerator
from engine.gan.networks import Discriminator, Generator
from engine.specs import CnnSpec, GanSpec
from reader_app.workflows.report_networks import classifier_drawing, gan_drawings

SMALL = {"ngf": 6, "ndf": 8, "latent": 10}
BUILT: dict[str, tuple[type[nn.Module], type[nn.Module]]] = {
    "dcgan": (Generator, Discriminator),
    "acgan-dcgan": (AcganGenerator, AcganDiscriminator),
    "acgan-odena": (OdenaGenerator, OdenaDiscriminator),
}


@pytest.mark.parametrize("spec", [layout for _, layout in LAYOUTS] + [CnnSpec(slices=5)])
def test_a_classifier_has_the_parameters_of_the_built_one(spec):
    assert classifier_drawing(spec, (), 1).parameters == parameters(LesionCnn(spec))


def test_the_papers_sizes_are_those_that_are_known():
    assert classifier_drawing(CnnSpec(), (), 1).parameters == 1_306_115
    generator, discriminator = gan_drawings(GanSpec(), (), 1)
    assert generator.parameters == 18_865_025
    assert discriminator.parameters == 4_312_449
    assert generator.layers[1].shape == (1024, 4, 4)
    assert generator.layers[-1].shape == (1, 64, 64)


@pytest.mark.parametrize("kind", sorted(BUILT))
@pytest.mark.parametrize("classes", [3, 2])
def test_generators_and_discriminators_have_the_parameters_of_the_built_ones(kind, classes):
    spec = GanSpec(kind=kind, classes=classes, **SMALL)
    drawn = gan_drawings(spec, ("x",), 2)
    assert [one.parameters for one in drawn] == [parameters(make(spec)) for make in BUILT[kind]]
    assert all(one.runs == 2 and one.users == ("x",) for one in drawn)


def test_the_conditional_generator_has_them_too():
    spec = GanSpec(kind="cda", kernel=4, **SMALL)
    generator, discriminator = gan_drawings(spec, (), 1)
    assert generator.parameters == parameters(CdaGenerator(spec))
    built = CdaDiscriminator(spec, torch.Generator().manual_seed(0))
    assert discriminator.parameters == parameters(built)
