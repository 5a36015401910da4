"""What can be typed after each command."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from desktop.cli.typed.parser import Parser
from desktop.cli.typed.values import (
    box,
    cluster,
    count,
    date,
    filled,
    kind,
    names,
    path_of,
    path_or_refusal,
    place_of,
    score,
    share,
    url_or_path,
)
from desktop.examples import examples_as_text

N_HITS = 20
TABLES_AND_PICTURES = ("csv", "json", "links", "copies", "png", "pdf")
TABLES_OF_VECTORS = ("milvus", "clickhouse")
VECTORS = ("parquet", "npz", "faiss", *TABLES_OF_VECTORS)
FORMATS = (*TABLES_AND_PICTURES, *VECTORS)
"""What `likeness export` writes."""

# The public name of what add_subparsers returns is missing.
_Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def add_commands(commands: _Commands) -> None:
    _add_folder_commands(commands)
    _add_asking_commands(commands)
    _add_searches(commands)
    _add_concepts(commands)
    _add_map(commands)
    _add_themes(commands)
    _add_attributes(commands)
    _add_mistakes(commands)
    _add_export(commands)
    _add_import(commands)
    _add_health_commands(commands)
    _add_models(commands)
    _add_engine(commands)
    _add_bench(commands)
    _add_evaluate(commands)
    _add_compare(commands)
    _add_demo(commands)


def _add_folder_commands(commands: _Commands) -> None:
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
    index.add_argument(
        "--on",
        type=cluster,
        metavar="ray[://HOST:PORT]",
        help="let the machines of a Ray cluster decode and embed: the one this machine belongs to, "
        "or one elsewhere",
    )
    index.add_argument(
        "--models",
        type=count,
        metavar="N",
        help="with --on: copies of the model (one a GPU)",
    )
    index.add_argument(
        "--ship",
        action="store_true",
        help="with --on: send photos as bytes, since they are not mounted there",
    )
    _add_json(index)


def _add_asking_commands(commands: _Commands) -> None:
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
    similar.add_argument(
        "--words",
        default="",
        metavar="TEXT",
        help="what must hold, too, as for `likeness search`: 'at night year:2020'",
    )
    _add_answer_options(similar)


def _add_concepts(commands: _Commands) -> None:
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


def _add_map(commands: _Commands) -> None:
    shown = commands.add_parser("map", help="photos in two dimensions: alike ones are near")
    shown.add_argument("--new", action="store_true", help="draw it anew, from all photos")
    _add_json(shown)


def _add_themes(commands: _Commands) -> None:
    themes = commands.add_parser("themes", help="the library grouped by look")
    themes.add_argument("--k", type=count, metavar="N", help="find so many, anew")
    themes.add_argument(
        "--close", action="store_true", help="group only what really belongs together"
    )
    themes.add_argument("--anew", action="store_true", help="find them anew, also where few came")
    _add_json(themes)
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


def _add_attributes(commands: _Commands) -> None:
    attributes = commands.add_parser(
        "attributes", help="what tables say of photos: labels, predictions, scores, ..."
    )
    attributes.set_defaults(action="list", json=False)
    actions = attributes.add_subparsers(dest="action", metavar="ACTION")
    _add_json(actions.add_parser("list", help="which there are (the default)"))
    brought = actions.add_parser(
        "import",
        help="take what a CSV file says of photos; then search label:cat or 'score:<0.5'",
        description="The first line holds headings. One column names photos, by paths or file "
        "names; each of the others becomes an attribute. Encoding and delimiter are found out. A "
        "photo's values are replaced by those of its row.",
    )
    brought.add_argument("file", type=path_of, metavar="FILE")
    _add_json(brought)
    remove = actions.add_parser("remove", help="forget an attribute; photos stay")
    remove.add_argument("name", type=filled, metavar="NAME")


def _add_mistakes(commands: _Commands) -> None:
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
    _add_json(mistakes)


def _add_export(commands: _Commands) -> None:
    export = commands.add_parser(
        "export",
        help="write photos out: a table, a folder of links or copies, contact sheets, vectors",
        usage="likeness export FORMAT PLACE [TEXT ...] [options]",
        description="Writes the photos that answer TEXT, or all without it, in their order. "
        "Nothing is overwritten, and the photos stay as they are; where not all can be written, "
        "nothing is left. FORMAT is csv, json; links, copies (in a folder); png, pdf (contact "
        "sheets); parquet, npz, faiss, milvus, clickhouse (vectors of a model, for `likeness "
        "import` and other programs). PLACE is the file or folder to write, or the address of a "
        "Milvus or ClickHouse, with #NAME behind it for another table than likeness_vectors; TEXT "
        "as for `likeness search`.",
    )
    export.add_argument(
        "words", nargs="*", metavar="FORMAT PLACE [TEXT ...]", help=argparse.SUPPRESS
    )
    export.add_argument(
        "--to", choices=FORMATS, metavar="FORMAT", help="the same as FORMAT before PLACE"
    )
    export.add_argument(
        "--model", type=filled, metavar="NAME", help="whose vectors (of the one that answers words)"
    )
    export.add_argument(
        "--saved", type=filled, metavar="NAME", help="what is saved under this name"
    )
    _add_answer_options(export)
    export.set_defaults(n=None)


def _add_import(commands: _Commands) -> None:
    brought = commands.add_parser(
        "import",
        help="take vectors that `likeness export` wrote, for photos with the same content",
        description="Checks the file from end to end, and then gives each photo of the library "
        "that lacks one the vector of its content. The model need not be here.",
    )
    brought.add_argument(
        "file",
        type=place_of,
        metavar="PLACE",
        help="a parquet, npz or faiss file; or a table of Milvus or ClickHouse: FOLDER, or an "
        "address, with #NAME for another table than likeness_vectors",
    )
    brought.add_argument(
        "--model", type=filled, metavar="NAME", help="take vectors by this model, known here or not"
    )
    _add_json(brought)


def _add_searches(commands: _Commands) -> None:
    searches = commands.add_parser("searches", help="searches that are saved under a name")
    searches.set_defaults(action="list", count=False, json=False)
    actions = searches.add_subparsers(dest="action", metavar="ACTION")
    listed = actions.add_parser("list", help="which there are (the default)")
    listed.add_argument("--count", action="store_true", help="say how many photos each finds")
    _add_json(listed)
    save = actions.add_parser("save", help="save a search; the sidebar shows it")
    save.add_argument("name", type=filled, metavar="NAME")
    save.add_argument("words", nargs="*", metavar="TEXT", help="as for `likeness search`")
    save.add_argument("--like", type=path_of, metavar="PHOTO", help="what resembles it, too")
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
    _add_json(command)


def _add_health_commands(commands: _Commands) -> None:
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
    copied = commands.add_parser(
        "copy-catalog",
        help="copy the catalog to a PostgreSQL server, or from there into a file",
        description="Copies all that is known of the photos and compares it row by row. The "
        "catalog stays as it is, and goes on being used until you choose the other one. A place "
        "that holds a library already is refused; where not all can be copied, nothing is left.",
    )
    copied.add_argument(
        "--to",
        type=url_or_path,
        required=True,
        metavar="URL|PATH",
        help="postgresql+psycopg://USER@HOST/DATABASE, a data folder, or a file NAME.sqlite",
    )
    _add_json(copied)
    forget = commands.add_parser(
        "forget-everything", help="remove all that Likeness has made; photos are not touched"
    )
    forget.add_argument("--yes", action="store_true", help="do it; without this, nothing is done")


def _add_bench(commands: _Commands) -> None:
    bench = commands.add_parser("bench", help="measure this computer, in about a minute")
    bench.add_argument("--apply", action="store_true", help="save the settings that follow")
    bench.add_argument("--quick", action="store_true", help="only a few seconds, and rough")
    _add_json(bench)


def _add_evaluate(commands: _Commands) -> None:
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


def _add_compare(commands: _Commands) -> None:
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
    _add_json(compare)
    compare.add_argument(
        "--html",
        type=path_of,
        metavar="FILE",
        help="write a page with pictures and plots there, for --labelled",
    )


def _add_models(commands: _Commands) -> None:
    models = commands.add_parser("models", help="list, choose or download models")
    models.set_defaults(action="list")
    _add_json(models)
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


def _add_engine(commands: _Commands) -> None:
    engine = commands.add_parser(
        "engine", help="by what the nearest photos are found: see, choose, check"
    )
    engine.set_defaults(action="list", json=False)
    actions = engine.add_subparsers(dest="action", metavar="ACTION")
    _add_json(actions.add_parser("list", help="which there are (the default)"))
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
    _add_json(actions.add_parser("check", help="what it holds, and how good first answers are"))


def _add_demo(commands: _Commands) -> None:
    demo = commands.add_parser("demo", help="try it on photos that came with installed packages")
    demo.add_argument(
        "--out", type=path_of, default="build", metavar="DIR", help="where to write (build)"
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")
