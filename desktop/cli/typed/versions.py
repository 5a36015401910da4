"""`likeness --version`: what this is made of, told without loading it."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata

from desktop import __version__
from desktop.settings import resource_path

_GIT_TIMEOUT_S = 5


def describe() -> str:
    """One line each for version and commit, torch, Qt and the device a model would run on.

    Imports torch only where nothing else tells whether there is a GPU that it can use.
    """
    from desktop.library import device_name

    commit = find_commit()
    rows = {
        "likeness": __version__ + (f" (commit {commit})" if commit else ""),
        "Python": platform.python_version(),
        "torch": metadata.version("torch"),
        "Qt": metadata.version("PySide6-Essentials"),
        "device": device_name(),
    }
    return "".join(f"{name} {value}\n" for name, value in rows.items())


def find_commit() -> str | None:
    """The commit this was made from: a package says it, a checkout asks git, a wheel has none."""
    baked = resource_path("commit.txt")
    if baked.is_file():
        return baked.read_text(encoding="utf-8").strip()
    root = resource_path().parent
    if not (root / ".git").exists():
        return None
    try:
        said = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_GIT_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError):  # no git, or a checkout that is not ours to ask
        return None
    return said.stdout.strip()
