"""What can be typed after `likeness`."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from desktop import __version__

N_HITS = 20


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; ends the process with 0 after --help, with 2 when they make no sense.

    The namespace has: data, debug, command (None for the window), draw, words, rehearse, sockets,
    may_download, and
    what the command's own arguments are called.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    arguments.may_download = arguments.command is None or (
        arguments.command == "models" and arguments.action == "download"
    )
    if arguments.command == "search":
        _check_one_of(parser, arguments, "queries", bool(arguments.words), "TEXT")
        arguments.words = " ".join(arguments.words)
    if arguments.command == "similar":
        _check_one_of(parser, arguments, "paths", arguments.path is not None, "PATH")
    if arguments.command == "demo" and arguments.data is None:
        arguments.data = arguments.out / "demo" / "library"
    return arguments


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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="likeness",
        description="Find photos by describing them or by pointing at one. "
        "Without a command, opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"likeness {__version__}")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="keep catalog, thumbnails, index and settings in DIR",
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks and the log")
    # The window as a picture, for `demo` and for looking at a change: --draw FILE [--words TEXT].
    parser.add_argument("--draw", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--words", default="", metavar="TEXT", help=argparse.SUPPRESS)
    # The session of `doctor --offline-proof`: --rehearse FOLDER --words TEXT --sockets FILE.
    parser.add_argument("--rehearse", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--sockets", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_folder_commands(commands)
    _add_asking_commands(commands)
    _add_health_commands(commands)
    _add_models(commands)
    _add_bench(commands)
    demo = commands.add_parser("demo", help="try it on photos that came with installed packages")
    demo.add_argument(
        "--out", type=Path, default=Path("build"), metavar="DIR", help="where to write (build)"
    )
    return parser


_Commands = argparse._SubParsersAction  # the public name of what add_subparsers returns is missing


def _add_folder_commands(commands: _Commands[argparse.ArgumentParser]) -> None:
    add = commands.add_parser("add", help="watch folders")
    add.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    commands.add_parser("folders", help="list the watched folders")
    remove = commands.add_parser("remove", help="forget a folder; its files are not touched")
    remove.add_argument("folder", type=Path, metavar="FOLDER")
    index = commands.add_parser("index", help="make new and changed photos searchable")
    _add_json(index)


def _add_asking_commands(commands: _Commands[argparse.ArgumentParser]) -> None:
    search = commands.add_parser("search", help="find photos by words")
    search.add_argument("words", nargs="*", metavar="TEXT", help="what the photo shows")
    search.add_argument(
        "--queries", metavar="FILE", help="one query a line, one JSON object a line out; - is stdin"
    )
    _add_answer_options(search)
    similar = commands.add_parser("similar", help="find photos that resemble an image")
    similar.add_argument("path", nargs="?", metavar="PATH", help="any image, in the library or not")
    similar.add_argument(
        "--paths", metavar="FILE", help="one path a line, one JSON object a line out; - is stdin"
    )
    _add_answer_options(similar)


def _add_answer_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-n", type=_count, default=N_HITS, metavar="N", help=f"how many at most ({N_HITS})"
    )
    command.add_argument(
        "--min-score", type=_score, metavar="S", help="leave out what scores below S (-1 to 1)"
    )
    _add_json(command)


def _add_health_commands(commands: _Commands[argparse.ArgumentParser]) -> None:
    for name, help_line in (
        ("status", "how much is searchable, and which model answers"),
        ("problems", "photos that cannot be searched, and why"),
    ):
        _add_json(commands.add_parser(name, help=help_line))
    doctor = commands.add_parser(
        "doctor", help="look for trouble: catalog, index, model, folders, free space"
    )
    doctor.add_argument(
        "--offline-proof",
        action="store_true",
        help="play a whole session on drawn pictures and watch that it opens no socket",
    )
    _add_json(doctor)
    forget = commands.add_parser(
        "forget-everything", help="remove all that Likeness has made; photos are not touched"
    )
    forget.add_argument("--yes", action="store_true", help="do it; without this, nothing is done")


def _add_bench(commands: _Commands[argparse.ArgumentParser]) -> None:
    bench = commands.add_parser("bench", help="measure this computer, in about a minute")
    bench.add_argument("--apply", action="store_true", help="save the settings that follow")
    bench.add_argument("--quick", action="store_true", help="only a few seconds, and rough")
    _add_json(bench)


def _add_models(commands: _Commands[argparse.ArgumentParser]) -> None:
    models = commands.add_parser("models", help="list, choose or download models")
    models.set_defaults(action="list")
    actions = models.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="which models there are (the default)")
    for name, help_line in (
        ("use", "search with this model from now on; auto takes the best at hand"),
        ("download", "fetch a model; needs the network"),
    ):
        actions.add_parser(name, help=help_line).add_argument("name", metavar="NAME")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _score(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and -1 <= number <= 1):
        raise ValueError(text)
    return number


# argparse puts these names into "invalid ... value: '0'".
_count.__name__ = "count"
_score.__name__ = "score"
