"""Decoders that crash, hang or are killed: the application goes on, the photo has a sentence."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import pytest
from PIL import Image

from desktop.background.processes import MARK
from desktop.errors import Cancelled, NotAPhoto, PhotoUnreadable, UserError
from desktop.jobs import Job
from desktop.media import Decoders, HashedFile, Sides, Thumbnails, decode
from tests.no_program import no_program
from tests.pictures import draw
from tests.shared_decoders import DECODERS

HASH = "0123456789abcdef"
LIMIT_S = 3.0


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return draw(tmp_path / "photos" / "red.jpg", "red")


@pytest.fixture
def decoders() -> Iterator[Decoders]:
    """Processes of the test's own, which it may spoil."""
    with closing(Decoders(n_processes=1)) as own:
        yield own


def hashed(path: Path, mtime_ns: int | None = None) -> HashedFile:
    stat = path.stat()
    return HashedFile(path, stat.st_size, mtime_ns or stat.st_mtime_ns, HASH)


def half(image: Image.Image) -> Image.Image:
    return image.reduce(2)


def crash(_: Image.Image) -> Image.Image:
    """As a decoder does that reads where it must not."""
    ctypes.string_at(0)
    raise AssertionError("this is never reached")


def hang(_: Image.Image) -> Image.Image:
    """Without letting Python run, as a decoder in C does."""
    ctypes.PyDLL(None).sleep(3600)
    raise AssertionError("this is never reached")


def slowly(image: Image.Image) -> Image.Image:
    time.sleep(2)
    return image


def leave(_: Image.Image) -> Image.Image:
    os._exit(0)


def processes() -> set[int]:
    return {
        child.pid
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and MARK in child.cmdline()
    }


def test_a_photo_is_the_same_as_without_a_process(photo: Path) -> None:
    apart, here = DECODERS.decode(photo, Sides(100)), decode(photo, Sides(100))
    assert apart.facts == here.facts
    assert apart.image.tobytes() == here.image.tobytes()


def test_reading_fits_the_image_and_saves_the_thumbnail(photo: Path, tmp_path: Path) -> None:
    thumbnails = Thumbnails(tmp_path / "thumbnails")
    read = DECODERS.read(hashed(photo), Sides(100), {"half": half}, thumbnails)
    assert read is not None
    with Image.open(thumbnails.path(HASH)) as thumbnail, Image.open(photo) as whole:
        assert read.images["half"].size == (whole.width // 2, whole.height // 2)
        assert thumbnail.size == whole.size


def test_a_file_replaced_since_it_was_hashed_leaves_no_thumbnail(
    photo: Path, tmp_path: Path
) -> None:
    thumbnails = Thumbnails(tmp_path / "thumbnails")
    assert DECODERS.read(hashed(photo, mtime_ns=1), Sides(100), {"half": half}, thumbnails) is None
    assert not thumbnails.exists(HASH)


def test_problems_of_a_file_come_back_as_they_are(tmp_path: Path) -> None:
    text, cut = tmp_path / "text.jpg", tmp_path / "cut.jpg"
    text.write_text("no photo at all")
    cut.write_bytes(draw(tmp_path / "whole.jpg", "red").read_bytes()[:600])
    for path in (text, cut):
        with pytest.raises(UserError) as here:
            decode(path)
        with pytest.raises(type(here.value)) as apart:
            DECODERS.decode(path)
        assert (apart.value.message, apart.value.hint) == (here.value.message, here.value.hint)
    with pytest.raises(NotAPhoto):
        DECODERS.decode(draw(tmp_path / "icon.png", "red", size=(20, 20)))


@pytest.mark.skipif(sys.platform == "win32", reason="a crash there opens a window")
def test_a_crash_becomes_a_sentence_and_the_next_photo_is_read(
    decoders: Decoders, photo: Path, tmp_path: Path
) -> None:
    with pytest.raises(PhotoUnreadable, match="crashed"):
        decoders.read(hashed(photo), Sides(100), {"": crash}, Thumbnails(tmp_path))
    assert decoders.decode(photo).facts.format == "JPEG"


@pytest.mark.skipif(sys.platform == "win32", reason="sleeps with POSIX's call")
def test_a_hang_ends_at_the_limit_and_the_next_photo_is_read(photo: Path, tmp_path: Path) -> None:
    with closing(Decoders(n_processes=1, limit_s=LIMIT_S)) as decoders:
        started_s = time.monotonic()
        with pytest.raises(PhotoUnreadable, match="longer than 3 seconds"):
            decoders.read(hashed(photo), Sides(100), {"": hang}, Thumbnails(tmp_path))
        assert time.monotonic() - started_s < 10 * LIMIT_S
        assert decoders.decode(photo).facts.format == "JPEG"


def killed(times: int, marks: Path, image: Image.Image) -> Image.Image:
    """As if the system had killed the process for lack of memory, so often."""
    if len(list(marks.iterdir())) < times:
        (marks / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return image


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL exists on POSIX only")
def test_a_photo_is_not_blamed_for_one_kill_from_outside(
    decoders: Decoders, photo: Path, tmp_path: Path
) -> None:
    (tmp_path / "marks").mkdir()
    thumbnails = Thumbnails(tmp_path)
    once = {"": partial(killed, 1, tmp_path / "marks")}
    assert decoders.read(hashed(photo), Sides(100), once, thumbnails) is not None
    always = {"": partial(killed, 99, tmp_path / "marks")}
    with pytest.raises(PhotoUnreadable, match="crashed"):
        decoders.read(hashed(photo), Sides(100), always, thumbnails)


def test_a_decoder_that_ends_its_process_quietly_is_a_crash_too(
    decoders: Decoders, photo: Path, tmp_path: Path
) -> None:
    with pytest.raises(PhotoUnreadable, match="crashed"):
        decoders.read(hashed(photo), Sides(100), {"": leave}, Thumbnails(tmp_path))


def test_that_no_process_starts_is_no_photos_fault(decoders: Decoders, photo: Path) -> None:
    with no_program(), pytest.raises(UserError, match="does not start") as refused:
        decoders.decode(photo)
    assert not isinstance(refused.value, PhotoUnreadable) and refused.value.hint
    assert decoders.decode(photo).facts.format == "JPEG"


def test_a_process_that_ended_while_idle_is_replaced_without_a_word(
    decoders: Decoders, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.media.decoders.IDLE_S", 0.2)
    before = processes()
    decoders.decode(photo)
    (idle,) = processes() - before
    psutil.wait_procs([psutil.Process(idle)], 10)
    assert decoders.decode(photo).facts.format == "JPEG"


def test_what_a_library_says_of_a_file_is_not_seen(
    decoders: Decoders, photo: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """libtiff speaks of a compression that it lacks."""
    with Image.open(photo) as image:
        image.save(photo.with_suffix(".tif"), compression="tiff_lzw")
    content = photo.with_suffix(".tif").read_bytes()
    compression = struct.pack("<HHIHH", 259, 3, 1, 5, 0)
    assert compression in content
    unknown = content.replace(compression, struct.pack("<HHIHH", 259, 3, 1, 50001, 0))
    photo.with_suffix(".tif").write_bytes(unknown)

    with pytest.raises(PhotoUnreadable):
        decoders.decode(photo.with_suffix(".tif"))

    assert capfd.readouterr() == ("", "")


def test_closing_leaves_no_process(decoders: Decoders, photo: Path) -> None:
    before = processes()
    decoders.decode(photo)
    assert len(processes() - before) == 1
    decoders.close()
    assert processes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_linux_ends_a_decoder_before_the_window(decoders: Decoders, photo: Path) -> None:
    before = processes()
    decoders.decode(photo)
    (child,) = processes() - before
    assert int(Path(f"/proc/{child}/oom_score_adj").read_text()) == 500


def test_large_images_take_turns(photo: Path, tmp_path: Path) -> None:
    """A large image waits while another is decoded, and its limit does not run meanwhile."""
    decoders = Decoders(n_processes=2, limit_s=LIMIT_S)
    large = tmp_path / "large.png"
    Image.new("1", (9000, 8000)).save(large)
    sizes: list[tuple[int, int]] = []
    reading = threading.Thread(
        target=lambda: sizes.append(decoders.decode(large, Sides(500)).image.size)
    )
    with decoders._one_large_at_a_time:
        reading.start()
        assert decoders.decode(photo).facts.format == "JPEG"
        reading.join(1.5 * LIMIT_S)
        assert reading.is_alive()
    reading.join()
    decoders.close()
    assert sizes == [(563, 500)]


def test_a_cancelled_job_ends_its_own_decode_and_no_other(photo: Path, tmp_path: Path) -> None:
    mine, other, ended = Job(), Job(), []
    with closing(Decoders(n_processes=2)) as decoders, ThreadPoolExecutor(2) as pool:
        reads = [
            pool.submit(
                decoders.read, hashed(photo), Sides(100), {"": fit}, Thumbnails(tmp_path), job
            )
            for fit, job in ((hang, mine), (slowly, other))
        ]
        reads[0].add_done_callback(lambda _: ended.append("cancelled"))
        reads[1].add_done_callback(lambda _: ended.append("read"))
        assert not wait(reads, 0.5).done
        mine.cancel()
        assert isinstance(reads[0].exception(), Cancelled)
        assert reads[1].result() is not None
        assert ended == ["cancelled", "read"]


def test_who_waits_for_a_process_or_a_turn_can_be_cancelled_too(
    decoders: Decoders, photo: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.png"
    Image.new("1", (9000, 8000)).save(large)
    for path, taken in ((photo, decoders._free), (large, decoders._one_large_at_a_time)):
        job = Job()
        with taken, ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(decoders.decode, path, Sides(500), job)
            assert not wait([waiting], 0.3).done
            job.cancel()
            assert isinstance(waiting.exception(10), Cancelled)


PROGRAM = """
import sys, time
from pathlib import Path
import psutil
from desktop.background.processes import MARK
from desktop.media import Decoders
if __name__ == "__main__":
    decoders = Decoders()
    decoders.decode(Path(sys.argv[1]))
    for child in psutil.Process().children():
        if MARK in child.cmdline():
            print(child.pid, flush=True)
    time.sleep(3600)
"""


def test_a_killed_program_leaves_no_process(photo: Path, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    root = Path(__file__).parents[2]
    program = subprocess.Popen(
        [sys.executable, script, photo],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((os.environ["PYTHONPATH"], str(root)))},
    )
    with program:
        assert program.stdout is not None
        child = psutil.Process(int(program.stdout.readline()))
        program.kill()
    _, alive = psutil.wait_procs([child], timeout=10)
    assert not alive
