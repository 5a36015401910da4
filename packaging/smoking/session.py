"""A person's first ten minutes with the packaged program, played under Xvfb."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from smoking.roots import Root
from smoking.traces import TRACED

START_TIMEOUT_S = 90
INDEX_TIMEOUT_S = 300
SETTLE_TIMEOUT_S = 60
QUIT_TIMEOUT_S = 60
T = TypeVar("T")

SCREEN = "1360x900x24"
# The window comes up at the screen's left upper corner, 1280 x 832: there is no window manager.
FIRST_RESULT_PX = ("350", "300")
GRID = "1020x650+240+130"
FIRST_PHOTO = "170x120+260+200"
WORDS, WANTED = "a cat", "chelsea.png"
LIKE, LIKE_WANTED = "motorcycle_left.png", "motorcycle_right.png"

# Lines on stderr that may come, with the reason.
KNOWN_STDERR: tuple[re.Pattern[str], ...] = ()
SUSPICIOUS_LOG = re.compile(r" (?:WARNING|ERROR|CRITICAL) ")


@dataclass
class Told:
    """Attributes: troubles: a sentence each; timings: seconds by what was waited for."""

    troubles: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)


class Session:
    """One program with its window. Screenshots and strace's files go to `out`."""

    def __init__(self, root: Root, out: Path, display: str) -> None:
        self._root = root
        self._out = out
        self._environment = {**root.environment, "DISPLAY": display}
        self.told = Told()
        self._window = ""

    def start(self) -> subprocess.Popen[bytes]:
        """Start the window under strace, and wait until it is drawn."""
        for old in self._out.glob("trace.*"):
            old.unlink()
        strace = ["strace", "-ff", "-y", "-qq", "--seccomp-bpf", "-s", "4096", "-e", TRACED]
        # One line for each call, however many threads run: -ff gives each a file of its own.
        strace += ["-o", str(self._out / "trace"), "--"]
        with (self._out / "stderr.txt").open("wb") as stderr:
            process = subprocess.Popen(
                [*strace, *self._root.command()],
                env=self._environment,
                cwd="/",
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        with self._timed("the window is there"):
            self._window = _until(self._find_window, START_TIMEOUT_S, "no window came", process)
        self._xdotool("windowfocus", "--sync", self._window)
        self._settle("the first page is drawn")
        self._shoot("1-welcome")
        return process

    def add_folder(self) -> None:
        """Add the photos through the window's own dialog, and wait until all are indexed."""
        self._key("ctrl+o")
        time.sleep(2)
        dialog = self._xdotool("getactivewindow", check=False) or self._newest_window()
        self._xdotool("windowfocus", "--sync", dialog)
        self._xdotool("type", "--delay", "20", str(self._root.photos_inside))
        time.sleep(1)
        self._shoot("2-dialog")
        self._key("Return")
        with self._timed("all photos are indexed"):
            _until(self._is_indexed, INDEX_TIMEOUT_S, "the photos were not indexed")
        self._xdotool("windowfocus", "--sync", self._window)
        self._settle("the library is drawn")
        self._shoot("3-library")

    def search(self) -> None:
        """Type words into the window; then ask the command line the same and look at its answer."""
        before = self._picture(FIRST_PHOTO)
        self._key("ctrl+f")
        self._xdotool("type", "--delay", "60", WORDS)
        self._settle("the search is answered", before, FIRST_PHOTO)
        self._shoot("4-search")
        self._expect_first(WANTED, "search", WORDS)

    def find_similar(self) -> None:
        """Start the program once more with a photo: the open window shows what resembles it."""
        before = self._picture(GRID)
        again = self._run(str(self._root.photos_inside / LIKE))
        if again.returncode != 0 or "open already" not in again.stdout:
            self.told.troubles.append(f"a second start did not hand its photo over: {again}")
        self._settle("similar photos are shown", before)
        self._shoot("5-similar")
        self._expect_first(LIKE_WANTED, "similar", str(self._root.photos_inside / LIKE))

    def similar_in_window(self) -> None:
        """Click on the first result, and ask for what resembles it."""
        self._xdotool("mousemove", *FIRST_RESULT_PX, "click", "1", "mousemove", "1300", "880")
        self._settle("the first result is chosen")
        before = self._picture(GRID)
        self._key("ctrl+shift+s")
        self._settle("similar to a result", before)
        self._shoot("6-similar-to-result")

    def quit(self, process: subprocess.Popen[bytes]) -> None:
        """Quit as a person does, and read what was said."""
        with self._timed("it has ended"):
            self._key("ctrl+q")
            try:
                code = process.wait(QUIT_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                code = process.wait()
        if code != 0:
            self.told.troubles.append(f"the window ended with {code}")
        for line in (self._out / "stderr.txt").read_text(errors="replace").splitlines():
            if not any(known.search(line) for known in KNOWN_STDERR):
                self.told.troubles.append(f"an unknown line on stderr: {line}")
        for log in self._root.outside(self._root.home).rglob("*.log"):
            lines = log.read_text(errors="replace").splitlines()
            suspicious = [line for line in lines if SUSPICIOUS_LOG.search(line)]
            self.told.troubles += [f"in the log: {line}" for line in suspicious]
        for folder in self._root.passing_folders[:2]:
            left = [str(path) for path in self._root.outside(folder).rglob("*")]
            self.told.troubles += [f"left behind: {path}" for path in left]

    def _expect_first(self, wanted: str, *argv: str) -> None:
        said = self._run(*argv, "--json")
        try:
            first = Path(json.loads(said.stdout)["hits"][0]["path"]).name
        except (ValueError, LookupError):
            first = f"{said.stdout}{said.stderr}"
        if first != wanted or said.stderr:
            self.told.troubles.append(f"{argv} gave {first}, not {wanted}; {said.stderr}")

    def _is_indexed(self) -> bool:
        counts: dict[str, Any] = json.loads(self._run("status", "--json").stdout)
        return bool(counts["searchable"]) and not counts["waiting"]

    def _run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        command = self._root.command(*argv)
        return subprocess.run(
            command, env=self._environment, cwd="/", capture_output=True, text=True, timeout=120
        )

    def _find_window(self) -> str:
        found = self._xdotool("search", "--onlyvisible", "--name", "^Likeness$", check=False)
        return found.splitlines()[0] if found else ""

    def _newest_window(self) -> str:
        return self._xdotool("search", "--onlyvisible", "--name", ".+").splitlines()[-1]

    def _key(self, key: str) -> None:
        self._xdotool("key", "--clearmodifiers", key)

    def _xdotool(self, *argv: str, check: bool = True) -> str:
        done = subprocess.run(
            ["xdotool", *argv], env={**os.environ, **self._environment}, capture_output=True,
            text=True, check=check,
        )  # fmt: skip
        return done.stdout.strip()

    def _shoot(self, name: str) -> None:
        (self._out / f"{name}.png").write_bytes(self._picture())

    def _picture(self, part: str = "") -> bytes:
        command = ["import", "-window", "root", "-define", "png:exclude-chunks=date,time"]
        command += ["-crop", part, "+repage", "png:-"] if part else ["png:-"]
        environment = {**os.environ, "DISPLAY": self._environment["DISPLAY"]}
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    def _settle(self, what: str, before: bytes = b"", part: str = GRID) -> None:
        """Wait until a part of the screen shows something other than `before`, for one second
        unchanged."""
        with self._timed(what):
            ends_s = time.monotonic() + SETTLE_TIMEOUT_S
            last = self._picture(part)
            while time.monotonic() < ends_s:
                time.sleep(1)
                now = self._picture(part)
                if now == last and now != before:
                    return
                last = now
        self.told.troubles.append(f"the screen did not come to this: {what}")

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began_s = time.monotonic()
        yield
        self.told.timings[what] = time.monotonic() - began_s


def use(root: Root, out: Path) -> Told:
    """Play the whole session in `root`. Call it where there is no network."""
    with screen() as display:
        session = Session(root, out, display)
        process = session.start()
        try:
            session.add_folder()
            session.search()
            session.find_similar()
            session.similar_in_window()
            session.quit(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    return session.told


@contextmanager
def screen() -> Iterator[str]:
    """A screen nobody sees; the name of its display."""
    reads, writes = os.pipe()
    command = ["Xvfb", "-displayfd", str(writes), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writes], stderr=subprocess.DEVNULL)
    os.close(writes)
    try:
        with os.fdopen(reads) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def _until(look: Callable[[], T], within_s: float, otherwise: str, process: Any = None) -> T:
    ends_s = time.monotonic() + within_s
    while time.monotonic() < ends_s:
        if found := look():
            return found
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.25)
    raise SystemExit(f"FAILED: {otherwise} within {within_s:.0f} s")
