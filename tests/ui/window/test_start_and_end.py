"""The window as a program: it starts, is drawn, tells of a second start, and ends when asked to."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from desktop import app
from desktop.errors import CatalogTooNew, UserError
from desktop.jobs import signals_to_end
from desktop.library import Library, Places, Query
from desktop.logs import start_log
from desktop.ui.dialogs.crash import CrashDialog, Reporter
from desktop.ui.places.place import ALL
from desktop.ui.system.one_instance import OneInstance
from tests.small_disk import small_disk

ROOT = Path(__file__).parents[3]
START = """
import sys
from pathlib import Path
from desktop import app
from desktop.library import Library, Places
from PySide6.QtCore import QTimer
from tests.colour_registry import ColourRegistry
QTimer.singleShot(0, lambda: print("open", flush=True))
open_library = lambda places: Library.open(places, None, ColourRegistry)
paths = [Path(path) for path in sys.argv[2:]]
sys.exit(app.main(Places.under(Path(sys.argv[1])), open_library, paths=paths))
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A window in a process of its own, past its first turn of the event loop."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", START, str(tmp_path / "data")]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "open\n", (
        process.communicate()
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_a_second_start_raises_the_first_window_hands_it_a_folder_and_ends_well(
    running: subprocess.Popen[str], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "holiday").mkdir()
    second = subprocess.run(
        [sys.executable, "-c", START, str(tmp_path / "data"), str(tmp_path / "holiday")],
        cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert second.returncode == 0, second.stderr
    assert "open already" in second.stdout
    assert running.poll() is None
    with closing(sqlite3.connect(tmp_path / "data" / "catalog.sqlite")) as catalog:
        question = "SELECT count(*) FROM folder"
        qtbot.waitUntil(lambda: catalog.execute(question).fetchone() == (1,), timeout=20_000)
    running.send_signal(signals_to_end()[-1])  # as where its terminal is closed
    assert running.wait(30) == 0


def test_the_end_of_the_session_ends_the_window_cleanly(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    assert "Traceback" not in running.communicate()[1]


IMPORT = START.replace("paths=paths)", "paths=paths, on_open=imported)").replace(
    "sys.exit",
    """
def imported(window):
    import colorsys, desktop.library, linecache
    print({colorsys.__file__, desktop.library.__file__} & linecache.cache.keys())
    window.close()

sys.exit""",
)


def test_sources_of_what_is_imported_are_neither_read_nor_kept_in_memory(tmp_path: Path) -> None:
    """As PySide's import hook would, of all of Likeness and of torch."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, str(tmp_path / "data")],
        cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "set()" in done.stdout


def test_the_first_window_hears_of_the_second(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = OneInstance(tmp_path), OneInstance(tmp_path)
    assert first.claim()
    with qtbot.waitSignal(first.raise_wanted):
        assert not second.claim()
    first.release()
    assert second.claim()
    second.release()


def test_the_first_window_is_handed_the_paths_of_the_second(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = OneInstance(tmp_path), OneInstance(tmp_path)
    assert first.claim()
    odd = tmp_path / os.fsdecode(b"line\nbreak and \xff")
    paths = [tmp_path / "holiday", odd, *(tmp_path / f"{n:0200}" for n in range(400))]
    given: list[list[Path]] = []
    first.paths_given.connect(given.append)
    with qtbot.waitSignals([first.paths_given, first.raise_wanted]):
        assert not second.claim(paths)
    assert given == [paths]
    with qtbot.assertNotEmitted(first.paths_given, wait=100):
        assert not OneInstance(tmp_path).claim()
    first.release()


@pytest.mark.parametrize("state", ["read-only", "full"])
def test_a_data_folder_that_cannot_be_written_is_not_taken_for_an_open_window(
    tmp_path: Path, state: str
) -> None:
    with small_disk(tmp_path / "disk") as disk, ExitStack() as ends:
        if state == "full":
            disk.fill()
        else:
            ends.enter_context(disk.read_only())
        with pytest.raises(UserError, match="cannot be written"):
            OneInstance(disk.path).claim()


@pytest.mark.usefixtures("qapp")
def test_the_window_can_be_drawn_without_a_screen(library: Library, tmp_path: Path) -> None:
    picture_path = tmp_path / "window.png"
    app.grab_window(library, picture_path, ALL.search(Query(text="red")))
    with Image.open(picture_path) as picture:
        assert picture.size == app.GRAB_SIZE_PX
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    is_red = (pixels[..., 0] > 180) & (pixels[..., 1] < 80) & (pixels[..., 2] < 80)
    assert is_red.sum() > 20_000, "the photos that were found are not in the picture"
    assert library.status().counts.searchable == 16


@pytest.mark.usefixtures("qapp")
def test_a_library_that_cannot_be_opened_is_told_in_a_dialog(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown: list[tuple[str, str]] = []
    monkeypatch.setattr(
        QMessageBox, "exec", lambda box: shown.append((box.text(), box.informativeText()))
    )

    def refuse(places: Places) -> Library:
        raise CatalogTooNew(f"{places.catalog_path.name} is from the future.", "Update Likeness.")

    for _ in range(2):  # the second time shows that the first let go of the data folder
        assert app.main(Places.under(tmp_path), refuse) == 1
    assert shown == [("catalog.sqlite is from the future.", "Update Likeness.")] * 2


@pytest.mark.usefixtures("log_kept")
def test_a_bug_on_any_thread_is_logged_and_shown_without_names(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown: list[str] = []
    secret = tmp_path / "Secret folder" / "surprise party.jpg"

    def read(dialog: CrashDialog) -> None:
        shown.append(dialog.detailedText())
        dialog.names.setChecked(True)
        shown.append(dialog.detailedText())
        dialog.copy.click()

    monkeypatch.setattr(CrashDialog, "exec", read)
    places = Places.under(tmp_path / "data")
    places.create()
    start_log(places.log_path, debug=False, places=places.by_name)
    reporter = Reporter(places)
    reporter.install()
    try:
        for _ in range(2):  # the second time it is the same, and is not shown again
            worker = threading.Thread(target=lambda: secret.open())
            worker.start()
            worker.join()
            qtbot.waitUntil(lambda: len(shown) == 2)
        qtbot.wait(50)
    finally:
        reporter.remove()
    nameless, whole = shown
    assert places.log_path.read_text().count("FileNotFoundError") > 1, "all are in the log"
    for text in (nameless, places.log_path.read_text()):
        assert "FileNotFoundError" in text and "test_start_and_end.py" in text
        assert "Secret" not in text and "party" not in text and str(Path.home()) not in text
    assert str(secret) in whole
    assert QGuiApplication.clipboard().text() == whole, "copied as the person saw it"
