"""What goes into the catalog and comes out of it: frozen, and free of SQLAlchemy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Flag, StrEnum, auto
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from desktop.dates import TakenFrom

_INT64 = 2**63

Value = NDArray[np.float32] | bytes
"""What a pass makes of a photo: a vector (d,), or whatever bytes it likes."""


class Subject(Flag):
    """What a write to the catalog is about.

    Members:
        PHOTOS: which photos there are, and what filters ask of them.
        EMBEDDINGS: what models made of them.
        PEOPLE: what people write, what they are asked, and which model they have chosen.
    """

    PHOTOS = auto()
    EMBEDDINGS = auto()
    PEOPLE = auto()


class Revisions(NamedTuple):
    """How far the catalog has come, as a whole and by Subject; see `StateRow`."""

    revision: int
    photos: int
    embeddings: int
    people: int
    people_wrote_at: float


@dataclass(frozen=True, slots=True)
class Folder:
    """A watched root.

    Attributes:
        missing_since: when the folder was found absent (unplugged), seconds since the epoch; None
            if present.
        doubted_since: so many of its photos were gone at once that the person is asked about those
            that went missing since then; None if there is nothing to ask.
    """

    folder_id: int
    path: Path
    added_at: float
    missing_since: float | None
    doubted_since: float | None = None

    @property
    def is_missing(self) -> bool:
        return self.missing_since is not None


class Reason(StrEnum):
    """Why a scan passes a file or folder over; a folder counts as one, whatever it holds."""

    EMPTY = "empty"
    TINY = "tiny"
    NO_PHOTO = "no-photo"
    UNFINISHED = "unfinished"
    VIDEO = "video"
    RAW = "raw"
    PICTURE = "picture"
    SIDECAR = "sidecar"
    DOCUMENT = "document"
    SOUND = "sound"
    ARCHIVE = "archive"
    OTHER = "other"
    SPECIAL = "special"
    HIDDEN = "hidden"
    HIDDEN_FOLDER = "hidden-folder"
    EXCLUDED = "excluded"
    EXCLUDED_FOLDER = "excluded-folder"
    NO_MEDIA = "nomedia"
    CACHE = "cache"
    LINK = "link"
    BROKEN_LINK = "broken-link"
    MET_TWICE = "met-twice"
    TOO_LONG = "too-long"
    UNREADABLE = "unreadable"


N_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class PassedOver:
    """How many files and folders of a watched folder were passed over for one reason.

    Attributes:
        examples: relative paths of up to N_EXAMPLES of them, "/" at the end of a folder's.
    """

    reason: Reason
    n: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """So much of a present folder was gone at once that the person is asked before anything is
    forgotten.

    Attributes:
        n_gone: photos that went missing then and have not been found elsewhere or come back.
        n_photos: how many there were, those included.
    """

    folder: Folder
    n_gone: int
    n_photos: int


class Month(NamedTuple):
    """How many photos were taken in one month of one year."""

    year: int
    month: int
    n_photos: int


@dataclass(frozen=True, slots=True)
class PhotosByDate:
    """Photos by date, as they were at one moment.

    Attributes:
        photo_ids: (n,) newest first.
        months: newest first, in the same order: the first `months[0].n_photos` ids are of the
            first month, and so on.
    """

    photo_ids: NDArray[np.int64]
    months: tuple[Month, ...]


class FileStat(NamedTuple):
    """A file as the scan met it. A tuple, as there are a hundred thousand of them.

    Attributes:
        relative_path: to its folder, with "/"; undecodable bytes as surrogates (os.fsdecode).
        mtime_ns: at most what SQLite can hold, which is in the year 2262; file systems hold more.
        sidecars: name, size and time of each file beside it that says more of the photo, with "/"
            between all of them; "" if there is none.
    """

    relative_path: str
    size_bytes: int
    mtime_ns: int
    sidecars: str = ""

    @classmethod
    def of(cls, relative_path: str, size_bytes: int, mtime_ns: int, sidecars: str = "") -> FileStat:
        """What the file system says, its time within what a catalog holds."""
        if not -_INT64 <= mtime_ns < _INT64:
            mtime_ns = max(-_INT64, min(mtime_ns, _INT64 - 1))
        return cls(relative_path, size_bytes, mtime_ns, sidecars)


class KnownFile(NamedTuple):
    """The few columns a scan compares. A tuple, as there are a hundred thousand of them."""

    photo_id: int
    size_bytes: int
    mtime_ns: int
    is_missing: bool
    sidecars: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the file says about its photo.

    Attributes:
        width_px, height_px: upright, after the orientation is applied.
        orientation: EXIF orientation, 1 to 8.
        taken_at: wall-clock time where the photo was taken, without a zone.
        taken_from: who says so.
        utc_offset_min: how far the clock of taken_at was ahead of UTC; None if nobody says.
        latitude, longitude: degrees, north and east positive.
        format: "JPEG", "PNG", "HEIF", ...
    """

    width_px: int
    height_px: int
    orientation: int
    taken_at: datetime
    taken_from: TakenFrom
    camera: str | None
    lens: str | None
    latitude: float | None
    longitude: float | None
    format: str
    utc_offset_min: int | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """A file known to the catalog.

    Attributes:
        path: absolute; the file need not be there (see missing_since).
        content_hash: hex; None until the file has been read, or while it waits to be read again.
        metadata: None until the file has been read, or when it could not be.
        sidecars: files beside it that say more of the photo, as the last scan found them.
        problem: why the file cannot be read, as a sentence; None if it can.
        damage: what is missing of a photo that can be searched all the same, as a sentence.
        first_seen_at, missing_since: seconds since the epoch.
        folder_is_missing: the whole folder is away, so the photo may come back by itself.
    """

    photo_id: int
    folder_id: int
    path: Path
    relative_path: str
    size_bytes: int
    mtime_ns: int
    content_hash: str | None
    metadata: Metadata | None
    problem: str | None
    first_seen_at: float
    missing_since: float | None
    folder_is_missing: bool
    sidecars: tuple[Path, ...] = ()
    damage: str | None = None

    @property
    def is_missing(self) -> bool:
        return self.missing_since is not None or self.folder_is_missing


@dataclass(frozen=True, slots=True)
class Concept:
    """What a name means, taught by photos.

    Attributes:
        more, less: photo_ids of such as are meant, and such as are not, that are there still.
        n_taught: how many there were.
    """

    concept_id: int
    name: str
    more: tuple[int, ...]
    less: tuple[int, ...]
    n_taught: int

    @property
    def n_lost(self) -> int:
        """How many photos that taught it are forgotten."""
        return self.n_taught - len(self.more) - len(self.less)


@dataclass(frozen=True, slots=True)
class SavedPhotos:
    """The photos that a saved search asks with.

    Attributes:
        path: the photo that others shall resemble; None for none.
        photo_id: the same, where it was a photo of the library: that goes before the path.
        part: which part of it: left, top, width and height in shares; None for all of it.
        more, less: photos that were marked as what is meant, or not; those that were forgotten are
            gone from here, too.
    """

    path: Path | None = None
    photo_id: int | None = None
    part: tuple[float, float, float, float] | None = None
    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """What people say of photos under one name, such as "label" or "score".

    Attributes:
        n_photos: of so many something is said.
        n_values: so many different things are said.
        n_numbers: of so many photos a number is said.
        has_fractions: whether one of these numbers is not whole.
    """

    attribute_id: int
    name: str
    n_photos: int
    n_values: int
    n_numbers: int
    has_fractions: bool = False

    @property
    def is_number(self) -> bool:
        """Whether all that is said are numbers, so that it may be a score and no label."""
        return 0 < self.n_photos == self.n_numbers


@dataclass(frozen=True, slots=True)
class AttributeValues:
    """What one attribute says.

    Attributes:
        photo_ids: (n,) rising.
        texts: (n,) as they were written.
        numbers: (n,) float64, NaN where the text is no number.
    """

    photo_ids: NDArray[np.int64]
    texts: tuple[str, ...]
    numbers: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """What a person searches for again and again.

    Attributes:
        text: words and conditions, see `desktop.search.language.parsing`.
        folder: where it is searched for, a watched folder or one of its sub-folders; None for
            everywhere.
        since, until: only what was taken then, see `Taken`.
        photos: what it asks with beside the text.
    """

    search_id: int
    name: str
    text: str
    folder: Path | None = None
    since: datetime | None = None
    until: datetime | None = None
    photos: SavedPhotos = SavedPhotos()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a pass could make nothing of a readable photo, as a sentence."""

    problem: str


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one file: it was read, has a problem, or is skipped.

    Attributes:
        stat: the file's size and mtime when it was read (they may differ from the scan's).
        made: pass_id -> what came of it; what other passes made of the same content stays.
        problem: why the file cannot be read, as a sentence.
        skipped_because: why a file that is no photo (tiny, say) is passed over from now on.
        damage: what is missing of a photo that was read all the same; stays where metadata is None
            and the content the same.
    """

    photo_id: int
    stat: FileStat
    content_hash: str | None
    metadata: Metadata | None
    made: Mapping[str, Value | Failure] = field(default_factory=dict)
    problem: str | None = None
    skipped_because: str | None = None
    damage: str | None = None

    @property
    def is_readable(self) -> bool:
        return self.problem is None and self.skipped_because is None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something could not be done with a photo, or what is missing of it.

    Attributes:
        sentence: for a person.
        pass_id: what failed; None where the file itself cannot be read, and so nothing be done, or
            is damaged.
    """

    photo: Photo
    sentence: str
    pass_id: str | None = None

    @property
    def is_damage(self) -> bool:
        """Whether the photo can be searched, and only a part of it is missing."""
        return self.pass_id is None and self.photo.problem is None

    @property
    def text(self) -> str:
        """The sentence, and before it the name of the pass, where it is not the file itself."""
        if self.pass_id is None:
            return self.sentence
        name = self.pass_id.partition("@")[0]
        return f"{name}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Counts:
    """For one pass: photos = searchable + waiting + problems, all present; missing ones are counted
    apart. What a model has done can be searched.

    Attributes:
        failed: of the problems, those of the pass itself; the others are files that cannot be read.
        damaged: photos of which a part is missing; none of them is a problem.
    """

    photos: int
    searchable: int
    waiting: int
    problems: int
    missing: int
    failed: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Glance:
    """The catalog as a whole, all from one moment.

    Attributes:
        counts: for the model that answers.
        by_pass: pass_id -> the same for each pass that was asked about.
        photos_by_folder: the LISTED ones, those of folders that are away too.
        doubts: folders of which so much was gone at once that the person is asked; none while
            photos wait to be read, since what is gone may turn up among them.
        passed_over: by folder_id, as of the last scan of the whole folder.
    """

    counts: Counts
    by_pass: Mapping[str, Counts]
    folders: tuple[Folder, ...]
    photos_by_folder: dict[int, int]
    doubts: tuple[Doubt, ...]
    passed_over: dict[int, tuple[PassedOver, ...]]
    previous_model: str | None
