"""Install the Debian package, use its window as a person would, and watch what it touches.

The package goes into a fresh Debian root (debootstrap, with apt resolving its dependencies), or,
where that cannot be made, is unpacked aside. The program runs under Xvfb as an ordinary user with a
home of its own, in a network namespace that has no way out, and under strace. The test fails on

- an exit code, or a line on stderr, that is not expected,
- an attempt to reach any network address,
- a file written, made, renamed or removed outside its own folders,
- a changed photo, or a warning in the log.

usage: packaging/smoke_test.py [--deb FILE] [--out DIR] [--aside]
needs: Debian's debootstrap, strace, xvfb, xdotool and imagemagick; root for the fresh root
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from smoking import roots, session, traces  # noqa: E402
from smoking.roots import Root  # noqa: E402

from desktop.cli.demo import copy_pictures  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description="Try the packaged program out.")
    parser.add_argument("--deb", type=Path, help="the newest in dist/ by default")
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "smoke")
    parser.add_argument("--aside", action="store_true", help="unpack, do not install")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return _use(Root.read(arguments.inside), arguments.out)
    debs = (HERE.parent / "dist").glob("*.deb")
    deb = arguments.deb or max(debs, key=lambda path: path.stat().st_mtime)
    out: Path = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    root = roots.prepare(deb, out, aside=arguments.aside)
    copy_pictures(root.photos)
    root.seal_photos()
    print(f"{deb.name}, {root.description}", flush=True)
    return _enter(root, out)


def _enter(root: Root, out: Path) -> int:
    """Run the rest without a network, where the root has /proc and /dev for as long as it lasts."""
    root.write(out / "root.json")
    again = [sys.executable, __file__, "--out", str(out), "--inside", str(out / "root.json")]
    maps = [] if os.geteuid() == 0 else ["--map-current-user"]
    command = ["unshare", "--net", "--mount", *maps, "sh", "-c", f'{root.mounts}\nexec "$@"', "sh"]
    return subprocess.run([*command, *again]).returncode


def _use(root: Root, out: Path) -> int:
    said = session.use(root, out)
    seen = traces.read(sorted(out.glob("trace.*")), str(root.base))
    troubles = said.troubles + traces.troubles(seen, root.own_folders, root.passing_folders)
    troubles += root.changed_photos()
    for name, seconds in said.timings.items():
        print(f"  {name:<28} {seconds:6.1f} s")
    print(f"  {seen.n_calls} system calls looked at; screenshots in {out}")
    for trouble in troubles:
        print(f"FAILED: {trouble}", file=sys.stderr)
    if not troubles:
        print("The packaged program is sound.")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
