"""What can be checked of the Windows and macOS recipes without those systems."""

import plistlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from desktop.media.formats import FORMATS

PACKAGING = Path(__file__).parents[2] / "packaging"


@pytest.fixture
def setup_script() -> str:
    return (PACKAGING / "windows" / "likeness.iss").read_text(encoding="utf-8")


def test_windows_offers_likeness_for_every_format(setup_script: str) -> None:
    offered = re.findall(r'^#emit Offer\("(.*)"\)$', setup_script, re.MULTILINE)
    assert sorted(offered) == sorted(suffix for kind in FORMATS for suffix in kind.suffixes)


def test_windows_starts_programs_that_the_bundle_has(setup_script: str) -> None:
    spec = (PACKAGING / "likeness.spec").read_text(encoding="utf-8")
    programs = set(re.findall(r"\{app\}\\([\w-]+)\.exe", setup_script))
    assert programs == {"likeness-window"}
    assert programs < set(re.findall(r'program\("([\w-]+)"', spec))


def test_the_entitlements_are_a_property_list() -> None:
    text = (PACKAGING / "macos" / "entitlements.plist").read_bytes()
    assert all(value is True for value in plistlib.loads(text).values())


@pytest.mark.skipif(not shutil.which("sh"), reason="needs a shell")
@pytest.mark.parametrize("script", ["macos/package.sh", "linux/install.sh", "system-libraries.sh"])
def test_the_shell_scripts_can_be_read(script: str) -> None:
    subprocess.run(["sh", "-n", PACKAGING / script], check=True)


def test_the_bundle_recipe_can_be_read() -> None:
    path = PACKAGING / "likeness.spec"
    compile(path.read_text(encoding="utf-8"), path, "exec")
