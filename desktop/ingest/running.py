"""Running passes on a batch of photos, and telling whether a photo or a pass is at fault."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from PIL import Image

from desktop.background import report
from desktop.catalog import Catalog, Failure, Ingested, Value
from desktop.errors import LikenessError, ModelDied, ModelUnavailable, UserError
from desktop.ingest.passes import Material, Pass
from desktop.ingest.reading import Decoded

log = logging.getLogger(__name__)

PROBLEM = "It fails at this photo."
NEEDED = "What it needs has failed at this photo."

_Made = dict[int, dict[str, Value | Failure]]
"""photo_id -> pass_id -> what came of it."""


class Runner:
    """Runs passes, of which one leads. The ingest thread.

    Where the leading pass cannot run at all, what keeps it from running is raised. Where another
    cannot, it is left out, and its photos wait until it leads.

    Attributes:
        passes: by pass_id, in order; without those that cannot run.
    """

    def __init__(self, catalog: Catalog, lead: Pass, passes: Sequence[Pass]) -> None:
        self._catalog = catalog
        self._indispensable = _with_needed(lead)
        self.passes = {each.pass_id: each for each in passes}

    def run(self, photos: Sequence[Decoded]) -> list[Ingested]:
        """Each pass on those photos that it has an image of. Raises UserError for what the
        environment did."""
        made: _Made = {each.photo_id: {} for each in photos}
        for one in list(self.passes.values()):
            lacking = [each for each in photos if one.pass_id in each.images]
            if any(needed.pass_id not in self.passes for needed in one.after):
                del self.passes[one.pass_id]
            elif lacking:
                self._run_if_able(one, lacking, made)
        return [
            Ingested(
                each.photo_id,
                each.hashed.stat,
                each.hashed.content_hash,
                each.metadata,
                made[each.photo_id],
                damage=each.damage,
            )
            for each in photos
        ]

    def _run_if_able(self, one: Pass, photos: Sequence[Decoded], made: _Made) -> None:
        earlier = self._made_earlier(one, [each.photo_id for each in photos], made)
        ready = [each for each in photos if len(earlier[each.photo_id]) == len(one.after)]
        materials = [Material(each.images[one.pass_id], earlier[each.photo_id]) for each in ready]
        try:
            results = run_pass(one, materials) if ready else ()
        except UserError as error:
            if one.pass_id in self._indispensable:
                raise
            log.warning("%s waits: %s", one.name, error.message)
            del self.passes[one.pass_id]
            return
        for each in photos:
            made[each.photo_id][one.pass_id] = Failure(NEEDED)
        for each, result in zip(ready, results, strict=True):
            made[each.photo_id][one.pass_id] = result

    def _made_earlier(
        self, one: Pass, photo_ids: Sequence[int], made: _Made
    ) -> dict[int, dict[str, Value]]:
        """photo_id -> name -> what the passes that this one needs have made, just now or before."""
        earlier: dict[int, dict[str, Value]] = {photo_id: {} for photo_id in photo_ids}
        for needed in one.after:
            before = self._catalog.made.get_values(photo_ids, needed.pass_id)
            for photo_id in photo_ids:
                value = made[photo_id].get(needed.pass_id, before.get(photo_id))
                if value is not None and not isinstance(value, Failure):
                    earlier[photo_id][needed.name] = value
        return earlier


def made_by(pass_id: str, saved: Sequence[Ingested]) -> Mapping[int, Value | Failure]:
    """photo_id -> what came of the pass, of those photos on which it ran."""
    return {each.photo_id: each.made[pass_id] for each in saved if pass_id in each.made}


def run_pass(one: Pass, photos: Sequence[Material]) -> Sequence[Value | Failure]:
    """What the pass makes of these photos. A batch at which it fails is tried photo by photo.

    Raises ModelUnavailable where it fails at plain grey too, since then no photo is to blame, and
    what else the environment did.
    """
    try:
        return one.run(photos)
    except Exception as error:
        if _is_expected(error):
            raise
        log.warning("a batch of %s is tried photo by photo", one.name)
        if not isinstance(error, ModelDied):
            report(error)
    return [_run_alone(one, photo) for photo in photos]


def _run_alone(one: Pass, photo: Material) -> Value | Failure:
    try:
        (result,) = one.run([photo])
    except Exception as error:
        if _is_expected(error):
            raise
        _check_health(one)
        return Failure(PROBLEM)
    return result


def _check_health(one: Pass) -> None:
    """Try the pass on plain grey. One that needs what others made of a photo is taken to be
    healthy, since of grey nothing was made."""
    if one.after:
        return
    side_px = max(one.least.short_px, one.least.long_px)
    try:
        one.run([Material(one.fit(Image.new("RGB", (side_px, side_px), "grey")), {})])
    except LikenessError:
        raise
    except Exception as error:
        log.exception("%s fails at plain grey", one.name)
        raise ModelUnavailable(
            f"{one.name} fails at every photo.",
            "The log says where. Choose another model, or wait for a new version of Likeness.",
        ) from error


def _is_expected(error: Exception) -> bool:
    return isinstance(error, LikenessError) and not isinstance(error, ModelDied)


def _with_needed(one: Pass) -> set[str]:
    """The pass_ids of a pass, of those it needs, and of what they need."""
    return {one.pass_id}.union(*(_with_needed(needed) for needed in one.after))
