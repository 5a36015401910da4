from pytestqt.qtbot import QtBot

from desktop.settings import Theme
from desktop.ui.look.theme import DARK, LIGHT, Appearance


def test_another_theme_is_put_on_and_one_that_is_worn_already_is_not(
    qtbot: QtBot, appearance: Appearance
) -> None:
    with qtbot.waitSignal(appearance.changed, timeout=1000):
        appearance.choose(Theme.LIGHT)
    light = appearance._application.styleSheet()

    with qtbot.assertNotEmitted(appearance.changed):
        appearance.choose(Theme.LIGHT)
    assert (appearance.colours, appearance._application.styleSheet()) == (LIGHT, light)

    with qtbot.waitSignal(appearance.changed, timeout=1000):
        appearance.choose(Theme.DARK)
    assert appearance.colours is DARK
    assert appearance._application.styleSheet() != light
