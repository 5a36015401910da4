"""A damaged catalog when the window is opened: the question, and what follows from the answer."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox

from desktop import app
from desktop.errors import CatalogDamaged
from desktop.library import Job, Library, Places
from desktop.ui.dialogs.backup_offer import offer_backup
from tests.colour_registry import ColourRegistry
from tests.pictures import draw
from tests.shared_decoders import DECODERS

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Of a library with two photos and a backup, whose catalog is damaged."""
    places = Places.under(tmp_path / "data")
    library = Library.open(places, None, ColourRegistry, DECODERS)
    for seed in range(2):
        draw(tmp_path / "photos" / f"{seed}.jpg", seed=seed)
    library.folders.add(tmp_path / "photos")
    library.index(Job())
    library.close()
    places.catalog_path.write_bytes(b"noise" * 4000)
    return places


def press(box: QMessageBox, wanted: str) -> None:
    (button,) = [each for each in box.buttons() if each.text().replace("&", "") == wanted]
    button.click()


class Person:
    """Presses a button in every dialog that opens, and remembers what it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *buttons: str) -> None:
        self.read: list[str] = []
        self._buttons = list(buttons)
        really = QMessageBox.exec

        def answer(box: QMessageBox) -> int:
            self.read.append(f"{box.text()} {box.informativeText()}")
            wanted = self._buttons.pop(0)
            QTimer.singleShot(0, lambda: press(box, wanted))
            return really(box)

        monkeypatch.setattr(QMessageBox, "exec", answer)


def open_damaged(places: Places) -> CatalogDamaged:
    with pytest.raises(CatalogDamaged) as refused:
        Library.open(places, None, ColourRegistry, DECODERS)
    return refused.value


def n_searchable(places: Places) -> int:
    library = Library.open(places, None, ColourRegistry, DECODERS)
    try:
        return library.status().counts.searchable
    finally:
        library.close()


def test_the_newest_backup_is_offered_and_taken(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(monkeypatch, "Use the backup", "OK")

    assert offer_backup(open_damaged(places), places)

    assert "is damaged. There is a backup of" in person.read[0]
    assert "-damaged-" in person.read[1]
    assert n_searchable(places) == 2


def test_a_person_may_leave_everything_as_it_is(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = places.catalog_path.read_bytes()
    Person(monkeypatch, "Quit")

    assert app.main(places, lambda p: Library.open(p, None, ColourRegistry, DECODERS)) == 1

    assert places.catalog_path.read_bytes() == before


def test_without_a_backup_a_new_catalog_is_offered(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    for backup in (places.catalog_path.parent / "backups").iterdir():
        backup.write_bytes(b"noise")
    person = Person(monkeypatch, "Begin a new one", "OK")

    assert offer_backup(open_damaged(places), places)

    assert "no backup that is whole" in person.read[0]
    assert n_searchable(places) == 0


@pytest.mark.parametrize(
    ("button", "n_photos", "said"),
    [("Use the backup", 2, "What has changed since"), ("Begin a new one", 0, "are read again")],
)
def test_for_a_catalog_that_is_gone_both_ways_are_offered(
    places: Places, monkeypatch: pytest.MonkeyPatch, button: str, n_photos: int, said: str
) -> None:
    places.catalog_path.unlink()
    person = Person(monkeypatch, button, "OK")

    assert offer_backup(open_damaged(places), places)

    assert "not there any more" in person.read[0] and "There is a backup of" in person.read[0]
    assert said in person.read[1] and "kept" not in person.read[1]
    assert n_searchable(places) == n_photos
