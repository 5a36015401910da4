"""Loading a model's folder from disk alone, through transformers or sentence-transformers: code
that lies in the folder is never run, and weights are safetensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from desktop.embedding.folders.torchvision_build import hide_torchvision
from desktop.errors import ModelUnavailable

Say = Callable[[str], ModelUnavailable]
"""Makes the sentence of a reason."""

SAFELY: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
"""How every folder is opened."""

_FAILURES = (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError)


@contextmanager
def _without_progress_bars() -> Iterator[None]:
    """No "Loading weights" bar of transformers inside the block: the command line draws its own."""
    from transformers.utils import logging

    was_enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if was_enabled:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def failures_said(say: Say) -> Iterator[None]:
    """What goes wrong inside the block, while a library loads, is raised as `say` says it; no
    progress bar is shown."""
    from safetensors import SafetensorError

    hide_torchvision()
    try:
        with _without_progress_bars():
            yield
    except (*_FAILURES, SafetensorError) as error:
        raise say(str(error).partition("\n")[0].rstrip(".")) from error


def load_auto_model(folder: Path, say: Say, unneeded: str = "", **options: Any) -> Any:
    """What transformers' AutoModel makes of a folder, in evaluation mode.

    unneeded: tensors with this in their names may be missing. options: as AutoModel takes them.
    Raises what `say` makes of a reason.
    """
    from transformers import AutoModel

    with failures_said(say):
        model, told = AutoModel.from_pretrained(
            folder, use_safetensors=True, output_loading_info=True, **SAFELY, **options
        )
    missing = {name for name in told["missing_keys"] if not unneeded or unneeded not in name}
    expect_all(missing, say)
    return model.eval().requires_grad_(False)


def expect_all(missing: set[str], say: Say) -> None:
    """Refuse a model whose folder lacks these weights: transformers fills what it does not find
    with random numbers and only logs it."""
    if missing:
        raise say(f"{len(missing)} of its weights are missing, {min(missing)} for one")


def in_a_line(error: Exception) -> str:
    """What an error says, as a reason: a library may say it in many lines, or not at all."""
    return " ".join(str(error).split()).rstrip(".")[:300] or repr(error)
