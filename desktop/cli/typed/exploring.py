"""What can be typed after the commands that show the library as a whole."""

from __future__ import annotations

from desktop.cli.typed.options import Commands, add_json
from desktop.cli.typed.values import count, filled, path_of


def add_map(commands: Commands) -> None:
    shown = commands.add_parser("map", help="photos in two dimensions: alike ones are near")
    shown.add_argument("--new", action="store_true", help="draw it anew, from all photos")
    add_json(shown)


def add_themes(commands: Commands) -> None:
    themes = commands.add_parser("themes", help="the library grouped by look")
    themes.add_argument("--k", type=count, metavar="N", help="find so many, anew")
    themes.add_argument(
        "--close", action="store_true", help="group only what really belongs together"
    )
    themes.add_argument("--anew", action="store_true", help="find them anew, also where few came")
    add_json(themes)
    actions = themes.add_subparsers(dest="action", metavar="ACTION")
    rename = actions.add_parser("rename", help="give a theme another name")
    rename.add_argument("name", type=filled, metavar="NAME")
    rename.add_argument("new", type=filled, metavar="NEW")
    for action, what in (
        ("merge", "put the photos of several into the first"),
        ("hide", "show them no more; photos stay"),
        ("show", "show hidden ones again"),
        ("split", "part them in two"),
    ):
        one = actions.add_parser(action, help=what)
        one.add_argument("names", nargs="+", type=filled, metavar="NAME")


def add_attributes(commands: Commands) -> None:
    attributes = commands.add_parser(
        "attributes", help="what tables say of photos: labels, predictions, scores, ..."
    )
    attributes.set_defaults(action="list", json=False)
    actions = attributes.add_subparsers(dest="action", metavar="ACTION")
    add_json(actions.add_parser("list", help="which there are (the default)"))
    brought = actions.add_parser(
        "import",
        help="take what a CSV file says of photos; then search label:cat or 'score:<0.5'",
        description="The first line holds headings. One column names photos, by paths or file "
        "names; each of the others becomes an attribute. Encoding and delimiter are found out. A "
        "photo's values are replaced by those of its row.",
    )
    brought.add_argument("file", type=path_of, metavar="FILE")
    add_json(brought)
    remove = actions.add_parser("remove", help="forget an attribute; photos stay")
    remove.add_argument("name", type=filled, metavar="NAME")


def add_mistakes(commands: Commands) -> None:
    mistakes = commands.add_parser(
        "mistakes", help="where a label and a prediction disagree, and labels that seem wrong"
    )
    mistakes.add_argument(
        "--label",
        type=filled,
        metavar="NAME",
        help="the attribute that should be right",
    )
    mistakes.add_argument(
        "--prediction", type=filled, metavar="NAME", help="the attribute that may be wrong"
    )
    mistakes.add_argument(
        "--suspects",
        action="store_true",
        help="photos whose label seems wrong, by what their nearest neighbours are called",
    )
    mistakes.add_argument(
        "-n", type=count, default=24, metavar="N", help="how many suspects at most (24)"
    )
    add_json(mistakes)
