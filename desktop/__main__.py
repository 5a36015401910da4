"""`likeness`: the window without a sub-command, the command line with one.

Whatever is imported here is paid for by `likeness --help`, so the two front ends are imported when
it is known which one is wanted.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from desktop import __version__
from desktop.cli import guarded, parse
from desktop.errors import UserError
from desktop.settings import Places

log = logging.getLogger("desktop")  # __name__ would be "__main__" under `python -m desktop`

LOG_BYTES = 1_000_000
N_OLD_LOGS = 3

ENVIRONMENT = {
    # Nothing leaves the machine; one line of chatter from a model's loader would spoil our output.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    # Our own threads keep the cores busy; tokenizing a query is microseconds.
    "TOKENIZERS_PARALLELISM": "false",
    # OpenMP's threads spin while they wait for one another. With another program at work on both of
    # two cores that made one query take 690 ms and 16 images 4 s; sleeping, 15 to 65 ms and 0.8 s.
    "OMP_WAIT_POLICY": "PASSIVE",
    "KMP_BLOCKTIME": "0",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run `likeness` and return its exit code: 0, 1 (what a person can mend) or 2 (usage)."""
    arguments = parse(sys.argv[1:] if argv is None else argv)
    return guarded(lambda: _run(arguments), debug=arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    places = Places.under(arguments.data) if arguments.data else Places.of_platform()
    places.create()
    _set_environment(arguments, places)
    _set_up_logging(places.log_path, arguments.debug)
    if arguments.command is not None:
        from desktop.cli.commands import run

        return run(arguments, places)
    return _open_window(arguments, places)


def _open_window(arguments: argparse.Namespace, places: Places) -> int:
    for path in arguments.targets:
        if not path.exists():
            raise UserError(f"There is no file or folder {path}.", "Check the name.")
    if arguments.draw is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    elif not has_display():
        raise UserError(
            "There is no display to open a window on.",
            "Use the sub-commands (`likeness --help` lists them); `likeness demo` shows them all.",
        )
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


def _set_up_logging(path: Path, debug: bool) -> None:
    """Log to a rotating file; warnings of libraries go there too and never to the terminal."""
    to_file = RotatingFileHandler(
        path, maxBytes=LOG_BYTES, backupCount=N_OLD_LOGS, encoding="utf-8", errors="replace"
    )
    handlers: list[logging.Handler] = [to_file]
    if debug:
        handlers.append(logging.StreamHandler())
    logging.basicConfig(
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s",
        handlers=handlers,
        force=True,
    )
    logging.getLogger("desktop").setLevel(logging.DEBUG if debug else logging.INFO)
    logging.captureWarnings(True)
    # A log that another process is just rotating is no reason for a traceback.
    logging.raiseExceptions = debug
    log.info("Likeness %s", __version__)


if __name__ == "__main__":
    sys.exit(main())
