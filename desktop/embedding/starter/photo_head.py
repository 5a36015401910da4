"""The photos' side of a starter model: what is learned, and how a vector is put together.

A vector is three blocks side by side for each of the model's eyes, weighted, then brought to
length 1:

    learned  (256)  a head trained so that a photo lies near its captions; length 1
    opinion  (128)  photo: the mean of ImageNet's class names, weighted by how likely the network
                    thinks each (ConSE, Norouzi et al. 2013, arXiv:1312.5650): short when it is
                    unsure. Words: the class names that mean the same
    look     (128)  principal axes of what is seen in each quarter of the photo, length 1. Words:
                    how what they describe is wont to look

so the dot product of two photos weighs all three, and that of a photo with words mostly the first
two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional

from desktop.embedding.starter.towers import EYES, N_CLASSES, Features
from desktop.embedding.starter.words import LEARNED_DIM, LOOK_DIM, OPINION_DIM

QUARTERS_DIM = 5120
SOFT = 2.0
"""Temperature of the opinion the image side learns from: at 1 the first class drowns the others."""


class Side(nn.Module):
    """Standardise, then a linear layer plus a dropout MLP -> (n, 256), unit length."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, n_in: int, n_hidden: int = 512, dropout: float = 0.5) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_in))
        self.register_buffer("deviation", torch.ones(n_in))
        self.drop_in = nn.Dropout(0.4 * dropout)
        self.linear = nn.Linear(n_in, LEARNED_DIM)
        self.hidden = nn.Linear(n_in, n_hidden)
        self.drop_hidden = nn.Dropout(dropout)
        self.out = nn.Linear(n_hidden, LEARNED_DIM)

    def standardise_by(self, inputs: Tensor) -> None:
        """Take mean and deviation from (n, n_in) training inputs."""
        self.mean = inputs.mean(0)
        self.deviation = inputs.std(0) + 1e-4

    def forward(self, inputs: Tensor) -> Tensor:
        # Six deviations hold all but freaks, which would otherwise rule the vector.
        x = ((inputs - self.mean) / self.deviation).clamp(-6, 6)
        hidden = functional.gelu(self.hidden(self.drop_in(x)))
        learned = self.linear(self.drop_in(x)) + self.out(self.drop_hidden(hidden))
        return functional.normalize(learned, dim=-1)


class PhotoHead(nn.Module):
    """Features of photos through one pair of eyes -> (n, 512) rows of unit length."""

    weights: Tensor
    names: Tensor
    look_mean: Tensor
    look_axes: Tensor

    def __init__(self, seen_dim: int) -> None:
        super().__init__()
        self.image = Side(seen_dim + OPINION_DIM)
        self.register_buffer("weights", torch.ones(3))
        self.register_buffer("names", torch.zeros(N_CLASSES, OPINION_DIM))
        self.register_buffer("look_mean", torch.zeros(QUARTERS_DIM))
        self.register_buffer("look_axes", torch.zeros(QUARTERS_DIM, LOOK_DIM))

    def know_classes(self, meanings: Tensor) -> None:
        """Take the opinion block's axes from what the class names mean, (1000, d)."""
        centred = meanings - meanings.mean(0)
        self.names = functional.normalize(centred, dim=1) @ principal_axes(centred, OPINION_DIM)

    def know_looks(self, quarters: Tensor) -> None:
        """Take the look block's axes from photos' quarters (n, 5120)."""
        self.look_mean = quarters.mean(0)
        self.look_axes = principal_axes(quarters - self.look_mean, LOOK_DIM)

    def opinion(self, classes: Tensor) -> Tensor:
        """Logits (n, 1000) -> (n, 128), of length 0 (no idea) to 1 (certain)."""
        return classes.softmax(1) @ self.names

    def inputs(self, features: Features) -> Tensor:
        """What the learned block is made of: (n, seen_dim + 128)."""
        soft = functional.normalize(self.opinion(features.classes / SOFT), dim=1)
        return torch.cat([features.seen, soft], 1)

    def forward(self, features: Features) -> Tensor:
        learned = self.image(self.inputs(features))
        look = functional.normalize((features.quarters - self.look_mean) @ self.look_axes, dim=1)
        blocks = learned, self.opinion(features.classes), look
        weighted = [block * weight for block, weight in zip(blocks, self.weights, strict=True)]
        return functional.normalize(torch.cat(weighted, 1), dim=1)


def embed(heads: Sequence[PhotoHead], features: Sequence[Features]) -> Tensor:
    """What each pair of eyes saw of n photos -> (n, 512 a pair) rows of unit length."""
    rows = [head(seen) for head, seen in zip(heads, features, strict=True)]
    return torch.cat(rows, 1) / math.sqrt(len(rows))


def save_heads(heads: Mapping[str, PhotoHead], path: Path) -> None:
    """Write safetensors in half precision: half the size, cosines off by less than 1e-3.

    heads: by the name of their eyes."""
    tensors = {
        f"{eyes}.{name}": tensor.half().contiguous()
        for eyes, head in heads.items()
        for name, tensor in head.state_dict().items()
    }
    path.write_bytes(save(tensors))


def load_heads(path: Path) -> dict[str, PhotoHead]:
    """Read what `save_heads` wrote. Raises OSError, SafetensorError, KeyError or RuntimeError."""
    states: dict[str, dict[str, Tensor]] = {}
    for key, tensor in load_file(path).items():
        eyes, name = key.split(".", 1)
        states.setdefault(eyes, {})[name] = tensor.float()
    heads = {}
    for eyes in sorted(states):
        heads[eyes] = PhotoHead(EYES[eyes].seen_dim)
        heads[eyes].load_state_dict(states[eyes])
        heads[eyes].eval().requires_grad_(False)
    return heads


def principal_axes(centred: Tensor, n_axes: int) -> Tensor:
    """The directions (d, n_axes) in which rows (n, d) of mean 0 differ most, then zeros."""
    n_found = min(n_axes, *centred.shape)
    _, _, axes = torch.svd_lowrank(centred, q=n_found, niter=4)
    return functional.pad(axes, (0, n_axes - n_found))
