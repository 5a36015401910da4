"""The way back and forward."""

from PIL import Image

from desktop.ui.places.questions import History, Place, Question


def test_words_that_are_being_typed_become_one_visit() -> None:
    history = History(Question())
    for words in ("d", "do", "dog"):
        assert history.push(Question(text=words, is_draft=True))
    assert history.go(-1).question == Question()
    assert not history.can_go_back
    assert history.go(+1).question.text == "dog"


def test_words_that_were_meant_stay() -> None:
    history = History(Question())
    history.push(Question(text="dog", is_draft=True))
    history.push(Question(text="dog"))
    history.push(Question(text="dogs", is_draft=True))
    assert history.go(-1).question.text == "dog"


def test_find_similar_does_not_swallow_the_words_before_it() -> None:
    history = History(Question())
    history.push(Question(text="dog", is_draft=True))
    history.push(Question(like_photo_id=3, like_name="a.jpg"))
    assert history.go(-1).question.text == "dog"


def test_two_images_are_two_questions() -> None:
    history = History(Question())
    for _ in range(2):
        assert history.push(Question(like_image=Image.new("RGB", (2, 2)), like_name="copied"))
    history.go(-1)
    assert history.can_go_back


def test_going_back_brings_the_place() -> None:
    history = History(Question())
    history.push(Question(text="dog"), leaving=Place(7, -20))
    visit = history.go(-1, leaving=Place(9, 3))
    assert visit.place == Place(7, -20)
    assert history.go(+1).place == Place(9, 3)


def test_asking_something_new_forgets_what_lay_ahead() -> None:
    history = History(Question())
    history.push(Question(text="dog"))
    history.go(-1)
    history.push(Question(text="cat"))
    assert not history.can_go_forward


def test_the_oldest_visits_are_forgotten() -> None:
    history = History(Question(), limit=5)
    for number in range(20):
        history.push(Question(text=str(number)))
    for _ in range(4):
        history.go(-1)
    assert not history.can_go_back
    assert history.current.text == "15"
