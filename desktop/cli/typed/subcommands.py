"""Which commands there are; what can be typed after those that take folders in and photos out."""

from __future__ import annotations

import argparse

from desktop.cli.typed.checking import add_health_commands
from desktop.cli.typed.choosing import add_bench, add_compare, add_engine, add_evaluate, add_models
from desktop.cli.typed.exploring import add_attributes, add_map, add_mistakes, add_themes
from desktop.cli.typed.finding import add_asking_commands, add_concepts, add_searches
from desktop.cli.typed.options import Commands, add_answer_options, add_json
from desktop.cli.typed.values import cluster, count, filled, path_of, path_or_refusal, place_of

TABLES_AND_PICTURES = ("csv", "json", "links", "copies", "png", "pdf")
TABLES_OF_VECTORS = ("milvus", "clickhouse")
VECTORS = ("parquet", "npz", "faiss", *TABLES_OF_VECTORS)
FORMATS = (*TABLES_AND_PICTURES, *VECTORS)
"""What `likeness export` writes."""


def add_commands(commands: Commands) -> None:
    _add_folder_commands(commands)
    add_asking_commands(commands)
    add_searches(commands)
    add_concepts(commands)
    add_map(commands)
    add_themes(commands)
    add_attributes(commands)
    add_mistakes(commands)
    _add_export(commands)
    _add_import(commands)
    add_health_commands(commands)
    add_models(commands)
    add_engine(commands)
    add_bench(commands)
    add_evaluate(commands)
    add_compare(commands)
    _add_demo(commands)


def _add_folder_commands(commands: Commands) -> None:
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
    add_json(index)


def _add_export(commands: Commands) -> None:
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
    add_answer_options(export)
    export.set_defaults(n=None)


def _add_import(commands: Commands) -> None:
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
    add_json(brought)


def _add_demo(commands: Commands) -> None:
    demo = commands.add_parser("demo", help="try it on photos that came with installed packages")
    demo.add_argument(
        "--out", type=path_of, default="build", metavar="DIR", help="where to write (build)"
    )
