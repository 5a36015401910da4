"""`make package`: the bundle, and on Linux the Debian package and the tar.xz, in dist/.

usage: python packaging/build.py [--fast] [--again]
  --fast   compress little: for trying things out
  --again  leave PyInstaller out, and pack the bundle that is there
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "build" / "package"
OUT = ROOT / "dist"
BUNDLE = OUT / "likeness"
N_LARGEST = 15


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the packages of Likeness into dist/.")
    parser.add_argument("--fast", action="store_true", help="compress little")
    parser.add_argument("--again", action="store_true", help="pack the bundle that is there")
    arguments = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(HERE)]
    WORK.mkdir(parents=True, exist_ok=True)
    if not arguments.again:
        _write_inputs()
        _bundle()
    _pack(arguments.fast)
    return 0


def _write_inputs() -> None:
    """What the spec expects in build/package: the commit, and icons that go into programs."""
    from bundling import icons

    git = ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"]
    commit = os.environ.get("LIKENESS_COMMIT") or subprocess.check_output(git, text=True).strip()
    (WORK / "commit.txt").write_text(commit + "\n", encoding="utf-8")
    drawing = ROOT / "resources" / "icons" / "likeness.svg"
    icons.write_ico(drawing, WORK / "likeness.ico")
    icons.write_icns(drawing, WORK / "likeness.icns")


def _bundle() -> None:
    shutil.rmtree(BUNDLE, ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--workpath", str(WORK), "--distpath", str(OUT), str(HERE / "likeness.spec")]
    subprocess.run(command, cwd=ROOT, check=True)
    if sys.platform.startswith("linux"):
        from bundling import linux, system

        linux.strip(BUNDLE)
        system.check_libraries(BUNDLE)
    shutil.copyfile(BUNDLE / "_internal" / "likeness.cdx.json", OUT / "likeness.cdx.json")


def _pack(fast: bool) -> None:
    from desktop import __version__

    packages = []
    if sys.platform.startswith("linux"):
        from bundling import linux

        built_s = time.time()
        for write in (linux.write_deb, linux.write_tar):
            packages.append(write(BUNDLE, WORK, __version__, OUT, built_s, fast))
    _tell_sizes(packages)


def _tell_sizes(packages: list[Path]) -> None:
    """Print what was made, and what holds the space."""
    whole = _size(BUNDLE)
    before = json.loads((WORK / "sizes.json").read_text())["installed_bytes"]
    print(f"{BUNDLE.relative_to(ROOT)}: {whole / 1e6:.0f} MB")
    print(f"  its parts as pip installs them: {before / 1e6:.0f} MB")
    for path in packages:
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.0f} MB")
    held: Counter[str] = Counter()
    for path in (BUNDLE / "_internal").iterdir():
        held[path.name.removesuffix(".libs")] += _size(path)
    print("What holds it:")
    for name, n_bytes in held.most_common(N_LARGEST):
        print(f"  {name:<36} {n_bytes / 1e6:7.1f} MB")


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink())


if __name__ == "__main__":
    sys.exit(main())
