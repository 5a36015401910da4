"""All files of ../shared/data/odd-files: what importers meet in the wild."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from desktop.errors import NotAPhoto, PhotoUnreadable, UserError
from desktop.media import DecodedPhoto, Sides, decode, is_photo_name

Outcome = DecodedPhoto | UserError

JARGON = re.compile(
    r"Error|Exception|Traceback|None|errno|0x[0-9a-f]|object at|PIL|plugin|libheif|buffer|[<>_{}\\]"
)
# Broken in a way that only a repair could read, or of a kind that no decoder here knows.
UNREADABLE = {
    "pillow/bmp/b/reallybig.bmp",
    "pillow/decompression_bomb.gif",
    "pillow/hopper_webp.tif",
    "pillow/zero_width.gif",
}


@pytest.fixture(scope="module")
def outcomes(odd_files: Path) -> dict[str, Outcome]:
    """What became of each file, by its path. Any other exception ends the run: that is the test."""

    def outcome(path: Path) -> Outcome:
        try:
            return decode(path, Sides(64))
        except (PhotoUnreadable, NotAPhoto) as error:
            return error

    paths = sorted(path for path in odd_files.rglob("*") if path.is_file())
    return {path.relative_to(odd_files).as_posix(): outcome(path) for path in paths}


def test_every_file_ends_as_a_photo_or_a_sentence(outcomes: dict[str, Outcome]) -> None:
    assert len(outcomes) == 646
    kinds = Counter(type(outcome) for outcome in outcomes.values())
    assert kinds[DecodedPhoto] >= 340, kinds
    for path, outcome in outcomes.items():
        if isinstance(outcome, UserError):
            for sentence in filter(None, (outcome.message, outcome.hint)):
                assert sentence[0].isupper() and sentence.endswith("."), (path, sentence)
                assert not JARGON.search(sentence), (path, sentence)


def test_photos_are_whole(outcomes: dict[str, Outcome]) -> None:
    for path, outcome in outcomes.items():
        if isinstance(outcome, DecodedPhoto):
            image, facts = outcome.image, outcome.facts
            assert image.mode == "RGB" and not image.info, path
            assert 64 <= min(image.size) <= min(facts.width_px, facts.height_px), path
            assert image.width / image.height == pytest.approx(
                facts.width_px / facts.height_px, rel=0.04
            ), path
            assert (facts.latitude is None) == (facts.longitude is None), path


def test_nothing_valid_is_refused(outcomes: dict[str, Outcome]) -> None:
    """Photos by name, 64 px or more, that other programs open: only the known few are refused."""
    for path, outcome in outcomes.items():
        if path.startswith(("orientation/", "exif/")) and is_photo_name(path):
            too_small = isinstance(outcome, NotAPhoto) and "too small" in outcome.message
            assert isinstance(outcome, DecodedPhoto) or too_small, (path, outcome)
    for path in UNREADABLE:
        assert isinstance(outcomes[path], PhotoUnreadable), path


@pytest.mark.parametrize(
    "path",
    ["pillow/eps/illuCS6_preview.eps", "pillow/eps/pil_sample_cmyk.eps"],
)
def test_other_picture_formats_are_passed_over(path: str, outcomes: dict[str, Outcome]) -> None:
    assert isinstance(outcomes[path], NotAPhoto)


@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_orientation_examples_all_stand_upright(shape: str, odd_files: Path) -> None:
    """Nine files of one picture, each turned another way (and numbered, in its middle)."""
    pictures = []
    for number in range(9):
        image = decode(odd_files / "orientation" / f"{shape}_{number}.jpg", Sides(128)).image
        assert (image.width > image.height) == (shape == "Landscape")
        pictures.append(np.asarray(image.resize((60, 60)), np.int16))
    first = pictures[1]
    for picture in pictures:
        same = np.abs(picture - first).mean()
        others = [first[::-1], first[:, ::-1], first[::-1, ::-1]]
        assert same < 8
        assert all(np.abs(picture - other).mean() > 3 * same + 15 for other in others)


def test_facts_of_known_cameras(outcomes: dict[str, Outcome]) -> None:
    nikon = outcomes["exif/jpg/gps/DSCN0012.jpg"]
    assert isinstance(nikon, DecodedPhoto)
    assert nikon.facts.camera == "NIKON COOLPIX P6000"
    assert str(nikon.facts.taken_at) == "2008-10-22 16:29:49"
    assert (nikon.facts.latitude, nikon.facts.longitude) == pytest.approx((43.467157, 11.885395))
    phone = outcomes["exif/heic/IMG_5195.HEIC"]
    assert isinstance(phone, DecodedPhoto)
    assert phone.facts.lens == "iPhone 11 Pro Max back triple camera 4.25mm f/1.8"
    assert phone.facts.longitude == pytest.approx(-94.288772)


def test_cmyk_comes_out_red(outcomes: dict[str, Outcome]) -> None:
    """The word RED on black, in CMYK inside JPEG inside TIFF."""
    cmyk = outcomes["pillow/tiff_strip_cmyk_jpeg.tif"]
    assert isinstance(cmyk, DecodedPhoto)
    red, green, blue = (band.getextrema()[1] for band in cmyk.image.split())
    assert red > 230
    assert green < 70
    assert blue < 70


def test_memory_stays_bounded(odd_files: Path) -> None:
    resource = pytest.importorskip("resource", reason="memory is measured on POSIX systems only")
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in odd_files.rglob("*"):
        if path.is_file() and path.suffix in (".tif", ".tiff", ".gif", ".bmp", ".heic"):
            try:
                decode(path, Sides(64))
            except UserError:
                continue
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 400_000
