"""Places are told apart, narrowed and searched, and visited one after the other."""

from dataclasses import replace
from pathlib import Path

from PIL import Image

from desktop.library import LISTED, Folder, HasProblem, InFolder, PhotoPart, Query, Taken
from desktop.ui.places.place import (
    ALL,
    PROBLEMS,
    History,
    Order,
    Place,
    Spot,
    in_folder,
    likeness_name,
)

PICTURES = Folder(3, Path("/photos/Pictures"), 0.0, None)


def words(text: str) -> Place:
    return ALL.search(Query(text=text))


def typed(text: str) -> Place:
    return ALL.search(Query(text=text), is_draft=True)


def test_a_search_is_among_the_photos_that_are_there_and_can_be_opened() -> None:
    norway = in_folder(PICTURES, "2019/Norway")
    assert (norway.title, norway.filter) == ("Norway", LISTED & InFolder(3, "2019/Norway"))
    place = norway.search(Query(text="a fjord"))
    assert place.query is not None and place.filter == norway.filter
    assert set(norway.filter.parts) < set(place.query.filter.parts), "away ones are left out"
    assert place.search(Query()) == norway


def test_a_month_narrows_a_place_and_another_month_takes_its_place() -> None:
    may, june = Taken.in_month(2019, 5), Taken.in_month(2019, 6)
    assert ALL.within("May 2019", may).title == "May 2019"
    norway = in_folder(PICTURES, "2019/Norway")
    place = norway.search(Query(text="a fjord")).within("May 2019", may)
    assert (place.title, place.filter) == ("Norway · May 2019", norway.filter & may)
    assert (place.query, place.whole) == (None, norway)
    assert place.within("June 2019", june) == norway.within("June 2019", june)


def test_a_place_knows_which_folder_it_is_in() -> None:
    month = in_folder(PICTURES, "2019").within("2019", Taken.in_year(2019))
    assert month.is_in(3) and not month.is_in(4)
    assert not ALL.is_in(3) and not PROBLEMS.is_in(3)


def test_order_and_words_do_not_make_it_other_photos() -> None:
    turned = Place("All photos", "photos", order=Order.OLDEST_FIRST).search(Query(text="dog"))
    assert turned.holds(ALL) and ALL.holds(turned) and turned != ALL
    assert not PROBLEMS.holds(ALL) and PROBLEMS.filter == HasProblem()


def test_a_place_holds_what_is_within_it() -> None:
    root, year = in_folder(PICTURES), in_folder(PICTURES, "2019")
    norway, other = in_folder(PICTURES, "2019/Norway"), in_folder(PICTURES, "2019a")
    may = norway.within("May 2019", Taken.in_month(2019, 5))
    assert all(outer.holds(may) for outer in (ALL, root, year, norway, may))
    assert norway.within("2019", Taken.in_year(2019)).holds(may)
    assert not any(each.holds(root) for each in (year, norway, other, may))
    assert not other.holds(norway) and not year.holds(other) and not may.holds(norway)
    assert not norway.within("2018", Taken.in_year(2018)).holds(may)


def test_words_that_are_being_typed_become_one_visit() -> None:
    history = History(ALL)
    for each in ("d", "do", "dog"):
        assert history.push(typed(each))
    assert history.go(-1).place == ALL
    assert not history.can_go_back
    assert history.go(+1).place.query.text == "dog"


def test_words_that_were_meant_stay() -> None:
    history = History(ALL)
    history.push(typed("dog"))
    history.push(words("dog"))
    history.push(typed("dogs"))
    assert history.go(-1).place.query.text == "dog"


def test_find_similar_does_not_swallow_the_words_before_it() -> None:
    history = History(ALL)
    history.push(typed("dog"))
    history.push(ALL.search(Query(like_photo_id=3, like_path=Path("a.jpg"))))
    assert history.go(-1).place.query.text == "dog"


def test_two_images_are_two_places_and_one_image_is_one() -> None:
    history = History(ALL)
    black, white = (Image.new("RGB", (2, 2), colour) for colour in ("black", "white"))
    assert history.push(ALL.search(Query(like_image=black)))
    assert history.push(ALL.search(Query(like_image=white)))
    assert not history.push(ALL.search(Query(like_image=white.copy()))), "that is asked already"


def test_two_parts_of_a_photo_are_two_places() -> None:
    history = History(ALL)
    image = Image.new("RGB", (2, 2))
    query = Query(like_image=image, like_path=Path("a.jpg"), like_part=PhotoPart(0, 0, 0.5, 0.5))
    assert likeness_name(query) == "part of a.jpg"
    assert history.push(ALL.search(query))
    assert history.push(ALL.search(replace(query, like_part=PhotoPart(0.5, 0, 0.5, 0.5))))
    assert history.go(-1).place.query.like_part == query.like_part


def test_going_back_brings_the_spot() -> None:
    history = History(ALL)
    history.push(words("dog"), leaving=Spot(7, -20))
    visit = history.go(-1, leaving=Spot(9, 3))
    assert visit.spot == Spot(7, -20)
    assert history.go(+1).spot == Spot(9, 3)


def test_asking_something_new_forgets_what_lay_ahead() -> None:
    history = History(ALL)
    history.push(words("dog"))
    history.go(-1)
    history.push(words("cat"))
    assert not history.can_go_forward


def test_the_oldest_visits_are_forgotten() -> None:
    history = History(ALL, limit=5)
    for number in range(20):
        history.push(words(str(number)))
    for _ in range(4):
        history.go(-1)
    assert not history.can_go_back
    assert history.current.query.text == "15"
