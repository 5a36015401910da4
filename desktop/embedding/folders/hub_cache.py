"""Where the Hugging Face hub's own cache, shared by every program, keeps a model."""

from __future__ import annotations

import os
from pathlib import Path


def list_snapshots(repo: str, revision: str | None = None) -> list[Path]:
    """The snapshots of owner/name in the cache: `revision` first, then main, then the others.

    Reads folder names and one small file: no network, and not huggingface_hub, which is slow to
    import. Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
    """
    root = _cache_path() / f"models--{repo.replace('/', '--')}"
    try:
        found = sorted(path for path in (root / "snapshots").iterdir() if path.is_dir())
    except OSError:
        return []
    try:
        main = (root / "refs" / "main").read_text(encoding="utf-8").strip()
    except OSError:
        main = None
    return sorted(found, key=lambda path: (path.name != revision, path.name != main))


def _cache_path() -> Path:
    """As huggingface_hub.constants decides it, from the environment of this moment."""
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if cache:
        return Path(os.path.expandvars(cache)).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{shared}/huggingface"
    return Path(os.path.expandvars(home)).expanduser() / "hub"
