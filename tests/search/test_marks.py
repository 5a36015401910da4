"""More like these, less like these: what becomes of a question."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from desktop.search import Band, Odds, Query, Verdict
from desktop.search.marks import probe
from tests.search.album import Album, picture
from tests.search.test_engine import names

NONE = np.zeros((0, 16), np.float32)


def some_photos(n: int, seed: int = 5, of_kind: float = 0.0) -> np.ndarray:
    """Embeddings of n photos, more or less of one kind."""
    rows = np.random.default_rng(seed).normal(size=(n, 16)).astype(np.float32)
    rows[:, 0] += of_kind
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_mark_is_given_changed_and_taken_back() -> None:
    query = Query("red").marked([3], is_more=True).marked([4, 5], is_more=False)
    assert (query.more, query.less) == ((3,), (4, 5))
    assert query.marked([4], is_more=True).more == (3, 4)
    assert query.marked([4], is_more=True).less == (5,)
    assert query.marked([3], is_more=True).more == ()
    assert query.marked([3, 9], is_more=True).more == (3, 9)
    assert query.text == "red" and query.has_marks and not Query("red").has_marks


def test_the_question_moves_towards_what_is_wanted(album: Album) -> None:
    plain = names(album, album.engine.search(Query("red", n=20)))
    ids = album.ids
    more = Query("red", n=20).marked([ids["red blue"]], is_more=True)
    found = names(album, album.engine.search(more))
    assert found[0] == "red blue", "what is marked stands first"
    assert found.index("blue") < plain.index("blue")
    less = more.marked([ids["red green"]], is_more=False)
    found = names(album, album.engine.search(less))
    assert found[-1] == "red green"
    assert found.index("green") > plain.index("green") - 1


def test_what_is_marked_is_so(album: Album) -> None:
    ids = album.ids
    query = Query("red", n=20).marked([ids["yellow"]], is_more=True)
    results = album.engine.search(query.marked([ids["red"]], is_more=False))
    bands = {album.name_of(hit.photo_id): (hit.band, hit.probability) for hit in results.hits}
    assert bands["yellow"] == (Band.LIKELY, 1.0)
    assert bands["red"] == (Band.UNLIKELY, 0.0)
    assert results.verdict is Verdict.FOUND
    order = [list(Band).index(hit.band) for hit in results.hits]
    assert order == sorted(order)


def test_marks_move_several_clauses_as_a_whole(album: Album) -> None:
    album.add(*(f"red blue{at}" for at in range(2, 5)))
    ids = album.ids
    for text in ("red, blue", "red, -green"):
        query = Query(text, n=20)
        plain = names(album, album.engine.search(query))
        marked = query.marked([ids["blue green"]], is_more=False)
        found = album.engine.search(marked.marked([ids["red blue2"]], is_more=True))
        assert names(album, found)[0] == "red blue2"
        assert names(album, found)[-1] == "blue green"
        assert set(names(album, found)) == set(plain)
        assert [len(hit.parts) for hit in found.hits] == [2] * len(plain)


def test_marks_of_photos_that_have_gone_move_nothing(album: Album) -> None:
    plain = album.engine.search(Query("red", n=20))
    marked = album.engine.search(Query("red", n=20, more=(999,)))
    assert names(album, marked)[:3] == names(album, plain)[:3]


def test_find_similar_takes_marks_too(album: Album) -> None:
    query = Query(like_image=picture("red", "blue"), n=20)
    found = names(album, album.engine.search(query.marked([album.ids["blue green"]], False)))
    assert found[0] == "red blue" and found[-1] == "blue green"


def test_a_first_answer_and_the_exact_one_move_alike(album: Album) -> None:
    query = Query("red", n=20, more=(album.ids["red blue"],))
    first, exact = (album.engine.search(query, is_exact) for is_exact in (False, True))
    assert names(album, first) == names(album, exact)
    assert first.hits == exact.hits


@pytest.mark.parametrize("n_library", [3, 500])
def test_without_examples_the_probe_is_the_question(n_library: int) -> None:
    library, question = some_photos(n_library), some_photos(1, seed=9)[0]
    believed = Odds.through(0.5, 0.2)
    found = probe(NONE, NONE, library, question, believed)
    assert found.embedding @ question > 0.95
    told = found.odds.probabilities(library @ found.embedding)
    assert np.abs(told - believed.probabilities(library @ question)).mean() < 0.1


@pytest.mark.parametrize("n_library", [0, 1, 3])
def test_a_small_library_is_enough(n_library: int) -> None:
    library, question = some_photos(n_library), some_photos(1, seed=9)[0]
    for examples in ((question[None], NONE), (NONE, question[None]), (library, NONE)):
        if sum(map(len, examples)):
            found = probe(*examples, library, question, Odds.through(0.5, 0.2))
            assert np.isfinite(found.embedding).all()
            assert np.linalg.norm(found.embedding) < 1 + 1e-5


def test_examples_alone_are_told_from_the_library() -> None:
    library, photos = some_photos(2000), some_photos(40, seed=7, of_kind=3.0)
    found = probe(photos[:10], NONE, library)
    of_kind, of_others = (found.odds.probabilities(x @ found.embedding) for x in (photos, library))
    assert np.median(of_kind[10:]) > 0.4 > 0.2 > np.median(of_others)
    less = probe(photos[:10], photos[10:20], library)
    assert less.odds.probabilities(photos[20:] @ less.embedding).mean() < of_kind[20:].mean()


def test_marks_belong_to_the_question() -> None:
    marked = Query("red", more=(1,))
    assert marked != Query("red") and dataclasses.replace(marked, more=()) == Query("red")
