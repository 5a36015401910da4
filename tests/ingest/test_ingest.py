import ctypes
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from desktop.catalog import Counts, TakenFrom
from desktop.errors import Cancelled
from desktop.ingest import EmbeddingPass, Ingest, Rules, patience
from desktop.jobs import Job, Progress
from desktop.media.decoders import LIMIT_S
from tests.colour_embedder import ColourEmbedder
from tests.hung_drive import hung
from tests.ingest.conftest import Bench
from tests.pictures import draw
from tests.shared_decoders import DECODERS


def test_new_photos_become_searchable_with_metadata_and_thumbnail(bench: Bench) -> None:
    draw(bench.folder / "a.jpg", "red")
    draw(bench.folder / "sub" / "b.png", "blue", size=(1200, 800))

    tally = bench.index()

    assert tally.made.total() == 2
    assert bench.counts == Counts(photos=2, searchable=2, waiting=0, problems=0, missing=0)
    photo = bench.photo("sub/b.png")
    assert photo.metadata is not None and photo.content_hash is not None
    assert (photo.metadata.width_px, photo.metadata.height_px) == (1200, 800)
    assert photo.metadata.taken_from is TakenFrom.FILE
    with Image.open(bench.thumbnails.path(photo.content_hash)) as thumbnail:
        assert max(thumbnail.size) == 512
    assert sorted(bench.saved) == sorted([photo.photo_id, bench.photo("a.jpg").photo_id])


def test_a_second_run_does_nothing(bench: Bench) -> None:
    draw(bench.folder / "a.jpg")
    bench.index()

    assert bench.scan().is_empty
    assert bench.embed().made.total() == 0
    assert bench.embedder.n_images == 1


def test_a_renamed_photo_keeps_its_embedding_and_its_id(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    bench.index()
    before = bench.photo("a.jpg")
    (bench.folder / "new").mkdir()
    path.rename(bench.folder / "new" / "b.jpg")

    tally = bench.index()

    after = bench.photo("new/b.jpg")
    assert (tally.renamed, tally.made.total(), bench.embedder.n_images) == (1, 0, 1)
    assert after.photo_id == before.photo_id
    assert after.first_seen_at == before.first_seen_at
    assert bench.counts == Counts(photos=1, searchable=1, waiting=0, problems=0, missing=0)


def test_a_photo_renamed_while_a_model_was_coming_is_embedded_with_it_in_the_same_run(
    bench: Bench,
) -> None:
    path = draw(bench.folder / "a.jpg")
    bench.index()
    path.rename(bench.folder / "b.jpg")
    bench.embedder = type(bench.embedder)("colours-2")

    tally = bench.index()

    assert (tally.renamed, tally.made.total()) == (1, 1)
    assert bench.counts.searchable == 1


def test_photos_that_arrive_together_are_written_together(bench: Bench) -> None:
    draw(bench.folder / "gone.jpg")
    bench.scan()
    (bench.folder / "gone.jpg").unlink()
    names = [f"{number}.jpg" for number in range(10)]
    for name in names:
        draw(bench.folder / name)
    before = bench.catalog.revision()

    tally = bench.look_at("gone.jpg", *names)

    assert (tally.new, tally.gone) == (10, 1)
    assert bench.catalog.revision() == before + 1


def test_a_renamed_folder_is_not_embedded_again(bench: Bench) -> None:
    for number in range(20):
        draw(bench.folder / "old" / f"{number}.jpg", seed=number)
    bench.index()
    (bench.folder / "old").rename(bench.folder / "new")

    bench.look_at("old", "new")
    tally = bench.embed()

    assert (tally.renamed, tally.made.total()) == (20, 0)
    assert bench.counts == Counts(photos=20, searchable=20, waiting=0, problems=0, missing=0)


def test_a_photo_moved_to_another_watched_folder_is_not_embedded_again(
    bench: Bench, tmp_path: Path
) -> None:
    other = tmp_path / "a folder scanned later"
    other.mkdir()
    path = draw(bench.folder / "a.jpg")
    bench.index()
    bench.catalog.folders.add(other)
    path.rename(other / "a.jpg")

    assert bench.index().renamed == 1
    assert bench.embedder.n_images == 1
    assert bench.counts.photos == 1


def test_a_copy_reuses_the_embedding(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    bench.index()
    shutil.copy(path, bench.folder / "copy.jpg")

    tally = bench.index()

    assert (tally.copied, tally.made.total(), bench.embedder.n_images) == (1, 0, 1)
    assert bench.counts.searchable == 2


def test_the_same_photo_in_ten_new_places_is_embedded_once(bench: Bench) -> None:
    path = draw(bench.folder / "0.jpg")
    for number in range(1, 10):
        shutil.copy(path, bench.folder / f"{number}.jpg")

    bench.index()

    assert bench.embedder.n_images == 1
    assert bench.counts.searchable == 10


def test_a_broken_photo_in_three_places_is_three_problems(bench: Bench) -> None:
    for number in range(3):
        (bench.folder / f"{number}.jpg").write_bytes(b"\xff\xd8\xff" + bytes(5000))

    bench.index()

    assert bench.counts == Counts(photos=3, searchable=0, waiting=0, problems=3, missing=0)
    assert len(bench.catalog.photos.list_problems()) == 3


def test_a_damaged_photo_is_searchable_and_so_are_its_copies(bench: Bench) -> None:
    whole = draw(bench.folder / "whole.jpg").read_bytes()
    for name in ("a.jpg", "copy.jpg"):
        (bench.folder / name).write_bytes(whole[: len(whole) // 2])

    bench.index()

    assert bench.counts == Counts(3, searchable=3, waiting=0, problems=0, missing=0, damaged=2)
    listed = bench.catalog.photos.list_problems()
    assert {each.photo.relative_path for each in listed if each.is_damage} == {"a.jpg", "copy.jpg"}
    damage = bench.photo("a.jpg").damage
    assert damage is not None and damage == bench.photo("copy.jpg").damage


def test_a_damaged_photo_stays_so_until_its_content_changes(bench: Bench) -> None:
    path = bench.folder / "a.jpg"
    whole = draw(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    bench.index()
    damage = bench.photo("a.jpg").damage
    os.utime(path, ns=(1, 10**18))
    bench.index()
    assert bench.photo("a.jpg").damage == damage is not None

    path.write_bytes(whole)
    bench.index()

    assert bench.photo("a.jpg").damage is None
    assert bench.counts.damaged == 0


def test_a_changed_photo_is_read_again(bench: Bench) -> None:
    draw(bench.folder / "a.jpg", "red")
    bench.index()
    red = bench.catalog.made.find_vector(bench.photo("a.jpg").photo_id, bench.embedder.model_id)
    draw(bench.folder / "a.jpg", "blue", size=(300, 200))

    tally = bench.index()

    photo = bench.photo("a.jpg")
    blue = bench.catalog.made.find_vector(photo.photo_id, bench.embedder.model_id)
    assert tally.made.total() == 1
    assert red is not None and blue is not None and float(red @ blue) < 0.5
    assert photo.metadata is not None and photo.metadata.width_px == 300


def test_a_touched_photo_is_not_embedded_again(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    bench.index()
    os.utime(path, ns=(1, 10**18))

    tally = bench.index()

    assert (tally.touched, tally.made.total(), bench.embedder.n_images) == (1, 0, 1)
    assert bench.photo("a.jpg").mtime_ns == 10**18
    assert bench.scan().is_empty


def test_a_deleted_photo_is_missing_and_comes_back(bench: Bench, tmp_path: Path) -> None:
    path = draw(bench.folder / "a.jpg")
    draw(bench.folder / "b.jpg", seed=1)
    bench.index()
    path.rename(tmp_path / "away.jpg")
    bench.index()
    assert bench.counts == Counts(photos=1, searchable=1, waiting=0, problems=0, missing=1)

    (tmp_path / "away.jpg").rename(path)

    assert bench.index().made.total() == 0
    assert bench.counts == Counts(photos=2, searchable=2, waiting=0, problems=0, missing=0)


def test_an_unplugged_folder_keeps_everything_and_comes_back(bench: Bench, tmp_path: Path) -> None:
    draw(bench.folder / "a.jpg")
    bench.index()
    bench.folder.rename(tmp_path / ".unplugged")

    assert bench.scan().folders_changed
    assert bench.counts.missing == 1
    assert bench.photo("a.jpg").is_missing

    (tmp_path / ".unplugged").rename(bench.folder)
    assert bench.scan().folders_changed
    assert bench.embed().made.total() == 0
    assert bench.counts == Counts(photos=1, searchable=1, waiting=0, problems=0, missing=0)


def test_an_empty_mount_point_does_not_wipe_the_folder(bench: Bench, tmp_path: Path) -> None:
    draw(bench.folder / "a.jpg")
    bench.index()
    bench.folder.rename(tmp_path / ".unplugged")
    bench.folder.mkdir()

    bench.scan()

    assert bench.catalog.folders.list_all()[0].is_missing
    assert bench.photo("a.jpg").missing_since is None


def test_a_picture_with_a_side_under_64_px_is_passed_over_for_good(bench: Bench) -> None:
    draw(bench.folder / "strip.png", size=(2000, 40))

    assert bench.index().skipped == 1
    assert bench.counts == Counts(photos=0, searchable=0, waiting=0, problems=0, missing=0)
    assert bench.scan().is_empty
    assert bench.embed().skipped == 0


def test_a_mended_photo_is_no_problem_any_more(bench: Bench) -> None:
    path = bench.folder / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff" + bytes(5000))
    bench.index()
    assert bench.counts.problems == 1
    draw(path)

    bench.index()

    assert bench.counts == Counts(photos=1, searchable=1, waiting=0, problems=0, missing=0)


def test_excluded_photos_go_and_come_back_without_embedding(bench: Bench) -> None:
    draw(bench.folder / "keep.jpg")
    draw(bench.folder / "screens" / "b.jpg", seed=1)
    bench.index()
    bench.rules = Rules(["screens/"], ())
    bench.index()
    assert bench.counts.photos == 1

    bench.rules = Rules((), ())
    bench.index()

    assert bench.counts.photos == 2
    assert bench.embedder.n_images == 2


def test_cancelling_keeps_what_was_done_and_the_next_run_does_the_rest(bench: Bench) -> None:
    for number in range(60):
        draw(bench.folder / f"{number}.jpg", seed=number)
    bench.scan()

    def cancel_soon(progress: Progress) -> None:
        if progress.done >= 16:
            job.cancel()

    job = Job(cancel_soon)
    with pytest.raises(Cancelled):
        bench.embed(job)
    done = bench.counts.searchable
    assert 16 <= done < 60

    bench.embed()

    assert bench.counts.searchable == 60
    assert bench.embedder.n_images == 60


def test_photos_that_arrive_meanwhile_go_first(bench: Bench) -> None:
    for number in range(150):
        draw(bench.folder / f"{number}.jpg", seed=number)
    bench.scan()
    draw(bench.folder / "urgent.jpg", "blue", seed=999)
    news = [bench.catalog.files.last_id()]

    def arrivals() -> int | None:
        if not news or bench.embedder.n_images == 0:
            return None
        bench.look_at("urgent.jpg")
        return news.pop()

    embedding = EmbeddingPass(bench.embedder, bench.on_saved)
    ingest = Ingest(bench.catalog, bench.thumbnails, DECODERS)
    ingest.run(embedding, [embedding], Job(), arrivals)

    assert bench.saved.index(bench.photo("urgent.jpg").photo_id) < 110
    assert bench.counts.searchable == 151


def test_a_file_that_vanishes_while_it_waits_is_no_problem(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    draw(bench.folder / "b.jpg", seed=1)
    bench.scan()
    path.unlink()

    bench.embed()

    assert bench.counts.problems == 0
    bench.scan()
    assert bench.counts == Counts(photos=1, searchable=1, waiting=0, problems=0, missing=1)


def test_no_thread_is_left_after_a_run(bench: Bench) -> None:
    draw(bench.folder / "a.jpg")
    bench.index()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


def test_a_second_model_embeds_beside_the_first(bench: Bench) -> None:
    draw(bench.folder / "a.jpg")
    bench.index()
    first = bench.embedder
    bench.embedder = type(first)("colours-2")

    assert bench.embed().made.total() == 1
    assert bench.catalog.made.count_vectors() == {"colours@1": 1, "colours-2@1": 1}


def test_the_photos_themselves_are_never_written_to(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    before = (path.read_bytes(), path.stat().st_mtime_ns)

    bench.index()

    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in bench.folder.iterdir()] == ["a.jpg"]


def test_a_photo_moved_and_copied_at_once_is_two_photos(bench: Bench) -> None:
    path = draw(bench.folder / "a.jpg")
    bench.index()
    before = bench.photo("a.jpg")
    shutil.copy2(path, bench.folder / "c.jpg")
    path.rename(bench.folder / "b.jpg")

    tally = bench.index()

    assert (tally.renamed, tally.copied, bench.embedder.n_images) == (1, 1, 1)
    assert bench.counts == Counts(photos=2, searchable=2, waiting=0, problems=0, missing=0)
    assert before.photo_id in (bench.photo("b.jpg").photo_id, bench.photo("c.jpg").photo_id)


def test_a_photo_that_crashes_its_decoder_is_set_aside_until_retry(bench: Bench) -> None:
    """Only that photo: the others are embedded, and the next run leaves it alone."""
    draw(bench.folder / "fine.jpg", "red")
    draw(bench.folder / "crash.jpg", "blue")
    bench.embedder = FittedBy(_crash_on_blue)

    bench.index()

    broken = bench.photo("crash.jpg")
    assert broken.problem is not None and "crashed" in broken.problem
    assert bench.counts == Counts(photos=2, searchable=1, waiting=0, problems=1, missing=0)
    assert bench.index().problems == 0

    bench.embedder = ColourEmbedder()
    assert bench.index().made.total() == 0
    bench.catalog.ingests.forget_problem([broken.photo_id])
    assert bench.index().made.total() == 1


@pytest.mark.skipif(os.name == "nt", reason="a pipe stands for a file that never answers")
def test_a_file_that_never_answers_is_a_problem_and_holds_up_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 0.5)
    draw(bench.folder / "fine.jpg", "red")
    silent = draw(bench.folder / "silent.jpg", "blue")
    bench.scan()
    silent.unlink()
    os.mkfifo(silent)  # opening it waits for a writer
    try:
        tally = bench.embed()
    finally:
        os.close(os.open(silent, os.O_RDWR))  # the reader that was left behind ends

    assert (tally.made.total(), tally.problems) == (1, 1)
    assert "does not answer" in str(bench.photo("silent.jpg").problem)


def test_photos_of_a_drive_that_falls_silent_go_on_waiting(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 0.5)
    for number in range(20):
        draw(bench.folder / f"{number:02}.jpg", "red", number)
    here = bench.catalog.folders.add(tmp_path / "here")
    draw(here.path / "blue.jpg", "blue")
    bench.scan()

    with hung(bench.folder):
        tally = bench.embed()

    assert (tally.made.total(), tally.problems) == (1, 0)
    assert tally.silent_folders == {bench.folder_id}
    assert [folder.is_missing for folder in bench.catalog.folders.list_all()] == [True, False]
    assert bench.index().made.total() == 20


def test_a_decoder_that_hangs_is_not_waited_for_when_the_job_is_cancelled(bench: Bench) -> None:
    draw(bench.folder / "slow.jpg", "red")
    draw(bench.folder / "fine.jpg", "blue")
    bench.embedder = FittedBy(_hang_on_red)
    job = Job()
    threading.Timer(2.0, job.cancel).start()
    bench.scan()

    begun_s = time.monotonic()
    with pytest.raises(Cancelled):
        bench.embed(job)

    assert time.monotonic() - begun_s < LIMIT_S / 2
    assert bench.photo("slow.jpg").problem is None
    bench.embedder = ColourEmbedder()
    assert bench.index().problems == 0
    assert bench.counts.searchable == 2


class FittedBy(ColourEmbedder):
    """Its `fit`, which runs in the decoding process, is another."""

    def __init__(self, fit: Callable[[Image.Image], Image.Image]) -> None:
        super().__init__()
        self._fit = fit

    @property
    def fit(self) -> Callable[[Image.Image], Image.Image]:
        return self._fit


def _hang_on_red(image: Image.Image) -> Image.Image:
    red, _, blue = (band.getextrema()[0] for band in image.split())
    if red > blue:
        time.sleep(2 * LIMIT_S)
    return ColourEmbedder().fit(image)


def _crash_on_blue(image: Image.Image) -> Image.Image:
    red, _, blue = (band.getextrema()[0] for band in image.split())
    if blue > red:
        ctypes.string_at(0)
    return ColourEmbedder().fit(image)
