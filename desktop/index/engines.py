"""Which engines there are: a row for each, and nothing outside desktop/index names one.

To add one: a module here with a `VectorIndex` (desktop/index/seam.py), imported by its row's
functions when it is chosen and not before; a row of `ENGINES`; and a row in
tests/index/test_engines.py, whose tests say what every engine must do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from desktop.errors import EngineUnavailable, how_to_add
from desktop.index.approximate import ANNOY, FAISS, faiss_part
from desktop.index.local.index import Index
from desktop.index.seam import VectorIndex
from desktop.index.stores import remote

EXACT: Final = "exact"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine as it is chosen: "faiss:hnsw" in the settings, and a URI beside it.

    Attributes:
        name: one of ENGINES.
        options: what stands behind the colon, parted by commas.
        uri: where its program or its file is; "" for the usual place.
    """

    name: str
    options: tuple[str, ...] = ()
    uri: str = ""

    @classmethod
    def parse(cls, text: str, uri: str = "") -> EngineChoice:
        """Raises EngineUnavailable for what is no engine, an option that it has not, or a URI
        where it has none."""
        name, _, rest = text.strip().partition(":")
        choice = cls(name, tuple(option for option in rest.split(",") if option), uri.strip())
        row = ENGINES.get(name)
        if row is None:
            raise EngineUnavailable(
                f"There is no engine called {name}.", f"There are {', '.join(ENGINES)}."
            )
        unknown = [option for option in choice.options if option not in row.options]
        if unknown:
            known = f"It has {', '.join(row.options)}." if row.options else "It has none."
            raise EngineUnavailable(f"The engine {name} has no option {unknown[0]}.", known)
        if choice.uri and not row.takes_uri:
            raise EngineUnavailable(
                f"The engine {name} lives in local files and takes no address.",
                f"Say `likeness engine use {text}` alone.",
            )
        return choice

    def __str__(self) -> str:
        """As it stands in the settings."""
        return f"{self.name}:{','.join(self.options)}" if self.options else self.name

    @property
    def row(self) -> EngineRow:
        return ENGINES[self.name]


Make = Callable[[EngineChoice, Path, str, int], VectorIndex]


@dataclass(frozen=True, slots=True)
class EngineRow:
    """What is known of an engine before it is used.

    Attributes:
        name: as it is typed.
        title: as it calls itself.
        description: one sentence.
        make: the index of this choice under a folder for all indexes, for a model_id with
            embeddings of so many numbers. Opens nothing yet: `load` does.
        extra: what `pip install likeness[...]` needs for it; "" for nothing.
        modules: that this extra brings.
        options: what may stand behind its name.
        takes_uri: whether it can be told where it is: a server, or a file of its own.
        needs_uri: whether it must be told.
        takes_difference: whether a rebuild brings it what it lacks, and not all anew.
        expect: raises EngineUnavailable where the choice cannot work now, as where its server is
            away. Seconds at most.
        forget: leaves nothing on a server of the library whose indexes are in this folder. Raises
            EngineUnavailable.
    """

    name: str
    title: str
    description: str
    make: Make
    extra: str = ""
    modules: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    takes_uri: bool = False
    needs_uri: bool = False
    takes_difference: bool = False
    expect: Callable[[EngineChoice], None] = lambda _: None
    forget: Callable[[EngineChoice, Path], None] = lambda *_: None

    @property
    def is_at_hand(self) -> bool:
        """Whether what it needs is installed; nothing is imported."""
        return all(find_spec(module) is not None for module in self.modules)

    def expect_at_hand(self) -> None:
        """Raises EngineUnavailable, which names the extra that is missing."""
        if not self.is_at_hand:
            raise EngineUnavailable(
                f"The engine {self.name} needs {' and '.join(self.modules)}, which is not here.",
                how_to_add(self.extra),
            )


def _make_local(choice: EngineChoice, folder: Path, model_id: str, dim: int) -> VectorIndex:
    """All that live in local files differ only in the approximate part of their generations."""
    kinds = {ANNOY: ANNOY, EXACT: "", FAISS: _faiss_kind(choice, dim)}
    return Index(folder, model_id, dim, kinds[choice.name])


def _faiss_kind(choice: EngineChoice, dim: int) -> str:
    """In full, so that a part is built anew where what is usual has become something else; options
    that exclude each other, which `expect` refuses, give none."""
    if choice.name != FAISS:
        return ""
    try:
        return f"{FAISS}:{faiss_part.Recipe.of(choice.options, dim)}"
    except EngineUnavailable:
        return ""


def _expect_faiss(choice: EngineChoice) -> None:
    faiss_part.Recipe.of(choice.options)


_ROWS = (
    EngineRow(
        ANNOY, "Annoy", "Trees in a local file give first answers; the usual one.", _make_local
    ),
    EngineRow(EXACT, "Exact", "Compares every photo; best for up to some 100,000.", _make_local),
    EngineRow(
        FAISS,
        "Faiss",
        "A graph, cells, hashes or smaller vectors in a local file give first answers.",
        _make_local,
        extra="faiss",
        modules=("faiss",),
        options=faiss_part.OPTIONS,
        expect=_expect_faiss,
    ),
    EngineRow(
        "milvus",
        "Milvus",
        "Milvus: in local files, or a cluster behind an address.",
        remote.make,
        extra="milvus",
        modules=("pymilvus", "milvus_lite"),
        options=("ivf",),
        takes_uri=True,
        takes_difference=True,
        expect=remote.expect,
        forget=remote.forget,
    ),
    EngineRow(
        "clickhouse",
        "ClickHouse",
        "ClickHouse: in local files, or a server behind an address.",
        remote.make,
        extra="clickhouse",
        modules=("clickhouse_connect",),
        options=("l2",),
        takes_uri=True,
        takes_difference=True,
        expect=remote.expect,
        forget=remote.forget,
    ),
    EngineRow(
        "pgvector",
        "pgvector",
        "A table in a PostgreSQL that has pgvector.",
        remote.make,
        extra="pgvector",
        modules=("psycopg",),
        takes_uri=True,
        takes_difference=True,
        needs_uri=True,
        expect=remote.expect,
        forget=remote.forget,
    ),
)

ENGINES: Final = {row.name: row for row in _ROWS}


def make_index(choice: EngineChoice, folder: Path, model_id: str, dim: int) -> VectorIndex:
    """See `EngineRow.make`. Raises EngineUnavailable where an extra is missing."""
    choice.row.expect_at_hand()
    return choice.row.make(choice, folder, model_id, dim)
