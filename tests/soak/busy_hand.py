"""A person's hand, in a process of its own: adds, changes, renames, copies and deletes photos in a
folder until its standard input is closed, then puts the folder back as it was and says what it did.
As a hand or a camera does, it copies photos that are there, and leaves the cores to the programs.

python -m tests.soak.busy_hand FOLDER SEED
"""

from __future__ import annotations

import random
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.colour_embedder import COLOURS
from tests.pictures import draw

PAUSE_S = 0.04
BUSY_S, REST_S = 5.0, 3.0
MOST_ADDED = 200
SIZES = ((160, 120), (640, 480), (1200, 1600))


class Hand:
    """Attributes: done: how often it did what."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._folder = folder
        self._lot = random.Random(seed)
        self._added: list[Path] = []
        self._n = 0
        self._stock = [
            draw(
                folder.parent / "stock" / f"{colour} {size[0]}.jpg", colour, seed, size
            ).read_bytes()
            for colour in sorted(COLOURS)
            for size in SIZES
        ]
        self._deeds: list[Callable[[], None]] = [
            self.add, self.add, self.add, self.change, self.rename, self.copy, self.delete,
            self.delete, self.spoil,
        ]  # fmt: skip

    def do_something(self) -> None:
        deed = self._lot.choice(self._deeds)
        if not self._added:
            deed = self.add
        elif len(self._added) > MOST_ADDED:
            deed = self.delete
        deed()
        self.done[deed.__name__] += 1

    def add(self) -> None:
        below = self._lot.choice(("", "new", "new/deeper"))
        path = self._folder / below / f"added {self._n}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._photo())
        self._added.append(path)

    def change(self) -> None:
        self._one().write_bytes(self._photo())

    def rename(self) -> None:
        path = self._take()
        self._n += 1
        self._added.append(path.rename(path.with_name(f"renamed {self._n}.jpg")))

    def copy(self) -> None:
        path = self._one()
        self._n += 1
        copied = path.with_name(f"copied {self._n}.jpg")
        self._added.append(Path(shutil.copyfile(path, copied)))

    def delete(self) -> None:
        self._take().unlink()

    def spoil(self) -> None:
        path = self._one()
        path.write_bytes(path.read_bytes()[:300])

    def put_back(self) -> None:
        while self._added:
            self.delete()

    def _one(self) -> Path:
        return self._lot.choice(self._added)

    def _take(self) -> Path:
        return self._added.pop(self._lot.randrange(len(self._added)))

    def _photo(self) -> bytes:
        """One that no other file has: what stands behind a JPEG's end changes its hash alone."""
        self._n += 1
        return self._lot.choice(self._stock) + str(self._n).encode()


def main(folder: Path, seed: int) -> None:
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    hand = Hand(folder, seed)
    while not ended.is_set():
        for _ in range(round(BUSY_S / PAUSE_S)):
            hand.do_something()
            if ended.wait(PAUSE_S):
                break
        ended.wait(REST_S)
    hand.put_back()
    sys.stdout.write(", ".join(f"{n} x {deed}" for deed, n in sorted(hand.done.items())))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
