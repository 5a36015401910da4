"""The window's composition root: settings -> Library -> Bridge -> MainWindow, and back in order."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop.errors import UserError
from desktop.library import Library, Places, Query
from desktop.ui.bridge import Bridge
from desktop.ui.crash import Reporter, log_to_file
from desktop.ui.icons import application_icon
from desktop.ui.main_window import MainWindow
from desktop.ui.one_instance import OneInstance
from desktop.ui.questions import Question
from desktop.ui.theme import Appearance
from desktop.ui.window_state import WindowState

log = logging.getLogger(__name__)

GRAB_SIZE_PX = (1280, 832)
GRAB_WAIT_MS = 20_000


def run_window(places: Places) -> int:
    """Open the window and return when it has been closed; the exit code.

    Main thread. The caller has made sure that there is a display. A second start on the same data
    folder raises the first window and returns 0.
    """
    application = _application()
    reporter = Reporter(places.log_path)
    try:
        places.create()
        log_to_file(places.log_path)
        instance = OneInstance(places.catalog_path.parent)
        if not instance.claim():
            print("Likeness is open already; its window has been raised.")  # noqa: T201
            return 0
        library = Library.open(places)
    except UserError as error:
        _show_error(error)
        return 1
    reporter.install()
    try:
        return _run(application, library, instance)
    finally:
        instance.release()
        reporter.remove()


def grab_window(library: Library, path: Path, query: Query | None = None) -> None:
    """Draw the real window, answer `query` in it (None: the whole library), and save it as a PNG.

    Waits until the thumbnails in view have arrived, at most `GRAB_WAIT_MS`. The library stays open
    and usable. Main thread; where there is no display, set QT_QPA_PLATFORM=offscreen before.
    Raises UserError if the picture cannot be saved.
    """
    application = _application()
    appearance = Appearance(application)
    appearance.choose(library.settings.theme)
    bridge = Bridge(library)
    window = MainWindow(bridge, appearance, WindowState(library.places.window_path))
    window.resize(*GRAB_SIZE_PX)
    window.setAttribute(
        Qt.WidgetAttribute.WA_DontShowOnScreen, application.platformName() != "offscreen"
    )
    window.show()
    window.start()
    if query is not None:
        window.show_question(_question(library, query))
    _wait_until_drawn(window)
    saved = window.grab().save(str(path))
    window.let_go()
    if not saved:
        raise UserError(f"The picture cannot be saved to {path}.", "Is the folder there?")


def _run(application: QApplication, library: Library, instance: OneInstance) -> int:
    appearance = Appearance(application)
    appearance.choose(library.settings.theme)
    bridge = Bridge(library)
    window = MainWindow(bridge, appearance, WindowState(library.places.window_path))
    instance.raise_wanted.connect(window.come_up)
    window.finished.connect(application.quit)
    application.setQuitOnLastWindowClosed(False)
    window.show()
    with _quit_on_signals(window):
        library.start()
        window.start()
        return application.exec()


def _application() -> QApplication:
    """The one QApplication, made on the first call."""
    known = QApplication.instance()
    if isinstance(known, QApplication):
        return known
    application = QApplication(sys.argv[:1])
    application.setApplicationName("likeness")
    application.setApplicationDisplayName("Likeness")
    application.setDesktopFileName("likeness")
    application.setWindowIcon(application_icon())
    return application


def _question(library: Library, query: Query) -> Question:
    """The question that a person would have asked to get this query."""
    name = query.like_path.name if query.like_path is not None else "an image"
    if query.like_photo_id is not None and query.like_path is None:
        name = library.get_photos([query.like_photo_id])[0].path.name
    return Question(
        text=query.text,
        like_photo_id=query.like_photo_id,
        like_image=query.like_image,
        like_path=query.like_path,
        like_name=name,
        folder_id=query.folder_id,
    )


def _wait_until_drawn(window: MainWindow) -> None:
    loop = QEventLoop()
    look = QTimer(interval=50)
    look.timeout.connect(lambda: loop.quit() if window.is_settled else None)
    QTimer.singleShot(GRAB_WAIT_MS, loop.quit)
    look.start()
    loop.exec()
    look.stop()


def _show_error(error: UserError) -> None:
    box = QMessageBox(QMessageBox.Icon.Warning, "Likeness", error.message)
    box.setInformativeText(error.hint)
    box.exec()


@contextmanager
def _quit_on_signals(window: MainWindow) -> Iterator[None]:
    """Close the window on SIGINT and SIGTERM as if the person had.

    Python runs signal handlers between byte codes only, and Qt's loop is C++; the wake-up socket
    makes the loop turn (https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd).
    """
    ours, wakes = socket.socketpair()
    for end in (ours, wakes):
        end.setblocking(False)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: ours.recv(64))
    before_fd = signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: window.close()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_fd)
        notifier.setEnabled(False)
        ours.close()
        wakes.close()
