"""Running a pass that may itself fail: the photos at fault are told from the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from PIL import Image

from desktop.background import report
from desktop.catalog import Failure, Value
from desktop.errors import LikenessError, ModelDied, ModelUnavailable
from desktop.ingest.passes import Material, Pass

log = logging.getLogger(__name__)

PROBLEM = "It fails at this photo."


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
    """A pass that needs what others make of a photo cannot be tried with none."""
    if one.after:
        return
    side_px = max(one.least.short_px, one.least.long_px)
    try:
        one.run([Material(one.fit(Image.new("RGB", (side_px, side_px), "grey")), {})])
    except LikenessError:
        raise
    except Exception as error:
        raise ModelUnavailable(
            f"{one.name} fails at every photo.",
            "The log says where. Choose another model, or wait for a new version of Likeness.",
        ) from error


def _is_expected(error: Exception) -> bool:
    return isinstance(error, LikenessError) and not isinstance(error, ModelDied)
