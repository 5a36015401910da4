from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from desktop.errors import UserError
from desktop.media import THUMBNAIL_PX, Thumbnails
from desktop.media.thumbnails import _unsaved

HASH = "c0ffee" * 6


@pytest.fixture
def thumbnails(tmp_path: Path) -> Thumbnails:
    return Thumbnails(tmp_path / "thumbnails")


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_thumbnail_comes_and_goes(
    thumbnails: Thumbnails, scene: Image.Image, tmp_path: Path
) -> None:
    path = thumbnails.path(HASH)
    assert path == tmp_path / "thumbnails" / "c0" / f"{HASH}.jpg"
    assert not thumbnails.exists(HASH)
    assert not (tmp_path / "thumbnails").exists()
    thumbnails.save(HASH, scene.resize((1200, 900)))
    assert thumbnails.exists(HASH)
    with Image.open(path) as saved:
        assert (saved.format, saved.mode, saved.size) == ("JPEG", "RGB", (512, 384))
        assert saved.getpixel((100, 100)) == pytest.approx((254, 0, 0), abs=4)
    assert files_under(tmp_path) == [path]
    thumbnails.delete(HASH)
    thumbnails.delete(HASH)
    assert not thumbnails.exists(HASH)


@settings(deadline=None, max_examples=60)
@given(width=st.integers(1, 4000), height=st.integers(1, 4000))
def test_sizes(width: int, height: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    thumbnails = Thumbnails(tmp_path_factory.getbasetemp() / "sizes")
    thumbnails.save(HASH, Image.new("RGB", (width, height)))
    short_px, long_px = sorted((width, height))
    with Image.open(thumbnails.path(HASH)) as saved:
        if long_px <= THUMBNAIL_PX:
            assert saved.size == (width, height)
        elif long_px <= 2 * short_px:
            assert max(saved.size) == THUMBNAIL_PX
        else:
            assert min(saved.size) >= min(short_px, 127)
            assert max(saved.size) <= 2049
            assert saved.width * saved.height <= 1.02 * THUMBNAIL_PX**2
        if long_px <= 15 * short_px:
            assert saved.width / saved.height == pytest.approx(width / height, rel=0.01, abs=0.01)


@pytest.mark.parametrize("is_tall", [False, True])
@pytest.mark.parametrize(("ratio", "short_px"), [(2, 256), (3, 256), (4, 256), (9, 171), (40, 128)])
def test_a_wide_or_tall_photo_keeps_a_short_side_that_shows_something(
    thumbnails: Thumbnails, ratio: int, short_px: int, is_tall: bool
) -> None:
    size = (300 * ratio, 300)
    photo = Image.new("RGB", size, "red")
    photo.paste("blue", (150 * ratio - 150, 0, 150 * ratio + 150, 300))  # a square in the middle
    thumbnails.save(HASH, photo.transpose(Image.Transpose.ROTATE_90) if is_tall else photo)
    with Image.open(thumbnails.path(HASH)) as saved:
        assert min(saved.size) == short_px
        middle = saved.width // 2, saved.height // 2
        for away, colour in ((0.4, (0, 0, 254)), (0.6, (254, 0, 0))):
            step = round(away * short_px)
            point = (middle[0], middle[1] - step) if is_tall else (middle[0] - step, middle[1])
            assert saved.getpixel(point) == pytest.approx(colour, abs=6)


def test_saving_again_replaces(thumbnails: Thumbnails, scene: Image.Image) -> None:
    thumbnails.save(HASH, scene)
    thumbnails.save(HASH, Image.new("RGB", (100, 100), "white"))
    with Image.open(thumbnails.path(HASH)) as saved:
        assert saved.size == (100, 100)


def test_many_threads_may_save_the_same(
    thumbnails: Thumbnails, scene: Image.Image, tmp_path: Path
) -> None:
    large = scene.resize((640, 480))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: thumbnails.save(HASH, large), range(40)))
    assert files_under(tmp_path) == [thumbnails.path(HASH)]
    with Image.open(thumbnails.path(HASH)) as saved:
        saved.load()


def test_nothing_private_is_copied(thumbnails: Thumbnails, scene: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    private = scene.copy()
    private.info.update(exif=exif.tobytes(), comment=b"to my love", icc_profile=b"x" * 200)
    thumbnails.save(HASH, private)
    content = thumbnails.path(HASH).read_bytes()
    assert b"Maker" not in content
    assert b"to my love" not in content
    assert b"ICC_PROFILE" not in content


@pytest.mark.parametrize("name", ["", "ab", "../etc/passwd", "ab/cdef", "ab.cd", "äöüß"])
def test_only_hashes_become_names(thumbnails: Thumbnails, name: str) -> None:
    with pytest.raises(ValueError, match="not a content hash"):
        thumbnails.path(name)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, scene: Image.Image) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UserError, match=r"thumbnails could not be saved \(.+\)\."):
        Thumbnails(tmp_path / "file" / "thumbnails").save(HASH, scene)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full exists on Linux only")
def test_a_full_disk_is_a_sentence() -> None:
    with pytest.raises(OSError) as full, open("/dev/full", "wb", buffering=0) as device:
        device.write(b"x")
    assert full.value.errno == errno.ENOSPC
    error = _unsaved(full.value, Path("data"))
    assert error.message == "The thumbnails could not be saved because the disk is full."
    assert "data" in error.hint


def test_a_failed_save_leaves_nothing_behind(
    thumbnails: Thumbnails, scene: Image.Image, tmp_path: Path
) -> None:
    thumbnails.path(HASH).mkdir(parents=True)  # a folder stands where the file should go
    (thumbnails.path(HASH) / "inside").write_bytes(b"")
    with pytest.raises(UserError):
        thumbnails.save(HASH, scene)
    assert files_under(tmp_path) == [thumbnails.path(HASH) / "inside"]
