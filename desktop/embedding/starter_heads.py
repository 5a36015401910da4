"""The heads of the starter model: what we train, and how a vector is put together from them.

A vector is three blocks side by side, weighted, then brought to length 1:

    learned  (256)  heads trained so that a photo lies near its captions; length 1
    opinion  (128)  photo: the mean of ImageNet's class names, weighted by how likely the network
                    thinks each (ConSE, Norouzi et al. 2013, arXiv:1312.5650): short when it is
                    unsure. Words: the words themselves, as long as they are near to a class name
    look     (128)  photo: principal axes of what is seen in each quarter, length 1; words: nothing

so the dot product of two photos weighs all three, and that of a photo with words the first two.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional

from desktop.embedding.starter_towers import N_CLASSES, TEXT_DIM, Features

LEARNED_DIM = 256
OPINION_DIM = 128
LOOK_DIM = 128
DIM = LEARNED_DIM + OPINION_DIM + LOOK_DIM
SEEN_DIM = 2064
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


class Heads(nn.Module):
    """Features of photos and sentences of words -> (n, 512) rows of unit length."""

    weights: Tensor
    name_mean: Tensor
    name_axes: Tensor
    names: Tensor
    look_mean: Tensor
    look_axes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.image = Side(SEEN_DIM + OPINION_DIM)
        self.text = Side(TEXT_DIM)
        self.register_buffer("weights", torch.ones(3))
        self.register_buffer("name_mean", torch.zeros(TEXT_DIM))
        self.register_buffer("name_axes", torch.zeros(TEXT_DIM, OPINION_DIM))
        self.register_buffer("names", torch.zeros(N_CLASSES, OPINION_DIM))
        self.register_buffer("look_mean", torch.zeros(QUARTERS_DIM))
        self.register_buffer("look_axes", torch.zeros(QUARTERS_DIM, LOOK_DIM))

    def know_classes(self, names: Tensor) -> None:
        """Take the opinion block's axes from the class names' sentences (1000, 384)."""
        self.name_mean = names.mean(0)
        self.name_axes = principal_axes(names - self.name_mean, OPINION_DIM)
        self.names = functional.normalize(names - self.name_mean, dim=1) @ self.name_axes

    def know_looks(self, quarters: Tensor) -> None:
        """Take the look block's axes from photos' quarters (n, 5120)."""
        self.look_mean = quarters.mean(0)
        self.look_axes = principal_axes(quarters - self.look_mean, LOOK_DIM)

    def opinion(self, classes: Tensor) -> Tensor:
        """Logits (n, 1000) -> (n, 128), of length 0 (no idea) to 1 (certain)."""
        return classes.softmax(1) @ self.names

    def image_inputs(self, features: Features) -> Tensor:
        """What the image side learns from: (n, 2192)."""
        soft = functional.normalize(self.opinion(features.classes / SOFT), dim=1)
        return torch.cat([features.seen, soft], 1)

    def embed_features(self, features: Features) -> Tensor:
        """Photos -> (n, 512)."""
        learned = self.image(self.image_inputs(features))
        look = (features.quarters - self.look_mean) @ self.look_axes
        return self._join(
            learned, self.opinion(features.classes), functional.normalize(look, dim=1)
        )

    def embed_sentences(self, sentences: Tensor) -> Tensor:
        """Sentences (n, 384) -> (n, 512)."""
        words = functional.normalize((sentences - self.name_mean) @ self.name_axes, dim=1)
        nearness = (words @ self.names.T).amax(1, keepdim=True).clamp(0, 1)
        nothing = torch.zeros(len(sentences), LOOK_DIM, device=sentences.device)
        return self._join(self.text(sentences), words * nearness, nothing)

    def _join(self, *blocks: Tensor) -> Tensor:
        weighted = [block * weight for block, weight in zip(blocks, self.weights, strict=True)]
        return functional.normalize(torch.cat(weighted, 1), dim=1)

    def save(self, path: Path) -> None:
        """Write safetensors in half precision: half the size, cosines off by less than 1e-3."""
        tensors = {name: tensor.half().contiguous() for name, tensor in self.state_dict().items()}
        path.write_bytes(save(tensors))

    @classmethod
    def load(cls, path: Path) -> Heads:
        """Read what `save` wrote. Raises OSError, SafetensorError or RuntimeError."""
        heads = cls()
        heads.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
        return heads.eval().requires_grad_(False)


def principal_axes(centred: Tensor, n_axes: int) -> Tensor:
    """The directions (d, n_axes) in which rows (n, d) of mean 0 differ most, then zeros."""
    n_found = min(n_axes, *centred.shape)
    _, _, axes = torch.svd_lowrank(centred, q=n_found, niter=4)
    return functional.pad(axes, (0, n_axes - n_found))
