"""What a Linux desktop is told about Likeness, and how it is installed by hand."""

import mimetypes
import os
import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bundling import icons, linux, system
from PIL import Image

from desktop import __version__
from desktop.media.formats import FORMATS

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
DRAWING = ROOT / "resources" / "icons" / "likeness.svg"
BUILT_S = 1_700_000_000.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="for Linux desktops")

# Names that Python's table lacks, as https://www.iana.org/assignments/media-types has them.
MIME_TYPES = {
    ".pam": "image/x-portable-arbitrarymap",
    ".psb": "image/vnd.adobe.photoshop",
    ".jfif": "image/jpeg", ".mpo": "image/jpeg", ".apng": "image/apng", ".webp": "image/webp",
    ".dib": "image/bmp", ".heic": "image/heic", ".heics": "image/heic", ".heif": "image/heif",
    ".heifs": "image/heif", ".hif": "image/heif", ".avif": "image/avif", ".avifs": "image/avif",
    ".jp2": "image/jp2", ".jpx": "image/jpx", ".jxl": "image/jxl", ".jpf": "image/jpx",
    ".j2k": "image/x-jp2-codestream", ".j2c": "image/x-jp2-codestream",
    ".jpc": "image/x-jp2-codestream", ".psd": "image/vnd.adobe.photoshop",
    ".pfm": "image/x-portable-anymap", ".tga": "image/x-tga",
}  # fmt: skip


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("share")
    linux.write_share(folder, __version__, BUILT_S)
    return folder


@pytest.fixture
def entry() -> dict[str, str]:
    parser = RawConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(PACKAGING / "linux" / "likeness.desktop")
    return dict(parser["Desktop Entry"])


def test_open_with_is_offered_for_folders_and_every_format(entry: dict[str, str]) -> None:
    offered = set(entry["MimeType"].strip(";").split(";"))
    assert "inode/directory" in offered
    for suffix in (suffix for kind in FORMATS for suffix in kind.suffixes):
        name = MIME_TYPES.get(suffix) or mimetypes.guess_type(f"photo{suffix}")[0]
        assert name in offered, suffix
    assert entry["Exec"] == "likeness %F", "the window takes paths"


def test_the_window_is_known_by_the_name_of_its_desktop_entry(share: Path) -> None:
    source = (ROOT / "desktop" / "app.py").read_text()
    (name,) = re.findall(r'setDesktopFileName\("(.*)"\)', source)
    assert (share / "applications" / f"{name}.desktop").is_file()


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="from desktop-file-utils")
def test_the_desktop_entry_is_valid(share: Path) -> None:
    command = ["desktop-file-validate", share / "applications" / "likeness.desktop"]
    said = subprocess.run(command, capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


def test_the_metainfo_names_this_version_and_the_desktop_entry(share: Path) -> None:
    tree = ElementTree.parse(share / "metainfo" / linux.METAINFO)
    release = tree.find("releases/release")
    assert release is not None
    assert release.attrib == {"version": __version__, "date": "2023-11-14"}
    assert tree.findtext("launchable") == "likeness.desktop"
    assert tree.findtext("id") == linux.METAINFO.removesuffix(".metainfo.xml")


@pytest.mark.skipif(not shutil.which("appstreamcli"), reason="from appstream")
def test_the_metainfo_is_valid(share: Path) -> None:
    command = ["appstreamcli", "validate", "--no-net", share / "metainfo" / linux.METAINFO]
    said = subprocess.run(command, capture_output=True, text=True)
    # A home page can be named when there is one.
    complaints = set(re.findall(r"^[EW]: \S+: (\S+)", said.stdout, re.MULTILINE))
    assert complaints <= {"url-homepage-missing"}, said.stdout


def test_icons_are_drawn_in_every_size(share: Path, tmp_path: Path) -> None:
    for side_px in icons.SIDES_PX:
        path = share / f"icons/hicolor/{side_px}x{side_px}/apps/likeness.png"
        with Image.open(path) as icon:
            assert (icon.size, icon.mode) == ((side_px, side_px), "RGBA")
            assert icon.getpixel((0, 0))[3] == 0, "the corner is round"  # type: ignore[index]
            assert icon.getpixel((side_px // 2, side_px // 2))[3] == 255  # type: ignore[index]
    assert (share / "icons/hicolor/scalable/apps/likeness.svg").read_bytes() == DRAWING.read_bytes()
    icons.write_ico(DRAWING, tmp_path / "likeness.ico")
    with Image.open(tmp_path / "likeness.ico") as ico:
        assert ico.info["sizes"] == {(side_px, side_px) for side_px in icons.ICO_SIDES_PX}
    icons.write_icns(DRAWING, tmp_path / "likeness.icns")
    with Image.open(tmp_path / "likeness.icns") as icns:
        assert icns.format == "ICNS"


def test_the_debian_package_asks_for_every_library_of_the_table() -> None:
    control = linux.control_text("1.2.3", "amd64", 1000)
    (depends,) = re.findall("^Depends: (.*)$", control, re.MULTILINE)
    wanted = [alternative for part in depends.split(", ") for alternative in part.split(" | ")]
    names = {alternative.split()[0] for alternative in wanted}
    assert names >= {package for _, package in system.qt_libraries()} >= {"libxcb-cursor0"}
    assert "libc6" in names
    description = control.partition("Description: ")[2].splitlines()
    assert all(line.startswith(" ") for line in description[1:])
    assert control.endswith("\n")


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="builds a Debian package")
def test_the_debian_package_holds_program_entry_and_licences(tmp_path: Path) -> None:
    deb = linux.write_deb(small_bundle(tmp_path), tmp_path, "1.2.3", tmp_path, BUILT_S, fast=True)
    listed = subprocess.run(["dpkg-deb", "-c", deb], capture_output=True, text=True, check=True)
    lines = listed.stdout.splitlines()
    assert all(line.split()[1] == "root/root" for line in lines)
    assert any(line.endswith("./usr/bin/likeness -> ../lib/likeness/likeness") for line in lines)
    assert any(line.startswith("-rwxr-xr-x") and "lib/likeness/likeness" in line for line in lines)
    for place in ("applications/likeness.desktop", "metainfo/" + linux.METAINFO):
        assert f"./usr/share/{place}" in listed.stdout
    subprocess.run(["dpkg-deb", "-x", deb, tmp_path / "out"], check=True)
    copyright_text = (tmp_path / "out/usr/share/doc/likeness/copyright").read_text()
    assert "MIT" in copyright_text and "/usr/lib/likeness/_internal/licences" in copyright_text


@pytest.mark.skipif(sys.platform == "darwin", reason="for Linux")
def test_the_tar_is_installed_into_any_prefix_and_taken_away_again(tmp_path: Path) -> None:
    bundle = small_bundle(tmp_path)
    packed = linux.write_tar(bundle, tmp_path, "1.2.3", tmp_path, BUILT_S, fast=True)
    shutil.unpack_archive(packed, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    prefix = tmp_path / 'a "prefix" of $HOME'
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin" / "other").touch()

    for _ in range(2):  # the second time over the first
        run(unpacked / "install.sh", "--prefix", prefix)
        started = run(prefix / "bin" / "likeness", "it runs")
        assert started.stdout == "it runs\n"
    entry = (prefix / "share/applications/likeness.desktop").read_text()
    assert entry.count("\nExec=") == 1
    assert Path(program_of(entry)).samefile(bundle.parent / prefix / "bin" / "likeness")
    assert (prefix / "share/icons/hicolor/48x48/apps/likeness.png").is_file()

    run(unpacked / "install.sh", "--prefix", prefix, "--remove")
    left = [path for path in prefix.rglob("*") if not path.is_dir()]
    assert [path.name for path in left if path.name != "mimeinfo.cache"] == ["other"]


def program_of(entry: str) -> str:
    """The program an Exec line starts, unquoted as the desktop entry specification says."""
    (line,) = re.findall("^Exec=(.*)$", entry, re.MULTILINE)
    value = re.sub(r"\\(.)", r"\1", line)  # every value of type string
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)" %F', value)
    assert quoted, line
    return re.sub(r"\\(.)", r"\1", quoted[1])


def small_bundle(folder: Path) -> Path:
    """A folder laid out as PyInstaller does, with a program that says its arguments."""
    bundle = folder / "bundle"
    (bundle / "_internal" / "licences").mkdir(parents=True)
    program = bundle / "likeness"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    (bundle / "_internal" / "library").write_bytes(os.urandom(1000))
    return bundle


def run(*argv: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, argv)), capture_output=True, text=True, check=True)
