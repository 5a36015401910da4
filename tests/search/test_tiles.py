"""Photos that are compared by parts of them, too."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop.catalog import SEARCHED
from desktop.index import Index, Scores, SegmentScores, Spread
from desktop.jobs import Job
from desktop.media import TILES, PhotoPart
from desktop.search import Band, Engine, Query
from desktop.search.tiles import WHOLE, Tiled
from tests.colour_embedder import ColourEmbedder
from tests.search.album import Album, picture

CORNER = PhotoPart(0.8, 0.8, 0.2, 0.2)


def tiles_of(image: Image.Image) -> NDArray[np.float32]:
    """Their embeddings, one behind the other."""
    return ColourEmbedder().embed_images([tile.cut(image) for tile in TILES]).ravel()


class TiledAlbum(Album):
    """With an index of tiles beside that of photos, and an engine that looks at both."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        dim = self.embedder.dim * len(TILES)
        self.tiles = Index(folder / "index", "tiles@1", dim, kind="", n_segments=len(TILES))
        self.limit = 100_000
        self.plain = self.engine
        self.engine = Engine(
            self.catalog,
            self.index,
            self.embedder,
            lambda: self.limit,
            tiles=lambda: self.tiles,
        )

    def tile(self, names: Sequence[str]) -> None:
        ids = np.array([self.ids[name] for name in names], np.int64)
        colours = [name.rstrip("0123456789").split() for name in names]
        self.tiles.add(ids, np.stack([tiles_of(picture(*each)) for each in colours]))

    def found(self, query: Query) -> list[str]:
        return [self.name_of(hit.photo_id) for hit in self.engine.search(query).hits]


NAMES = ("red green", "red red red blue", "green", "red", "green yellow", "white black", "white")


@pytest.fixture
def album(tmp_path: Path) -> Iterator[TiledAlbum]:
    album = TiledAlbum(tmp_path)
    with closing(album.catalog):
        album.add(*NAMES)
        album.tile(NAMES)
        yield album


def asking_for_blue() -> Query:
    """With a part of a photo."""
    return Query(like_image=picture("blue"), like_part=CORNER)


def test_a_photo_is_found_by_a_part_of_it(album: TiledAlbum) -> None:
    (hit, *others) = album.engine.search(asking_for_blue()).hits
    assert album.name_of(hit.photo_id) == "red red red blue"
    assert hit.part in (TILES[1], TILES[3]), "it is on the right"
    assert hit.score > album.plain.search(asking_for_blue()).hits[0].score
    assert all(each.score < 0.5 for each in others)


def test_what_parts_of_most_photos_have_in_common_is_not_very_similar(album: TiledAlbum) -> None:
    """Five parts of each photo have five chances to look like what is asked."""
    many = [f"red red red blue{number}" for number in range(150)]
    album.add(*many)
    album.tile(many)
    hits = album.engine.search(asking_for_blue()).hits
    assert {hit.band for hit in hits} == {Band.UNLIKELY}


def test_a_part_that_fits_brings_a_photo_forward_for_words(album: TiledAlbum) -> None:
    hits = album.engine.search(Query(text="blue")).hits
    assert album.name_of(hits[0].photo_id) == "red red red blue"
    assert hits[0].part in (TILES[1], TILES[3])
    by_whole = next(hit for hit in hits if album.name_of(hit.photo_id) == "red")
    assert by_whole.part is None


def test_what_is_like_a_whole_photo_is_found_as_without_parts(album: TiledAlbum) -> None:
    for query in (
        Query(like_photo_id=album.ids["red"]),
        Query(like_image=picture("red")),
        Query(text="green", like_image=picture("red")),
    ):
        assert album.engine.search(query).hits == album.plain.search(query).hits


def test_photos_whose_parts_are_not_known_yet_are_found_as_ever(album: TiledAlbum) -> None:
    album.add("blue", "blue red")
    assert album.found(asking_for_blue())[:2] in (["blue", "red red red blue"],)
    assert set(album.found(Query(text="blue"))) == {*NAMES, "blue", "blue red"}
    assert album.engine.search(Query(text="blue")).searched == len(NAMES) + 2


def test_several_clauses_look_at_parts_too(album: TiledAlbum) -> None:
    hits = album.engine.search(Query(text="red, blue -yellow")).hits
    assert album.name_of(hits[0].photo_id) == "red red red blue"
    assert hits[0].part is not None
    plain = album.plain.search(Query(text="red, blue -yellow")).hits
    assert {hit.photo_id for hit in hits} == {hit.photo_id for hit in plain}
    assert all(hit.part is None for hit in plain)


def test_a_photo_that_was_removed_is_not_found_by_its_parts(album: TiledAlbum) -> None:
    gone = album.ids["red red red blue"]
    kept = np.sort([photo_id for photo_id in album.ids.values() if photo_id != gone])
    query = Query(like_image=picture("blue"), like_part=CORNER, filter=SEARCHED)
    album.index.keep_only(lambda: kept)
    assert "red red red blue" not in album.found(query)


def test_a_first_answer_does_without_and_the_exact_one_follows(album: TiledAlbum) -> None:
    album.limit = 3 * len(NAMES)
    query = asking_for_blue()
    first = album.engine.search(query, exact=False)
    assert not first.is_exact and first.hits == album.plain.search(query).hits
    assert album.engine.search(query).hits[0].part is not None


def test_so_it_is_with_several_clauses(album: TiledAlbum) -> None:
    album.limit = 3 * len(NAMES)
    query = Query(text="red, blue -yellow")
    first = album.engine.search(query, exact=False)
    assert not first.is_exact and first.hits == album.plain.search(query).hits
    exact = album.engine.search(query)
    assert exact.is_exact and exact.hits[0].part is not None
    album.limit = 6 * len(NAMES)
    assert album.engine.search(query, exact=False).hits == exact.hits


QUERIES = [
    Query(text=text, n=n, min_score=least)
    for text, least in (("red", None), ("red, 2*blue -yellow", None), ("green -red, white", 0.3))
    for n in (1, 12, 40)
]


def test_coarse_rows_change_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos of which many are alike; some came after the last build, some have no tiles yet."""
    draw, colours = np.random.default_rng(8), ["red", "green", "blue", "yellow", "white", "black"]
    names = [f"{' '.join(draw.choice(colours, 2))}{number}" for number in range(300)]
    monkeypatch.setattr("desktop.index.local.generation.APPROXIMATE_FROM", 10_000)

    def answers(coarse_from: int, folder: Path) -> list[list[tuple[object, ...]]]:
        folder.mkdir()
        monkeypatch.setattr("desktop.index.local.generation.COARSE_FROM", coarse_from)
        album = TiledAlbum(folder)
        with closing(album.catalog):
            album.add(*names[:260])
            ids = np.array([album.ids[name] for name in names[:240]])
            tiles = np.random.default_rng(9).gamma(0.3, size=(240, len(TILES), album.embedder.dim))
            tiles[100:120] = tiles[:20]
            tiles /= np.linalg.norm(tiles, axis=2, keepdims=True)
            album.tiles.add(ids[:200], tiles[:200].reshape(200, -1).astype(np.float32))
            for index in (album.index, album.tiles):
                index.rebuild(Job(), 1)
            album.tiles.add(ids[200:], tiles[200:].reshape(40, -1).astype(np.float32))
            album.add(*names[260:])
            queries = [*QUERIES, asking_for_blue()]
            return [
                [(hit.photo_id, hit.score, hit.band, hit.part) for hit in hits]
                for hits in (album.engine.search(query).hits for query in queries)
            ]

    plain, coarse = answers(10_000, tmp_path / "plain"), answers(1, tmp_path / "coarse")
    assert len(list(tmp_path.rglob("*.coarse"))) == 2
    for expected, found in zip(plain, coarse, strict=True):
        assert [each[0] for each in found] == [each[0] for each in expected]
        assert [each[2:] for each in found] == [each[2:] for each in expected]
        scores = [[each[1] for each in answer] for answer in (expected, found)]
        assert scores[1] == pytest.approx(scores[0], abs=2e-4), "of few photos and few numbers"


@pytest.mark.parametrize("is_part", [True, False])
def test_the_best_are_those_of_a_plain_scan(is_part: bool) -> None:
    draw = np.random.default_rng(4)
    whole = draw.normal(0.3, 0.1, 500).astype(np.float32)
    ids = draw.permutation(1_000)[:500].astype(np.int64)
    rows = np.sort(draw.permutation(500)[:400])
    scores = draw.normal(0.35, 0.1, (1, 400, 5)).astype(np.float32)
    slack = draw.uniform(0, 0.02, 500).astype(np.float32)
    of_whole = Scores(
        ids,
        (whole - slack)[np.newaxis],
        (whole + slack)[np.newaxis],
        lambda _, some: whole[some],
        lambda _, some: (whole[some] - slack[some] / 2, whole[some] + slack[some] / 2),
        500,
        [Spread(0.0, 0.0)],
        whole[:0, np.newaxis],
    )
    of_tiles = SegmentScores(
        ids[rows],
        scores.max(axis=2) - slack[rows],
        scores.max(axis=2) + slack[rows],
        lambda _, some: scores[0, some],
        lambda _, some: (scores[0, some].max(axis=1) - 0.001, scores[0, some].max(axis=1) + 0.001),
    )
    tiled = Tiled(of_whole, of_tiles, (0,), rows, np.arange(400))

    compared = tiled.together(0, 20, is_part)

    best = scores[0].max(axis=1)
    if is_part:
        expected = np.maximum(whole[rows], best)
    else:
        mixed = 0.7 * whole[rows] + 0.3 * best
        expected = (mixed - mixed.mean()) / mixed.std() * whole[rows].std() + whole[rows].mean()
    plain = whole.copy()
    plain[rows] = expected
    every = np.arange(500)
    assert np.allclose(compared.scores.exact(every), plain, atol=1e-5)
    assert np.quantile(compared.of_any, 0.75) == pytest.approx(np.quantile(plain, 0.75), abs=0.01)
    order = np.lexsort((ids, -np.round(plain, 6)))[:20]
    assert compared.found.photo_ids.tolist() == ids[order].tolist()
    without = np.setdiff1d(np.arange(500), rows)
    assert (compared.carried(without) == WHOLE).all()
