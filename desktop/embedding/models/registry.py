"""Which models there are, which are at hand, and making one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from desktop.embedding.apart import EmbedderApart
from desktop.embedding.converted import Conversion, Converted, is_installed
from desktop.embedding.embedder import Embedder, HasEarlier, Make, Traits
from desktop.embedding.fetching.download import download_model
from desktop.embedding.folders.extras import expect_extra, is_there
from desktop.embedding.models.factories import FACTORIES, Factory, prepare
from desktop.embedding.models.foreign import foreign_kinds
from desktop.embedding.models.kinds import KINDS, folder_meant, split
from desktop.embedding.models.known import ALIASES, CLIP, KNOWN, KnownModel, source_of
from desktop.embedding.models.whereabouts import Whereabouts, is_path
from desktop.embedding.running.forward import Convertible
from desktop.embedding.running.memory import RUNTIME_BYTES, MemoryNotes, ReadsMore, on_disk
from desktop.embedding.running.trials import Trials
from desktop.errors import ModelUnavailable, UserError, how_to_add
from desktop.jobs import Job
from desktop.settings import Places, Settings

AUTO = "auto"
STARTER = "starter"
STARTER_LARGE = "starter-large"
OF_YOUR_OWN = "A model of your own choice."
_SHIPPED = {STARTER: "Starter", STARTER_LARGE: "Starter, large"}


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model as a person sees it in a list.

    Attributes:
        name: "starter", "clip-ViT-B-32", ... as in settings.
        title: a few words, e.g. "CLIP ViT-B/32".
        description: one sentence on what it is good for, or on why it cannot be used.
        model_id: name@revision where the weights are at hand, else None.
        path: the folder with the weights; None where they are not at hand, or in a package.
        can_download: whether `Registry.download` knows where to get it.
        download_bytes: about how much a download fetches, 0 where nothing is to be fetched.
        traits: what it can do; None where the weights are not at hand.
        package: what other people's package brings it, with its version; "" for our own.
        licence: of the weights; "" where not known.
        published: what is known of it from elsewhere, with the source; "" for nothing.
        runs: what was measured of running it faster here, a sentence; "" where nothing was.
        can_convert: whether that can be measured, and was not.
        disk_bytes: of its files; 0 where they are not at hand.
        memory_bytes: that its process takes while it works: measured here, or estimated from the
            weights; 0 where not known.
        memory_is_measured: which of both.
    """

    name: str
    title: str
    description: str
    model_id: str | None
    path: Path | None
    can_download: bool
    download_bytes: int
    traits: Traits | None = None
    package: str = ""
    licence: str = ""
    published: str = ""
    runs: str = ""
    can_convert: bool = False
    disk_bytes: int = 0
    memory_bytes: int = 0
    memory_is_measured: bool = False

    @property
    def is_available(self) -> bool:
        return self.model_id is not None

    @property
    def has_text(self) -> bool:
        """Whether it answers words; what is not at hand is taken to do so."""
        return self.traits is None or self.traits.has_text


class Registry:
    """Finds models on this machine. Never touches the network except in `download`.

    A name is "starter", "starter-large", "clip-ViT-B-32", a kind with what is meant of it
    ("pixels", "cnn:efficientnet_lite0"), a folder in our models folder, the last part of the folder
    in settings, the whole path of a folder, or owner/name as on the hub, looked for in our models
    folder and the hub's cache.
    """

    def __init__(
        self,
        places: Places,
        settings: Callable[[], Settings],
        hub_endpoint: str | None = None,
        factories: Sequence[Factory] = FACTORIES,
    ) -> None:
        """settings: those in use. hub_endpoint: the hub's address; None takes the public one, or
        HF_ENDPOINT's."""
        self._settings = settings
        self._kinds = {**KINDS, **foreign_kinds({AUTO, CLIP, *_SHIPPED, *KINDS})}
        self._titles = {
            n: title for kind in self._kinds.values() for n, title in kind.titles.items()
        }
        self._where = Whereabouts(places, settings, source_of, _SHIPPED, (AUTO, *self._kinds))
        self._hub_endpoint = hub_endpoint
        self._converted_path = places.converted_path
        self._memory = MemoryNotes(places.memory_path)
        self._trials = Trials(places.trials_path)
        self._factories = factories

    def list_models(self) -> list[ModelInfo]:
        """Every model known here, best first: the one in settings, clip, other folders, starters,
        then those that come with Likeness and know no words, then what else is worth a choice.

        Any thread; reads the disk, no torch. What cannot be used is listed with the reason.
        """
        settings, chosen = self._settings(), self._where.chosen
        named = (settings.model, settings.likeness_model, *settings.own_models)
        last = [STARTER_LARGE, STARTER, *self._titles]
        names = [
            *([chosen[0]] if chosen is not None else ()),
            CLIP,
            *self._where.list_own(),
            *(self.resolve(name) for name in named if name not in ("", AUTO)),
        ]
        first = [name for name in names if name not in last]
        return [self._info(name) for name in dict.fromkeys((*first, *last, *KNOWN))]

    def resolve(self, name: str) -> str:
        """ "auto" -> the best model at hand; a kind alone -> its first (of `cnn`
        ResNet-50, where its weights are at hand); of cnn with a folder, the folder; a path as it is
        typed -> the whole path, or the name of what lies there; any other name -> itself.

        A model_folder in settings is taken even when it cannot be used now, if it is not known to
        be without words: `create` then says so instead of quietly searching with something else.
        """
        if name != AUTO:
            name = ALIASES.get(name, name)
            kind, argument = split(name)
            if name == "cnn" and self._info(ALIASES["cnn:resnet50"]).is_available:
                return ALIASES["cnn:resnet50"]
            folder = name if kind not in self._kinds else folder_meant(kind, argument)
            if folder is not None:
                return self._where.named(folder)
            if not argument:
                return next(iter(self._kinds[kind].titles), name)
            is_listed = name in self._titles
            return name if is_listed else f"{kind}:{self._where.named(argument)}"
        chosen = self._where.chosen
        if chosen is not None and self._info(chosen[0]).has_text:
            return chosen[0]
        return CLIP if self._info(CLIP).is_available else STARTER

    def create(self, name: str) -> Embedder:
        """An embedder, not loaded yet. "auto" is resolved. Raises ModelUnavailable with a hint."""
        _, make = self._find(self.resolve(name))
        return self._apart(make)

    def create_earlier(self, model_id: str) -> Embedder | None:
        """The embedder that a model on this computer was in a version of before, see `HasEarlier`;
        None for any other."""
        try:
            _, make = self._find(model_id.partition("@")[0])
        except ModelUnavailable:
            return None
        today = make()
        earlier = today.earlier.get(model_id) if isinstance(today, HasEarlier) else None
        return None if earlier is None else self._apart(earlier)

    def conversion(self, name: str) -> Conversion:
        """What converts a model to run faster here. "auto" is resolved. Raises ModelUnavailable, or
        UserError for a model that cannot be converted."""
        _, make = self._find(self.resolve(name))
        embedder = make()
        if not (isinstance(embedder, Convertible) and embedder.can_be_converted):
            raise UserError(
                f"The model {embedder.name} cannot be converted: it has no network of ours."
            )
        return Conversion(make, self._converted(embedder))

    def may_convert(self, embedder: Embedder) -> bool:
        """Whether it can be converted here, and neither was so nor was declined. Imports no
        torch."""
        try:
            _, make = self._find(embedder.name)
        except UserError:
            return False
        return self._may_convert(make())

    def download(self, name: str, job: Job) -> Path:
        """Fetch a model because the person asked; resumes, verifies, reports bytes through `job`.

        A model that is at hand is not fetched again. Any owner/name on the hub will do whose files
        are of a kind that a factory knows.
        Raises DownloadFailed or ModelUnavailable; a model is in its place only when it is whole.
        """
        name = ALIASES.get(name, name)
        name = folder_meant(*split(name)) or name
        info = self._info(name)
        if info.path is not None:
            return info.path
        if info.is_available:
            raise ModelUnavailable(
                f"{name} is here already: it comes with Likeness.",
                f"`likeness models use {name}` searches with it.",
            )
        source = source_of(name)
        if source is None:
            raise ModelUnavailable(
                f'There is no model called "{name}" to download.',
                f"Download {CLIP}, or any other by its owner/name on huggingface.co.",
            )
        if name in KNOWN and KNOWN[name].extra:
            expect_extra(KNOWN[name].extra, "Models such as this one")
        check = partial(prepare, self._factories, name, device="cpu")
        target = self._where.own_folder(name)
        return download_model(source, target, job, self._hub_endpoint, check)

    def _apart(self, make: Make) -> Embedder:
        converted = self._converted(make())
        return EmbedderApart(make, converted, self._memory, self._trials)

    def _may_convert(self, embedder: Embedder) -> bool:
        is_ours = isinstance(embedder, Convertible) and embedder.can_be_converted
        is_possible = is_ours and is_installed() and self._settings().device in (AUTO, "cpu")
        return is_possible and self._converted(embedder).read() is None

    def _converted(self, embedder: Embedder) -> Converted:
        return Converted(self._converted_path, embedder.model_id)

    def _info(self, name: str) -> ModelInfo:
        source, kind = source_of(name), self._kinds.get(split(name)[0])
        known = KNOWN.get(name)
        published = known.said if known is not None else ""
        title = (_SHIPPED | self._titles).get(name, source.title if source else "")
        title = title or self._last_part(name)
        package = kind.package if kind is not None else ""
        try:
            path, make = self._find(name)
        except ModelUnavailable as error:
            is_absent = kind is None and not any(self._where.places_of(name))
            return ModelInfo(
                name,
                title,
                _about(known) if is_absent else error.message,
                model_id=None,
                path=None,
                can_download=source is not None,
                download_bytes=known.n_bytes if known is not None else 0,
                package=package,
                licence=known.licence if known is not None else "",
                published=published,
                memory_bytes=known.n_bytes + RUNTIME_BYTES if known is not None else 0,
            )
        embedder = make()
        elsewhere = embedder.also_reads if isinstance(embedder, ReadsMore) else ()
        disk_bytes = on_disk((*([path] if path is not None else ()), *elsewhere))
        measured = self._memory.read().get(embedder.model_id, 0)
        estimated = disk_bytes + RUNTIME_BYTES if disk_bytes else 0
        traits, record = Traits.of(embedder), self._converted(embedder).read()
        if known is not None and not traits.licence:
            traits = dataclasses.replace(traits, licence=known.licence)
        return ModelInfo(
            name,
            title,
            known.about if known is not None else embedder.about,
            embedder.model_id,
            path,
            can_download=source is not None,
            download_bytes=0,
            traits=traits,
            package=package,
            licence=traits.licence,
            published=published,
            runs=record.sentence if record is not None else "",
            can_convert=self._may_convert(embedder),
            disk_bytes=disk_bytes,
            memory_bytes=measured or estimated,
            memory_is_measured=measured > 0,
        )

    def _find(self, name: str) -> tuple[Path | None, Make]:
        """The first usable folder of that name, None for a kind that needs no folder, and what
        makes its embedder. Raises ModelUnavailable if there is none."""
        kind, argument = split(name)
        if kind in self._kinds:
            return None, self._kinds[kind].prepare(name, argument, self._settings().device)
        reason: ModelUnavailable | None = None
        for path in self._where.places_of(name):
            try:
                return path, prepare(self._factories, name, path, self._settings().device)
            except ModelUnavailable as error:
                reason = reason or error
        raise reason or self._absent(name)

    def _last_part(self, name: str) -> str:
        """What a path ends with, for people; of a kind and a path, with the kind."""
        kind, argument = split(name)
        if kind in self._kinds and is_path(argument):
            return f"{kind}: {Path(argument).name}"
        return Path(name).name if is_path(name) else name

    def _absent(self, name: str) -> ModelUnavailable:
        if is_path(name):
            return ModelUnavailable(f"There is no {name}.", "Name the folder of a model.")
        by_hand = f"copy its folder by hand to {self._where.own_folder(name)}"
        if source_of(name) is None:
            return ModelUnavailable(
                f'There is no model called "{name}" on this computer.',
                f"`likeness models list` shows what there is; to add one, {by_hand}.",
            )
        return ModelUnavailable(
            f"The model {name} is not on this computer.",
            f"Run `likeness models download {name}`, or {by_hand}.",
        )


def _about(known: KnownModel | None) -> str:
    """Of what is not at hand: what it is good for, and what it needs that is not installed."""
    if known is None:
        return OF_YOUR_OWN
    needs = known.extra and not is_there(known.extra)
    return (
        f"{known.about} It needs a package more: {how_to_add(known.extra)}"
        if needs
        else known.about
    )
