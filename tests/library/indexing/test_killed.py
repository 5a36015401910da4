"""kill -9 at random moments: no finished photo is lost, none is embedded twice, and the catalog is
whole.

LIKENESS_KILLS says how many moments are tried (8 by default, 50 for a release); LIKENESS_SEED where
they lie.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from desktop.catalog import Catalog, FileStat
from desktop.catalog.databases.sqlite.backups import find_damage
from desktop.catalog.databases.sqlite.opening import open_engine
from desktop.jobs import Job
from desktop.library import Library, Places, Query, find_backup
from tests.catalog.databases.test_opening import (
    COMING_VERSION,
    make_catalog,
    make_migrations,
    read_version,
)
from tests.colour_embedder import COLOURS, ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX"),
    pytest.mark.timeout(300),
]

ROOT = Path(__file__).parents[3]
N_KILLS = int(os.environ.get("LIKENESS_KILLS", "8"))
SEED = int(os.environ.get("LIKENESS_SEED", "4"))
N_PHOTOS = 120
N_ROWS = 10_000
WORKS = ("indexing", "switching", "rebuilding", "migrating")
FIRST, SECOND = "colours@1", "colours-2@7"


@dataclass(frozen=True)
class Moment:
    """Which work is killed, and when: a share of the time that it takes."""

    number: int
    work: str
    share: float


def moments() -> list[Moment]:
    drawn = random.Random(SEED)
    return [Moment(n, WORKS[n % len(WORKS)], drawn.random()) for n in range(N_KILLS)]


@dataclass(frozen=True)
class Scene:
    """What the works begin with, and how long each took here when nobody killed it."""

    photos: Path
    empty: Path
    indexed: Path
    old: Path
    migrations: Path
    took_s: dict[str, float]

    def data_of(self, work: str) -> Path:
        before = {"indexing": self.empty, "migrating": self.old}
        return before.get(work, self.indexed)

    def other_of(self, work: str) -> Path:
        return self.migrations if work == "migrating" else self.photos


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    root = tmp_path_factory.mktemp("scene")
    for number in range(N_PHOTOS):
        colour = list(COLOURS)[number % len(COLOURS)]
        draw(root / "photos" / f"{number:03}.jpg", colour, number, size=(128, 96))
    (root / "empty").mkdir()
    (root / "old").mkdir()
    make_old_catalog(root / "old" / "catalog.sqlite")
    migrations = make_migrations(
        root, 'op.execute("UPDATE photo SET stars = 3"); op.create_index("i", "photo", ["stars"])'
    )
    scene = Scene(root / "photos", root / "empty", root / "indexed", root / "old", migrations, {})
    for work in WORKS:
        data = root / f"{work} to its end"
        shutil.copytree(scene.data_of(work), data)
        scene.took_s[work] = run_to_the_end(scene, work, data)
        if work == "indexing":
            shutil.copytree(data, scene.indexed)
    return scene


def make_old_catalog(path: Path) -> None:
    make_catalog(path)
    catalog = Catalog.open(path)
    (folder, *_) = catalog.folders.list_all()
    stats = [FileStat(f"many/{n}.jpg", n, n) for n in range(N_ROWS)]
    catalog.files.apply_scan(folder.folder_id, stats)
    catalog.close()


def start(scene: Scene, work: str, data: Path) -> subprocess.Popen[str]:
    """Returns when the work has begun."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.library.indexing.doomed", work, data, scene.other_of(work)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    return process


def run_to_the_end(scene: Scene, work: str, data: Path) -> float:
    process = start(scene, work, data)
    begun_s = time.monotonic()
    assert process.stdout is not None and process.stdout.readline() == "done\n"
    took_s = time.monotonic() - begun_s
    process.kill()
    process.communicate()
    return took_s


def kill(scene: Scene, moment: Moment, data: Path) -> None:
    process = start(scene, moment.work, data)
    time.sleep(moment.share * scene.took_s[moment.work])
    process.kill()
    out, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL
    sys.stdout.write(f"killed {'after its end' if out else 'in its midst'}\n")  # for -rP


@pytest.mark.parametrize(
    "moment", moments(), ids=lambda moment: f"{moment.number}-{moment.work}-{moment.share:.2f}"
)
def test_kill_9_loses_nothing(scene: Scene, moment: Moment, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(scene.data_of(moment.work), data)

    kill(scene, moment, data)

    if moment.work == "migrating":
        check_migration(data / "catalog.sqlite", scene.migrations)
    else:
        check_library(scene, moment, data)


def check_migration(path: Path, migrations: Path) -> None:
    if read_version(path) == COMING_VERSION:
        assert find_backup(Places.under(path.parent)) is not None, "migrated without a backup"
    open_engine(path, migrations).dispose()
    assert read_version(path) == COMING_VERSION
    assert find_damage(path, is_live=True) is None
    with closing(sqlite3.connect(path)) as catalog:
        many = "SELECT count(*), min(stars), max(stars) FROM photo WHERE size_bytes = mtime_ns"
        assert catalog.execute(many).fetchone() == (N_ROWS, 3, 3)
    for backup in (path.parent / "backups").glob("*.sqlite"):
        assert backup.stem.endswith(f"-v{int(read_version(backup))}")
        assert find_damage(backup) is None


def check_library(scene: Scene, moment: Moment, data: Path) -> None:
    finished = read_embedded(data / "catalog.sqlite")
    told = read_told(data / "told")
    assert told <= finished, "a photo that was told to be saved is lost"
    library = Library.open(Places.under(data), None, ColourRegistry, DECODERS)
    try:
        assert library._catalog.check() == []
        if moment.work == "switching":
            assert {(FIRST, each) for each in range(1, N_PHOTOS + 1)} <= finished
            library.models.use("colours-2")
        check_the_rest(scene, library, finished)
        assert library.doctor().healthy
    finally:
        library.close()
    for thumbnail in (data / "thumbnails").rglob("*.jpg"):
        Image.open(thumbnail).load()


def check_the_rest(scene: Scene, library: Library, finished: set[tuple[str, int]]) -> None:
    """The next start embeds what is left, and nothing else; then everything is found."""
    if not library.folders.list_all():
        library.folders.add(scene.photos)
    wanted = FIRST if library.status().coming_model is None else SECOND
    wanted = SECOND if library.status().model.model_id == SECOND else wanted
    n_finished = sum(model_id == wanted for model_id, _ in finished)

    summary = library.index(Job())

    assert (summary.photos, summary.problems, summary.missing) == (N_PHOTOS, 0, 0)
    assert summary.embedded == N_PHOTOS - n_finished, "a photo was embedded twice"
    assert n_images(library) == N_PHOTOS - n_finished
    assert library.index(Job()).embedded == 0
    status = library.status()
    assert (status.model.model_id, status.coming_model) == (wanted, None)
    hits = library.search(Query(text="green", n=N_PHOTOS // len(COLOURS))).hits
    paths = [photo.path for photo in library.photos.get([hit.photo_id for hit in hits])]
    assert {int(path.stem) % len(COLOURS) for path in paths} == {list(COLOURS).index("green")}


def n_images(library: Library) -> int:
    registry = library._registry
    assert isinstance(registry, ColourRegistry)
    embedders: list[ColourEmbedder] = list(registry.embedders.values())
    return sum(embedder.n_images for embedder in embedders)


def read_embedded(path: Path) -> set[tuple[str, int]]:
    with closing(sqlite3.connect(path)) as catalog:
        assert catalog.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = "SELECT pass_id, photo_id FROM made JOIN pass USING (pass_key)"
        return set(catalog.execute(rows))


def read_told(path: Path) -> set[tuple[str, int]]:
    """The last line may have been cut."""
    lines = path.read_text(encoding="ascii").split("\n")[:-1] if path.exists() else []
    return {(model_id, int(photo_id)) for model_id, photo_id in map(str.split, lines)}
