"""What can be typed after the commands that choose models and engines, and measure them."""

from __future__ import annotations

import argparse

from desktop.cli.typed.options import Commands, add_json
from desktop.cli.typed.values import count, filled, names, path_of


def add_models(commands: Commands) -> None:
    models = commands.add_parser("models", help="list, choose or download models")
    models.set_defaults(action="list")
    add_json(models)
    actions = models.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="which models there are (the default)")
    # Left out there, it stays what stands before `list`.
    listed.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
    use = actions.add_parser(
        "use", help="search with this model from now on; auto takes the best at hand"
    )
    purposes = ("words", "likeness")
    use.add_argument("--for", dest="purpose", choices=purposes, help="let it answer only these")
    download = actions.add_parser("download", help="fetch a model; needs the network")
    for action in (use, download):
        action.add_argument("name", type=filled, metavar="NAME")
    convert = actions.add_parser(
        "convert", help="let OpenVINO read photos where it is faster here, measured on your photos"
    )
    convert.add_argument("name", type=filled, nargs="?", metavar="NAME", help="the one in use")
    convert.add_argument("--undo", action="store_true", help="go back to torch, and stay there")
    convert.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON"
    )


def add_engine(commands: Commands) -> None:
    engine = commands.add_parser(
        "engine", help="by what the nearest photos are found: see, choose, check"
    )
    engine.set_defaults(action="list", json=False)
    actions = engine.add_subparsers(dest="action", metavar="ACTION")
    add_json(actions.add_parser("list", help="which there are (the default)"))
    use = actions.add_parser(
        "use",
        help="let another answer; the one before does until that one holds every photo",
        description="NAME may have options, as faiss:hnsw or faiss:ivf,int8. Choosing the one that "
        "answers takes back a change that is on its way.",
    )
    use.add_argument("name", type=filled, metavar="NAME")
    use.add_argument(
        "uri", nargs="?", default="", metavar="URI", help="where its program or its file is"
    )
    add_json(actions.add_parser("check", help="what it holds, and how good first answers are"))


def add_bench(commands: Commands) -> None:
    bench = commands.add_parser("bench", help="measure this computer, in about a minute")
    bench.add_argument("--apply", action="store_true", help="save the settings that follow")
    bench.add_argument("--quick", action="store_true", help="only a few seconds, and rough")
    add_json(bench)


def add_evaluate(commands: Commands) -> None:
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
    evaluate.add_argument(
        "--parts",
        action="store_true",
        help="look for photos by parts of them, too; takes several times as long",
    )
    evaluate.add_argument("--model", type=filled, metavar="NAME", help="instead of the one in use")
    evaluate.add_argument("--json", type=path_of, metavar="FILE", help="write the figures there")
    evaluate.add_argument(
        "--html",
        type=path_of,
        metavar="FILE",
        help="write a page with pictures and plots there",
    )


def add_compare(commands: Commands) -> None:
    compare = commands.add_parser("compare", help="see several models side by side")
    what = compare.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "path",
        nargs="?",
        type=path_of,
        metavar="PATH",
        help="what resembles this image among a sample of your photos",
    )
    what.add_argument(
        "--labelled",
        type=path_of,
        metavar="FOLDER",
        help="how models agree with the labels here: a folder of photos for each class",
    )
    compare.add_argument(
        "--models",
        type=names,
        metavar="NAME,NAME,...",
        default=("starter", "starter-large"),
        help="as `likeness models` lists them (starter,starter-large)",
    )
    compare.add_argument(
        "-k", type=count, default=10, metavar="K", help="how many neighbours to look at (10)"
    )
    compare.add_argument(
        "--sample",
        type=count,
        default=500,
        metavar="N",
        help="how many of your photos are read, for PATH (500)",
    )
    add_json(compare)
    compare.add_argument(
        "--html",
        type=path_of,
        metavar="FILE",
        help="write a page with pictures and plots there, for --labelled",
    )
