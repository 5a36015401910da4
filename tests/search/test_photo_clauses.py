"""Photos as clauses of a question, beside words and each other."""

from __future__ import annotations

from desktop.search import Band, Clause, Examples, Purpose, Query, Results
from desktop.search.language.parsing import parse
from tests.search.album import Album, picture
from tests.search.test_engine import names


def ask(album: Album, text: str, **outside: Examples) -> Results:
    """outside: what stands for names that no photo of the album has."""

    def photos_of(clause: Clause) -> Examples:
        return outside.get(clause.text) or Examples((album.ids[clause.text],))

    shown = {each: photos_of(each) for each in parse(text).sentence.clauses if not each.words}
    return album.engine.search(Query(text, n=20), shown=shown)


def test_a_photo_alone_finds_its_like_without_a_model(album: Album) -> None:
    album.embedder.unload()
    results = ask(album, 'like:"red blue"')
    assert set(names(album, results)[:2]) == {"red", "blue"}
    assert "red blue" not in names(album, results)
    assert not album.embedder.is_loaded
    assert str(results.hits[0].parts[0].clause) == 'like:"red blue"'


def test_a_photo_and_words_must_both_hold(album: Album) -> None:
    album.add("red2")
    results = ask(album, "like:red, blue")
    assert names(album, results)[0] == "red blue"
    red = next(hit for hit in results.hits if hit.photo_id == album.ids["red2"])
    assert [str(part.clause) for part in red.parts] == ["like:red", "blue"]
    assert [part.band for part in red.parts] == [Band.LIKELY, Band.UNLIKELY]
    assert red.band is Band.UNLIKELY


def test_several_photos_are_several_clauses(album: Album) -> None:
    results = ask(album, "like:red, like:blue")
    assert names(album, results)[0] == "red blue"
    assert not {"red", "blue"} & set(names(album, results))


def test_what_resembles_an_unwanted_photo_stands_behind(album: Album) -> None:
    album.add("blue2", "red2")
    found = names(album, ask(album, "red, -like:blue"))
    assert found[0] == "red"
    assert found.index("red green") < found.index("red blue")


def test_an_outside_photo_is_a_clause_too(album: Album) -> None:
    found = names(album, ask(album, "like:x, green", x=Examples(image=picture("red"))))
    assert found[0] == "red green"
    assert "red" in found, "only the photo itself is left out"


def test_conditions_hold_for_photos_as_well(album: Album) -> None:
    assert names(album, ask(album, "like:red name:blue"))[0] == "red blue"
    assert "green" not in names(album, ask(album, "like:red name:blue"))


def test_who_answers_depends_on_the_words() -> None:
    assert Query("like:a.jpg, -like:b.jpg year:2020").purpose is Purpose.LIKENESS
    assert Query("like:a.jpg at night").purpose is Purpose.WORDS
    assert Query("like:a.jpg").shows_photos and not Query("like:a.jpg").is_listing
