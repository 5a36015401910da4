"""Learning from pairs of photos and words, whatever network learns."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from desktop.embedding.running.precision import has_bfloat16
from desktop.embedding.starter.training.captions import Rows
from desktop.embedding.starter.training.looking import BATCH, Draw

LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.3
TEMPERATURE = 0.07
MIN_TEMPERATURE = 0.05  # lower ones fit 6,000 photos by heart
AVERAGING = 0.99  # of the running mean, a step


def contrastive_loss(photos: Tensor, words: Tensor, of: Rows, temperature: Tensor) -> Tensor:
    """Cross-entropy both ways; rows (n, d) of words describe photo `of`, which may occur twice."""
    logits = words @ photos.T / temperature
    photo = torch.from_numpy(of)
    same = (photo[:, None] == photo[None]).float()
    target = same / same.sum(1, keepdim=True)  # symmetric, since `same` is
    per_text = -(target * logits.log_softmax(1)).sum(1).mean()
    per_photo = -(target * logits.log_softmax(0)).sum(0).mean()
    return (per_text + per_photo) / 2


class Learner:
    """A network while it learns; the running mean of its weights is what stays."""

    def __init__(self, learning: nn.Module, n_steps: int) -> None:
        self._learning = learning
        self._log_temperature = nn.Parameter(torch.tensor(math.log(TEMPERATURE)))
        groups = [
            {"params": list(learning.parameters()), "weight_decay": WEIGHT_DECAY},
            {"params": [self._log_temperature], "weight_decay": 0.0},
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, LEARNING_RATE, total_steps=n_steps, pct_start=0.1
        )
        self._n_done = 0
        self.mean = {name: tensor.clone() for name, tensor in learning.state_dict().items()}

    def step(self, look: Callable[[], tuple[Tensor, Tensor]], of: Rows) -> None:
        """Learn from one batch: `look` gives the rows of photos and of words."""
        self._learning.train()
        with _fast_numbers():
            photos, words = look()
        temperature = self._log_temperature.exp().clamp(min=MIN_TEMPERATURE)
        loss = contrastive_loss(photos.float(), words.float(), of, temperature)
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        self._schedule.step()
        self._n_done += 1
        keep = min(AVERAGING, self._n_done / (self._n_done + 10))
        for name, tensor in self._learning.state_dict().items():
            self.mean[name].lerp_(tensor, 1 - keep)

    def measured(self, weights: dict[str, Tensor], measure: Callable[[], float]) -> float:
        """`measure()` with other weights in place of those that are learned."""
        learning = {name: tensor.clone() for name, tensor in self._learning.state_dict().items()}
        self.finish(weights)
        result = measure()
        self._learning.load_state_dict(learning)
        return result

    def finish(self, weights: dict[str, Tensor]) -> None:
        """Put these weights in, for use."""
        self._learning.load_state_dict(weights)
        self._learning.eval()


def _fast_numbers() -> contextlib.AbstractContextManager[object]:
    """bfloat16 where this CPU multiplies it: four times as fast."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_bfloat16())


def learn(
    learning: nn.Module,
    n_epochs: int,
    of: Rows,
    look: Callable[[Rows], tuple[Tensor, Tensor]],
    measure: Callable[[], float],
    draw: Draw,
) -> None:
    """Train in place and keep the epoch that `measure` says is best.

    look: rows of captions -> rows of photos and of words, both (n, d)."""
    n_batches = math.ceil(len(of) / BATCH)
    learner = Learner(learning, n_epochs * n_batches)
    best, best_score = learner.mean, -1.0
    for epoch in range(n_epochs):
        for rows in np.array_split(draw.permutation(len(of)), n_batches):
            learner.step(lambda rows=rows: look(rows), of[rows])  # type: ignore[misc]
        score = learner.measured(learner.mean, measure)
        sys.stderr.write(f"epoch {epoch + 1} of {n_epochs}: recall@10 on dev {score:.3f}\n")
        if score >= best_score:
            best_score = score
            best = {name: tensor.clone() for name, tensor in learner.mean.items()}
    learner.finish(best)
