"""Two thousand damaged photos: each is still a photo, or has a sentence; nothing crashes, hangs or
grows."""

from __future__ import annotations

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from PIL import Image

from desktop.errors import NotAPhoto, PhotoUnreadable
from desktop.media import Decoders, Sides
from tests.pictures import draw

SEED = 20
N_MUTATIONS = int(os.environ.get("LIKENESS_FUZZ", "2000"))
N_PASSES = 10
MAY_GROW_BYTES = 40_000_000
SUFFIXES = (".jpg", ".png", ".webp", ".tif", ".gif", ".bmp", ".heic", ".avif")
SIDES = Sides(100, 100)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """A valid photo of every format, one with EXIF among them."""
    folder = tmp_path_factory.mktemp("whole")
    with Image.open(draw(folder / "drawn.png", "red", size=(200, 150))) as picture:
        exif = Image.Exif()
        exif[0x0110], exif[0x0112] = "Camera", 6
        for suffix in SUFFIXES:
            picture.save(folder / f"photo{suffix}")
        picture.save(folder / "exif.jpg", exif=exif, progressive=True)
        picture.convert("P").save(folder / "palette.png")
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def mutate(photo: bytes, rng: random.Random) -> bytes:
    """Damage as it happens: flipped bits, lost ends, blocks lost, doubled, zeroed or of another
    photo."""
    data = bytearray(photo)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        at, length = rng.randrange(len(data)), rng.choice((1, 2, 4, 16, 512))
        match rng.randrange(6):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at : at + length] = rng.randbytes(length)
            case 2:
                data[at : at + length] = bytes(length)
            case 3:
                data[at : at + 4] = rng.choice((b"\xff" * 4, b"\x7f\xff\xff\xff", bytes(4)))
            case 4:
                data[at:at] = data[at : at + length]
            case 5 if len(data) > 200:
                del data[at : at + length]
    return bytes(data if rng.random() < 0.8 else data[: rng.randrange(1, len(data) + 1)])


@pytest.fixture(scope="module")
def damaged(whole: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    rng = random.Random(SEED)
    folder = tmp_path_factory.mktemp("damaged")
    paths = [folder / f"{number:04}.jpg" for number in range(N_MUTATIONS)]
    for path in paths:
        path.write_bytes(mutate(rng.choice(whole), rng))
    return paths


def outcome(decoders: Decoders, path: Path) -> str:
    try:
        image = decoders.decode(path, SIDES).image
    except (PhotoUnreadable, NotAPhoto) as reason:
        assert reason.message.endswith("."), (path, reason.message)
        return reason.message
    assert image.mode == "RGB", path
    return "a photo"


def test_each_ends_as_a_photo_or_with_a_sentence(damaged: list[Path]) -> None:
    decoders = Decoders(n_processes=2)
    with ThreadPoolExecutor(2) as pool:
        outcomes = Counter(pool.map(lambda path: outcome(decoders, path), damaged))
    decoders.close()
    assert outcomes["a photo"] > N_MUTATIONS / 10, outcomes
    assert outcomes.total() - outcomes["a photo"] > N_MUTATIONS / 10, outcomes
    # Survived, but a decoder that lets a file crash it is worth knowing by name.
    crashes = {message: n for message, n in outcomes.items() if "crashed" in message}
    assert not crashes, outcomes


def test_memory_does_not_grow_from_pass_to_pass(damaged: list[Path]) -> None:
    decoders = Decoders(n_processes=1)
    sizes: list[int] = []
    for _ in range(N_PASSES):
        for path in damaged[:100]:
            outcome(decoders, path)
        (process,) = decoders._idle
        sizes.append(psutil.Process(process.pid).memory_info().rss)
    decoders.close()
    assert max(sizes[-3:]) - sizes[1] < MAY_GROW_BYTES, sizes
