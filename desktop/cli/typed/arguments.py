"""What can be typed after `likeness`, as a namespace."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from desktop.cli.typed.parser import Parser
from desktop.cli.typed.subcommands import FORMATS, TABLES_OF_VECTORS, VECTORS, add_commands
from desktop.cli.typed.values import FILE_URL, filled, path_of, place_of


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; ends the process with 0 after --help, with 2 when they make no sense.

    The namespace has: data, catalog, debug, command (None for the window), targets (what the window
    opens with), draw, words, rehearse, sockets, may_download, and what the command's own arguments
    are called.
    """
    parser, commands = _parser()
    if _begins_with_path(argv, commands):
        # argparse takes the first word for a command, whatever it is.
        arguments = _window_parser().parse_args(argv)
        arguments.command = None
    else:
        arguments, left_over = parser.parse_known_args(argv)
        _take(commands.get(arguments.command, parser), arguments, left_over, argv)
        arguments.targets = []
    arguments.may_download = arguments.command is None or (
        arguments.command == "models" and arguments.action == "download"
    )
    if arguments.command == "search":
        has_one = bool(arguments.words) != (arguments.saved is not None)
        if arguments.words and arguments.saved is not None:
            parser.error("search takes either TEXT or --saved NAME")
        _check_one_of(parser, arguments, "queries", has_one, "TEXT or --saved NAME")
        arguments.words = " ".join(arguments.words)
    is_here = arguments.command == "index" and arguments.on is None
    if is_here and (arguments.models is not None or arguments.ship):
        parser.error("--models and --ship go with --on")
    if arguments.command == "themes" and arguments.close and arguments.k is not None:
        parser.error("--close finds out how many there are; leave out --k")
    if arguments.command == "similar":
        _check_one_of(parser, arguments, "paths", arguments.path is not None, "PATH")
    if arguments.command == "export":
        _take_format_and_place(commands["export"], arguments)
        if arguments.words and arguments.saved is not None:
            parser.error("export takes either TEXT or --saved NAME")
        arguments.words = " ".join(arguments.words)
    if arguments.command in ("search", "similar", "export"):
        _check_dates(parser, arguments)
    if arguments.command == "compare" and arguments.path is not None and arguments.html is not None:
        parser.error("--html shows labelled photos; add --labelled FOLDER instead of PATH")
    if arguments.command == "demo" and arguments.data is None:
        arguments.data = arguments.out / "demo" / "library"
    return arguments


def _take(
    parser: argparse.ArgumentParser,
    arguments: argparse.Namespace,
    left_over: list[str],
    argv: Sequence[str],
) -> None:
    """Words that follow an option are left over by argparse; they are words like the others, in
    the order they were typed. What begins with - is no option that there is."""
    if not left_over:
        return
    unknown = [word for word in left_over if word.startswith("-")]
    if unknown or arguments.command not in ("search", "export"):
        parser.error(f"unrecognized arguments: {' '.join(unknown or left_over)}")
    typed = Counter(arguments.words) + Counter(left_over)
    arguments.words = []
    for word in argv[list(argv).index(arguments.command) + 1 :]:
        if typed[word]:
            typed[word] -= 1
            arguments.words.append(word)


def _take_format_and_place(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """What stands before TEXT: FORMAT, unless --to has said it, and PLACE."""
    words = list(arguments.words)
    form = arguments.to or (words.pop(0) if words else None)
    if form is None or not words:
        parser.error("the following arguments are required: FORMAT, PLACE")
    if form not in FORMATS:
        parser.error(f"argument FORMAT: {form!r} is none of {', '.join(FORMATS)}")
    if arguments.model is not None and form not in VECTORS:
        parser.error(f"--model goes with {', '.join(VECTORS)}")
    try:
        read = place_of if form in TABLES_OF_VECTORS else path_of
        arguments.place = read(words.pop(0))
    except argparse.ArgumentTypeError as error:
        parser.error(f"argument PLACE: {error}")
    arguments.form, arguments.words = form, words


def _check_one_of(
    parser: argparse.ArgumentParser,
    arguments: argparse.Namespace,
    batch: str,
    has_one: bool,
    one: str,
) -> None:
    has_batch = getattr(arguments, batch) is not None
    if has_one == has_batch:
        parser.error(f"{arguments.command} needs either {one} or --{batch} FILE")
    if has_batch and not arguments.json:
        parser.error(f"--{batch} answers in JSON only; add --json")


def _check_dates(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    after, before = arguments.after, arguments.before
    if after is not None and before is not None and after >= before:
        parser.error(f"no photo was taken after {after:%Y-%m-%d} and before {before:%Y-%m-%d}")


def _begins_with_path(argv: Sequence[str], commands: Collection[str]) -> bool:
    """Whether the first word names a file or folder, which `likeness PATH` opens the window with.

    A command comes before a folder of the same name; ./search is the folder.
    """
    words = Parser(prog="likeness", add_help=False, parents=[_window_options()])
    words.add_argument("first", nargs="?")
    words.add_argument("rest", nargs=argparse.REMAINDER)
    first: str | None = words.parse_known_args(argv)[0].first
    if first is None or first in commands:
        return False
    if not first or first.lower().startswith(FILE_URL):
        return True
    return os.sep in first or "/" in first or os.path.exists(first)


def _window_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="likeness", parents=[_window_options()])
    parser.add_argument("targets", nargs="*", type=path_of, metavar="PATH")
    return parser


def _window_options() -> argparse.ArgumentParser:
    """What may stand before a command, and before the paths that the window opens with."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--data",
        type=path_of,
        metavar="DIR",
        help="keep catalog, thumbnails, index and settings in DIR",
    )
    parser.add_argument(
        "--catalog",
        type=filled,
        metavar="URL",
        help="use the catalog in a PostgreSQL database: postgresql+psycopg://USER@HOST/DATABASE",
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks and the log")
    # The window as a picture, for `demo` and for looking at a change: --draw FILE [--words TEXT].
    parser.add_argument("--draw", type=path_of, metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--words", default="", metavar="TEXT", help=argparse.SUPPRESS)
    # The session of `doctor --offline-proof`: --rehearse FOLDER --words TEXT --sockets FILE.
    parser.add_argument("--rehearse", type=path_of, metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--sockets", type=path_of, metavar="FILE", help=argparse.SUPPRESS)
    return parser


def _parser() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser, and those of its commands."""
    parser = Parser(
        prog="likeness",
        description="Find photos by describing them or by pointing at one. Without a command, "
        "opens the window; likeness FOLDER adds the folder there, likeness PHOTO shows what "
        "resembles the photo.",
        parents=[_window_options()],
    )
    parser.add_argument("--version", action=_ShowVersions, nargs=0, help="say what this is")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add_commands(commands)
    return parser, commands.choices


class _ShowVersions(argparse.Action):
    """--version. What it tells is looked up when it is asked for, and not by --help."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002
        values: object,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        from desktop.cli.typed.versions import describe

        assert isinstance(parser, Parser)
        parser.answer(describe())
        parser.exit()
