"""The window's composition root: settings -> Library -> Bridge -> MainWindow, and back in order."""

from __future__ import annotations

import desktop.ui  # noqa: F401  before all else that is imported, see there

# isort: split
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop.errors import CatalogDamaged, UserError
from desktop.jobs import signals_to_end
from desktop.library import Library, Places, Query, Settings
from desktop.ui.bridge import Bridge
from desktop.ui.dialogs.backup_offer import offer_backup
from desktop.ui.dialogs.crash import Reporter
from desktop.ui.look.icons import application_icon
from desktop.ui.look.theme import Appearance
from desktop.ui.places.place import ALL, Place
from desktop.ui.system.garbage import GarbageCollector
from desktop.ui.system.one_instance import OneInstance
from desktop.ui.window.main_window import MainWindow
from desktop.ui.window.rehearsal import Rehearsal
from desktop.ui.window.window_state import WindowState

log = logging.getLogger(__name__)

GRAB_SIZE_PX = (1280, 832)
GRAB_WAIT_MS = 90_000
GIVE_WAY_S = 0.0005
"""After this long a thread that computes gives Python's lock to one that waits for it, in the first
place the main one. By Python's own 0.005 s, the window was more than 50 ms late 1.5 times as often
while several such threads worked (42 times instead of 27, in three minutes each)."""


OpenLibrary = Callable[[Places], Library]
OnOpen = Callable[[MainWindow], object]


def main(
    places: Places,
    open_library: OpenLibrary = Library.open,
    on_open: OnOpen = lambda window: window,
    paths: Sequence[Path] = (),
) -> int:
    """Open the window and return when it has been closed; the exit code.

    paths: absolute; folders are added, of a photo what resembles it is shown.

    Main thread. The caller has made sure that there is a display. A second start on the same data
    folder raises the first window, hands it the paths and returns 0. A damaged catalog is answered
    by the offer of a backup; any other library that cannot be opened is told in a dialog, and 1
    returned. on_open is called with the window once it has been shown.
    """
    # Qt's file dialog writes down which folders it has shown.
    QSettings.setPath(
        QSettings.Format.NativeFormat,
        QSettings.Scope.UserScope,
        str(places.settings_path.parent),
    )
    application = _application()
    appearance = Appearance(application)
    appearance.choose(Settings().theme)  # for what is asked before the library is open
    try:
        places.create()
        with _only_window(places, paths) as instance:
            if instance is None:
                print("Likeness is open already; its window has been raised.")  # noqa: T201
                return 0
            try:
                library = open_library(places)
            except CatalogDamaged as error:
                if not offer_backup(error, places):
                    return 1
                library = open_library(places)
            with _reporting(places):
                return _run(application, appearance, library, instance, on_open, paths)
    except UserError as error:
        _show_error(error)
        return 1


def draw(
    places: Places, path: Path, words: str = "", open_library: OpenLibrary = Library.open
) -> int:
    """Draw the real window with the answer to `words` and save it as a PNG; the exit code.

    Where there is no display, QT_QPA_PLATFORM=offscreen is set before. Raises UserError.
    """
    library = open_library(places)
    try:
        grab_window(library, path, ALL.search(Query(text=words)))
    finally:
        library.close()
    return 0


def grab_window(library: Library, path: Path, place: Place) -> None:
    """Draw the real window, go to `place` in it, and save it as a PNG.

    Waits until the thumbnails in view have arrived, at most `GRAB_WAIT_MS`. The library stays open
    and usable. Main thread. Raises UserError if the picture cannot be saved.
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
    window.navigation.go(place)
    _wait_until_drawn(window)
    saved = window.grab().save(str(path))
    window.let_go()
    if not saved:
        raise UserError(f"The picture cannot be saved to {path}.", "Is the folder there?")


def rehearse(places: Places, folder: Path, words: str) -> dict[str, int]:
    """Play a whole session of the window on the photos of `folder`, without a person; what was
    done, as in `Rehearsal.done`. Main thread."""
    played: list[Rehearsal] = []

    def play(window: MainWindow) -> None:
        played.append(Rehearsal(window, folder, words))
        played[0].start()

    main(places, on_open=play)
    return played[0].done if played else {}


def _run(
    application: QApplication,
    appearance: Appearance,
    library: Library,
    instance: OneInstance,
    on_open: OnOpen,
    paths: Sequence[Path],
) -> int:
    appearance.choose(library.settings.theme)
    bridge = Bridge(library)
    window = MainWindow(bridge, appearance, WindowState(library.places.window_path))
    instance.raise_wanted.connect(window.come_up)
    instance.paths_given.connect(window.intake.take_paths)
    window.finished.connect(application.quit)
    application.setQuitOnLastWindowClosed(False)
    window.show()
    with _quit_on_signals(window):
        library.start()
        window.start()
        on_open(window)
        window.intake.take_paths(list(paths))
        return application.exec()


def _application() -> QApplication:
    """The one QApplication, made on the first call."""
    known = QApplication.instance()
    if isinstance(known, QApplication):
        return known
    sys.setswitchinterval(GIVE_WAY_S)
    application = QApplication(sys.argv[:1])
    GarbageCollector(application)
    application.setApplicationName("likeness")
    application.setApplicationDisplayName("Likeness")
    application.setDesktopFileName("likeness")
    application.setWindowIcon(application_icon())
    return application


def _wait_until_drawn(window: MainWindow) -> None:
    loop = QEventLoop()
    poll = QTimer(interval=50)
    poll.timeout.connect(lambda: loop.quit() if window.is_settled else None)
    QTimer.singleShot(GRAB_WAIT_MS, loop.quit)
    poll.start()
    loop.exec()
    poll.stop()


@contextmanager
def _only_window(places: Places, paths: Sequence[Path]) -> Iterator[OneInstance | None]:
    """The claim on a data folder while the window is open; None where another window has it."""
    instance = OneInstance(places.catalog_path.parent)
    try:
        yield instance if instance.claim(paths) else None
    finally:
        instance.release()


@contextmanager
def _reporting(places: Places) -> Iterator[None]:
    reporter = Reporter(places)
    reporter.install()
    try:
        yield
    finally:
        reporter.remove()


def _show_error(error: UserError) -> None:
    box = QMessageBox(QMessageBox.Icon.Warning, "Likeness", error.message)
    box.setInformativeText(error.hint)
    box.exec()


@contextmanager
def _quit_on_signals(window: MainWindow) -> Iterator[None]:
    """Close the window on SIGINT, SIGTERM and SIGHUP as if the person had.

    Python runs signal handlers between byte codes only, and Qt's loop is C++; the wake-up socket
    makes the loop turn (https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd).
    """
    ours, wakes = socket.socketpair()
    for end in (ours, wakes):
        end.setblocking(False)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: ours.recv(64))
    before_fd = signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
    numbers = signals_to_end()
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
