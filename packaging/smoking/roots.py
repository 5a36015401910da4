"""Where the package is tried out: a fresh Debian root, or a folder that it is unpacked into."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

USER_ID = 1000
HOME = Path("/home/smoke")
APT = ["apt-get", "--yes", "--no-install-recommends", "--quiet=2"]


@dataclass
class Root:
    """A place to run the installed program in.

    Paths with a name of their own are as the program sees them; `outside` says where they lie.

    Attributes:
        base: the folder that the program takes for /; "/" itself where it was unpacked aside.
        program: the command's path.
        home: the person's home folder; everything of theirs is below.
    """

    base: Path
    program: Path
    home: Path
    description: str
    hashes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Root:
        """What `write` has written."""
        said = json.loads(path.read_text())
        places = {name: Path(said[name]) for name in ("base", "program", "home")}
        return cls(**places, description=said["description"], hashes=said["hashes"])

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(vars(self), default=str))

    @property
    def mounts(self) -> str:
        """Shell commands that give the root what every system has, in a mount namespace."""
        if self.base == Path("/"):
            return "set -e"
        base = shlex.quote(str(self.base))
        return "\n".join(
            [
                "set -e",
                f"mount -t proc proc {base}/proc",
                f"mount --rbind /dev {base}/dev",
                f"mount -t tmpfs tmpfs {base}/dev/shm",
                # Xvfb's socket; where no display was ever started, there is no folder for it yet.
                "mkdir -p -m 1777 /tmp/.X11-unix",
                f"mkdir -p {base}/tmp/.X11-unix",
                f"mount --bind /tmp/.X11-unix {base}/tmp/.X11-unix",
            ]
        )

    @property
    def photos(self) -> Path:
        """The folder of photos, where it lies."""
        return self.outside(self.home / "My photos")

    @property
    def photos_inside(self) -> Path:
        return self.home / "My photos"

    @property
    def data(self) -> Path:
        return self.home / ".local/share/likeness"

    @property
    def own_folders(self) -> list[Path]:
        """The program's own, which it may write to and leave things in."""
        places = (".local/share/likeness", ".cache/likeness", ".config/likeness", ".local/state")
        return [self.home / place for place in places]

    @property
    def passing_folders(self) -> list[Path]:
        """Where any program may put what is gone when it ends."""
        return [self.home / "tmp", self.home / "run", Path("/dev/shm")]

    @property
    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TMPDIR": str(self.home / "tmp"),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
        }

    def command(self, *argv: str) -> list[str]:
        """How to run the program with these arguments, as the person."""
        if self.base == Path("/"):
            return [str(self.program), *argv]
        user = f"--userspec={USER_ID}:{USER_ID}"
        return ["/usr/sbin/chroot", user, str(self.base), str(self.program), *argv]

    def outside(self, path: Path) -> Path:
        return self.base / path.relative_to("/")

    def seal_photos(self) -> None:
        """Remember what the photos are, and give everything to the person."""
        self.hashes = self._hash_photos()
        if self.base != Path("/"):
            for path in [self.outside(self.home), *self.outside(self.home).rglob("*")]:
                os.chown(path, USER_ID, USER_ID)

    def changed_photos(self) -> list[str]:
        now = self._hash_photos()
        if now != self.hashes:
            return ["the photos are not what they were"]
        return []

    def _hash_photos(self) -> dict[str, str]:
        return {
            f"{path.name} {path.stat().st_mtime_ns}": hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.photos.iterdir())
        }


def prepare(deb: Path, out: Path, aside: bool) -> Root:
    """Install or unpack `deb` under `out`; what is left of an earlier try goes."""
    if not aside and os.geteuid() == 0 and shutil.which("debootstrap"):
        return _installed(deb, out / "root")
    return _unpacked(deb, out / "aside")


def _installed(deb: Path, base: Path) -> Root:
    shutil.rmtree(base, ignore_errors=True)
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    _run("debootstrap", "--variant=minbase", release, str(base))
    shutil.copyfile(deb, base / "likeness.deb")
    shutil.copyfile("/etc/resolv.conf", base / "etc/resolv.conf")
    chroot = ["env", "DEBIAN_FRONTEND=noninteractive", "chroot", str(base)]
    _run(*chroot, *APT, "update")
    _run(*chroot, *APT, "install", "/likeness.deb")
    (base / "likeness.deb").unlink()
    _make_home(base / HOME.relative_to("/"))
    n_packages = len(list((base / "var/lib/dpkg/info").glob("*.list")))
    what = f"installed into a fresh {release} ({n_packages} packages with it)"
    return Root(base, Path("/usr/bin/likeness"), HOME, what)


def _unpacked(deb: Path, folder: Path) -> Root:
    shutil.rmtree(folder, ignore_errors=True)
    _run("dpkg-deb", "--extract", str(deb), str(folder))
    _make_home(folder / "home")
    return Root(Path("/"), folder / "usr/bin/likeness", folder / "home", f"unpacked to {folder}")


def _make_home(home: Path) -> None:
    for name in ("tmp", "run"):
        (home / name).mkdir(parents=True)
    (home / "run").chmod(0o700)


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(argv)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
