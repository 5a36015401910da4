"""Options that several commands share."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from desktop.cli.typed.parser import Parser
from desktop.cli.typed.values import count, date, kind, path_of, score, share

N_HITS = 20

# The public name of what add_subparsers returns is missing.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def add_answer_options(command: argparse.ArgumentParser) -> None:
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
    for name, means in (("more", "that is what you mean"), ("less", "that is not")):
        command.add_argument(
            f"--{name}",
            action="append",
            default=[],
            type=path_of,
            metavar="PATH",
            help=f"a photo of the library {means}; may be repeated",
        )
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
    add_json(command)
