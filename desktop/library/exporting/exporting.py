"""Exporting: from photos to a table, a folder or a contact sheet, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import chain
from pathlib import Path

from PIL import Image

from desktop.catalog import Catalog, Photo
from desktop.errors import ExportFailed
from desktop.jobs import Job
from desktop.library.attributes.attributes import Attributes
from desktop.library.exporting.folders import copy_all, link_all
from desktop.library.exporting.place import Begun, begun, written
from desktop.library.exporting.sheets import Sheets, count_pages, save_png
from desktop.library.exporting.tables import ToldOfPhotos, write_csv, write_json
from desktop.library.pictures import Pictures
from desktop.library.vectors.faiss_flat import table_beside
from desktop.library.vectors.files import WRITERS
from desktop.library.vectors.rows import AT_ONCE, RowsOut, VectorsHeader
from desktop.library.vectors.tables import TABLES, write_table

_LOOKED_UP_AT_ONCE = 5_000
_CAPTION_LETTERS = 30


class Form(StrEnum):
    """What photos become. CSV, JSON: a table. LINKS, COPIES: files in a folder. PNG, PDF: contact
    sheets. PARQUET, NPZ, FAISS: a file of vectors. MILVUS, CLICKHOUSE: a table of vectors."""

    CSV = "csv"
    JSON = "json"
    LINKS = "links"
    COPIES = "copies"
    PNG = "png"
    PDF = "pdf"
    PARQUET = "parquet"
    NPZ = "npz"
    FAISS = "faiss"
    MILVUS = "milvus"
    CLICKHOUSE = "clickhouse"

    @property
    def is_folder(self) -> bool:
        return self in (Form.LINKS, Form.COPIES)

    @property
    def is_of_vectors(self) -> bool:
        return self.value in WRITERS or self.is_table

    @property
    def is_table(self) -> bool:
        return self.value in TABLES


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        places: the files, or the folder; none where it is a table.
        table: the address or folder, and behind a # the table; "" where it is none.
        n_photos: of which something was written.
        left_out: photos whose file is gone, which no link and no copy could be made of.
        n_unread: photos that the model has made no vector of yet; left out as well.
    """

    places: tuple[Path, ...]
    n_photos: int
    left_out: tuple[Path, ...] = ()
    n_unread: int = 0
    table: str = ""


class Exporting:
    """Any thread but Qt's main one; it takes as long as the place takes to be written."""

    def __init__(
        self,
        catalog: Catalog,
        pictures: Pictures,
        attributes: Attributes,
        answering_model: Callable[[], str],
    ) -> None:
        """answering_model: the model_id of the one that answers words."""
        self._answering_model = answering_model
        self._catalog = catalog
        self._pictures = pictures
        self._attributes = attributes

    def export(
        self,
        photo_ids: Sequence[int],
        form: Form,
        place: Path | str,
        job: Job,
        title: str = "Photos",
        scores: Mapping[int, float] | None = None,
        model_id: str = "",
    ) -> Exported:
        """Write these photos, in this order. place: the folder of links or copies, which may be
        there; of a table its address or folder; else the file. Where that name is taken, the next
        that is free is. title: above
        contact sheets. scores: by photo_id, of what was found. model_id: whose vectors; "" for
        those of the model that answers words.

        Raises DiskFull, ExportFailed, ExtraMissing, EngineUnavailable or Cancelled, and then
        nothing of it is left.
        """
        if form.is_table:
            model_id = model_id or self._answering_model()
            return self._export_table(photo_ids, form, str(place), model_id, job)
        place = Path(place).absolute()
        if form.is_of_vectors:
            model_id = model_id or self._answering_model()
            with begun(place) as made:
                made.make_folder_of_file(place)
                return self._export_vectors(photo_ids, form, place, model_id, made, job)
        photos = self._photos(photo_ids, job)
        if not photos:
            raise ExportFailed("There is no photo to be exported.", "Ask for others.")
        with begun(place) as made:
            if form.is_folder:
                write = link_all if form is Form.LINKS else copy_all
                gone = write(place, photos, made, job)
                if len(gone) == len(photos):
                    raise ExportFailed(
                        "None of these photos is there any more.", "Is their drive plugged in?"
                    )
                left_out = tuple(photo.path for photo in gone)
                return Exported((place,), len(photos) - len(gone), left_out)
            made.make_folder_of_file(place)
            said = self._said(photos, scores or {})
            sheets = Sheets(title, self._pictures.load_thumbnail, lambda each: _caption(each, said))
            return Exported(_write_files(form, place, photos, said, sheets, made, job), len(photos))

    def _export_vectors(
        self,
        photo_ids: Sequence[int],
        form: Form,
        place: Path,
        model_id: str,
        made: Begun,
        job: Job,
    ) -> Exported:
        header, rows = self._header(model_id), _Blocks(self._catalog, photo_ids, model_id, job)
        path = made.make(place, lambda path: WRITERS[form](path, header, rows))
        places = (path, *(each for each in (table_beside(path),) if form is Form.FAISS))
        made.note(places[1:])
        return Exported(places, rows.n, n_unread=len(photo_ids) - rows.n)

    def _export_table(
        self, photo_ids: Sequence[int], form: Form, place: str, model_id: str, job: Job
    ) -> Exported:
        header, rows = self._header(model_id), _Blocks(self._catalog, photo_ids, model_id, job)
        with begun(Path(place)) as made:
            table = write_table(form, place, header, rows, made)
        return Exported((), rows.n, n_unread=len(photo_ids) - rows.n, table=table)

    def _header(self, model_id: str) -> VectorsHeader:
        dim = self._catalog.made.list_dims().get(model_id, 0)
        if not dim:
            raise _without_vectors(model_id)
        return VectorsHeader(model_id, dim)

    def _photos(self, photo_ids: Sequence[int], job: Job) -> list[Photo]:
        """Those that are known still."""
        photos: list[Photo] = []
        for start in range(0, len(photo_ids), _LOOKED_UP_AT_ONCE):
            job.report(start, len(photo_ids), "Looking photos up")
            photos += self._catalog.photos.get(photo_ids[start : start + _LOOKED_UP_AT_ONCE])
        return photos

    def _said(self, photos: Sequence[Photo], scores: Mapping[int, float]) -> ToldOfPhotos:
        ids = [photo.photo_id for photo in photos]
        attributes = self._attributes.of(ids)
        names = dict.fromkeys(chain.from_iterable(attributes.values()))
        return ToldOfPhotos(scores, attributes, tuple(names))


class _Blocks:
    """Photos with their vectors, a block after the other, so that a million photos take no more
    memory than a thousand. Attributes: n: so many photos have come."""

    def __init__(self, catalog: Catalog, photo_ids: Sequence[int], model_id: str, job: Job) -> None:
        self.n = 0
        self._catalog = catalog
        self._photo_ids = photo_ids
        self._model_id = model_id
        self._job = job

    def __iter__(self) -> Iterator[RowsOut]:
        """From the first on. Raises ExportFailed in the end where there was none."""
        self.n = 0
        n_all = len(self._photo_ids)
        for start in range(0, n_all, AT_ONCE):
            self._job.report(start, n_all, "Writing vectors")
            ids = self._photo_ids[start : start + AT_ONCE]
            block = RowsOut(*self._catalog.made.get_with_photos(ids, self._model_id))
            self.n += len(block.photos)
            if block.photos:
                yield block
        self._job.report(n_all, n_all, "Writing vectors")
        if not self.n:
            raise _without_vectors(self._model_id)


def _without_vectors(model_id: str) -> ExportFailed:
    return ExportFailed(
        f"None of these photos has a vector by {model_id}.", "`likeness index` makes them."
    )


def _write_files(
    form: Form,
    place: Path,
    photos: Sequence[Photo],
    said: ToldOfPhotos,
    sheets: Sheets,
    made: Begun,
    job: Job,
) -> tuple[Path, ...]:
    if form is Form.CSV:
        return (made.make(place, lambda path: write_csv(path, photos, said, job)),)
    if form is Form.JSON:
        return (made.make(place, lambda path: write_json(path, photos, said, job)),)
    if form is Form.PDF:
        return (made.make(place, lambda path: _write_pdf(sheets, photos, path, job)),)
    places = []
    n_pages = count_pages(len(photos))
    for number, page in enumerate(sheets.pages(photos, job), 1):
        name = place if n_pages == 1 else place.with_stem(f"{place.stem}-{number:03}")
        places.append(made.make(name, partial(_write_png, page)))
    return tuple(places)


def _write_pdf(sheets: Sheets, photos: Sequence[Photo], path: Path, job: Job) -> None:
    from desktop.library.exporting.paper import write_pdf

    with written(path) as part:
        write_pdf(sheets, photos, part, job)


def _write_png(page: Image.Image, path: Path) -> None:
    with written(path) as part:
        save_png(page, part)


def _caption(photo: Photo, said: ToldOfPhotos) -> list[str]:
    """Its name; when it was taken, or what attributes say."""
    attributes = said.attributes.get(photo.photo_id, {})
    words = " · ".join(f"{name}: {text}" for name, text in attributes.items())
    if len(words) > _CAPTION_LETTERS:
        words = " · ".join(attributes.values())
    taken = photo.metadata.taken_at if photo.metadata is not None else None
    return [photo.path.name, words or (f"{taken:%Y-%m-%d}" if taken is not None else "")]
