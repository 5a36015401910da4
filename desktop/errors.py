"""The exception tree.

    LikenessError
    ├── UserError(message, hint)     the environment did it; shown to the person as a sentence
    │   ├── PathAbsent               nothing is where a person points
    │   ├── FolderUnusable           a folder cannot be watched
    │   ├── PhotoUnreadable          one file cannot become a photo; its sentence is the *problem*
    │   ├── NotAPhoto                a file that is passed over on purpose: tiny, or no photo
    │   ├── QueryUnanswerable        nothing can be asked with that
    │   ├── TableUnusable            a file is no table of attributes
    │   ├── VectorsUnusable          a file is none of vectors, or they fit nothing here
    │   ├── ExtraMissing             a package that is asked for is not installed
    │   ├── ExportFailed             photos could not be written where they should go
    │   ├── ModelUnavailable         weights are absent, damaged or of a kind we refuse
    │   │   └── ModelDied            its process ended while it was working, or fell silent
    │   ├── EngineUnavailable        an engine of the index is not known, not installed or away
    │   ├── DownloadFailed           a download ended early; what is there can be resumed
    │   ├── CatalogTooNew            written by a newer Likeness
    │   ├── CatalogAway              the server that keeps the catalog does not answer
    │   ├── CatalogDamaged           SQLite cannot read the file
    │   │   └── CatalogLost          it is not there, though its backups are
    │   ├── MapUndrawn               no map can be drawn, or none was
    │   ├── DiskFull                 a disk takes no more; indexing waits until there is room
    │   ├── ClusterAway              machines that should read photos give no answer
    │   ├── LibraryBusy              another process is indexing this data folder
    │   └── SettingsUnusable         settings.toml holds something that is not a setting
    ├── Cancelled                    the person cancelled a job; nothing to report
    ├── ModelMismatch                embeddings of one model met an index of another: our bug
    └── IndexUnusable                an index file failed verification; answered by a rebuild

A `UserError` is caught by the front end and shown. Everything that is not a `LikenessError` is a
bug and goes to the excepthook.
"""

import sys
from pathlib import Path

from desktop.legible import legible, shortened


class LikenessError(Exception):
    """The root of everything raised on purpose."""


def how_to_add(extra: str) -> str:
    """The hint where a package is not there: one of Likeness' optional dependencies."""
    if _is_packaged():
        return "The packaged program holds no such thing; Likeness installed with pip can."
    return f"`{what_adds(extra)}` brings it."


def what_adds(extra: str) -> str:
    """The same in few words, for the cell of a table."""
    return "not in the package" if _is_packaged() else f"pip install 'likeness[{extra}]'"


def _is_packaged() -> bool:
    return bool(getattr(sys, "frozen", False))


class UserError(LikenessError):
    """Something the person can act on.

    Attributes:
        message: one sentence that says what happened, with its full stop.
        hint: one sentence that says what to do about it; may be empty.

    Names of files in both may be shown anywhere, and are not too long for it: see `legible` and
    `shortened`.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = shortened(legible(message))
        self.hint = shortened(legible(hint))


class PathAbsent(UserError):
    """Nothing is at a path that a person has named."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is no file or folder {path}.", "Check the name.")


class FolderUnusable(UserError):
    """A folder cannot be watched."""


class PhotoUnreadable(UserError):
    """One file cannot become a photo; the message is stored as its problem."""


class NotAPhoto(UserError):
    """A file that is passed over on purpose; it is neither a photo nor a problem."""


class QueryUnanswerable(UserError):
    """The query cannot be answered as it was asked."""


class ExamplesUnusable(UserError):
    """These photos cannot teach what a name means."""


class TooFewPhotos(UserError):
    """There are not enough photos for what is asked of them."""


class TableUnusable(UserError):
    """A file holds no table of attributes that can be read."""


class VectorsUnusable(UserError):
    """A file holds no vectors that can be taken in."""


class ExtraMissing(UserError):
    """What was asked for takes a package that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        """what: such as "Parquet files". extra: the name of Likeness' optional dependencies."""
        super().__init__(
            f"{what} need a package that is not installed here.",
            how_to_add(extra),
        )


class ExportFailed(UserError):
    """Photos could not be written where they should go."""


class NameUnusable(UserError):
    """Nothing can be saved under this name."""


class ModelUnavailable(UserError):
    """The model's weights are absent, damaged, or of a kind that is refused."""


class ModelDied(ModelUnavailable):
    """The model's process ended while it was working, or gave no answer."""


class EngineUnavailable(UserError):
    """An engine of the index is not known, its extra is not installed, or its program is away."""


class DownloadFailed(UserError):
    """A download ended early. What has arrived is kept and the next attempt resumes it."""


class CatalogTooNew(UserError):
    """The catalog was written by a newer version of Likeness."""


class CatalogAway(UserError):
    """The server that keeps the catalog does not answer."""


class CatalogDamaged(UserError):
    """SQLite cannot read the catalog."""


class CatalogLost(CatalogDamaged):
    """The catalog is not there, though its backups are."""


class MapUndrawn(UserError):
    """There is no map of the photos."""


class DiskFull(UserError):
    """A disk takes no more."""


class ClusterAway(UserError):
    """The machines on which photos should be read cannot be reached, or fit not to this one."""


class LibraryBusy(UserError):
    """Another process is indexing the same data folder."""


class SettingsUnusable(UserError):
    """The settings file holds something that is not a setting."""


class Cancelled(LikenessError):
    """The person cancelled the job."""


class ModelMismatch(LikenessError):
    """Embeddings of one model were compared with those of another."""


class IndexUnusable(LikenessError):
    """An index generation on disk failed verification."""
