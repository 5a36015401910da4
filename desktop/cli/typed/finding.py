"""What can be typed after the commands that ask for photos."""

from __future__ import annotations

import argparse

from desktop.cli.typed.options import Commands, add_answer_options, add_json
from desktop.cli.typed.values import box, filled, path_of
from desktop.examples import examples_as_text


def add_asking_commands(commands: Commands) -> None:
    search = commands.add_parser(
        "search",
        help="find photos by words",
        epilog=examples_as_text(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    search.add_argument("words", nargs="*", metavar="TEXT", help="what the photo shows")
    search.add_argument(
        "--saved", type=filled, metavar="NAME", help="what is saved under this name"
    )
    search.add_argument(
        "--queries",
        type=filled,
        metavar="FILE",
        help="one query a line, one JSON object a line out; - is stdin",
    )
    add_answer_options(search)
    similar = commands.add_parser("similar", help="find photos that resemble an image")
    similar.add_argument(
        "path",
        nargs="?",
        type=path_of,
        metavar="PATH",
        help="any image, in the library or not",
    )
    similar.add_argument(
        "--paths",
        type=filled,
        metavar="FILE",
        help="one path a line, one JSON object a line out; - is stdin",
    )
    similar.add_argument(
        "--box",
        type=box,
        metavar="X,Y,W,H",
        help="only this part of it: left, top, width, height, as 0.25,0.1,0.5,0.5 or 25%%,10%%,...",
    )
    similar.add_argument(
        "--words",
        default="",
        metavar="TEXT",
        help="what must hold, too, as for `likeness search`: 'at night year:2020'",
    )
    add_answer_options(similar)


def add_searches(commands: Commands) -> None:
    searches = commands.add_parser("searches", help="searches that are saved under a name")
    searches.set_defaults(action="list", count=False, json=False)
    actions = searches.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="which there are (the default)")
    listed.add_argument("--count", action="store_true", help="say how many photos each finds")
    add_json(listed)
    save = actions.add_parser("save", help="save a search; the sidebar shows it")
    save.add_argument("name", type=filled, metavar="NAME")
    save.add_argument("words", nargs="*", metavar="TEXT", help="as for `likeness search`")
    save.add_argument("--like", type=path_of, metavar="PHOTO", help="what resembles it, too")
    save.add_argument("--folder", type=path_of, metavar="PATH", help="to be looked for there only")
    _add_names(actions, "rename", "give a saved search another name", is_new=True)
    _add_names(actions, "forget", "forget a saved search; photos stay")


def add_concepts(commands: Commands) -> None:
    concepts = commands.add_parser("concepts", help="names that photos have taught the meaning of")
    concepts.set_defaults(action="list", json=False)
    actions = concepts.add_subparsers(dest="action", metavar="ACTION")
    add_json(actions.add_parser("list", help="which there are (the default)"))
    teach = actions.add_parser(
        "teach", help="let 5 to 20 photos teach a name; then search 'concept:\"NAME\"'"
    )
    teach.add_argument("name", type=filled, metavar="NAME")
    teach.add_argument("paths", nargs="+", type=path_of, metavar="PATH", help="photos that are it")
    teach.add_argument(
        "--not",
        dest="less",
        nargs="+",
        default=[],
        type=path_of,
        metavar="PATH",
        help="photos that are not",
    )
    _add_names(actions, "rename", "call it otherwise, in saved searches, too", is_new=True)
    _add_names(actions, "forget", "forget what a name means; photos stay")


def _add_names(actions: Commands, action: str, what: str, is_new: bool = False) -> None:
    """An action on what is called NAME. is_new: which gives it another name."""
    command = actions.add_parser(action, help=what)
    command.add_argument("name", type=filled, metavar="NAME")
    if is_new:
        command.add_argument("new", type=filled, metavar="NEW")
