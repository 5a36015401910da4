"""`likeness doctor --offline-proof`: a whole session, watched for sockets."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from desktop.cli.said.outcome import DONE, FAILED, likeness_command
from desktop.cli.said.output import say_json, say_pairs
from desktop.cli.said.streams import note, say
from desktop.errors import UserError

WORDS = "a red picture"
N_PICTURES = 12
STEPS = ("indexed", "found by words", "found similar")
TIMEOUT_S = 180

_PYTHON = "every socket, connection and look-up of a name that Python code makes"
_KERNEL = f"{_PYTHON}, and by the kernel every socket of any library that is not a local one"
_SESSION = (
    "the window was opened, a folder added, its photos indexed, words and likeness asked, "
    "a photo and the settings looked at, the window closed"
)
_UNWATCHED = (
    "the download of a model, which only runs when you ask for it, and other programs, such as the "
    "one that Open starts"
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the session did, and what was seen.

    Attributes:
        done: step -> how many photos it concerned.
        is_whole: every step was done and the program ended well.
        is_watched_by_kernel: False where only Python's own calls could be watched.
        sockets: what was opened or looked up, a line each.
    """

    done: dict[str, int]
    is_whole: bool
    is_watched_by_kernel: bool
    sockets: tuple[str, ...]


def prove_offline(in_json: bool) -> int:
    """Play the session in a process and a data folder of its own, and say what was seen.

    Raises UserError where the session could not be played to its end.
    """
    with tempfile.TemporaryDirectory(prefix="likeness-proof-") as folder:
        proof = play(Path(folder))
    watched = _KERNEL if proof.is_watched_by_kernel else _PYTHON
    if in_json:
        say_json(
            {"offline": not proof.sockets, "sockets": proof.sockets, "done": proof.done}
            | {"watched": watched, "not_watched": _UNWATCHED}
        )
    else:
        say_pairs(
            (
                ("Session", _SESSION),
                *((step.capitalize(), f"{n:,} photos") for step, n in proof.done.items()),
                ("Watched", watched),
                ("Not watched", _UNWATCHED),
                *(("Socket", socket) for socket in proof.sockets),
            )
        )
    if proof.sockets:
        note("A socket was opened. Please report this: Likeness should open none.")
        return FAILED
    if not in_json:
        say("No socket was opened.")
    return DONE


def play(folder: Path) -> Proof:
    """Play the session with everything in `folder`. Raises UserError if it was not played whole
    for another reason than a socket."""
    photos, report = folder / "photos", folder / "sockets.txt"
    draw_pictures(photos)
    arguments = ["--data", folder / "data", "--rehearse", photos]
    arguments += ["--words", WORDS, "--sockets", report]
    command = [*likeness_command(), *map(str, arguments)]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(
            f"The session did not end within {TIMEOUT_S} seconds, so nothing is proven.",
            "Try again when the computer has less to do.",
        ) from error
    proof = _proof(ended, report)
    if not proof.is_whole and not proof.sockets:
        last = (ended.stderr.strip() or f"exit code {ended.returncode}").splitlines()[-1]
        raise UserError(
            f"The session could not be played to its end, so nothing is proven: {last}",
            "`likeness doctor` looks for what is wrong.",
        )
    return proof


def _proof(ended: subprocess.CompletedProcess[str], report: Path) -> Proof:
    seen = report.read_text(encoding="utf-8").splitlines() if report.exists() else []
    said: dict[str, Any] = json.loads(ended.stdout) if ended.returncode == 0 else {}
    done: dict[str, int] = said.get("done", {})
    was_killed = ended.returncode == -getattr(signal, "SIGSYS", 0)
    if was_killed and not seen:
        seen = ["a socket that no Python code opened"]
    is_whole = all(done.get(step) for step in STEPS)
    return Proof(done, is_whole, bool(said.get("kernel", was_killed)), tuple(seen))


def draw_pictures(folder: Path) -> None:
    """Draw small pictures of different colours, with something to tell them apart by."""
    folder.mkdir(parents=True)
    for number in range(N_PICTURES):
        hue = number * 255 // N_PICTURES
        colours = Image.new("HSV", (320, 240), (hue, 200, 220)).convert("RGB")
        rings = Image.radial_gradient("L").resize((320, 240)).rotate(number * 15)
        colours.paste((255, 255, 255), (0, 0), rings)
        colours.save(folder / f"{number:02}.png")
