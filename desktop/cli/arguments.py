"""What can be typed after `likeness`."""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn

from desktop.cli.streams import AnswerLost, ReaderGone, flush_answer, note, say
from desktop.cli.values import (
    FILE_URL,
    box,
    count,
    date,
    filled,
    kind,
    path_of,
    path_or_refusal,
    score,
    share,
)
from desktop.examples import examples_as_text
from desktop.legible import legible, shortened

N_HITS = 20
_LACKS_VALUE = re.compile("argument (--[a-z-]+): expected one argument")


class _Parser(argparse.ArgumentParser):
    """Options are written in full. A word that was taken for one gets a hint."""

    def __init__(self, **how: Any) -> None:
        super().__init__(allow_abbrev=False, **how)
        self._typed: list[str] = []

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._typed = list(args)
        return super().parse_known_args(args, namespace)

    def print_help(self, file: Any = None) -> None:
        if file is None:
            self.answer(self.format_help())
        else:
            super().print_help(file)

    def answer(self, text: str) -> None:
        """Write what was asked for; ends the process with 1 where that cannot be done."""
        try:
            for line in text.splitlines():
                say(line)
            flush_answer()
        except ReaderGone:
            self.exit()
        except AnswerLost as error:
            note(error.message)
            self.exit(1)

    def error(self, message: str) -> NoReturn:
        super().error(shortened(legible(message)) + shortened(legible(self._hint(message))))

    def _hint(self, message: str) -> str:
        """How a word that begins with - is typed, where it may be that this was meant."""
        word = next((word for word in self._typed if self._is_unknown(word)), None)
        takes_words = any(
            not action.option_strings and action.choices is None for action in self._actions
        )
        if word is None:
            return ""
        if lacking := _LACKS_VALUE.match(message):
            return f"; for a name that begins with -, type: {lacking[1]}={word}"
        return f"; for words that begin with -, type: {self.prog} -- {word}" if takes_words else ""

    def _is_unknown(self, word: str) -> bool:
        """Whether it looks like an option, and there is none of that name."""
        known = self._option_string_actions
        is_known = word.partition("=")[0] in known or (word[:2] in known and word[2:].isdigit())
        return len(word) > 1 and word.startswith("-") and word != "--" and not is_known


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the arguments; ends the process with 0 after --help, with 2 when they make no sense.

    The namespace has: data, debug, command (None for the window), targets (what the window opens
    with), draw, words, rehearse, sockets, may_download, and what the command's own arguments are
    called.
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
    if arguments.command == "similar":
        _check_one_of(parser, arguments, "paths", arguments.path is not None, "PATH")
    if arguments.command in ("search", "similar"):
        _check_dates(parser, arguments)
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
    if unknown or arguments.command != "search":
        parser.error(f"unrecognized arguments: {' '.join(unknown or left_over)}")
    typed = Counter(arguments.words) + Counter(left_over)
    arguments.words = []
    for word in argv[list(argv).index("search") + 1 :]:
        if typed[word]:
            typed[word] -= 1
            arguments.words.append(word)


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
    words = _Parser(prog="likeness", add_help=False, parents=[_window_options()])
    words.add_argument("first", nargs="?")
    words.add_argument("rest", nargs=argparse.REMAINDER)
    first: str | None = words.parse_known_args(argv)[0].first
    if first is None or first in commands:
        return False
    if not first or first.lower().startswith(FILE_URL):
        return True
    return os.sep in first or "/" in first or os.path.exists(first)


def _window_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="likeness", parents=[_window_options()])
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
    parser = _Parser(
        prog="likeness",
        description="Find photos by describing them or by pointing at one. Without a command, "
        "opens the window; likeness FOLDER adds the folder there, likeness PHOTO shows what "
        "resembles the photo.",
        parents=[_window_options()],
    )
    parser.add_argument("--version", action=_ShowVersions, nargs=0, help="say what this is")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_folder_commands(commands)
    _add_asking_commands(commands)
    _add_searches(commands)
    _add_concepts(commands)
    _add_health_commands(commands)
    _add_models(commands)
    _add_bench(commands)
    _add_evaluate(commands)
    demo = commands.add_parser("demo", help="try it on photos that came with installed packages")
    demo.add_argument(
        "--out", type=path_of, default="build", metavar="DIR", help="where to write (build)"
    )
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
        from desktop.cli.versions import describe

        assert isinstance(parser, _Parser)
        parser.answer(describe())
        parser.exit()


_Commands = argparse._SubParsersAction  # the public name of what add_subparsers returns is missing


def _add_folder_commands(commands: _Commands[_Parser]) -> None:
    add = commands.add_parser("add", help="watch folders")
    add.add_argument("folders", nargs="+", type=path_or_refusal, metavar="FOLDER")
    commands.add_parser("folders", help="list the watched folders")
    remove = commands.add_parser("remove", help="forget a folder; its files are not touched")
    remove.add_argument("folder", type=path_of, metavar="FOLDER")
    index = commands.add_parser("index", help="make new and changed photos searchable")
    index.add_argument(
        "--missing",
        choices=("keep", "forget"),
        help="what becomes of photos where much of a folder was gone at once; asked, otherwise",
    )
    _add_json(index)


def _add_asking_commands(commands: _Commands[_Parser]) -> None:
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
    _add_answer_options(search)
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
    _add_answer_options(similar)


def _add_concepts(commands: _Commands[_Parser]) -> None:
    concepts = commands.add_parser("concepts", help="names that photos have taught the meaning of")
    concepts.set_defaults(action="list", json=False)
    actions = concepts.add_subparsers(dest="action", metavar="ACTION")
    _add_json(actions.add_parser("list", help="which there are (the default)"))
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
    forget = actions.add_parser("forget", help="forget what a name means; photos stay")
    forget.add_argument("name", type=filled, metavar="NAME")


def _add_searches(commands: _Commands[_Parser]) -> None:
    searches = commands.add_parser("searches", help="searches that are saved under a name")
    searches.set_defaults(action="list", count=False, json=False)
    actions = searches.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="which there are (the default)")
    listed.add_argument("--count", action="store_true", help="say how many photos each finds")
    _add_json(listed)
    save = actions.add_parser("save", help="save a search; the sidebar shows it")
    save.add_argument("name", type=filled, metavar="NAME")
    save.add_argument("words", nargs="+", metavar="TEXT", help="as for `likeness search`")
    save.add_argument("--folder", type=path_of, metavar="PATH", help="to be looked for there only")
    forget = actions.add_parser("forget", help="forget a saved search; photos stay")
    forget.add_argument("name", type=filled, metavar="NAME")


def _add_answer_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-n", type=count, default=N_HITS, metavar="N", help=f"how many at most ({N_HITS})"
    )
    command.add_argument(
        "--min-score",
        type=score,
        metavar="S",
        help="leave out what scores below S (-1 to 1)",
    )
    command.add_argument(
        "--folder",
        type=path_of,
        metavar="PATH",
        help="only photos in this folder, at any depth",
    )
    command.add_argument(
        "--after",
        type=date,
        metavar="DATE",
        help="taken then or later: 2019, 2019-05, 2019-05-17",
    )
    command.add_argument("--before", type=date, metavar="DATE", help="taken before then")
    command.add_argument("--type", type=kind, metavar="KIND", help="only jpeg, png, heic, ...")
    command.add_argument(
        "--collapse", action="store_true", help="let one photo stand for all that look like it"
    )
    command.add_argument(
        "--variety",
        type=share,
        default=0.0,
        metavar="V",
        help="0 to 1: the more, the sooner photos that differ from those before",
    )
    command.add_argument(
        "--sort",
        choices=("match", "date", "oldest", "folder"),
        default="match",
        help="the order of those that were found (match)",
    )
    _add_json(command)


def _add_health_commands(commands: _Commands[_Parser]) -> None:
    _add_json(commands.add_parser("status", help="how much is searchable, and which model answers"))
    problems = commands.add_parser("problems", help="photos that cannot be read, or not whole")
    problems.add_argument(
        "--passed-over", action="store_true", help="what was left out of the folders, and why"
    )
    _add_json(problems)
    restore = commands.add_parser(
        "restore", help="put the newest backup in the place of a damaged catalog, which is kept"
    )
    restore.add_argument(
        "--new", action="store_true", help="begin a new catalog instead of taking a backup"
    )
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


def _add_bench(commands: _Commands[_Parser]) -> None:
    bench = commands.add_parser("bench", help="measure this computer, in about a minute")
    bench.add_argument("--apply", action="store_true", help="save the settings that follow")
    bench.add_argument("--quick", action="store_true", help="only a few seconds, and rough")
    _add_json(bench)


def _add_evaluate(commands: _Commands[_Parser]) -> None:
    evaluate = commands.add_parser(
        "evaluate", help="measure a model's answers on photos with captions or in classes"
    )
    what = evaluate.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--captions",
        type=path_of,
        metavar="FOLDER",
        help="holds captions.csv (image, split, caption) and images/",
    )
    what.add_argument(
        "--labelled",
        type=path_of,
        metavar="FOLDER",
        help="holds a folder of photos for each class",
    )
    evaluate.add_argument("--model", type=filled, metavar="NAME", help="instead of the one in use")
    evaluate.add_argument("--json", type=path_of, metavar="FILE", help="write the figures there")
    evaluate.add_argument(
        "--html",
        type=path_of,
        metavar="FILE",
        help="write a page with pictures and plots there",
    )


def _add_models(commands: _Commands[_Parser]) -> None:
    models = commands.add_parser("models", help="list, choose or download models")
    models.set_defaults(action="list")
    actions = models.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("list", help="which models there are (the default)")
    use = actions.add_parser(
        "use", help="search with this model from now on; auto takes the best at hand"
    )
    purposes = ("words", "likeness")
    use.add_argument("--for", dest="purpose", choices=purposes, help="let it answer only these")
    download = actions.add_parser("download", help="fetch a model; needs the network")
    for action in (use, download):
        action.add_argument("name", type=filled, metavar="NAME")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")
