"""In a process of its own: an open window, or the first answer by words. What a way does not need,
it does not import."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path

from benchmarks.child import say_and_wait

WORDS = "a dog on the beach"
N_HITS = 20


def _plain(model: Path, data: Path) -> None:
    """By MiniLM, and a plain comparison with all vectors."""
    sys.modules["torchvision"] = None  # type: ignore[assignment]  # may be for another torch
    import numpy as np
    from sentence_transformers import SentenceTransformer

    words = SentenceTransformer(str(model), device="cpu").encode([WORDS])[0]
    scores = np.load(data / "plain.npy") @ words
    say_and_wait(np.argsort(-scores)[:N_HITS].tolist())


def _words() -> None:
    """By the starter, words alone."""
    from desktop.embedding import EmbedderApart
    from desktop.embedding.starter import StarterEmbedder
    from desktop.settings import resource_path

    embedder = EmbedderApart(partial(StarterEmbedder, resource_path("models", "starter")))
    embedder.embed_text([WORDS])
    say_and_wait("embedded")
    embedder.unload()


def _import() -> None:
    sys.modules["torchvision"] = None  # type: ignore[assignment]  # may be for another torch
    import sentence_transformers  # noqa: F401

    say_and_wait("imported")


def _open(model: Path, data: Path) -> None:
    """A window that shows its photos' places."""
    from PySide6.QtWidgets import QApplication

    from benchmarks.window import by_model, opened_window

    with opened_window(data, by_model(model)):
        QApplication.processEvents()
        if "torch" in sys.modules:
            raise RuntimeError("the window has imported torch")
        say_and_wait("open")


def _window(data: Path) -> None:
    """In a window on a library, asked as soon as it is there."""
    from PySide6.QtCore import QEventLoop

    from benchmarks.window import opened_window
    from desktop.library import Query, Settings
    from desktop.ui.places.place import ALL

    with opened_window(data, Settings()) as (window, _):
        loop = QEventLoop()
        window.results.asking.answered.connect(
            lambda answer: loop.quit() if answer.results is not None else None
        )
        window.navigation.go(ALL.search(Query(text=WORDS)))
        loop.exec()
        say_and_wait("answered")


def in_child(what: str, model: str, data: str) -> None:
    """The child's work: do it, say so, and stay until told to go on."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if what in ("open", "window"):
        gc.disable()  # as the program does while it imports
    match what:
        case "import":
            _import()
        case "open":
            _open(Path(model), Path(data))
        case "plain":
            _plain(Path(model), Path(data))
        case "words":
            _words()
        case "window":
            _window(Path(data))
