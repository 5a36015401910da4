"""Guards for every test: no network, no home folder, no leftover thread, no screen.

Warnings are errors: see pyproject.toml. No connection to another machine: tests/no_network.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

from desktop.catalog.databases.sqlite import opening
from desktop.embedding.folders.torchvision_build import hide_torchvision
from desktop.logs import end_log
from tests import new_catalogs
from tests.no_network import sitecustomize
from tests.postgres_server import PostgresServer, postgres_server
from tests.shared_decoders import DECODERS, Decodes

# Set before anything is collected: platformdirs, Hugging Face and Qt read them when they are
# imported or first used.
_HOME = tempfile.mkdtemp(prefix="likeness-tests-")
_GUARD = str(Path(sitecustomize.__file__).parent)
_CONNECTIONS = Path(_HOME, "connections.txt")
os.environ.update(
    {
        sitecustomize.REPORT: str(_CONNECTIONS),
        "PYTHONPATH": os.pathsep.join(filter(None, (_GUARD, os.environ.get("PYTHONPATH")))),
        "HOME": _HOME,
        "USERPROFILE": _HOME,
        "APPDATA": os.path.join(_HOME, "roaming"),
        "LOCALAPPDATA": os.path.join(_HOME, "local"),
        "XDG_CACHE_HOME": os.path.join(_HOME, "cache"),
        "XDG_CONFIG_HOME": os.path.join(_HOME, "config"),
        "XDG_DATA_HOME": os.path.join(_HOME, "data"),
        "XDG_STATE_HOME": os.path.join(_HOME, "state"),
        "QT_QPA_PLATFORM": f"offscreen:configfile={Path(__file__).with_name('screen.json')}",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
)
# The many processes that tests start find byte code, as where Likeness is installed: without it
# each of them compiles 300 modules for half a second.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
for _name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HF_ENDPOINT"):
    os.environ.pop(_name, None)

# Several test processes share the cores; see ENVIRONMENT in desktop/__main__.py.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Tests ask transformers themselves.
hide_torchvision()

# The bars of transformers would start a thread that watches them, and that never ends.
tqdm.monitor_interval = 0

# As in the program: widgets that are garbage must not be deleted on another thread.
gc.disable()
N_BEFORE_COLLECTING = 50_000

THREADS_END_WITHIN_S = 5.0

TESTS = Path(__file__).parent
FIRST = ("e2e", "packaging", "library", "ui", "embedding", "benchmarks")

opening._migrate = new_catalogs.CopiedCatalogs(Path(_HOME)).migrate

_unguarded: list[str] = []


def _note_unguarded(event: str, arguments: tuple[Any, ...]) -> None:
    """Note a Python program that is started without the guard on its PYTHONPATH."""
    if event == "subprocess.Popen":
        _, command, _, environment = arguments
        program = str(command[0] if isinstance(command, list | tuple) else command)
        is_ours = Path(program).parent == Path(sys.executable).parent
        path = (os.environ if environment is None else environment).get("PYTHONPATH", "")
        if is_ours and _GUARD not in path:
            _unguarded.append(program)


sys.addaudithook(sitecustomize.refuse)
sys.addaudithook(_note_unguarded)


@pytest.fixture
def tried_connections() -> Iterator[Path]:
    """For a test that means to be refused: where refusals are written down, empty afterwards."""
    yield _CONNECTIONS
    _CONNECTIONS.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def no_connections() -> Iterator[None]:
    """Fail a test that tried to reach another machine, or that started a program unguarded."""
    yield
    tried = _CONNECTIONS.read_text(encoding="utf-8") if _CONNECTIONS.exists() else ""
    unguarded = list(_unguarded)
    _CONNECTIONS.unlink(missing_ok=True)
    _unguarded.clear()
    assert not tried, f"the test tried to reach another machine: {tried}"
    assert not unguarded, f"the test started a program without the network guard: {unguarded}"


@pytest.fixture(autouse=True)
def no_leftover_threads() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = _threads()
    yield
    for thread in _threads() - before:
        thread.join(THREADS_END_WITHIN_S)
    left = sorted(thread.name for thread in _threads() - before)
    assert not left, f"the test left threads running: {left}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first: else one process is at it when the others have ended."""
    items.sort(key=lambda item: _turn(item.path.relative_to(TESTS).parts[0]))


def pytest_collection_finish() -> None:
    """What was imported stays anyway; to look at all of it again takes a third of a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def garbage_is_collected_on_this_thread() -> Iterator[None]:
    yield
    if gc.get_count()[0] > N_BEFORE_COLLECTING:
        gc.collect()


@pytest.fixture
def bugs(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """For a test in which something unexpected happens: what reached the excepthook of threads.
    Anywhere else that fails the test."""
    caught: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda hooked: caught.append(hooked.exc_value))
    return caught


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> Decodes:
    """Counts what the tests' decoders decode for indexing."""
    return Decodes.counted(DECODERS, monkeypatch)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real server, started once; skips where the system has none."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def migrations_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test of the migrations: a new catalog is made by them, not copied."""
    monkeypatch.setattr(opening, "_migrate", new_catalogs.migrate)


@pytest.fixture
def log_kept() -> Iterator[None]:
    """For a test that starts or ends the log: what pytest logs with is put back."""
    root, ours = logging.getLogger(), logging.getLogger("desktop")
    handlers, level = list(root.handlers), root.level
    own_level, raises = ours.level, logging.raiseExceptions
    yield
    end_log()
    root.handlers[:], root.level = handlers, level
    ours.level, logging.raiseExceptions = own_level, raises


def _turn(folder: str) -> int:
    return FIRST.index(folder) if folder in FIRST else len(FIRST)


def _threads() -> set[threading.Thread]:
    """Python's own; a thread of Qt or torch that once ran Python code is a dummy here."""
    return {
        thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)
    }


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)
