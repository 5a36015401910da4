"""Library: the one facade that both front ends use; owns catalog, index, embedder, watcher,
workers."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import platformdirs

from desktop.background import Worker
from desktop.catalog import (
    LISTED,
    And,
    Catalog,
    Filter,
    Folder,
    HasProblem,
    InFolder,
    Or,
    Photo,
    Photos,
)
from desktop.embedding import Embedder, ModelInfo, Registry
from desktop.errors import FolderUnusable, UserError
from desktop.ingest import PASSES, Drives, Pass, Rules, whole_path
from desktop.jobs import Job
from desktop.library.adding import (
    adopt,
    find_by_content,
    find_held,
    find_watched,
    find_watching,
    names_in_library,
    refuse_overlap,
    refuse_unusable,
)
from desktop.library.asking.arranging import Arranging
from desktop.library.asking.concepts import Concepts
from desktop.library.asking.meanings import Meanings
from desktop.library.asking.saved import SavedSearches
from desktop.library.asking.suggesting import Suggesting
from desktop.library.bench import Bench, Effort
from desktop.library.doctor import examine
from desktop.library.indexing import Indexing
from desktop.library.pictures import Pictures
from desktop.library.reports import (
    BenchReport,
    Change,
    Coverage,
    DoctorReport,
    Event,
    FoldersChanged,
    IndexSummary,
    ModelChanged,
    PhotosChanged,
    Status,
)
from desktop.library.spaces import Spaces, find_info, wanted_by
from desktop.media import Decoders, PhotoPart, Thumbnails
from desktop.power import Power, read_power
from desktop.search import Purpose, Query, Results
from desktop.settings import Places, Settings, SettingsInUse, load_settings

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 10.0
"""So long closing waits for the question in hand."""

T = TypeVar("T")

MakeRegistry = Callable[[Places, Callable[[], Settings]], Registry]


class Library:
    """Everything a front end can do.

    Methods block (SQL, disk, sometimes the model) and may be called from any thread but Qt's main
    one; from there use `submit` and `submit_latest`. Instant, and fine on the main thread, are:
    settings, places, notice, listen, submit, submit_latest, and of `indexing` pause, resume,
    is_paused, rescan.

    Attributes:
        pictures: photos as they are shown.
        indexing: the work in the background.
        concepts: what photos have taught names to mean.
        meanings: the photos that a search names.
        saved: searches that people have saved.
        suggesting: what may be searched for here.
        arranging: what resembles each other among what was found.
    """

    def __init__(
        self,
        places: Places,
        settings: Settings,
        catalog: Catalog,
        make_registry: MakeRegistry = Registry,
        decoders: Decoders | None = None,
        read_power: Callable[[bool], Power] = read_power,
        passes: Sequence[Pass] = PASSES,
    ) -> None:
        self._places = places
        self._settings = SettingsInUse(places.settings_path, settings)
        self._catalog = catalog
        self._make_registry = make_registry
        self._registry = make_registry(places, self._settings)
        self._spaces = Spaces(catalog, places.index_path, self._registry, self._settings)
        self._decoders = decoders or Decoders()
        self._shares_decoders = decoders is not None
        self._read_power = read_power
        self._drives = Drives()
        self.pictures = Pictures(Thumbnails(places.thumbnails_path), self._decoders)
        self.indexing = Indexing(
            catalog,
            places,
            self._spaces,
            self._settings,
            self._decoders,
            self._publish,
            read_power,
            passes,
        )
        self.concepts = Concepts(catalog, self._publish)
        self.meanings = Meanings(
            catalog, self.pictures, self._spaces, self.concepts, self.find_photo
        )
        self.arranging = Arranging(catalog, self._spaces)
        self.saved = SavedSearches(catalog, self.search, self._publish)
        self.suggesting = Suggesting(catalog, self.search)
        self._questions = Worker("query")
        self._listeners: list[Callable[[Event], None]] = []

    @classmethod
    def open(
        cls,
        places: Places,
        settings: Settings | None = None,
        make_registry: MakeRegistry = Registry,
        decoders: Decoders | None = None,
        read_power: Callable[[bool], Power] = read_power,
        passes: Sequence[Pass] = PASSES,
    ) -> Library:
        """Open the data folder (made if absent); settings None reads places.settings_path.

        decoders: to share them with other libraries; None for some of its own. passes: besides the
        embeddings by the models. Loads no weights.
        Raises UserError: CatalogTooNew, CatalogDamaged, SettingsUnusable, ...
        """
        places.create()
        settings = settings or load_settings(places.settings_path)
        catalog = Catalog.open(places.catalog_path)
        library = cls(places, settings, catalog, make_registry, decoders, read_power, passes)
        places.close_files()
        try:
            library._spaces.open()
        except UserError:
            library.close()
            raise
        return library

    def start(self) -> None:
        """Watch the folders and index in the background until `close` (the window's way)."""
        self.indexing.start()

    def close(self) -> None:
        """Stop everything in order and wait for it; the catalog is left whole."""
        self.pictures.stop()
        with contextlib.ExitStack() as last_first:  # each is done though another fails
            last_first.callback(self._catalog.close)
            if not self._shares_decoders:
                last_first.callback(self._decoders.close)
            last_first.callback(self._spaces.close)
            last_first.callback(self._spaces.outlast, [self._questions], ANSWER_WITHIN_S)
            last_first.callback(self.indexing.close)
            last_first.callback(self._drives.close)

    @property
    def notice(self) -> UserError | None:
        """What the person should know about how the library was opened, such as a model that is
        away."""
        return self._spaces.notice

    # the query worker

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Do `work` on the query worker."""
        return self._questions.submit(work)

    def submit_latest(self, key: Hashable, work: Callable[[], T]) -> Future[T]:
        """The same; work that waits under the same key is cancelled."""
        return self._questions.submit_latest(key, work)

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event, on the thread where it happens."""
        self._listeners.append(listener)

    # folders

    def list_folders(self) -> list[Folder]:
        return self._catalog.folders.list_all()

    def add_folder(self, path: Path) -> Folder:
        """Watch a folder; a known one is returned as it is, also where it was moved to `path`.
        Indexing starts by itself after `start`.

        Raises FolderUnusable: absent, no folder, unreadable, our own, within or around a watched
        one.
        """
        known = self.find_folder(path)
        if known is not None:
            return known
        path = whole_path(path)
        refuse_overlap(path, self._catalog.folders.list_all(), self._drives)
        refuse_unusable(path, self._places)
        folder = adopt(self._catalog, path, self._drives) or self._catalog.folders.add(path)
        self._publish(FoldersChanged())
        self.indexing.rescan()
        return folder

    def find_folder(self, path: Path) -> Folder | None:
        """The watched folder at `path`, whatever it was called when it was added."""
        path = whole_path(path)
        return find_watched(path, self._catalog.folders.list_all(), self._drives)

    def remove_folder(self, folder_id: int) -> None:
        """Forget a folder, its photos and their embeddings. The files are not touched."""
        self.indexing.unwatch(folder_id)
        self._catalog.folders.remove(folder_id)
        self.indexing.tidy_soon()
        self._publish(FoldersChanged())
        self._publish(PhotosChanged())

    def answer_doubt(self, folder_id: int, forgets: bool) -> None:
        """Answer a Doubt of `status`: forget the photos that are gone, with all that is attached
        to them, or keep them and ask no more."""
        self._catalog.folders.answer_doubt(folder_id, forgets)
        self.indexing.tidy_soon()
        self._publish(PhotosChanged() if forgets else FoldersChanged())

    def suggest_folder(self) -> Path | None:
        """The system's Pictures folder, if there is one and it is not watched yet."""
        pictures = platformdirs.user_pictures_path()
        watched = {folder.path for folder in self._catalog.folders.list_all()}
        return pictures if pictures.is_dir() and pictures not in watched else None

    # indexing

    def index(self, job: Job) -> IndexSummary:
        """Scan, embed, build, now and on this thread (the command line's way).

        Raises LibraryBusy when another process is doing it, Cancelled when the job was, UserError.
        """
        return self.indexing.run(job)

    def power(self) -> Power:
        """What the platform tells of battery and use. Milliseconds."""
        return self._read_power(True)

    def retry(self, photo_ids: Sequence[int]) -> None:
        """Try photos with a problem again, in the background."""
        self._catalog.ingests.forget_problem(photo_ids)
        what = Change.THERE | Change.LOOKS | Change.WAITING
        self._publish(PhotosChanged(frozenset(photo_ids), what))
        self.indexing.wake()

    # asking

    def search(self, query: Query, exact: bool = True) -> Results:
        """The photos that answer best. exact False: in a library so large that comparing every
        photo takes long, a first answer in a tenth of the time; it says so (`is_exact`), and asking
        again exactly confirms it. Raises QueryUnanswerable or ModelUnavailable."""
        shown = self.meanings.of(query)
        found = self._spaces.take(query.purpose).engine.search(query, exact, shown)
        results = self.arranging.tell_same(found)
        likeness = self._spaces.answering(Purpose.LIKENESS)
        notes = self.meanings.losses(query)
        if query.shows_photos and likeness.model_id != results.model_id:
            notes.append(
                f"{likeness.name} did not answer this: words and a photo together need the one "
                "model that answers words."
            )
        return dataclasses.replace(results, note="\n".join(notes)) if notes else results

    def coverage(self, results: Results) -> Coverage:
        """How much of what was meant these results have searched. Milliseconds."""
        unreadable = self._catalog.photos.count(_unreadable(results.query.narrowed))
        away = (folder.path for folder in self._catalog.folders.list_all() if folder.is_missing)
        return Coverage(
            searched=results.searched,
            total=results.total + unreadable,
            waiting=max(results.total - results.searched, 0),
            unreadable=unreadable,
            missing=tuple(away),
        )

    def warm_up(self) -> None:
        """Bring the index and the model into memory before the first question. Seconds.

        Raises ModelUnavailable.
        """
        for space in self._spaces.take_all():
            if space.index.snapshot.n_items:
                space.engine.get_ready()
        if self._spaces.take().index.snapshot.n_items:
            self._spaces.answering().load()

    def open_image(self, path: Path, part: PhotoPart | None = None) -> Query:
        """A Query for what resembles the image file at `path`, in the library or not; or a part of
        it, at the photo's own resolution.

        A searchable photo of the library gives like_photo_id (no model is needed for it), anything
        else like_image. Raises PhotoUnreadable or NotAPhoto, and QueryUnanswerable where the part
        has hardly any pixels.
        """
        opened = self.meanings.open(path, Purpose.LIKENESS, part)
        like = opened.more[0] if opened.more else None
        path = whole_path(path)
        return Query(like_photo_id=like, like_image=opened.image, like_path=path, like_part=part)

    def in_folder(self, path: Path) -> Filter:
        """The filter for what lies in a watched folder, in one of its sub-folders, or in the
        watched folders that this folder holds, by whatever name. Raises FolderUnusable for any
        other."""
        path = whole_path(path)
        folders = self._catalog.folders.list_all()
        found = find_watching(path, folders, self._drives)
        if found is not None:
            folder, inner = found
            return InFolder(folder.folder_id, "" if inner == Path() else inner.as_posix())
        held = find_held(path, folders, self._drives)
        if not held:
            raise FolderUnusable(
                f"{path} is not in a watched folder, and holds none.",
                "`likeness folders` lists those that are watched.",
            )
        every = tuple(InFolder(folder.folder_id) for folder in held)
        return every[0] if len(every) == 1 else Or(every)

    @property
    def photos(self) -> Photos:
        """What there is to list, count and get, by any Filter; LISTED is what the window lists."""
        return self._catalog.photos

    def find_photo(self, path: Path) -> Photo | None:
        """The photo that the file at `path` is, by whatever name the library knows it."""
        path = whole_path(path)
        names = names_in_library(path, self._catalog.folders.list_all(), self._drives)
        photos = (self._catalog.photos.find(name) for name in names)
        found = next((photo for photo in photos if photo is not None), None)
        return found or find_by_content(path, self._catalog)

    def status(self) -> Status:
        """A glance at the library; milliseconds, no model."""
        models = self._registry.list_models()
        words, likeness = (self._spaces.answering(purpose) for purpose in Purpose)
        coming = self._spaces.coming
        info = find_info(words.model_id, models) or _unlisted(words)
        passes = self.indexing.passes
        pass_ids = [each.pass_id for each in passes.list()]
        glance = self._catalog.glance(words.model_id, pass_ids)
        return Status(
            counts=glance.counts,
            folders=glance.folders,
            doubts=glance.doubts,
            passed_over=glance.passed_over,
            unmatched=self.indexing.unmatched,
            photos_by_folder=glance.photos_by_folder,
            model=info,
            likeness_model=find_info(likeness.model_id, models) or _unlisted(likeness),
            coming_model=find_info(coming.model_id, models) if coming else None,
            previous_model=find_info(glance.previous_model, models),
            better_model=_better(models, info),
            device=words.device,
            passes=passes.statuses(glance.by_pass),
        )

    def doctor(self) -> DoctorReport:
        """Look for trouble: versions, device, integrity, recall of the index, free space.
        Seconds."""
        return examine(self._catalog, self._places, self._spaces)

    def bench(self, job: Job, effort: Effort | None = None) -> BenchReport:
        """Measure this computer with the model in use, beside the library. A minute; None for the
        whole effort.

        Raises Cancelled, ModelUnavailable, or UserError where the disk is full.
        """
        answering = self._spaces.answering()

        def on_cpu() -> Embedder:
            settings = dataclasses.replace(self.settings, device="cpu")
            return self._make_registry(self._places, lambda: settings).create(answering.name)

        data_path = self._places.catalog_path.parent
        bench = Bench(answering, on_cpu, self._decoders, data_path, effort or Effort(), job)
        return bench.run(self.settings, self.power())

    # models and settings

    def list_models(self) -> list[ModelInfo]:
        return self._registry.list_models()

    def count_embeddings(self) -> dict[str, int]:
        """model_id -> photos embedded with it."""
        return self._catalog.made.count_vectors()

    def use_model(self, name: str, purpose: Purpose | None = None) -> None:
        """Search with this model ("auto" too), or let it answer only words, or only likeness. The
        one before goes on answering until every photo has been embedded with the new one. Raises
        ModelUnavailable."""
        now = self.settings
        if purpose is Purpose.LIKENESS:
            chosen = dataclasses.replace(now, likeness_model=name)
        else:
            kept = "" if purpose is None else now.likeness_model or now.model
            chosen = dataclasses.replace(now, model=name, likeness_model=kept)
        self._change_models(chosen)

    def undo_model_change(self) -> None:
        """Stay with the models that answer if another is on its way. Else go back to the previous
        one; what it lacks is embedded in the background. Raises ModelUnavailable if there is none.
        """
        if self._spaces.coming is not None:
            words, likeness = (self._spaces.answering(purpose).name for purpose in Purpose)
            kept = "" if likeness == words else likeness
            now = self.settings
            self._change_models(dataclasses.replace(now, model=words, likeness_model=kept))
            return
        previous = self._spaces.previous()
        self._settings.change(dataclasses.replace(self.settings, model=previous.name))
        self._spaces.go_back(previous)
        self._publish(ModelChanged())
        self.indexing.start_over()

    def download_model(self, name: str, job: Job) -> Path:
        """Fetch a model because the person asked. Minutes, on the caller's thread, progress in
        bytes.

        Raises DownloadFailed, ModelUnavailable or Cancelled.
        """
        path = self._registry.download(name, job)
        self._publish(ModelChanged())
        return path

    @property
    def places(self) -> Places:
        return self._places

    @property
    def settings(self) -> Settings:
        return self._settings()

    def change_settings(self, settings: Settings) -> None:
        """Save and apply: other exclude patterns rescan, another model re-embeds. Raises
        UserError, and then nothing has changed."""
        before = self.settings
        Rules(settings.exclude, self._places.own_folders)  # raises what is wrong before it is saved
        if _models_of(settings) != _models_of(before):
            self._change_models(settings)
        else:
            self._settings.change(settings)
        self.indexing.follow(before)

    def _change_models(self, settings: Settings) -> None:
        wanted_by(self._make_registry(self._places, lambda: settings), settings)  # raises
        self._settings.change(settings)
        self._spaces.want(wanted_by(self._registry, settings))
        self._publish(ModelChanged())
        self.indexing.start_over()

    def _publish(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)


def _unreadable(which: Filter) -> Filter:
    """The photos that would be among these, could they be read."""
    parts = which.parts if isinstance(which, And) else (which,)
    if LISTED not in parts:
        return Or(())
    return And(tuple(HasProblem() if part == LISTED else part for part in parts))


def _models_of(settings: Settings) -> tuple[str, ...]:
    """The settings by which models are made."""
    return settings.model, settings.likeness_model, settings.model_folder, settings.device


def _better(models: list[ModelInfo], answering: ModelInfo) -> ModelInfo | None:
    """The best model of the list, which is in order of quality, if it is above the one that
    answers."""
    best = next(model for model in models if model.has_text)
    return None if answering.name == best.name or answering not in models else best


def _unlisted(embedder: Embedder) -> ModelInfo:
    """The entry of a model whose weights have gone from their place since it was opened."""
    return ModelInfo(embedder.name, embedder.name, "", embedder.model_id, None, False, 0)
