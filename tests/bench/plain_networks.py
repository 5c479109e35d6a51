"""Plain references for the network benchmarks: the same networks as a beginner writes them.

Eager float32, default memory layout, every gradient taken, textbook modules and losses.
"""

from __future__ import annotations

import torch
from torch import nn

BATCH = 64


def plain_cnn() -> nn.Sequential:
    """The classifier of 1,306,115 parameters."""
    layers: list[nn.Module] = []
    for before, after in ((1, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(before, after, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), nn.Linear(8192, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 3)]
    return nn.Sequential(*layers)


class PlainCnnStep:
    """One SGD step on a batch of 64."""

    def __init__(self) -> None:
        self.network = plain_cnn()
        self._loss = nn.CrossEntropyLoss()
        self._optimiser = torch.optim.SGD(
            self.network.parameters(), lr=1e-3, momentum=0.9, nesterov=True
        )
        self._images = torch.rand(BATCH, 1, 64, 64)
        self._targets = torch.randint(0, 3, (BATCH,))

    def __call__(self) -> None:
        self._optimiser.zero_grad()
        self._loss(self.network(self._images), self._targets).backward()
        self._optimiser.step()


def plain_generator() -> nn.Sequential:
    """The generator of 18,865,025 parameters."""
    layers: list[nn.Module] = [
        nn.Linear(100, 1024 * 16),
        nn.Unflatten(1, (1024, 4, 4)),
        nn.BatchNorm2d(1024),
        nn.ReLU(),
    ]
    for before, after in ((1024, 512), (512, 256), (256, 128)):
        up = nn.ConvTranspose2d(before, after, 5, 2, padding=2, output_padding=1, bias=False)
        layers += [up, nn.BatchNorm2d(after), nn.ReLU()]
    layers += [nn.ConvTranspose2d(128, 1, 5, 2, padding=2, output_padding=1), nn.Tanh()]
    return nn.Sequential(*layers)


def plain_discriminator() -> nn.Sequential:
    """The discriminator of 4,312,449 parameters."""
    layers: list[nn.Module] = [nn.Conv2d(1, 64, 5, 2, padding=2), nn.LeakyReLU(0.2)]
    for before, after in ((64, 128), (128, 256), (256, 512)):
        down = nn.Conv2d(before, after, 5, 2, padding=2, bias=False)
        layers += [down, nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512 * 16, 1))


class PlainDcganStep:
    """One step of each player on a batch of 64, as in the textbook loop.

    Both players look at the same drawn images: 426 GFLOP.
    """

    def __init__(self) -> None:
        self.generator, self.critic = plain_generator(), plain_discriminator()
        self._loss = nn.BCEWithLogitsLoss()
        self._of_generator = torch.optim.Adam(self.generator.parameters(), 2e-4, (0.5, 0.999))
        self._of_critic = torch.optim.Adam(self.critic.parameters(), 2e-4, (0.5, 0.999))
        self._real = torch.rand(BATCH, 1, 64, 64) * 2 - 1
        self._one, self._zero = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

    def __call__(self) -> None:
        self._of_critic.zero_grad()
        fake = self.generator(torch.rand(BATCH, 100) * 2 - 1)
        self._loss(self.critic(self._real), self._one).backward()
        self._loss(self.critic(fake.detach()), self._zero).backward()
        self._of_critic.step()
        self._of_generator.zero_grad()
        self._loss(self.critic(fake), self._one).backward()
        self._of_generator.step()


def size(network: nn.Module) -> int:
    """Its parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
