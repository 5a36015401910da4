"""Which models are found where, which one answers, and what is said when there is none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from desktop.embedding import ModelInfo, Registry
from desktop.embedding.models.known import KNOWN
from desktop.embedding.running.memory import RUNTIME_BYTES
from desktop.errors import DownloadFailed, ModelUnavailable
from desktop.jobs import Job
from desktop.settings import Places, Settings
from tests.embedding.fetching.hub import REPO, Hub, serve

CLIP = "clip-ViT-B-32"
SHIPPED = [
    *("starter-large", "starter", "cnn:efficientnet_lite0", "cnn:efficientnet_lite2", "pixels"),
    *(name for name in KNOWN if name != CLIP),
]
"""What is listed last, everywhere: what comes with Likeness, and what is worth a choice."""
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    places = Places.under(tmp_path / "data")
    places.create()
    return places


def registry(places: Places, model_folder: str = "", device: str = "auto") -> Registry:
    settings = Settings(model_folder=model_folder, device=device)
    return Registry(places, lambda: settings, hub_endpoint=NOWHERE)


def info(registry: Registry, name: str) -> ModelInfo:
    (found,) = [model for model in registry.list_models() if model.name == name]
    return found


def snapshot(tmp_path: Path, commit: str, repo: str = f"sentence-transformers/{CLIP}") -> Path:
    return tmp_path / "hf" / "hub" / f"models--{repo.replace('/', '--')}" / "snapshots" / commit


def test_with_nothing_at_hand_the_starter_answers(places: Places) -> None:
    models = registry(places)
    assert [model.name for model in models.list_models()] == [CLIP, *SHIPPED]
    clip = info(models, CLIP)
    assert not clip.is_available
    assert clip.can_download
    assert clip.path is None
    assert 600e6 < clip.download_bytes < 620e6
    assert models.resolve("auto") == "starter"
    assert models.resolve(CLIP) == CLIP
    with pytest.raises(ModelUnavailable, match="not on this computer") as absent:
        models.create(CLIP)
    assert f"likeness models download {CLIP}" in absent.value.hint
    assert str(places.models_path / CLIP) in absent.value.hint


def test_starter_comes_with_likeness(places: Places) -> None:
    starter = info(registry(places), "starter")
    embedder = registry(places, device="cpu").create("auto")
    assert embedder.model_id == starter.model_id
    assert embedder.device == "cpu"
    assert starter.path is not None
    assert (starter.can_download, starter.download_bytes) == (False, 0)
    assert registry(places).download("starter", Job()) == starter.path


def test_size_and_memory_are_told_estimated_until_they_are_measured(places: Places) -> None:
    before = info(registry(places), "cnn:efficientnet_lite0")
    assert before.disk_bytes == pytest.approx(18_600_000, rel=0.05), "of its package"
    assert before.memory_bytes == before.disk_bytes + RUNTIME_BYTES
    assert not before.memory_is_measured
    absent = info(registry(places), CLIP)
    assert (absent.disk_bytes, absent.memory_is_measured) == (0, False)
    assert absent.memory_bytes > absent.download_bytes
    assert info(registry(places), "starter").disk_bytes > 50_000_000, "its networks are counted"

    pixels = registry(places).create("pixels")
    pixels.embed_images([Image.new("RGB", (30, 20), "red")])
    pixels.unload()

    measured = info(registry(places), "pixels")
    assert measured.memory_is_measured
    assert 10_000_000 < measured.memory_bytes < 400_000_000
    places.memory_path.write_text("damaged")
    assert not info(registry(places), "pixels").memory_is_measured


def test_a_folder_copied_by_hand_is_taken(places: Places, small_clip_folder: Path) -> None:
    shutil.copytree(small_clip_folder, places.models_path / CLIP)
    models = registry(places, device="cpu")
    assert models.resolve("auto") == CLIP
    clip = info(models, CLIP)
    assert clip.path == places.models_path / CLIP
    assert clip.download_bytes == 0
    embedder = models.create("auto")
    assert (embedder.name, embedder.device, embedder.is_loaded) == (CLIP, "cpu", False)
    assert embedder.model_id == clip.model_id
    assert models.download(CLIP, Job()) == clip.path, "what is at hand is not fetched"


def test_any_folder_in_the_models_folder_is_listed(places: Places, small_clip_folder: Path) -> None:
    shutil.copytree(small_clip_folder, places.models_path / "My CLIP")
    shutil.copytree(small_clip_folder, places.models_path / "laion--CLIP-B")
    (places.models_path / "broken").mkdir()
    shutil.copytree(small_clip_folder, places.models_path / f"{CLIP}.partial")
    models = registry(places)
    names = [CLIP, "My CLIP", "broken", "laion/CLIP-B", *SHIPPED]
    assert [model.name for model in models.list_models()] == names
    assert models.create("My CLIP").model_id.startswith("My CLIP@")
    assert info(models, "laion/CLIP-B").path == places.models_path / "laion--CLIP-B"
    assert not info(models, CLIP).is_available, "half a download is no model"
    assert "config.json is missing" in info(models, "broken").description
    with pytest.raises(ModelUnavailable, match=r"config\.json is missing"):
        models.create("broken")


def test_the_folder_in_settings_comes_first(
    places: Places, small_clip_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_clip_folder, places.models_path / CLIP)
    mine = Path(shutil.copytree(small_clip_folder, tmp_path / "mine"))
    models = registry(places, model_folder=str(mine))
    assert [model.name for model in models.list_models()] == [
        "mine",
        CLIP,
        *SHIPPED,
    ]
    assert models.resolve("auto") == "mine"
    assert info(models, "mine").path == mine

    shutil.rmtree(mine)
    assert "no such folder" in info(models, "mine").description
    with pytest.raises(ModelUnavailable, match="no such folder"):
        models.create("auto")


@pytest.mark.parametrize("name", ["starter", "auto"])
def test_a_folder_cannot_take_a_name_that_means_something(
    places: Places, small_clip_folder: Path, tmp_path: Path, name: str
) -> None:
    mine = Path(shutil.copytree(small_clip_folder, tmp_path / name))
    models = registry(places, model_folder=str(mine))
    assert models.create("auto").name == f"my-{name}"


def test_the_hub_cache_is_read(places: Places, small_clip_folder: Path, tmp_path: Path) -> None:
    old, new = snapshot(tmp_path, "a" * 40), snapshot(tmp_path, "b" * 40)
    for folder in (old, new):
        shutil.copytree(small_clip_folder, folder)
    models = registry(places)
    assert info(models, CLIP).path == old
    (new.parent.parent / "refs").mkdir()
    (new.parent.parent / "refs" / "main").write_text("b" * 40)
    assert info(models, CLIP).path == new
    assert models.resolve("auto") == CLIP

    (new / "model.safetensors").rename(new / "pytorch_model.bin")
    assert info(models, CLIP).path == old
    (old / "model.safetensors").rename(old / "pytorch_model.bin")
    assert info(models, CLIP).path is None
    assert "pickle" in info(models, CLIP).description
    assert models.resolve("auto") == "starter"


def test_owner_and_name_are_found_in_the_hub_cache(
    places: Places, small_clip_folder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(small_clip_folder, snapshot(tmp_path, "c" * 40, "laion/CLIP-B"))
    assert registry(places).create("laion/CLIP-B").name == "laion/CLIP-B"
    chosen = registry(places, model_folder=str(folder))
    assert chosen.resolve("auto") == "laion/CLIP-B"


def test_the_place_does_not_change_the_model_id(
    places: Places, small_clip_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_clip_folder, snapshot(tmp_path, "a" * 40))
    in_cache = info(registry(places), CLIP).model_id
    assert in_cache is not None
    shutil.copytree(small_clip_folder, places.models_path / CLIP)
    assert info(registry(places), CLIP).path == places.models_path / CLIP
    assert info(registry(places), CLIP).model_id == in_cache


@pytest.mark.parametrize("name", ["nonsense", "..", "", "../../etc", "a/../b", "C:\\x"])
def test_an_unknown_name_is_a_sentence(places: Places, name: str) -> None:
    with pytest.raises(ModelUnavailable):
        registry(places).create(name)
    with pytest.raises(ModelUnavailable, match="no model called"):
        registry(places).download(name, Job())


def test_download_by_owner_and_name(places: Places, published_clip_folder: Path) -> None:
    hub = Hub.offering(published_clip_folder)
    stop = serve(hub)
    try:
        models = Registry(places, Settings, hub_endpoint=hub.endpoint)
        assert models.download(REPO, Job()) == places.models_path / "tester--small-clip"
        assert hub.requests[0].path == f"/api/models/{REPO}/revision/main"
        assert models.create(REPO).model_id == info(models, REPO).model_id
        # Ours is not the clip-ViT-B-32 whose commit is written down.
        with pytest.raises(DownloadFailed, match="no sentence-transformers/clip-ViT-B-32"):
            models.download(CLIP, Job())
    finally:
        stop()


def test_only_downloads_touch_the_network(places: Places, small_clip_folder: Path) -> None:
    shutil.copytree(small_clip_folder, places.models_path / "mine")
    program = """
import socket, sys
from pathlib import Path
def forbidden(*args, **kwargs):
    raise AssertionError("a socket was made")
socket.socket = forbidden
from desktop.embedding import Registry
from desktop.settings import Places, Settings
registry = Registry(Places.under(Path(sys.argv[1])), Settings)
registry.list_models(); registry.resolve("auto"); registry.create("mine")
heavy = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "httpx2", "PySide6"}
sys.exit(str(heavy & sys.modules.keys()) if heavy & sys.modules.keys() else 0)
"""
    data = str(places.models_path.parent)
    told = subprocess.run([sys.executable, "-c", program, data], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


def test_a_folder_is_named_by_its_path(
    places: Places, small_clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Path(shutil.copytree(small_clip_folder, tmp_path / "here" / "mine"))
    settings = Settings(own_models=(str(mine), f"simclr:{tmp_path}/gone.pt"))
    models = Registry(places, lambda: settings, hub_endpoint=NOWHERE)
    names = [model.name for model in models.list_models()]
    assert names == [CLIP, str(mine), f"simclr:{tmp_path}/gone.pt", *SHIPPED]
    found = info(models, str(mine))
    assert (found.title, found.path) == ("mine", mine)
    assert found.model_id == models.create(found.name).model_id
    gone = info(models, f"simclr:{tmp_path}/gone.pt")
    assert (gone.title, gone.is_available) == ("simclr: gone.pt", False)
    assert "cannot be read" in gone.description

    monkeypatch.chdir(tmp_path)
    assert models.resolve("here/mine") == models.resolve("./here/mine") == str(mine)
    assert models.resolve("simclr:./gone.pt") == f"simclr:{tmp_path}/gone.pt"
    shutil.copytree(small_clip_folder, places.models_path / "here--mine")
    assert models.resolve("here/mine") == "here/mine", "owner/name goes before a folder"
    assert models.resolve(str(places.models_path / "here--mine")) == "here/mine"
    with pytest.raises(ModelUnavailable, match="no such folder"):
        models.create(str(tmp_path / "nothing"))


def test_what_is_worth_a_choice_is_listed_with_what_was_published_of_it(places: Places) -> None:
    models = registry(places)
    siglip = info(models, "google/siglip-base-patch16-256")
    assert (siglip.title, siglip.is_available, siglip.can_download) == ("SigLIP B/16", False, True)
    assert 810e6 < siglip.download_bytes < 820e6
    assert "openclip_retrieval_results.csv" in siglip.published
    assert "Apache-2.0" in siglip.published
    for name in KNOWN:
        found = info(models, name)
        assert found.description.endswith(".")
        assert "licence not known" not in found.published


def test_cnn_is_resnet_50_where_its_weights_are_at_hand(places: Places) -> None:
    from transformers import AutoModel, ResNetConfig
    from transformers.models.convnext.image_processing_pil_convnext import (
        ConvNextImageProcessorPil,
    )

    models = registry(places)
    assert models.resolve("cnn") == "cnn:efficientnet_lite0"
    assert models.resolve("cnn:resnet50") == "microsoft/resnet-50"
    with pytest.raises(ModelUnavailable, match="microsoft/resnet-50 is not on") as absent:
        models.create("cnn:resnet50")
    assert "likeness models download microsoft/resnet-50" in absent.value.hint
    folder = places.models_path / "microsoft--resnet-50"
    small = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1])
    AutoModel.from_config(small).save_pretrained(folder)
    ConvNextImageProcessorPil(size={"shortest_edge": 224}).save_pretrained(folder)
    assert models.resolve("cnn") == models.create("cnn").name == "microsoft/resnet-50"
    found = info(models, "microsoft/resnet-50")
    assert found.traits is not None
    assert (found.title, found.traits.licence, found.traits.dim) == ("ResNet-50", "Apache-2.0", 16)


def test_the_large_starter_is_known_as_a_version_before_had_it(places: Places) -> None:
    """It looks at photos as it did then, and reads words by the same files."""
    models = registry(places)
    assert models.create("starter").model_id == "starter@195a641572ec", "as libraries have it"
    today = models.create("starter-large")
    before = models.create_earlier("starter-large@3e798f437b78")
    assert before is not None
    assert (before.name, before.model_id) == ("starter-large", "starter-large@3e798f437b78")
    photo = Image.new("RGB", (2000, 1000))
    assert before.fit(photo).size == (260, 260)
    assert today.fit(photo).size == (520, 520)
    for model_id in (today.model_id, "starter@1", "starter-large@1", "nothing", "no/folder@1", ""):
        assert models.create_earlier(model_id) is None
