"""`likeness demo`: the whole way once, on photos that come with installed packages."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from desktop.cli.finding.answers import likeness_query, say_answer
from desktop.cli.said.outcome import DONE, likeness_command
from desktop.cli.said.output import count
from desktop.cli.said.progress import watched_job
from desktop.cli.said.streams import note, say
from desktop.errors import UserError, how_to_add
from desktop.library import Library, Places, Query

# Files inside the two wheels. skimage.data has functions for more, but those fetch what is not in
# the wheel; reading the files never does.
PICTURES = {
    "skimage": (
        "data",
        "astronaut.png camera.png cell.png chelsea.png clock_motion.png coffee.png coins.png "
        "grass.png gravel.png hubble_deep_field.jpg ihc.png moon.png motorcycle_left.png "
        "motorcycle_right.png page.png retina.jpg rocket.jpg",
    ),
    "sklearn": ("datasets/images", "china.jpg flower.jpg"),
}
WORDS = "a cat"
LIKE = "motorcycle_left.png"
N_HITS = 5
DRAWING_TIMEOUT_S = 180


def run_demo(out: Path, data: Path) -> int:
    """Put photos into `out`/demo, index them into the data folder, ask twice, and draw the window
    into `out`/demo.png.

    Raises UserError where the pictures are not installed or `out` cannot be written.
    """
    photos = out / "demo" / "photos"
    copy_pictures(photos)
    places = Places.under(data)
    with closing(Library.open(places)) as library:
        library.folders.add(photos)
        with watched_job("photos") as job:
            summary = library.index(job)
        say(f"A library of {count(summary.photos, 'photo')} in {photos}")
        _ask(library, photos / LIKE)
    picture = out / "demo.png"
    _draw_window(data, picture)
    say()
    say(f"The window with this library: {picture}")
    note(f"Go on with it: likeness --data {data} search TEXT")
    return DONE


def copy_pictures(folder: Path) -> None:
    """Copy the packages' pictures into `folder`, which is made."""
    sources = [path for package in PICTURES for path in _pictures_of(package)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in sources:
            if not (folder / source.name).exists():
                shutil.copyfile(source, folder / source.name)
    except OSError as error:
        raise UserError(
            f"The demo cannot write to {folder}: {error.strerror}.",
            "Choose another place with --out.",
        ) from error


def _pictures_of(package: str) -> list[Path]:
    # A top-level package is found without being imported.
    found = importlib.util.find_spec(package)
    folder, names = PICTURES[package]
    places = list(found.submodule_search_locations or ()) if found else []
    paths = [Path(place, folder, name) for place in places for name in names.split()]
    paths = [path for path in paths if path.is_file()]
    if not paths:
        raise UserError(
            f"The demo takes its photos from the package {package}, which is not installed.",
            "Use photos of your own: `likeness add FOLDER`, then `likeness index`."
            if getattr(sys, "frozen", False)
            else how_to_add("demo"),
        )
    return paths


def _ask(library: Library, like: Path) -> None:
    say()
    say(f'Photos found by the words "{WORDS}":')
    say_answer(library, WORDS, library.search(Query(WORDS, n=N_HITS)), in_json=False)
    say()
    say(f"Photos that resemble {like.name}:")
    results = library.search(likeness_query(library, str(like), Query(n=N_HITS)))
    say_answer(library, like.name, results, in_json=False)


def _draw_window(data: Path, picture: Path) -> None:
    """Draw the real window. In a process of its own: this one has no Qt, and stays without it."""
    command = [*likeness_command(), "--data", str(data), "--draw", str(picture), "--words", WORDS]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    try:
        subprocess.run(
            command,
            env=environment,
            timeout=DRAWING_TIMEOUT_S,
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except subprocess.SubprocessError as error:
        said = str(getattr(error, "stderr", None) or error).strip()
        raise UserError(
            f"The window could not be drawn: {said.splitlines()[-1]}",
            "packaging/system-libraries.sh installs the libraries that Qt needs.",
        ) from error
