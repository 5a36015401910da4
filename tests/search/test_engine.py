"""Words, photos and images in; the right photos out, over a real catalog and index."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop.catalog import LISTED, SEARCHED, Away, Catalog, FileStat, InFolder, Ingested, TakenFrom
from desktop.errors import ModelMismatch, QueryUnanswerable
from desktop.index import Index
from desktop.search import Band, Engine, Query, Results
from tests.colour_embedder import ColourEmbedder
from tests.search.album import EXACT_LIMIT, METADATA, Album, picture


def names(album: Album, results: Results) -> list[str]:
    return [album.name_of(hit.photo_id) for hit in results.hits]


class Clock:
    now_ns = 0

    def perf_counter_ns(self) -> int:
        return self.now_ns


class SlowEmbedder(ColourEmbedder):
    """Takes a minute to load and a second for words, by its clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def load(self) -> None:
        self._clock.now_ns += 0 if self.is_loaded else 60_000_000_000
        super().load()

    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = super().embed_text(texts)
        self._clock.now_ns += 1_000_000_000
        return rows


class TwoSided(ColourEmbedder):
    """Words and photos are read by different networks, which are loaded when they are needed.

    Attributes:
        loaded: which of them are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.loaded: set[str] = set()

    def load(self) -> None:
        super().load()
        self.loaded = {"words", "photos"}

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        self.is_loaded = True
        self.loaded |= {"photos"}
        return ColourEmbedder().embed_images(images)

    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.is_loaded = True
        self.loaded |= {"words"}
        return ColourEmbedder().embed_text(texts)


class FarEmbedder(ColourEmbedder):
    """Its words lie far from all photos, as those of CLIP do: their scores spread 20 times less."""

    dim = 65

    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.pad(0.05 * super().embed_text(texts), ((0, 0), (0, 1)), constant_values=1.0)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.pad(super().embed_images(images), ((0, 0), (0, 1)))


def test_words_find_photos(album: Album) -> None:
    results = album.engine.search(Query(text="red", n=3))
    assert names(album, results) == ["red", "red blue", "red green"]
    assert results.model_id == album.embedder.model_id
    assert (results.searched, results.total) == (9, 9)
    assert results.query.text == "red"
    assert results.hits[0].score > 0.99
    assert results.hits[0].band is Band.LIKELY


def test_scores_fall_and_stay_cosines(album: Album) -> None:
    scores = [hit.score for hit in album.engine.search(Query(text="blue green", n=50)).hits]
    assert len(scores) == 9
    assert scores == sorted(scores, reverse=True)
    assert all(-1.0 <= score <= 1.0 for score in scores)


def test_a_photo_finds_its_like_but_not_itself(album: Album) -> None:
    results = album.engine.search(Query(like_photo_id=album.ids["red blue"], n=4))
    assert set(names(album, results)[:2]) == {"red", "blue"}
    assert len(results.hits) == 4
    assert results.searched == results.total == 9


def test_words_load_what_reads_words_and_an_image_what_looks_at_photos(album: Album) -> None:
    """Of the starter the latter brings torch along, which words would wait for."""
    embedder = TwoSided()
    engine = Engine(album.catalog, album.index, embedder, lambda: EXACT_LIMIT)
    engine.search(Query(text="red, blue"))
    assert embedder.loaded == {"words"}
    embedder = TwoSided()
    engine = Engine(album.catalog, album.index, embedder, lambda: EXACT_LIMIT)
    engine.search(Query(like_image=picture("red")))
    assert embedder.loaded == {"photos"}
    engine.search(Query(text="red", like_image=picture("red")))
    assert embedder.loaded == {"words", "photos"}


def test_find_similar_needs_no_model(album: Album) -> None:
    album.embedder.unload()
    n_before = album.embedder.n_images
    album.engine.search(Query(like_photo_id=album.ids["red"]))
    assert not album.embedder.is_loaded
    assert album.embedder.n_images == n_before


def test_an_outside_image_finds_its_like(album: Album) -> None:
    results = album.engine.search(Query(like_image=picture("white"), n=1))
    assert names(album, results) == ["white"]
    assert results.hits[0].score == pytest.approx(1.0, abs=1e-3)
    assert results.hits[0].band is Band.LIKELY


@pytest.mark.parametrize("as_image", [False, True])
def test_words_and_a_photo_count_equally(album: Album, as_image: bool) -> None:
    """Both ways round: more of what the words say, and more of what the photo shows."""
    like = Query(like_image=picture("blue")) if as_image else Query(like_photo_id=album.ids["blue"])
    both = album.engine.search(dataclasses.replace(like, text="red", n=9))
    found = names(album, both)
    assert found[0] == "red blue"
    assert found.index("red") < found.index("yellow")
    assert found.index("blue green") < found.index("white")


def test_words_are_not_drowned_by_a_photo(album: Album) -> None:
    """Of photos that resemble the asked one, the one that the words fit comes first."""
    far = FarEmbedder("far")
    index = Index(album.catalog_folder, far.model_id, far.dim)
    pictures = [picture(*name.split()) for name in album.ids]
    index.add(np.array(list(album.ids.values())), far.embed_images(pictures))
    engine = Engine(album.catalog, index, far, lambda: EXACT_LIMIT)
    results = engine.search(Query(text="green", like_image=picture("red")))
    assert names(album, results)[0] == "red green"


def test_what_scores_less_is_left_out(album: Album) -> None:
    everything = album.engine.search(Query(text="red", n=50)).hits
    line = everything[2].score
    assert album.engine.search(Query(text="red", n=50, min_score=line)).hits == everything[:3]
    assert album.engine.search(Query(text="red", min_score=1.5)).hits == ()


@pytest.mark.parametrize("n", [0, -1])
def test_no_hits_were_asked_for(album: Album, n: int) -> None:
    assert album.engine.search(Query(text="red", n=n)).hits == ()
    assert album.engine.search(Query(like_photo_id=album.ids["red"], n=n)).hits == ()


@pytest.mark.parametrize("text", ["", "  ", "\n\t\u3000"])
def test_nothing_asked(album: Album, text: str) -> None:
    with pytest.raises(QueryUnanswerable, match="Nothing was asked"):
        album.engine.search(Query(text=text))
    results = album.engine.search(Query(text=text, like_photo_id=album.ids["red"], n=2))
    assert results == dataclasses.replace(
        album.engine.search(Query(like_photo_id=album.ids["red"], n=2)),
        query=results.query,
        elapsed_ms=results.elapsed_ms,
    )


def test_words_for_a_model_without_words(album: Album) -> None:
    album.embedder.has_text = False
    album.embedder.unload()
    with pytest.raises(QueryUnanswerable, match="does not understand words"):
        album.engine.search(Query(text="red"))
    assert not album.embedder.is_loaded


def test_a_photo_that_waits_cannot_be_asked_for(album: Album) -> None:
    album.scan(["white black"])
    with pytest.raises(QueryUnanswerable, match=r"white black\.png has not been read yet"):
        album.engine.search(Query(like_photo_id=album.ids["white black"]))


def test_a_photo_with_a_problem_cannot_be_asked_for(album: Album) -> None:
    album.spoil("red", "The file is cut short.")
    with pytest.raises(QueryUnanswerable, match="could not be read") as raised:
        album.engine.search(Query(like_photo_id=album.ids["red"]))
    assert raised.value.hint == "The file is cut short."


def test_a_photo_that_is_gone_cannot_be_asked_for(album: Album) -> None:
    with pytest.raises(QueryUnanswerable, match="no longer in the library"):
        album.engine.search(Query(like_photo_id=10_000))


def test_waiting_photos_are_counted_but_not_searched(album: Album) -> None:
    album.scan(["white black"])
    results = album.engine.search(Query(text="white", n=50))
    assert (results.searched, results.total) == (9, 10)
    album.read(["white black"])
    results = album.engine.search(Query(text="white", n=2))
    assert (results.searched, results.total) == (10, 10)
    assert names(album, results) == ["white", "white black"]


def test_a_holiday_of_a_year_is_the_name_of_a_folder_too(album: Album) -> None:
    """Whatever day its photos were taken: they may be scanned, or of the week after. A file's name
    counts where nothing else dates it."""
    taken = {
        "Christmas 2019/scanned": datetime(2020, 5, 1),
        "2019/At CHRISTMAS/table": datetime(2019, 12, 27),
        "tree": datetime(2019, 12, 25),
        "Christmas 2018/other": datetime(2018, 12, 25),
        "2019/lake": datetime(2019, 6, 1),
        "christmas 2019 scan": datetime(2024, 5, 1),
        "christmas card of 2019": datetime(2020, 5, 1),
    }
    album.scan([*taken])
    row = album.embedder.embed_text(["red"])[0]
    made = {album.embedder.model_id: row}
    for name, when in taken.items():
        source = TakenFrom.FILE if "scan" in name else TakenFrom.EXIF
        facts = dataclasses.replace(METADATA, taken_at=when, taken_from=source)
        stat = FileStat(f"{name}.png", 9, 9)
        album.catalog.ingests.save([Ingested(album.ids[name], stat, name, facts, made)])
        album.index.add(np.array([album.ids[name]]), row[np.newaxis])
    meant = {"Christmas 2019/scanned", "2019/At CHRISTMAS/table", "tree", "christmas 2019 scan"}
    for text in ("christmas 2019", "red at Christmas 2019", 'when:"christmas 2019"'):
        found = album.engine.search(Query(text, n=20))
        assert {album.name_of(hit.photo_id) for hit in found.hits} == meant
        again = str(Query(text).sentence)
        assert album.engine.search(Query(again, n=20)).hits == found.hits, "as chips write it"
    found = album.engine.search(Query("2019", n=20))
    assert {album.name_of(hit.photo_id) for hit in found.hits} == {*meant, "2019/lake"}


def test_one_folder_and_folders_that_are_away(album: Album) -> None:
    """The scope follows every change of the catalog."""
    elsewhere = album.catalog.folders.add(album.catalog_folder / "elsewhere").folder_id
    album.add("red 1", "black 1", folder_id=elsewhere)
    query = Query(text="red", n=50)
    here = dataclasses.replace(query, filter=SEARCHED & InFolder(elsewhere))
    assert names(album, album.engine.search(here)) == ["red 1", "black 1"]
    assert album.engine.search(query).total == 11
    album.catalog.folders.set_missing(elsewhere, 1.0)
    assert album.engine.search(query).total == 9
    away = album.engine.search(dataclasses.replace(query, filter=LISTED))
    assert (away.total, away.searched) == (11, 11)
    album.catalog.folders.set_missing(elsewhere, None)
    assert album.engine.search(query).total == 11


def test_photos_that_vanish_are_not_found(album: Album) -> None:
    assert album.engine.search(Query(text="red", n=1)).hits[0].photo_id == album.ids["red"]
    album.catalog.files.apply_scan(album.folder_id, gone=[album.ids["red"]])
    results = album.engine.search(Query(text="red", n=50))
    assert album.ids["red"] not in [hit.photo_id for hit in results.hits]
    assert results.total == 8


def test_the_scope_is_read_again_only_when_the_catalog_changes(album: Album) -> None:
    scope = album.engine._scope(SEARCHED)
    assert album.engine._scope(LISTED & ~Away()) is scope, "equal filters mean the same photos"
    assert album.engine._scope(LISTED) is not scope
    album.scan(["white black"])
    assert len(album.engine._scope(SEARCHED)) == len(scope) + 1


def test_what_people_write_leaves_the_scope_as_it_is(album: Album) -> None:
    scope = album.engine._scope(SEARCHED)
    album.catalog.set_answering_model(album.embedder.model_id)
    album.catalog.folders.answer_doubt(album.folder_id, forgets=False)
    assert album.engine._scope(SEARCHED) is scope


def test_the_time_leaves_out_loading(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that moves only while the model loads (a minute) and embeds words (a second)."""
    clock = Clock()
    monkeypatch.setattr("desktop.search.engine.time", clock)
    engine = Engine(album.catalog, album.index, SlowEmbedder(clock), lambda: EXACT_LIMIT)
    for words in ("red", "blue"):
        assert engine.search(Query(text=words)).elapsed_ms == 1_000.0
    assert clock.now_ns == 63_000_000_000, "it loads by reading a word"
    assert engine.search(Query(text="red, blue")).elapsed_ms == 1_000.0, "only what is new to it"


def test_an_index_of_another_model_is_refused(album: Album) -> None:
    engine = Engine(album.catalog, album.index, ColourEmbedder("colours-2"), lambda: EXACT_LIMIT)
    with pytest.raises(ModelMismatch):
        engine.search(Query(text="red"))


def test_an_empty_library_answers_with_nothing(album: Album) -> None:
    album.catalog.folders.remove(album.folder_id)
    results = album.engine.search(Query(text="red", like_image=picture("blue")))
    assert (results.hits, results.searched, results.total) == ((), 0, 0)


def test_an_empty_index_answers_without_loading_the_model(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    embedder = ColourEmbedder()
    index = Index(tmp_path / "index", embedder.model_id, embedder.dim)

    results = Engine(catalog, index, embedder, lambda: EXACT_LIMIT).search(Query(text="red"))

    assert (results.hits, results.searched, embedder.is_loaded) == ((), 0, False)
    catalog.close()


def test_copies_are_ordered_by_photo_id(album: Album) -> None:
    album.add(*(f"yellow {i}" for i in range(5)))
    results = album.engine.search(Query(text="yellow", n=6))
    assert [hit.photo_id for hit in results.hits] == sorted(hit.photo_id for hit in results.hits)
    assert len({hit.score for hit in results.hits}) == 1


@pytest.mark.parametrize(
    "written", ["\uff52\uff45\uff44", "\ufeffred\u200b", "red\x07", "r\u00aded", "red \ufffc"]
)
def test_letters_of_another_width_and_invisible_ones_are_the_plain_words(
    album: Album, written: str
) -> None:
    album.add("red", "blue")
    assert names(album, album.engine.search(Query(text=written)))[0] == "red"


@pytest.mark.parametrize(
    "text", ["\ufffc", "\ufffd\ufffd", "\u200b", "\ue000", " \x07 ", "?!", "...", "- \u201c"]
)
def test_words_without_a_letter_are_refused_with_a_sentence(album: Album, text: str) -> None:
    album.add("red")
    with pytest.raises(QueryUnanswerable, match="no word and no sign"):
        album.engine.search(Query(text=text))


def test_the_same_photos_are_found_however_sensitive_and_more_of_them_are_likely(
    album: Album,
) -> None:
    asked = Query("red")
    found = {}
    for sensitivity in (-1.0, 0.0, 1.0):
        engine = Engine(
            album.catalog,
            album.index,
            album.embedder,
            lambda: EXACT_LIMIT,
            names_count=lambda: False,
            sensitivity=lambda by=sensitivity: by,  # type: ignore[misc]
        )
        found[sensitivity] = engine.search(asked)
    assert len({tuple(hit.photo_id for hit in each.hits) for each in found.values()}) == 1
    assert len({tuple(hit.probability for hit in each.hits) for each in found.values()}) == 1
    n_likely = [sum(hit.band is Band.LIKELY for hit in found[by].hits) for by in (-1.0, 0.0, 1.0)]
    assert n_likely == sorted(n_likely)
    assert n_likely[0] < n_likely[-1]
