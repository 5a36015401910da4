"""The Debian package and the tar.xz, around a bundle that is there already."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import time
from pathlib import Path

from bundling import icons, system

HERE = Path(__file__).resolve().parents[1]
ROOT = HERE.parent
METAINFO = "io.github.likeness.Likeness.metainfo.xml"
DESCRIPTION = """\
Find the photo you meant, by words and by likeness
 Likeness watches the photo folders you already have and leaves the files where
 they are. A neural network on your own computer looks at every photo once; from
 then on you find photos by typing what they show, or by pointing at one that
 looks like them.
 .
 Nothing leaves the machine: the model comes with the package, and no network is
 needed.
"""


def write_share(share: Path, version: str, built_s: float) -> None:
    """Desktop entry, metainfo and icons, as they lie under /usr/share."""
    for folder in ("applications", "metainfo"):
        (share / folder).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "linux" / "likeness.desktop", share / "applications/likeness.desktop")
    date = time.strftime("%Y-%m-%d", time.gmtime(built_s))
    text = (HERE / "linux" / METAINFO).read_text(encoding="utf-8")
    text = text.replace("@VERSION@", version).replace("@DATE@", date)
    (share / "metainfo" / METAINFO).write_text(text, encoding="utf-8")
    icons.write_theme(ROOT / "resources" / "icons" / "likeness.svg", share)


def write_deb(
    bundle: Path, work: Path, version: str, out: Path, built_s: float, fast: bool
) -> Path:
    """Build the Debian package in `out` and return its path. `fast`: large and soon done."""
    tree = _empty(work / "deb")
    _copy(bundle, tree / "usr/lib/likeness")
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin/likeness").symlink_to("../lib/likeness/likeness")
    write_share(tree / "usr/share", version, built_s)
    about = tree / "usr/share/doc/likeness"
    about.mkdir(parents=True)
    (about / "copyright").write_text(copyright_text(), encoding="utf-8")
    with gzip.GzipFile(about / "changelog.gz", "wb", mtime=int(built_s)) as changes:
        changes.write((ROOT / "CHANGELOG.md").read_bytes())
    architecture = _run("dpkg", "--print-architecture").strip()
    (tree / "DEBIAN").mkdir()
    n_kib = sum(p.lstat().st_size for p in tree.rglob("*") if p.is_file()) // 1024
    control = control_text(version, architecture, n_kib)
    (tree / "DEBIAN/control").write_text(control, encoding="utf-8")
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    deb = out / f"likeness_{version}_{architecture}.deb"
    compression = ["-Zzstd", "-z1"] if fast else ["-Zxz", "-z6", "--threads-max=2"]
    _run("dpkg-deb", "--root-owner-group", *compression, "--build", str(tree), str(deb))
    shutil.rmtree(tree)
    return deb


def control_text(version: str, architecture: str, n_kib: int) -> str:
    """DEBIAN/control. n_kib: size when installed."""
    return (
        f"Package: likeness\n"
        f"Version: {version}\n"
        f"Architecture: {architecture}\n"
        f"Maintainer: The Likeness authors <authors@likeness.invalid>\n"
        f"Section: graphics\n"
        f"Priority: optional\n"
        f"Installed-Size: {n_kib}\n"
        f"Depends: {system.dependencies()}\n"
        f"Recommends: xdg-utils\n"
        f"Description: {DESCRIPTION}"
    )


def copyright_text() -> str:
    """/usr/share/doc/likeness/copyright: our own licence, and where the others are."""
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    return (
        f"{licence}\nThe package holds programs and libraries of others. Their licences are in\n"
        "/usr/lib/likeness/_internal/licences, one folder for each, and listed in\n"
        "/usr/lib/likeness/_internal/likeness.cdx.json.\n"
    )


def write_tar(
    bundle: Path, work: Path, version: str, out: Path, built_s: float, fast: bool
) -> Path:
    """Build the tar.xz with its install script in `out` and return its path."""
    name = f"likeness-{version}-linux-{os.uname().machine}"
    tree = _empty(work / name)
    _copy(bundle, tree / "lib/likeness")
    write_share(tree / "share", version, built_s)
    shutil.copyfile(ROOT / "LICENSE", tree / "LICENSE")
    shutil.copyfile(HERE / "qt-libraries.txt", tree / "qt-libraries.txt")
    shutil.copy2(HERE / "linux" / "install.sh", tree / "install.sh")
    path = out / f"{name}.tar.xz"
    compress = f"xz --threads=2 -{1 if fast else 6}"
    order = ("--sort=name", "--owner=root:0", "--group=root:0")
    whence = ("--directory", str(work), name)
    _run("tar", "--create", "--file", str(path), "-I", compress, *order, *whence)
    shutil.rmtree(tree)
    return path


def strip(bundle: Path) -> None:
    """Take the symbol tables out of torch's and Python's libraries: 100 MB.

    Those of other wheels stay as they are: strip breaks libraries that auditwheel has patched.
    """
    inside = bundle / "_internal"
    libraries = [*inside.glob("torch/lib/*.so*"), *inside.glob("libpython3*.so*")]
    for library in sorted(libraries):
        if not library.is_symlink():
            _run("strip", "--strip-unneeded", str(library))


def _copy(bundle: Path, to: Path) -> None:
    """As links to the same files: they are only read, by dpkg-deb and tar."""
    shutil.copytree(bundle, to, symlinks=True, copy_function=os.link)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _run(*argv: str) -> str:
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout
