"""Library: the one facade that both front ends use; owns catalog, index, embedder, watcher,
workers."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

from desktop.background import Worker
from desktop.catalog import (
    Catalog,
    Filter,
    Mounts,
    Photos,
)
from desktop.embedding import Embedder, ModelInfo, Registry, load_photos, load_words
from desktop.errors import UserError
from desktop.ingest import PASSES, Drives, Pass, whole_path
from desktop.jobs import Job
from desktop.library.afar.elsewhere import Elsewhere
from desktop.library.answering.changing import Changing
from desktop.library.answering.converting import Converting
from desktop.library.answering.engines import Engines
from desktop.library.answering.following import Following
from desktop.library.answering.models import Models, info_of
from desktop.library.answering.spaces import Spaces, find_info
from desktop.library.asking.arranging import Arranging
from desktop.library.asking.bursts import Bursts
from desktop.library.asking.concepts import Concepts
from desktop.library.asking.covering import covered_by, told_of
from desktop.library.asking.meanings import Meanings
from desktop.library.asking.saved import SavedSearches
from desktop.library.asking.spelling import Spelling
from desktop.library.asking.suggesting import Suggesting
from desktop.library.attributes.attributes import Attributes
from desktop.library.bench import Bench, Effort
from desktop.library.care.doctor import examine
from desktop.library.comparing.trial import Comparing
from desktop.library.exporting.exporting import Exporting
from desktop.library.folders import WatchedFolders
from desktop.library.indexing.indexing import Indexing
from desktop.library.maps.keeper import MapKeeper
from desktop.library.maps.kept import FILE_NAME as MAP_FILE_NAME
from desktop.library.maps.themed import by_theme, theme_labels
from desktop.library.mistakes.mistakes import Mistakes
from desktop.library.pictures import Pictures
from desktop.library.reports import (
    BenchReport,
    Change,
    Coverage,
    DoctorReport,
    Event,
    IndexSummary,
    PhotosChanged,
    Status,
)
from desktop.library.themes import Themes
from desktop.library.vectors.intake import VectorIntake
from desktop.media import Decoders, PhotoPart, Thumbnails
from desktop.power import Power, read_power
from desktop.search import Purpose, Query, Results
from desktop.settings import Places, Settings, catalog_place, load_settings
from desktop.settings_in_use import SettingsInUse

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 10.0
"""So long closing waits for the question in hand."""

T = TypeVar("T")

MakeRegistry = Callable[[Places, Callable[[], Settings]], Registry]


class Library:
    """Everything a front end can do.

    Methods block (SQL, disk, sometimes the model) and may be called from any thread but Qt's main
    one; from there use `submit` and `submit_latest`. Instant, and fine on the main thread, are:
    settings, places, notice, listen, submit, submit_latest, of `indexing` pause, resume,
    is_paused, rescan, and of `attributes` names. What belongs together is an object of its own: a
    new one is a class in a module of its own, and one attribute.

    Attributes:
        photos: what there is to list, count and get.
        pictures: photos as they are shown.
        indexing: the work in the background.
        folders: what is watched, and which photo a path leads to.
        models: which there are, and which of them answers.
        engines: which engines of the index there are, and which of them answers.
        attributes: what people say of photos in tables.
        exporting: photos as tables, folders, contact sheets and vectors.
        vectors: what files say that a model has made of photos.
        mistakes: where attributes disagree, and labels that seem wrong.
        concepts: what photos have taught names to mean.
        meanings: the photos that a search names.
        saved: searches that people have saved.
        suggesting: what may be searched for here; spelling: what mistyped words mean.
        map: the photos in two dimensions.
        arranging: what resembles each other among what was found.
        bursts: what resembles each other among what was taken at one time.
        comparing: several models on a sample of the photos.
        converting: models made faster on this computer.
        themes: the library grouped by look.
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
        # What is kept there is known by ids, which another catalog has given to other photos.
        index_path = places.index_of(catalog.identity())
        self._registry = make_registry(places, self._settings)
        self._spaces = Spaces(catalog, index_path, self._registry, self._settings)
        self._decoders = decoders or Decoders()
        self._shares_decoders = decoders is not None
        self._read_power = read_power
        self._drives = Drives()
        self.pictures = Pictures(Thumbnails(places.thumbnails_path), self._decoders)
        self.converting = Converting(catalog, self._registry, self._spaces, self._decoders)
        self.indexing = Indexing(
            catalog,
            places,
            self._spaces,
            self._settings,
            self._decoders,
            self._publish,
            read_power,
            passes,
            self.converting,
            lambda: self._changing.follow(),
        )
        self.folders = WatchedFolders(
            catalog, places, self._settings, self._drives, self.indexing, self._publish
        )
        self.models = Models(
            catalog,
            self._registry,
            lambda settings: make_registry(places, lambda: settings),
            self._spaces,
            self._settings,
            self.indexing,
            self._publish,
        )
        self.engines = Engines(catalog, self._spaces, self._settings, self.indexing, self._publish)
        self._changing = Changing(places, self._settings, self.models, self.indexing, self._publish)
        self.attributes = Attributes(catalog, self._publish)
        self.concepts = Concepts(catalog, self.attributes.refresh, self._publish)
        self.meanings = Meanings(
            catalog,
            self.pictures,
            self._spaces,
            self.concepts,
            self.attributes,
            self.folders.find_photo,
        )
        self.arranging = Arranging(
            catalog, lambda purpose: self._spaces.take(purpose).index.snapshot
        )
        self.bursts = Bursts(catalog, self._likeness_model_id)
        self.saved = SavedSearches(
            catalog,
            self.search,
            self.folders.resolved,
            self.attributes.refresh,
            self._publish,
            self.folders.find_photo,
        )
        self.exporting = Exporting(
            catalog,
            self.pictures,
            self.attributes,
            lambda: self._spaces.answering().model_id,
        )
        self.vectors = VectorIntake(
            catalog, self._spaces, self.indexing, self.models.list_all, self._publish
        )
        self.mistakes = Mistakes(catalog, self.attributes, self._likeness_model_id)
        self.suggesting = Suggesting(catalog, self.search)
        self.spelling = Spelling(catalog)
        self.comparing = Comparing(catalog, self._registry.create, self._decoders)
        map_path = index_path / MAP_FILE_NAME
        self.map = MapKeeper(catalog, map_path, self._spaces, self._publish)
        self.map.groupings["Theme"] = partial(by_theme, catalog)
        self.map.attribute_groupings = self.attributes.groupings
        self.map.labels = partial(theme_labels, catalog)
        self.themes = Themes(catalog, self._spaces, index_path, self._publish)
        self._following = Following(
            catalog,
            self._registry,
            self._spaces,
            self._settings,
            index_path,
            self._publish,
            self.indexing.start_over,
        )
        self._questions = Worker("query")
        self._listeners: list[Callable[[Event], None]] = [self._following.hear]

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
        The catalog is the data folder's own, or the one that `places` or the settings name.
        Raises UserError: CatalogTooNew, CatalogDamaged, SettingsUnusable, ...
        """
        places.create()
        settings = settings or load_settings(places.settings_path)
        mounts = Mounts(settings.mounts)
        catalog = Catalog.open(catalog_place(places, settings), mounts=mounts)
        library = cls(places, settings, catalog, make_registry, decoders, read_power, passes)
        places.close_files()
        try:
            library._following.settle()
            library._spaces.open()
            library.attributes.refresh()
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
        return self._spaces.notice or self._spaces.engines.notice

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

    # indexing

    def index(self, job: Job, on: Elsewhere | None = None) -> IndexSummary:
        """Scan, embed, build, now and on this thread (the command line's way). on: machines that
        read the photos instead of this one, see `elsewhere`.

        Raises LibraryBusy when another process is doing it, Cancelled when the job was, UserError.
        """
        return self.indexing.run(job, on)

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
        query = self.meanings.opened(self.folders.resolved(query))
        query = self.meanings.opened(query.knowing(self.attributes.refresh()))
        shown = self.meanings.of(query)
        self.converting.note(query)
        space = self._spaces.take(query.purpose)
        found = space.engine.search(query, exact, shown)
        results = self.arranging.tell_same(found)
        likeness = self._spaces.answering(Purpose.LIKENESS)
        notes = self.meanings.losses(query)
        if space.index.trouble:
            notes.append(space.index.trouble)
        if query.shows_photos and likeness.model_id != results.model_id:
            notes.append(
                f"{likeness.name} did not answer this: words and a photo together need the one "
                "model that answers words."
            )
        return dataclasses.replace(results, note="\n".join(notes)) if notes else results

    def coverage(self, results: Results, gone: frozenset[int] = frozenset()) -> Coverage:
        """How much of what was meant these results have searched. gone: folders that are away,
        too. Milliseconds."""
        return covered_by(results, self._catalog, gone)

    def coverage_of(self, which: Filter) -> Coverage:
        """Of how many photos the conditions of a search can be told. Milliseconds."""
        return told_of(which, self._catalog)

    def warm_up(self, purpose: Purpose = Purpose.WORDS) -> None:
        """Bring the index, and of the model what reads words or looks at photos, into memory before
        the first question. Up to seconds.

        Raises ModelUnavailable.
        """
        for space in self._spaces.take_all():
            if space.index.snapshot.n_items:
                space.engine.get_ready()
        if self._spaces.take(purpose).index.snapshot.n_items:
            load = load_words if purpose is Purpose.WORDS else load_photos
            load(self._spaces.answering(purpose))

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

    @property
    def photos(self) -> Photos:
        """What there is to list, count and get, by any Filter; LISTED is what the window lists."""
        return self._catalog.photos

    def status(self) -> Status:
        """A glance at the library; milliseconds, no model."""
        models = self._registry.list_models()
        words, likeness = (self._spaces.answering(purpose) for purpose in Purpose)
        coming = self._spaces.coming
        info = info_of(words, models)
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
            likeness_model=info_of(likeness, models),
            coming_model=find_info(coming.model_id, models) if coming else None,
            previous_model=find_info(glance.previous_model, models),
            better_model=_better(models, info),
            device=words.device,
            passes=passes.statuses(glance.by_pass),
            attributes=self.attributes.refresh(),
            engine=self.engines.answering,
            coming_engine=self.engines.coming,
        )

    def doctor(self) -> DoctorReport:
        """Look for trouble: versions, device, integrity, recall of the index, free space.
        Seconds."""
        return examine(self._catalog, self._places, self._spaces, self._registry)

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

    # settings

    @property
    def places(self) -> Places:
        return self._places

    @property
    def settings(self) -> Settings:
        return self._settings()

    def change_settings(self, settings: Settings, since: Settings | None = None) -> None:
        """See `Changing.change`."""
        self._changing.change(settings, since)

    def _publish(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)

    def _likeness_model_id(self) -> str:
        return self._spaces.answering(Purpose.LIKENESS).model_id


def _better(models: list[ModelInfo], answering: ModelInfo) -> ModelInfo | None:
    """The best model of the list, which is in order of quality, if it is above the one that
    answers."""
    best = next(model for model in models if model.has_text)
    return None if answering.name == best.name or answering not in models else best
