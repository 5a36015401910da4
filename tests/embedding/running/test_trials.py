"""Which numbers are the quickest here is found out once, and not at each load."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from desktop.embedding.apart import EmbedderApart
from desktop.embedding.running import trials as trials_module
from desktop.embedding.running.forward import PhotoSide, leave
from desktop.embedding.running.trials import Trials
from desktop.embedding.starter import StarterEmbedder
from desktop.settings import resource_path


@dataclass
class Computed:
    device: str
    precision: str


@dataclass
class Side:
    """A network that has been loaded."""

    forward: Computed
    input_px: int = 1

    def let_go(self) -> None: ...


@dataclass
class Trying:
    """A model that, where it may choose, finds these numbers to be the quickest when it loads.

    Attributes:
        n_trials: how often it has tried which.
    """

    finds: str
    device: str = "cpu"
    asked_precision: str = "auto"
    on_loaded: Callable[[PhotoSide], None] = field(default=leave)
    n_trials: int = 0
    can_be_converted: bool = True

    def load(self) -> str:
        tries = self.asked_precision == "auto"
        self.n_trials += tries
        precision = self.finds if tries else self.asked_precision
        self.on_loaded(Side(Computed(self.device, precision)))  # type: ignore[arg-type]
        return precision


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(tmp_path / "made when needed" / "trials.json")


def load(trials: Trials, model: Trying, key: str = "model@1") -> Trying:
    trials.settle(model, key, leave)
    model.load()
    return model


def test_what_two_trials_have_found_is_not_tried_again(trials: Trials) -> None:
    assert load(trials, Trying("bfloat16")).n_trials == 1
    assert load(trials, Trying("bfloat16")).n_trials == 1
    third = load(trials, Trying("float32"))
    assert (third.n_trials, third.asked_precision) == (0, "bfloat16")
    assert load(trials, Trying("float32"), "another@1").n_trials == 1


def test_where_two_trials_differ_another_decides(trials: Trials) -> None:
    for found in ("float32", "bfloat16", "bfloat16"):
        assert load(trials, Trying(found)).n_trials == 1
    assert load(trials, Trying("float32")).asked_precision == "bfloat16"


def test_another_version_of_torch_or_processor_is_tried_anew(
    trials: Trials, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        load(trials, Trying("bfloat16"))
    monkeypatch.setattr(trials_module, "version", lambda _: "9.9")
    assert load(trials, Trying("float32")).n_trials == 1


def test_who_asks_for_numbers_gets_them_and_a_gpu_notes_nothing(trials: Trials) -> None:
    for _ in range(2):
        load(trials, Trying("float16", device="cuda"))
        load(trials, Trying("bfloat16", asked_precision="float32"))
    assert load(trials, Trying("bfloat16")).n_trials == 1


def test_damaged_notes_are_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "trials.json"
    for content in ("", "[]", '{"here": 1}', '{"found": {"model@1": 3}}'):
        path.write_text(content)
        assert load(Trials(path), Trying("bfloat16")).n_trials == 1


def test_a_model_in_a_process_of_its_own_uses_what_was_found(trials: Trials) -> None:
    make = partial(StarterEmbedder, resource_path("models", "starter"), "cpu")
    key = f"{make().model_id} on cpu"
    for _ in range(2):
        load(trials, Trying("float32"), key)
    apart = EmbedderApart(make, trials=trials)
    apart.embed_images([Image.new("RGB", (64, 64))])
    assert apart.precision == "float32"
    apart.unload()
