"""A registry of colour embedders, so that tests can open a real Library without any weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from desktop.embedding import Embedder, ModelInfo, Registry, Traits
from desktop.errors import ModelUnavailable
from desktop.jobs import Job
from desktop.settings import Places, Settings
from tests.colour_embedder import ColourEmbedder


class ColourRegistry(Registry):
    """Knows "colours" and "colours-2", which answer alike but have their own embeddings; "auto" is
    the first. Every call of `create` gives the same embedder, so that tests can ask what it did."""

    def __init__(self, places: Places, settings: Callable[[], Settings]) -> None:
        super().__init__(places, settings)
        self.embedders = {
            "colours": ColourEmbedder("colours"),
            "colours-2": ColourEmbedder("colours-2", revision="7"),
        }

    def list_models(self) -> list[ModelInfo]:
        return [
            ModelInfo(
                name,
                *(name.title(), "Colours.", embedder.model_id, Path(), False, 0),
                traits=Traits.of(embedder),
            )
            for name, embedder in self.embedders.items()
        ]

    def resolve(self, name: str) -> str:
        return "colours" if name == "auto" else name

    def create(self, name: str) -> Embedder:
        try:
            return self.embedders[self.resolve(name)]
        except KeyError as error:
            raise ModelUnavailable(f"There is no model {name}.", "Take colours.") from error

    def download(self, name: str, job: Job) -> Path:
        raise ModelUnavailable(f"{name} cannot be downloaded.")
