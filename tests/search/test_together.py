"""Several clauses and conditions in one question, beside a plain scan of every photo."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.catalog import FileStat, Ingested
from desktop.errors import QueryUnanswerable
from desktop.jobs import Job
from desktop.search import Band, Engine, Query, Results
from desktop.search.calibration.odds import USUAL
from tests.colour_embedder import COLOURS
from tests.search.album import METADATA, Album, picture
from tests.search.test_engine import names

N = 1_500
KINDS = ("JPEG", "PNG", "HEIF")
NEW_YEAR = datetime(2015, 1, 1)


@dataclasses.dataclass(frozen=True)
class Varied:
    """Photos of many colours, days, kinds and folders, with an approximate part.

    Attributes:
        vectors, taken: by photo_id.
    """

    album: Album
    vectors: dict[int, np.ndarray]
    taken: dict[int, datetime]
    kinds: dict[int, str]
    paths: dict[int, str]


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Varied]:
    album = Album(tmp_path_factory.mktemp("varied"))
    paths = [
        f"{'Norway' if at % 50 == 0 else 'Spain'}/{'red ' if at % 70 == 0 else ''}{at}.png"
        for at in range(N)
    ]
    catalog = album.catalog
    catalog.files.apply_scan(album.folder_id, [FileStat(path, 9, 9) for path in paths])
    files = catalog.files.list_all(album.folder_id)
    ids = [files[path].photo_id for path in paths]
    drawn = np.random.default_rng(3).gamma(0.3, size=(N, album.embedder.dim)).astype(np.float32)
    vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    found = Varied(
        album,
        dict(zip(ids, vectors, strict=True)),
        {photo_id: NEW_YEAR + timedelta(days=2 * at) for at, photo_id in enumerate(ids)},
        {photo_id: KINDS[at % 3] for at, photo_id in enumerate(ids)},
        dict(zip(ids, paths, strict=True)),
    )
    saved = []
    for photo_id in ids:
        taken, kind = found.taken[photo_id], found.kinds[photo_id]
        facts = dataclasses.replace(METADATA, taken_at=taken, format=kind)
        made = {album.embedder.model_id: found.vectors[photo_id]}
        saved.append(Ingested(photo_id, FileStat("", 9, 9), f"{photo_id:032x}", facts, made))
    catalog.ingests.save(saved)
    album.index.add(np.array(ids), vectors)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("desktop.index.local.generation.APPROXIMATE_FROM", 1_000)
        patch.setattr("desktop.index.local.generation.COARSE_FROM", 1_000)
        album.index.rebuild(Job(), catalog.revision())
    yield found
    catalog.close()


CONDITIONS: dict[str, Callable[[Varied, int], bool]] = {
    "year:2018": lambda varied, pid: varied.taken[pid].year == 2018,
    "after:2021-06": lambda varied, pid: varied.taken[pid] >= datetime(2021, 6, 1),
    "before:2015-02": lambda varied, pid: varied.taken[pid] < datetime(2015, 2, 1),
    "-month:12": lambda varied, pid: varied.taken[pid].month != 12,
    "day:1": lambda varied, pid: varied.taken[pid].day == 1,
    "folder:norway": lambda varied, pid: varied.paths[pid].startswith("Norway"),
    "-type:png": lambda varied, pid: varied.kinds[pid] != "PNG",
    "name:77": lambda varied, pid: "77" in varied.paths[pid].rpartition("/")[2],
    "is:damaged": lambda *_: False,
    "ratio:landscape": lambda *_: True,
}
NEVER = {"after:2021-06", "before:2015-02", "year:2018"}
"""No photo can be from two of these, which is said instead of searching."""

conditions = st.lists(st.sampled_from(sorted(CONDITIONS)), max_size=3, unique=True).filter(
    lambda asked: len(set(asked) & NEVER) < 2
)
colours = st.sampled_from(sorted(COLOURS))
several = st.lists(
    st.tuples(st.sampled_from(["", "-", "2*", "0.5*"]), colours), min_size=2, max_size=4
)


def meant(varied: Varied, asked: list[str]) -> list[int]:
    """The plain scan of the conditions."""
    return [pid for pid in varied.vectors if all(CONDITIONS[each](varied, pid) for each in asked)]


def by_look(album: Album) -> Engine:
    """Names are passed over."""
    return Engine(album.catalog, album.index, album.embedder, lambda: N, names_count=lambda: False)


@given(colour=colours, asked=conditions, n=st.sampled_from([1, 20, N]))
@settings(max_examples=60, deadline=None)
def test_meaning_and_conditions_are_exact_at_any_selectivity(
    varied: Varied, colour: str, asked: list[str], n: int
) -> None:
    results = by_look(varied.album).search(Query(" ".join([colour, *asked]), n=n))
    allowed = meant(varied, asked)
    assert results.searched == results.total == len(allowed)
    embedding = varied.album.embedder.embed_text([colour])[0]
    scores = sorted((float(varied.vectors[pid] @ embedding) for pid in allowed), reverse=True)
    assert {hit.photo_id for hit in results.hits} <= set(allowed)
    assert [hit.score for hit in results.hits] == pytest.approx(scores[:n], abs=1e-5)


@given(clauses=several, asked=conditions, n=st.sampled_from([1, 20]))
@settings(max_examples=60, deadline=None)
def test_several_clauses_are_exact_at_any_selectivity(
    varied: Varied, clauses: list[tuple[str, str]], asked: list[str], n: int
) -> None:
    """All photos are in the order, and none that fits every clause better stands behind."""
    text = ", ".join(sign + colour for sign, colour in clauses)
    engine = varied.album.engine
    everything = engine.search(Query(" ".join([text, *asked]), n=N)).hits
    assert engine.search(Query(" ".join([text, *asked]), n=n)).hits == everything[:n]
    assert sorted(hit.photo_id for hit in everything) == sorted(meant(varied, asked))
    ways = [-1 if sign == "-" else 1 for sign, _ in clauses]
    embeddings = varied.album.embedder.embed_text([colour for _, colour in clauses])
    order = np.array([varied.vectors[hit.photo_id] @ embeddings.T * ways for hit in everything])
    for ahead, behind in itertools.pairwise(order):
        # The colours of words have a little of all others in them, which counts once in one breath.
        assert not np.all(behind > ahead + 0.03), text


def is_called(path: str, words: str) -> bool:
    return set(words.split()) <= set(re.findall(r"[a-z0-9]+", path.lower()))


@given(
    words=st.sampled_from(["norway", "norway 50", "77", "spain", "red", "red norway", "nowhere"]),
    asked=conditions,
    n=st.sampled_from([1, 20, 700, N]),
)
@settings(max_examples=60, deadline=None)
def test_names_and_looks_are_exact_at_any_selectivity(
    varied: Varied, words: str, asked: list[str], n: int
) -> None:
    """Reciprocal ranks of two plain lists, of which the first 600 places count; what is called so
    is likely, unless more than half of those that are meant are."""
    album, query = varied.album, Query(" ".join([words, *asked]), n=N)
    looks = by_look(album).search(query).hits
    called = [hit for hit in looks if is_called(varied.paths[hit.photo_id], words)]
    if len(called) > len(looks) / 2:
        called = []
    places = {hit.photo_id: 1 / (60 + at) for at, hit in enumerate(looks[:600], 1)}
    for at, hit in enumerate(called[:600], 1):
        places[hit.photo_id] = places.get(hit.photo_id, 0) + 1 / (60 + at)
    ids = {hit.photo_id for hit in called}
    bands = list(Band)
    expected = sorted(
        looks,
        key=lambda hit: (
            0 if hit.photo_id in ids else bands.index(hit.band),
            -places.get(hit.photo_id, 0),
            -hit.score,
            hit.photo_id,
        ),
    )
    found = album.engine.search(dataclasses.replace(query, n=n)).hits
    assert [hit.photo_id for hit in found] == [hit.photo_id for hit in expected][:n]
    assert {hit.photo_id for hit in found if hit.is_named} <= ids


def test_in_a_large_library_they_are_exact_at_once(varied: Varied) -> None:
    album = varied.album
    engine = Engine(album.catalog, album.index, album.embedder, lambda: 100)
    assert not engine.search(Query("red", n=5), exact=False).is_exact
    assert engine.search(Query("red, blue", n=5), exact=False).is_exact


def test_all_clauses_must_hold(album: Album) -> None:
    results = album.engine.search(Query("red, blue", n=9))
    assert names(album, results)[0] == "red blue"
    assert results.hits[0].band is Band.MAYBE or results.hits[0].band is Band.LIKELY
    white = next(hit for hit in results.hits if hit.photo_id == album.ids["white"])
    assert white.band is Band.UNLIKELY


def test_a_photo_fits_as_its_weakest_clause_and_all_in_one_breath_say(album: Album) -> None:
    def logit(probability: float) -> float:
        return math.log(probability / (1 - probability))

    engine = by_look(album)
    whole = {hit.photo_id: hit for hit in engine.search(Query("red blue", n=9)).hits}
    for text in ("red, blue", "red, blue -white"):
        for hit in engine.search(Query(text, n=9)).hits:
            weakest = min(part.probability for part in hit.parts[:2])
            both = (logit(weakest) + logit(whole[hit.photo_id].probability)) / 2
            expected = 1 / (1 + math.exp(-both))
            expected = min(expected, *(1 - part.probability for part in hit.parts[2:]), 1)
            assert hit.probability == pytest.approx(expected, abs=1e-6)
            assert hit.band is USUAL.of(hit.probability)


def test_what_is_unwanted_goes_to_the_end(album: Album) -> None:
    found = names(album, album.engine.search(Query("red -blue", n=9)))
    assert found[0] == "red"
    assert found.index("red green") < found.index("red blue")
    assert names(album, album.engine.search(Query("-red", n=9)))[-1] == "red"


def test_a_weight_moves_the_order(album: Album) -> None:
    def place(text: str, name: str) -> int:
        return names(album, album.engine.search(Query(text, n=9))).index(name)

    assert place("3*red, blue", "red") < place("3*red, blue", "blue")
    assert place("red, 3*blue", "blue") < place("red, 3*blue", "red")


def test_hits_say_how_each_clause_fits(album: Album) -> None:
    hit = album.engine.search(Query("red, blue -white", n=1)).hits[0]
    assert [str(part.clause) for part in hit.parts] == ["red", "blue", "-white"]
    red, blue, white = hit.parts
    assert hit.score == min(red.score, blue.score) > white.score
    assert white.band is Band.UNLIKELY
    (part,) = album.engine.search(Query("red", n=1)).hits[0].parts
    assert part.score > 0.99 and part.band is Band.LIKELY


def test_every_clause_must_score_enough(album: Album) -> None:
    hits = album.engine.search(Query("red, blue -green", n=9, min_score=0.5)).hits
    assert [album.name_of(hit.photo_id) for hit in hits] == ["red blue"]


@pytest.mark.parametrize("as_image", [False, True])
def test_a_photo_is_a_clause_beside_several(album: Album, as_image: bool) -> None:
    like = Query(like_image=picture("red")) if as_image else Query(like_photo_id=album.ids["red"])
    results = album.engine.search(dataclasses.replace(like, text="green -blue", n=9))
    assert names(album, results)[0] == "red green"
    assert as_image or "red" not in names(album, results)
    assert len(results.hits[0].parts) == 2, "the photo is none of the text"


def test_conditions_alone_list_the_newest(varied: Varied) -> None:
    engine = varied.album.engine
    varied.album.embedder.unload()
    results = engine.search(Query("type:png before:2019", n=5))
    wanted = meant(varied, [])
    png = [pid for pid in wanted if varied.kinds[pid] == "PNG"]
    old = [pid for pid in png if varied.taken[pid] < datetime(2019, 1, 1)]
    newest = sorted(old, key=lambda pid: varied.taken[pid], reverse=True)
    assert [hit.photo_id for hit in results.hits] == newest[:5]
    assert {(hit.score, hit.band) for hit in results.hits} == {(1.0, Band.LIKELY)}
    assert results.searched == results.total == len(old)
    assert not varied.album.embedder.is_loaded


def test_conditions_narrow_what_resembles_a_photo(varied: Varied) -> None:
    query = Query("folder:norway", like_photo_id=next(iter(varied.vectors)), n=N)
    results = varied.album.engine.search(query)
    assert len(results.hits) == results.total - 1 == N // 50 - 1


def test_a_model_without_words_still_heeds_conditions(album: Album) -> None:
    album.embedder.has_text = False
    assert answered(album, Query("type:png")) == 9
    assert answered(album, Query("type:png", like_photo_id=album.ids["red"])) == 8
    with pytest.raises(QueryUnanswerable, match="does not understand words"):
        album.engine.search(Query("red type:png"))


def answered(album: Album, query: Query) -> int:
    results: Results = album.engine.search(query)
    return len(results.hits)


def test_a_value_without_meaning_is_refused(album: Album) -> None:
    with pytest.raises(QueryUnanswerable, match="“soon” means nothing after “after:”"):
        album.engine.search(Query("red after:soon"))
