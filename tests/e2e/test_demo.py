from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.program import Program, is_packaged


@pytest.mark.skipif(is_packaged(), reason="a package brings no photos")
def test_the_demo_shows_the_whole_way(program: Program) -> None:
    said = program("demo")

    tables = said.out.split("\n\n")
    assert "chelsea.png" in tables[1].splitlines()[2], "the cat is the first hit"
    assert "motorcycle_right.png" in tables[2].splitlines()[2]
    assert tables[3].startswith("The window with this library:")
    picture = Path(program.root / "cwd" / "build" / "demo.png")
    with Image.open(picture) as window:
        assert window.format == "PNG"
        assert min(window.size) >= 400
        pixels = np.asarray(window.convert("RGB").resize((64, 64)))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 200, "a window full of photos"


@pytest.mark.skipif(not is_packaged(), reason="a checkout has the photos")
def test_a_package_says_what_to_do_in_place_of_the_demo(program: Program) -> None:
    said = program("demo", code=1)
    assert "likeness add" in said.err and "pip" not in said.err
