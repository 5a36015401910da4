"""Guards for every test: no network, no home folder, no leftover thread, no screen.

Warnings are errors, and only this machine can be connected to: see pyproject.toml.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator

import pytest
from tqdm import tqdm

# Set before anything is collected: platformdirs, Hugging Face and Qt read them when they are
# imported or first used.
_HOME = tempfile.mkdtemp(prefix="likeness-tests-")
os.environ.update(
    {
        "HOME": _HOME,
        "USERPROFILE": _HOME,
        "APPDATA": os.path.join(_HOME, "roaming"),
        "LOCALAPPDATA": os.path.join(_HOME, "local"),
        "XDG_CACHE_HOME": os.path.join(_HOME, "cache"),
        "XDG_CONFIG_HOME": os.path.join(_HOME, "config"),
        "XDG_DATA_HOME": os.path.join(_HOME, "data"),
        "XDG_STATE_HOME": os.path.join(_HOME, "state"),
        "QT_QPA_PLATFORM": "offscreen",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
)
for _name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_ENDPOINT"):
    os.environ.pop(_name, None)

# Several test processes share the cores; see ENVIRONMENT in desktop/__main__.py.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# The bars of transformers would start a thread that watches them, and that never ends.
tqdm.monitor_interval = 0

THREADS_END_WITHIN_S = 5.0


@pytest.fixture(autouse=True)
def no_leftover_threads() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = _threads()
    yield
    for thread in _threads() - before:
        thread.join(THREADS_END_WITHIN_S)
    left = sorted(thread.name for thread in _threads() - before)
    assert not left, f"the test left threads running: {left}"


def _threads() -> set[threading.Thread]:
    """Python's own; a thread of Qt or torch that once ran Python code is a dummy here."""
    return {
        thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)
    }


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)
