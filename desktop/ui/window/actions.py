"""Every action there is: a new one is one row here, and the method that does it."""

from __future__ import annotations

from desktop.ui.actions.attributes import AttributeCommands
from desktop.ui.actions.exporting import ExportCommands
from desktop.ui.actions.folders import FolderCommands
from desktop.ui.actions.intake import Intake
from desktop.ui.actions.photos import PhotoCommands
from desktop.ui.actions.searches import SearchCommands
from desktop.ui.actions.table import Action, Topic
from desktop.ui.window.commands import WindowCommands
from desktop.ui.window.navigation import Navigation
from desktop.ui.window.preferences import Preferences


def declare(
    photos: PhotoCommands,
    folders: FolderCommands,
    intake: Intake,
    searches: SearchCommands,
    attributes: AttributeCommands,
    exporting: ExportCommands,
    navigation: Navigation,
    preferences: Preferences,
    window: WindowCommands,
) -> tuple[Action, ...]:
    search, photo, library, whole = Topic.SEARCH, Topic.PHOTO, Topic.LIBRARY, Topic.WINDOW
    back, forward = navigation.can_go_back, navigation.can_go_forward
    marks = navigation.can_mark
    fills, shows_sidebar = window.fills, window.shows_sidebar
    return (
        Action(navigation.focus_search, "Search", ("Ctrl+F",), "search", search, None),
        Action(navigation.go_back, "Back", ("Alt+Left",), "back", search, None, is_possible=back),
        Action(
            navigation.go_forward, "Forward", ("Alt+Right",), "forward", search, None,
            is_possible=forward,
        ),
        Action(
            intake.paste, "Search with a copied image", ("Ctrl+V", "Ctrl+Shift+V"), "picture",
            search, 2,
        ),
        Action(
            searches.save, "Save this search…", ("Ctrl+D",), "saved", search, 2,
            is_possible=searches.can_save,
        ),
        Action(photos.find_similar, "Find similar", ("Ctrl+Shift+S",), "similar", photo, 1),
        Action(photos.add_to_search, "Add to the search", ("Ctrl+Shift+A",), "search", photo, 1),
        Action(
            navigation.mark_more, "More like this", ("+",), "more-like", photo, 1, in_grid=True,
            is_possible=marks,
        ),
        Action(
            navigation.mark_less, "Less like this", ("-",), "less-like", photo, 1, in_grid=True,
            is_possible=marks,
        ),
        Action(
            navigation.unmark, "Take the last mark back", ("Ctrl+Z",), "undo", search, 2,
            is_possible=navigation.can_unmark,
        ),
        Action(navigation.view_current, "View", ("Space",), "picture", photo, 1, in_grid=True),
        Action(
            window.toggle_stack, "Show look-alikes", ("Ctrl+L",), "photos", photo, 1,
            is_possible=window.has_alike, is_on=window.is_stack_open,
        ),
        Action(photos.open, "Open in another program", ("Ctrl+Return",), "open", photo, 2),
        Action(photos.show_in_folder, "Show in folder", ("Ctrl+E",), "show-in-folder", photo, 2),
        Action(photos.copy, "Copy", ("Ctrl+C",), "copy", photo, 3, in_grid=True),
        Action(photos.copy_path, "Copy path", ("Ctrl+Shift+C",), "copy-path", photo, 3),
        Action(photos.properties, "Properties", ("Alt+Return", "Ctrl+I"), "details", photo, 4),
        Action(
            exporting.ask, "Export…", ("Ctrl+Shift+E",), "export", library, 2, for_photos=True
        ),
        Action(exporting.choose_vectors, "Import vectors…", ("Ctrl+Alt+I",), "import", library, 2),
        Action(folders.choose, "Add folder…", ("Ctrl+O",), "folder-add", library, 1),
        Action(
            attributes.choose, "Import attributes…", ("Ctrl+Shift+I",), "attributes", library, 1
        ),
        Action(window.rescan, "Look for changes", ("F5",), "rescan", library, 1),
        Action(
            window.toggle_pause, "Pause reading photos", ("Ctrl+P",), "pause", library, 1,
            is_on=window.is_paused,
        ),
        Action(navigation.show_map, "Show the map", ("Ctrl+Shift+M",), "map", library, None),
        Action(
            navigation.show_problems, "Show problems", ("Ctrl+Shift+P",), "problem", library, None
        ),
        Action(navigation.show_themes, "Show themes", ("Ctrl+Shift+T",), "theme", library, None),
        Action(
            window.toggle_sidebar, "Show sidebar", ("Ctrl+B",), "sidebar", whole, 3,
            is_on=shows_sidebar,
        ),
        Action(
            window.toggle_fill, "Crop thumbnails to squares", ("Ctrl+Shift+F",), "crop-fill",
            whole, 3, is_on=fills,
        ),
        Action(
            window.toggle_collapse, "Put look-alikes together in searches", ("Ctrl+Shift+L",),
            "photos", whole, 3, is_on=window.collapses,
        ),
        Action(
            window.toggle_collapse_lists, "Put look-alikes together by date", ("Ctrl+Shift+B",),
            "photos", whole, 3, is_on=window.collapses_lists,
        ),
        Action(
            navigation.toggle_order, "Oldest first", ("Ctrl+Shift+O",), "recent", whole, 3,
            is_possible=navigation.can_order, is_on=navigation.is_oldest_first,
        ),
        Action(
            window.open_menu, "Menu of what is chosen", ("Shift+F10",), "menu", whole, None
        ),
        Action(window.bigger, "Bigger thumbnails", ("Ctrl++", "Ctrl+="), "zoom-in", whole, 3),
        Action(window.smaller, "Smaller thumbnails", ("Ctrl+-",), "zoom-out", whole, 3),
        Action(preferences.show, "Settings…", ("Ctrl+,",), "settings", whole, 4),
        Action(window.show_how_to_search, "How to search", ("Ctrl+F1",), "search", whole, 4),
        Action(window.show_shortcuts, "Keyboard shortcuts", ("F1",), "help", whole, 4),
        Action(window.quit, "Quit", ("Ctrl+Q",), "quit", whole, 5),
    )  # fmt: skip
