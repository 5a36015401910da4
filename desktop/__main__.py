"""`likeness`: the window without a sub-command, the command line with one.

Whatever is imported here is paid for by `likeness --help`, so the two front ends are imported when
it is known which one is wanted.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from desktop import __version__
from desktop.cli import guarded, parse
from desktop.cli.checking.socket_watch import watch_sockets
from desktop.cli.said.outcome import tell
from desktop.cli.said.streams import settle_streams
from desktop.errors import PathAbsent, UserError
from desktop.logs import start_log
from desktop.settings import Places
from desktop.thrift import no_garbage

log = logging.getLogger("desktop")  # __name__ would be "__main__" under `python -m desktop`

ENVIRONMENT = {
    # Nothing leaves the machine; one line of chatter from a model's loader would spoil our output.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    # Our own threads keep the cores busy; tokenizing a query is microseconds.
    "TOKENIZERS_PARALLELISM": "false",
    # numpy asks Linux for huge pages for each array of 4 MB. Where memory is in pieces, making room
    # for one takes four times as long as to copy the rows of an answer.
    "NUMPY_MADVISE_HUGEPAGE": "0",
    # When numpy is imported and after each product, its other threads spin for 2^26 cycles (25 ms),
    # in case another product follows. After 2^20 they may as well sleep.
    "OPENBLAS_THREAD_TIMEOUT": "20",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run `likeness` and return its exit code: 0, 1 (what a person can mend) or 2 (usage)."""
    settle_streams()
    arguments = parse(sys.argv[1:] if argv is None else argv)
    return guarded(lambda: _run(arguments), debug=arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    # Until the log is there, nothing may go to the terminal beside our own sentences.
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    _leave_deleted_folder()
    is_watched = arguments.sockets is not None and watch_sockets(arguments.sockets)
    places = Places.under(arguments.data) if arguments.data else Places.of_platform()
    places = dataclasses.replace(places, catalog_url=arguments.catalog or "")
    places.create()
    _set_environment(arguments, places)
    start_log(places.log_path, arguments.debug, places.by_name)
    log.info("Likeness %s", __version__)
    if arguments.command is not None:
        with no_garbage():
            from desktop.cli.commands import run
        return run(arguments, places)
    if arguments.rehearse is not None:
        return _rehearse(arguments, places, is_watched)
    return _open_window(arguments, places)


def _leave_deleted_folder() -> None:
    """A current folder that was deleted fails whatever asks for its name; no path needs it, see
    `parse`."""
    try:
        os.getcwd()
    except OSError:
        os.chdir(os.sep)


def _rehearse(arguments: argparse.Namespace, places: Places, is_watched_by_kernel: bool) -> int:
    """The session of `likeness doctor --offline-proof`, which reads the line of JSON."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from desktop import app

    done = app.rehearse(places, arguments.rehearse, arguments.words)
    print(json.dumps({"done": done, "kernel": is_watched_by_kernel}))  # noqa: T201
    return 0


def _open_window(arguments: argparse.Namespace, places: Places) -> int:
    absent = [path for path in arguments.targets if not os.path.exists(path)]
    if absent and absent == arguments.targets:
        raise PathAbsent(absent[0])
    if arguments.draw is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    elif not has_display():
        raise UserError(
            "There is no display to open a window on.",
            "Use the sub-commands (`likeness --help` lists them); `likeness demo` shows them all.",
        )
    for path in absent:  # the window says it, too
        tell(PathAbsent(path))
    with no_garbage():
        from desktop import app
    if arguments.draw is not None:
        return app.draw(places, arguments.draw, arguments.words)
    return app.main(places, paths=[Path(os.path.abspath(path)) for path in arguments.targets])


def has_display() -> bool:
    """Whether Qt would find a screen. Without one it ends the process with a core dump."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _set_environment(arguments: argparse.Namespace, places: Places) -> None:
    """Settle how libraries behave in this process, before they are imported."""
    wanted = dict(ENVIRONMENT)
    # torch's compiler makes a folder when it is imported, used or not; else in the system's /tmp.
    wanted["TORCHINDUCTOR_CACHE_DIR"] = str(places.index_path.with_name("torch"))
    if not arguments.may_download:
        wanted["HF_HUB_OFFLINE"] = "1"
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    sys.exit(main())
