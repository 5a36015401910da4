"""Problems, settings, sidebar and status bar, over the real library."""

import dataclasses
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.library import (
    Job,
    Library,
    ModelInfo,
    Power,
    Progress,
    ProgressChanged,
    Purpose,
    Restraint,
    Theme,
)
from desktop.ui.look import wording
from desktop.ui.look.theme import DARK, LIGHT
from desktop.ui.places.place import in_folder
from desktop.ui.settings.model_card import ModelCard
from desktop.ui.system.desktop_actions import DesktopActions
from desktop.ui.window.main_window import MainWindow
from tests.colour_registry import ColourRegistry
from tests.mean_colour import MeanColour
from tests.pictures import draw
from tests.shared_decoders import DECODERS
from tests.ui.conftest import OpenWindow
from tests.ui.window_driver import names, type_words, wait_for_title


@pytest.fixture
def broken(library: Library, photos: Path) -> Path:
    """A photo with a problem."""
    path = photos / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff" + b"x" * 5000)
    library.index(Job())
    return path


def status_words(window: MainWindow) -> str:
    labels = window.frame.status_bar.findChildren(QLabel)
    return " ".join(label.text() for label in labels)


def test_problems_have_a_sentence_and_can_be_retried(
    qtbot: QtBot, open_window: OpenWindow, library: Library, broken: Path
) -> None:
    window = open_window(library)
    library.start()
    page = window.frame.problems()
    window.actions_table[window.navigation.show_problems].trigger()
    qtbot.waitUntil(lambda: [each.photo.path for each in page.model.problems] == [broken])
    assert page.model.index(0, 1).data().endswith(".")
    window.resize(480, 400)
    qtbot.waitUntil(lambda: page.table.columnWidth(1) >= 0.4 * page.table.viewport().width())
    assert not page.retry_button.isEnabled()
    page.table.selectRow(0)
    draw(broken, "red", 50)
    qtbot.mouseClick(page.retry_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.model.problems, timeout=20_000)
    assert library.status().counts.problems == 0


def test_what_was_passed_over_is_a_line_that_opens_to_the_reasons(
    qtbot: QtBot, open_window: OpenWindow, library: Library, photos: Path
) -> None:
    window = open_window(library)
    window.actions_table[window.navigation.show_problems].trigger()
    panel = window.frame.problems().passed_over
    assert not panel.isVisible()

    for name in ("a.mp4", "b.mp4", "c.mp4", "two\nlines.mp4"):
        (photos / name).write_bytes(b"x" * 3000)
    (photos / "empty.jpg").touch()
    library.start()
    qtbot.waitUntil(panel.isVisible, timeout=20_000)
    assert panel.line.text().strip() == "5 files and folders were passed over: why?"
    assert not panel.table.isVisible()

    qtbot.mouseClick(panel.line, Qt.MouseButton.LeftButton)
    assert panel.table.isVisible()
    rows = [
        [panel.table.item(row, column).text() for column in range(3)]
        for row in range(panel.table.rowCount())
    ]
    assert [row[0] for row in rows] == ["4 videos", "1 empty file"]
    assert rows[1][2] == "empty.jpg"
    assert all("\n" not in text for row in rows for text in row)

    qtbot.mouseClick(panel.line, Qt.MouseButton.LeftButton)
    assert not panel.table.isVisible()


def test_a_pattern_that_matches_nothing_is_said_beside_the_field(
    qtbot: QtBot, open_window: OpenWindow, library: Library, photos: Path
) -> None:
    window = open_window(library)
    library.start()
    page = window.preferences.dialog.folders
    window.preferences.show()
    assert not page.unmatched.isVisible()

    page.patterns.setPlainText(f"Privat/\n{photos}/\n")
    qtbot.waitUntil(page.unmatched.isVisible, timeout=20_000)
    assert page.unmatched.text() == "No photo and no folder matches Privat/"
    qtbot.waitUntil(lambda: library.status().counts.photos == 0, timeout=20_000)

    page.patterns.setPlainText("")
    qtbot.waitUntil(lambda: not page.unmatched.isVisible(), timeout=20_000)
    qtbot.waitUntil(lambda: library.status().counts.searchable > 0, timeout=20_000)
    page.follow_links.setChecked(True)
    qtbot.waitUntil(lambda: library.settings.follow_links, timeout=20_000)


def test_damaged_photos_are_listed_behind_the_unreadable_ones(
    qtbot: QtBot, open_window: OpenWindow, library: Library, photos: Path, broken: Path
) -> None:
    whole = (photos / "red0.jpg").read_bytes()
    damaged = photos / "a damaged.jpg"
    damaged.write_bytes(whole[: len(whole) // 2])
    library.index(Job())
    window = open_window(library)
    page = window.frame.problems()
    window.actions_table[window.navigation.show_problems].trigger()
    qtbot.waitUntil(lambda: [p.photo.path for p in page.model.problems] == [broken, damaged])
    assert "can be found, but is damaged" in page.model.index(1, 1).data()
    said = " ".join(label.text() for label in page.findChildren(QLabel))
    assert "1 photo with a problem, 1 photo is damaged but can be found" in said


@pytest.mark.usefixtures("broken")
def test_the_sidebar_counts_the_problems(
    qtbot: QtBot, open_window: OpenWindow, library: Library
) -> None:
    window = open_window(library)
    entries = window.frame.sidebar.model.entries
    (problems,) = (each for each in entries if each.title == "Problems")
    qtbot.waitUntil(lambda: problems.count == 1)


def test_progress_is_told_in_words_and_can_be_paused(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    bar = window.frame.status_bar
    bar.show_progress(ProgressChanged(Progress(120, 4800, "Reading photos", 21.6, 216.0), False))
    assert "Reading photos: 120 of 4,800, 22 photos/s, about 4 minutes left" in status_words(window)
    pause = bar.findChild(QToolButton)
    qtbot.mouseClick(pause, Qt.MouseButton.LeftButton)
    assert library.indexing.is_paused
    qtbot.waitUntil(lambda: "Paused" in status_words(window))
    assert pause.accessibleName() == "Resume reading photos"
    qtbot.mouseClick(pause, Qt.MouseButton.LeftButton)
    assert not library.indexing.is_paused


class Paints(QObject):
    """Attributes: n: how often what it watches was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.n = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        self.n += event.type() == QEvent.Type.Paint
        return False


def test_a_report_of_progress_does_not_paint_the_photos_there_and_then(
    qtbot: QtBot, window: MainWindow
) -> None:
    paints, photos = Paints(), window.grid.viewport()
    photos.installEventFilter(paints)
    for done in range(10, 50, 10):
        photos.update()  # as a thumbnail that has come does
        window.frame.status_bar.show_progress(
            ProgressChanged(Progress(done, 100, "Reading photos"), False)
        )
        assert paints.n == 0
    assert window.frame.status_bar.findChild(QProgressBar).value() == 40
    qtbot.waitUntil(lambda: paints.n == 1)


def test_the_status_bar_says_what_indexing_waits_for(window: MainWindow, library: Library) -> None:
    bar = window.frame.status_bar
    bar.show_progress(ProgressChanged(None, False, Restraint.UNTIL_IDLE))
    assert "Waiting until" not in status_words(window), "there is nothing that waits"

    waiting = dataclasses.replace(library.status().counts, waiting=1200)
    bar.show_status(dataclasses.replace(library.status(), counts=waiting))
    bar.show_progress(ProgressChanged(None, False, Restraint.UNTIL_IDLE))
    assert "Waiting until the computer is idle, 1,200 photos to go" in status_words(window)
    bar.show_progress(ProgressChanged(None, True, Restraint.UNTIL_IDLE))
    assert "Paused" in status_words(window)

    now = Progress(12, 4800, "Indexing photos", 4.0, 1200)
    bar.show_progress(ProgressChanged(now, False, Restraint.SLOW_ON_BATTERY))
    assert status_words(window).count("4.0 photos/s, about 20 minutes left, slower on battery") == 1


def test_power_and_use_can_be_chosen_and_say_where_nothing_is_told(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    window.preferences.show()
    dialog = window.preferences.dialog
    page = dialog.indexing
    assert not page.only_when_idle.isChecked() and page.slow_on_battery.isChecked()
    qtbot.waitUntil(
        lambda: "no battery" in words_of(page) or library.power().on_battery is not None
    )

    page.show_power(Power(on_battery=None, idle_s=None))
    assert "does not tell when the computer is idle, so photos are read at any" in words_of(page)
    assert "This computer has no battery" in words_of(page)
    page.show_power(Power(on_battery=True, idle_s=0.0))
    assert "does not tell" not in words_of(page)

    page.only_when_idle.setChecked(True)
    page.slow_on_battery.setChecked(False)
    with qtbot.waitSignal(dialog.settings_changed, timeout=5000):
        pass
    assert library.settings.index_only_when_idle and not library.settings.slow_on_battery


def test_each_pass_besides_the_models_can_be_switched_off(
    qtbot: QtBot, open_window: OpenWindow, library: Library
) -> None:
    """A library without such passes says nothing of them."""
    window = open_window(library)
    window.preferences.show()
    page = window.preferences.dialog.indexing
    page.show_status(library.status())
    assert not page.passes and "Also find out" not in words_of(page)
    places, settings = library.places, library.settings
    window.let_go()
    library.close()

    library = Library.open(places, settings, ColourRegistry, DECODERS, passes=(MeanColour(),))
    try:
        window = open_window(library)
        window.preferences.show()
        dialog = window.preferences.dialog
        qtbot.waitUntil(lambda: bool(dialog.indexing.passes), timeout=5000)
        check = dialog.indexing.passes["mean colour"]
        assert check.isChecked() and check.text() == "Mean colour"
        for is_on, off in ((False, ("mean colour",)), (True, ())):
            check.setChecked(is_on)
            with qtbot.waitSignal(dialog.settings_changed, timeout=5000):
                pass
            assert library.settings.passes_off == off
        window.let_go()
    finally:
        library.close()


def words_of(page: QWidget) -> str:
    return " ".join(label.text() for label in page.findChildren(QLabel))


def test_settings_take_effect_and_are_saved(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    window.preferences.show()
    dialog = window.preferences.dialog
    looks = dialog.looks
    looks.theme.setCurrentIndex(looks.theme.findData(Theme.DARK))
    looks.scores.setChecked(False)
    looks.names.setChecked(False)
    dialog.folders.patterns.setPlainText("*.gif\n\n  Screenshots/ ")
    wanted = dataclasses.replace(
        library.settings,
        theme=Theme.DARK,
        show_scores=False,
        names_count=False,
        exclude=("*.gif", "Screenshots/"),
    )
    with qtbot.waitSignal(dialog.settings_changed, timeout=5000):
        pass
    assert library.settings == wanted
    assert window.palette().window().color().name() == DARK.window
    assert not window.grid.photo_painter.shows_scores


def test_the_dialog_shows_what_was_changed_elsewhere_and_does_not_undo_it(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    window.preferences.show()
    dialog = window.preferences.dialog
    elsewhere = dataclasses.replace(
        library.settings, theme=Theme.DARK, idle_unload_s=7, exclude=("*.gif",)
    )
    library.change_settings(elsewhere)
    dialog.looks.scores.setChecked(False)  # before the dialog has heard of it
    with qtbot.waitSignal(dialog.settings_changed, timeout=5000):
        pass
    assert library.settings == dataclasses.replace(elsewhere, show_scores=False)
    assert dialog.looks.theme.currentData() == Theme.DARK
    assert dialog.looks.idle.currentData() == 7
    assert dialog.folders.patterns.toPlainText() == "*.gif"
    dialog.close()
    assert library.settings == dataclasses.replace(elsewhere, show_scores=False)


def test_a_pattern_that_makes_no_sense_is_refused_with_a_sentence(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    window.preferences.show()
    dialog = window.preferences.dialog
    dialog.folders.patterns.setPlainText("!")
    error = dialog.findChild(QLabel, "error")
    qtbot.waitUntil(lambda: any(e.isVisible() for e in dialog.findChildren(QLabel, "error")))
    assert error is not None and library.settings.exclude == ()


def test_another_model_can_be_used_and_taken_back(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    library.start()
    window.preferences.show_models()
    page = window.preferences.dialog.models
    qtbot.waitUntil(lambda: len(page.findChildren(ModelCard)) == 2)
    use = next(b for b in page.findChildren(QPushButton) if b.accessibleName() == "Use Colours-2")
    met = [use]
    while met[-1] is not page.another:
        met.append(met[-1].nextInFocusChain())
    titles = window.preferences.dialog.findChild(QListWidget, "settingsNames")
    assert titles not in met, "the Tab key goes down the page, though cards are made later"
    qtbot.mouseClick(use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: library.status().model.name == "colours-2", timeout=20_000)
    qtbot.waitUntil(lambda: page.undo.isVisible() and page.undo.text() == "Go back to Colours")
    qtbot.mouseClick(page.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: library.status().model.name == "colours", timeout=20_000)


def test_a_model_that_is_on_its_way_can_be_called_off(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    """The library is not started, so that the coming model stays on its way."""
    window.preferences.show_models()
    page = window.preferences.dialog.models
    qtbot.waitUntil(lambda: len(page.findChildren(ModelCard)) == 2)
    use = next(b for b in page.findChildren(QPushButton) if b.accessibleName() == "Use Colours-2")
    qtbot.mouseClick(use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.undo.isVisible())
    assert page.undo.text() == "Stop the change to Colours-2"
    qtbot.mouseClick(page.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.undo.isVisible())
    status = library.status()
    assert (status.model.name, status.coming_model) == ("colours", None)
    assert library.settings.model == "colours"


def test_a_model_can_be_used_for_likeness_only(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    library.start()
    window.preferences.show_models()
    page = window.preferences.dialog.models
    qtbot.waitUntil(lambda: len(page.findChildren(ModelCard)) == 2)
    name = "Use Colours-2 for one thing only"
    more = next(b for b in page.findChildren(QToolButton) if b.accessibleName() == name)
    texts = [action.text() for action in more.menu().actions()]
    assert texts == ["Use for words only", "Use for likeness only"]
    more.menu().actions()[1].trigger()
    qtbot.waitUntil(lambda: library.status().likeness_model.name == "colours-2", timeout=20_000)
    assert library.status().model.name == "colours"
    qtbot.waitUntil(
        lambda: (
            {"Answers words", "Answers likeness"}
            <= {label.text() for label in page.findChildren(QLabel)}
        )
    )


def test_a_card_says_what_a_model_can_do(qtbot: QtBot, window: MainWindow) -> None:
    window.preferences.show_models()
    page = window.preferences.dialog.models
    qtbot.waitUntil(lambda: len(page.findChildren(ModelCard)) == 2)
    texts = {label.text() for label in page.findChildren(QLabel)}
    said = "English words · 64 numbers a photo · looks at 32 × 32 pixels · licence not known"  # noqa: RUF001
    assert said in texts


def test_what_a_model_takes_of_disk_and_memory_is_said_and_what_is_estimated_is_about() -> None:
    model = ModelInfo("m", "M", "", "m@1", None, False, 0, disk_bytes=606_000_000)
    measured = dataclasses.replace(model, memory_bytes=1_130_000_000, memory_is_measured=True)
    assert wording.can_do(measured) == "606 MB on disk · 1.1 GB of memory"
    assert wording.can_do(dataclasses.replace(measured, memory_is_measured=False)) == (
        "606 MB on disk · about 1.1 GB of memory"
    )
    absent = dataclasses.replace(measured, disk_bytes=0, memory_is_measured=False)
    assert wording.can_do(absent) == "About 1.1 GB of memory"
    named = dataclasses.replace(absent, licence="for research alone")
    assert wording.can_do(named) == "About 1.1 GB of memory · for research alone"


def test_a_model_that_cannot_be_added_is_a_sentence(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    window.preferences.show_models()
    page = window.preferences.dialog.models
    assert not page.add.isEnabled()
    page.another.setText("no-such-model")
    page.add.click()
    qtbot.waitUntil(page.error.isVisible)
    assert "There is no model no-such-model." in page.error.text()
    assert library.settings.own_models == ()
    page.another.setText("colours-2")
    page.add.click()
    qtbot.waitUntil(lambda: not page.another.text())
    assert not page.error.isVisible()


def test_a_model_without_words_is_said_in_the_search_bar(
    window: MainWindow, library: Library
) -> None:
    words = window.frame.search.findChild(QLineEdit)
    assert words.placeholderText() == "Describe a photo, or drop one here"
    model = library.models.list_all()[0]
    traits = dataclasses.replace(model.traits, has_text=False)
    wordless = dataclasses.replace(model, traits=traits)
    window.frame.search.show_model(wordless)
    assert words.placeholderText().startswith("Colours knows no words: drop a photo here")
    window.frame.search.show_model(model)
    assert words.placeholderText() == "Describe a photo, or drop one here"


def test_a_card_offers_a_model_without_words_for_everything_or_for_likeness(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    model = library.models.list_all()[1]
    traits = dataclasses.replace(model.traits, has_text=False)
    card = ModelCard(dataclasses.replace(model, traits=traits), (), False, window)
    (more,) = card.findChildren(QToolButton)
    actions = more.menu().actions()
    assert [action.text() for action in actions] == [
        "Use for everything, without words",
        "Use for likeness only",
    ]
    with qtbot.waitSignal(card.use_wanted) as wanted:
        actions[0].trigger()
    assert wanted.args == ["colours-2", None]


def test_files_are_opened_with_the_programs_of_the_desktop(
    qtbot: QtBot, window: MainWindow, photos: Path
) -> None:
    opened: list[str] = []
    desktop = DesktopActions(
        window.bridge, window, lambda url: not opened.append(url.toLocalFile())
    )
    desktop.open(photos / "red0.jpg")
    qtbot.waitUntil(lambda: opened == [str(photos / "red0.jpg")])
    with qtbot.waitSignal(window.bridge.failed) as refused:
        desktop.open(photos / "gone.jpg")
    assert "gone.jpg" in refused.args[0].message


def test_a_folder_that_is_away_is_grey_and_its_photos_stay(
    qtbot: QtBot, open_window: OpenWindow, library: Library, photos: Path
) -> None:
    photos.rename(photos.with_name(".away"))
    library.index(Job())
    window = open_window(library)
    assert window.results.model.rowCount() == 16
    assert all(window.results.model.photo_at(row).is_missing for row in range(16))
    model = window.frame.sidebar.model
    qtbot.waitUntil(
        lambda: (
            model.index(3).data(Qt.ItemDataRole.AccessibleTextRole)
            == "Folder Pictures, 16 photos, away"
        )
    )


def test_a_search_in_a_folder_that_is_away_says_that(
    qtbot: QtBot, open_window: OpenWindow, library: Library, photos: Path
) -> None:
    photos.rename(photos.with_name(".away"))
    library.index(Job())
    window = open_window(library)
    (folder,) = library.folders.list_all()
    window.navigation.go(in_folder(folder))
    qtbot.waitUntil(lambda: "16 photos · away" in window.results.said)
    type_words(qtbot, window, "red")
    wait_for_title(qtbot, window, "“red”")
    assert window.results.coverage.links == ["Pictures missing"]
    assert "is away" in window.results.empty.findChild(QLabel, "heading").text()
    window.results.coverage.follow("Pictures missing")
    wait_for_title(qtbot, window, "Pictures")
    assert len(names(window)) == 16


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read(colours: object) -> None:
    """Contrast as in WCAG 2.2, 1.4.3: 4.5 for text, 3 for what is large or a sign."""
    plain = colours.window, colours.surface, colours.sidebar, colours.raised
    for ground in (*plain, colours.hover, colours.accent_soft):
        assert contrast(colours.text, ground) >= 7
        for words in (colours.muted, colours.warning, colours.accent):
            assert contrast(words, ground) >= 4.5, (words, ground)
    for ground in (colours.accent, colours.accent_hover):
        assert contrast(colours.accent_text, ground) >= 4.5
    for sign in (colours.likely, colours.maybe, colours.unlikely):
        assert contrast(sign, colours.window) >= 3 and contrast(sign, colours.surface) >= 3


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_folder_that_lost_much_at_once_is_asked_about_without_blocking(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    library.start()
    banner = window.frame.doubt
    assert not banner.isVisible()

    for path in sorted(photos.iterdir())[:8]:
        path.unlink()

    qtbot.waitUntil(banner.isVisible, timeout=20_000)
    assert banner.text.startswith("8 of 16 photos in Pictures were gone at once.")
    type_words(qtbot, window, "yellow")  # the window goes on as ever
    wait_for_title(qtbot, window, "“yellow”")
    forget = next(b for b in banner.findChildren(QPushButton) if b.text() == "Forget them")
    qtbot.mouseClick(forget, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: library.status().counts.missing == 0)
    qtbot.waitUntil(lambda: not banner.isVisible())
    assert library.status().counts.photos == 8


def test_photos_that_are_kept_are_asked_about_no_more(
    qtbot: QtBot, window: MainWindow, library: Library, photos: Path
) -> None:
    library.start()
    for path in sorted(photos.iterdir())[:8]:
        path.unlink()
    banner = window.frame.doubt
    qtbot.waitUntil(banner.isVisible, timeout=20_000)

    keep = next(b for b in banner.findChildren(QPushButton) if b.text() == "Keep them")
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: library.status().doubts == ())
    assert library.status().counts.missing == 8
    qtbot.waitUntil(lambda: not banner.isVisible())


def test_a_model_that_can_be_made_faster_has_a_button_and_a_refusal_is_a_sentence(
    qtbot: QtBot, window: MainWindow, library: Library
) -> None:
    model = dataclasses.replace(library.models.list_all()[0], can_convert=True)
    card = ModelCard(model, tuple(Purpose), False, window)
    (faster,) = card.findChildren(QPushButton)
    assert faster.accessibleName() == "Make Colours faster"
    window.preferences.show_models()
    page = window.preferences.dialog.models
    card.convert_wanted.connect(page._convert)
    faster.click()
    assert page.cancel.accessibleName() == "Cancel making it faster"
    qtbot.waitUntil(page.error.isVisible)
    assert "colours" in page.error.text(), "it has no network that could be converted"
    assert page.cancel.isHidden()
