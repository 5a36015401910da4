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


@settings(deadline=None, max_examples=30)
@given(width=st.integers(1, 2000), height=st.integers(1, 2000))
def test_sizes(width: int, height: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    thumbnails = Thumbnails(tmp_path_factory.getbasetemp() / "sizes")
    thumbnails.save(HASH, Image.new("RGB", (width, height)))
    with Image.open(thumbnails.path(HASH)) as saved:
        if max(width, height) <= THUMBNAIL_PX:
            assert saved.size == (width, height)
        else:
            assert max(saved.size) == THUMBNAIL_PX
            scale = THUMBNAIL_PX / max(width, height)
            assert min(saved.size) == pytest.approx(max(1, min(width, height) * scale), abs=0.51)


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
