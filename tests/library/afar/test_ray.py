"""Photos are read on two nodes of a real Ray cluster, and come out as they do here."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from desktop.embedding import EmbedderApart
from desktop.errors import ClusterAway, ExtraMissing
from desktop.jobs import wait
from desktop.library import Elsewhere, IndexSummary, Job, Library, Places, Settings, elsewhere
from tests.colour_embedder import ColourEmbedder
from tests.colour_registry import ColourRegistry
from tests.no_network import sitecustomize
from tests.pictures import draw
from tests.shared_decoders import DECODERS, Decodes

takes_long = pytest.mark.skipif("LIKENESS_SOAK_S" not in os.environ, reason="`make soak` runs it")

ROOT = Path(__file__).parents[3]
N_PHOTOS = 60
_MEMORY = 80_000_000

# Of Ray itself, where it starts a head.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file.*ray_client_server:ResourceWarning")

pytest.importorskip("ray", reason="ray is not installed (likeness[ray])")


class ApartRegistry(ColourRegistry):
    """Its models can be made in other processes."""

    def __init__(self, places: Places, settings: Callable[[], Settings]) -> None:
        super().__init__(places, settings)
        apart = {name: EmbedderApart(partial(ColourEmbedder, name)) for name in ("colours",)}
        self.embedders = apart  # type: ignore[assignment]


@dataclass(frozen=True)
class Nodes:
    """Attributes: cluster: Ray's own; from_elsewhere: as a machine names it that is not part."""

    cluster: Any
    from_elsewhere: str


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """Two nodes of two cores in this machine."""
    from ray.cluster_utils import Cluster
    from ray.util import get_node_ip_address

    own = get_node_ip_address()
    # Ray's first node asks what cloud it is in, and tells its makers that it tells them nothing.
    nowhere = "http://127.0.0.1:9"
    variables = {
        sitecustomize.OWN: own,
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "no_proxy": f"localhost,127.0.0.1,{own}",
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYTHONPATH": f"{os.environ['PYTHONPATH']}{os.pathsep}{ROOT}",
    }
    node = {
        "num_cpus": 2,
        "object_store_memory": _MEMORY,
        "include_dashboard": False,
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        head = {**node, "ray_client_server_port": port}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        cluster.add_node(**node)
        environment.setenv("RAY_ADDRESS", cluster.address)
        yield Nodes(cluster, f"ray://127.0.0.1:{port}")
        cluster.shutdown()


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for number in range(N_PHOTOS):
        draw(folder / f"IMG_20190512_1833{number:02}.jpg", ("red", "blue")[number % 2], number)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff" + b"no photo" * 500)
    (folder / "IMG_20190512_183300.xmp").write_text("<x:xmpmeta/>")
    return folder


Open = Callable[[str], Library]


@pytest.fixture
def open_library(photos: Path, tmp_path: Path) -> Iterator[Open]:
    opened = []

    def open_one(name: str) -> Library:
        library = Library.open(Places.under(tmp_path / name), None, ApartRegistry, DECODERS)
        opened.append(library)
        library.folders.add(photos)
        return library

    yield open_one
    for library in opened:
        library.close()


def what_was_read(library: Library) -> dict[str, tuple[object, ...]]:
    """By name: content, facts, the vector to the last bit, the thumbnail, and what is wrong."""
    found = {}
    known = [*library.photos.list_ids().tolist()]
    known += [problem.photo.photo_id for problem in library.photos.list_problems()]
    for photo in library.photos.get(known):
        vector = library._catalog.made.find_vector(photo.photo_id, "colours@1")
        thumbnail = library.pictures._thumbnails.path(str(photo.content_hash))
        found[photo.path.name] = (
            photo.content_hash,
            photo.metadata,
            None if vector is None else vector.tobytes(),
            thumbnail.read_bytes() if thumbnail.exists() else None,
            photo.problem,
        )
    return found


@pytest.fixture(scope="module")
def read_here(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    places = Places.under(tmp_path_factory.mktemp("here"))
    library = Library.open(places, None, ApartRegistry, DECODERS)
    library.folders.add(photos)
    library.index(Job())
    read = what_was_read(library)
    library.close()
    return read


@pytest.mark.parametrize(
    "ships",
    [False, pytest.param(True, marks=takes_long)],
    ids=["mounted", "shipped_from_elsewhere"],
)
def test_what_is_read_there_is_what_is_read_here(
    nodes: Nodes,
    open_library: Open,
    read_here: dict[str, Any],
    decodes: Decodes,
    ships: bool,
) -> None:
    library = open_library("there")
    where = nodes.from_elsewhere if ships else "ray"
    with elsewhere(where, n_models=2, ships=ships) as machines:
        assert (machines.batch, machines.decoders.n_processes) == (16, 2)
        summary = library.index(Job(), machines)
    assert (summary.embedded, summary.problems, decodes.n) == (N_PHOTOS, 1, 0)
    assert what_was_read(library) == read_here
    assert len(read_here) == N_PHOTOS + 1
    assert library.index(Job()).embedded == 0, "indexing is at home again, and has nothing to do"


@takes_long
def test_a_node_that_dies_costs_nothing_but_time(
    nodes: Nodes, open_library: Open, read_here: dict[str, Any]
) -> None:
    import ray

    library = open_library("there")
    begun = threading.Event()
    job = Job(lambda progress: begun.set() if "Indexing" in progress.label else None)
    done: list[IndexSummary] = []

    def index(machines: Elsewhere) -> None:
        done.append(library.index(job, machines))

    with elsewhere("ray", n_models=2, ships=True) as machines:
        working = threading.Thread(target=index, args=(machines,))
        working.start()
        assert begun.wait(60)
        assert wait(lambda _: bool(library.models.count_embeddings()), 60)
        (second,) = nodes.cluster.worker_nodes
        nodes.cluster.remove_node(second, allow_graceful=False)
        working.join(100)
        assert done and ray.is_initialized()
    assert done[0].embedded == N_PHOTOS, "nothing is lost, and nothing is saved twice"
    assert what_was_read(library) == read_here


def test_a_cluster_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with (
        pytest.raises(ClusterAway, match=r"No Ray cluster gives an answer at 127\.0\.0\.1:1"),
        elsewhere("ray"),
    ):
        pass


def test_without_its_package_it_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(ExtraMissing) as refusal, elsewhere("ray"):
        pass
    assert "likeness[ray]" in refusal.value.hint
