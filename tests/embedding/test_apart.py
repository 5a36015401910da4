"""An embedder in a process of its own: the same answers, and nothing of it stays behind."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from PIL import Image

from desktop.embedding.apart import MOST_HERE, EmbedderApart
from desktop.embedding.starter import StarterEmbedder
from desktop.errors import Cancelled, ModelDied, ModelUnavailable
from desktop.settings import resource_path
from tests.colour_embedder import ColourEmbedder

PICTURES = [Image.effect_noise((300, 200), 20 * n).convert("RGB") for n in range(1, 6)]
WORDS = ["a dog on a beach", "雪山"]
SHIPPED = resource_path("models", "starter")
# Not the quickest numbers: finding these out takes half a second each time.
STARTER = partial(StarterEmbedder, SHIPPED, "cpu", "float32")


@pytest.fixture
def apart() -> Iterator[EmbedderApart]:
    embedder = EmbedderApart(STARTER)
    yield embedder
    embedder.unload()


def model_processes() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and child.memory_info().rss > 250e6
    ]


def test_it_answers_as_the_embedder_itself(apart: EmbedderApart) -> None:
    here = STARTER()
    assert (apart.name, apart.model_id, apart.dim) == (here.name, here.model_id, here.dim)
    assert not apart.is_loaded and apart.precision == ""
    for found, expected in (
        (apart.embed_images(PICTURES), here.embed_images(PICTURES)),
        (apart.embed_images(PICTURES[:1]), here.embed_images(PICTURES[:1])),
        (apart.embed_text(WORDS), here.embed_text(WORDS)),
    ):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert apart.is_loaded
    assert (apart.device, apart.precision) == (here.device, here.precision)
    assert apart.embed_images([]).shape == apart.embed_text([]).shape == (0, here.dim)


def test_a_question_whose_words_need_no_torch_starts_no_process_and_a_list_of_names_does(
    apart: EmbedderApart,
) -> None:
    before = set(psutil.Process().children())
    words = apart.embed_text(WORDS)
    assert apart.is_loaded and set(psutil.Process().children()) <= before
    np.testing.assert_array_equal(words, STARTER().embed_text(WORDS))
    np.testing.assert_allclose(apart.embed_text(WORDS * MOST_HERE)[:2], words, atol=1e-6)
    assert not set(psutil.Process().children()) <= before
    apart.unload()
    assert not apart.is_loaded and set(psutil.Process().children()) <= before


def test_words_and_images_go_side_by_side(apart: EmbedderApart) -> None:
    with ThreadPoolExecutor(4) as pool:
        images = [pool.submit(apart.embed_images, PICTURES) for _ in range(4)]
        words = [pool.submit(apart.embed_text, WORDS) for _ in range(8)]
    assert all(np.array_equal(each.result(), images[0].result()) for each in images)
    assert all(np.array_equal(each.result(), words[0].result()) for each in words)


def test_unloading_ends_the_process_and_the_next_use_starts_one(apart: EmbedderApart) -> None:
    before = len(model_processes())
    apart.load()
    assert len(model_processes()) == before + 1
    apart.unload()
    assert not apart.is_loaded
    assert len(model_processes()) == before
    assert apart.embed_text(WORDS).shape == (2, apart.dim)


def test_a_process_that_is_killed_is_a_sentence_and_the_next_use_works(
    apart: EmbedderApart,
) -> None:
    apart.load()
    for process in model_processes():
        process.kill()
    with pytest.raises(ModelUnavailable, match="stopped while it was working"):
        apart.embed_images(PICTURES)
    assert not apart.is_loaded
    assert len(apart.embed_images(PICTURES)) == len(PICTURES)


def test_damaged_weights_are_the_same_sentence(tmp_path: Path) -> None:
    damaged = shutil.copytree(SHIPPED, tmp_path / "damaged")
    weights = damaged / "words.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    make = partial(StarterEmbedder, damaged, "cpu")
    apart = EmbedderApart(make)
    reasons = []
    for embedder in (make(), apart):
        with pytest.raises(ModelUnavailable, match="not the one it was made with") as reason:
            embedder.embed_text(WORDS)
        reasons.append((reason.value.message, reason.value.hint))
    assert reasons[0] == reasons[1]
    apart.unload()


PROGRAM = """
import json, sys
from functools import partial
from pathlib import Path
import psutil
from desktop.embedding.apart import EmbedderApart
from desktop.embedding.clip import ClipEmbedder
if __name__ == "__main__":
    apart = EmbedderApart(partial(ClipEmbedder.open, "small", Path(sys.argv[1]), "cpu"))
    apart.embed_text(["a dog"])
    pids = [child.pid for child in psutil.Process().children()]
    print(json.dumps([pids, "torch" in sys.modules]), flush=True)
    sys.stdin.read()
"""


def test_torch_stays_out_of_the_program_and_its_end_is_the_end_of_the_process(
    small_clip_folder: Path, tmp_path: Path
) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    command = [sys.executable, str(script), str(small_clip_folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        pids, has_torch = json.loads(program.stdout.readline())
        children = [psutil.Process(pid) for pid in pids]
        program.kill()
    assert not has_torch
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


def test_nothing_is_said_of_semaphores_when_the_process_is_ended(
    small_clip_folder: Path, tmp_path: Path
) -> None:
    """multiprocessing's tracker would print a warning into the terminal of the command line."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.replace("sys.stdin.read()", "apart.unload()"))
    command = [sys.executable, str(script), str(small_clip_folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


class Trouble(ColourEmbedder):
    """Waits for a minute at "slow" words, and has no memory for images of one colour."""

    def embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if "slow" in texts:
            time.sleep(60)
        return super().embed_text(texts)

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        if any(len(image.getcolors() or "") == 1 for image in images):
            if len(images) == 1:
                raise MemoryError
            raise RuntimeError(
                "DefaultCPUAllocator: can't allocate memory: you tried to allocate 5"
            )
        return super().embed_images(images)


@pytest.fixture
def trouble() -> Iterator[EmbedderApart]:
    embedder = EmbedderApart(Trouble)
    yield embedder
    embedder.unload()


@pytest.mark.parametrize("n", [1, 5])
def test_want_of_memory_is_raised_here_and_the_next_images_are_embedded(
    trouble: EmbedderApart, n: int
) -> None:
    with pytest.raises(ModelDied, match="There is not enough memory for the model"):
        trouble.embed_images([Image.new("RGB", (64, 64), "red")] * n)
    assert trouble.is_loaded is False
    assert len(trouble.embed_images(PICTURES[:n])) == n


def test_a_model_that_gives_no_answer_is_a_sentence_and_the_next_use_works(
    trouble: EmbedderApart, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble.load()
    monkeypatch.setattr("desktop.embedding.apart.ANSWER_WITHIN_S", 0.5)
    with pytest.raises(ModelDied, match="stopped while it was working"):
        trouble.embed_text(["slow"])
    monkeypatch.undo()
    assert not trouble.is_loaded
    assert len(trouble.embed_text(["red"])) == 1


def test_unloading_does_not_wait_for_ever(
    trouble: EmbedderApart, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble.load()
    monkeypatch.setattr("desktop.embedding.apart.UNLOAD_WITHIN_S", 0.3)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(trouble.embed_text, ["slow"])
        assert not wait([asked], 0.3).done
        trouble.unload()
        assert isinstance(asked.exception(10), Cancelled)
    assert len(trouble.embed_text(["red"])) == 1


class LoadsForLong(ColourEmbedder):
    def load(self) -> None:
        time.sleep(60)


@pytest.mark.parametrize("has_started", [False, True])
def test_unloading_does_not_wait_for_weights_that_are_being_loaded(has_started: bool) -> None:
    slow = EmbedderApart(LoadsForLong)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(slow.embed_images, PICTURES)
        while has_started and slow._there is None:
            assert not wait([asked], 0.05).done
        assert not wait([asked], 0.05).done
        begun_s = time.monotonic()
        slow.unload()
        assert isinstance(asked.exception(10), Cancelled)
        assert time.monotonic() - begun_s < 3
