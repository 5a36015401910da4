"""Points become pixels: where they are, in their colours, as large as there is room."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from desktop.library import grouped
from desktop.ui.look.theme import DARK, LIGHT, Colours
from desktop.ui.map.near import apart, side_px, spread_out
from desktop.ui.map.palette import MOST_NAMED, OTHERS, faded, packed, tints
from desktop.ui.map.raster import PointRaster, diameter_px

GROUND, INK = packed("#ffffff"), packed("#3a62e0")


def drawn(xs: list[float], ys: list[float], colours: list[int] | None = None) -> QImage:
    """100 x 80 pixels, without the margin."""
    raster = PointRaster()
    dyed = np.array(colours or [INK] * len(xs), np.uint32)
    at = [np.array(each, np.float32) for each in (xs, ys)]
    image = raster.draw((100, 80), at[0], at[1], dyed, GROUND, 1.0)
    return image.copy(raster.margin_px, raster.margin_px, 100, 80)


def test_a_point_is_a_disc_in_its_colour_at_its_place() -> None:
    image = drawn([30.0], [20.0])
    assert image.pixelColor(30, 20) == QColor("#3a62e0")
    assert image.pixelColor(60, 20) == QColor("#ffffff")
    reach = round(diameter_px(1))
    inked = [x for x in range(100) if image.pixelColor(x, 20) != QColor("#ffffff")]
    assert 30 in inked and reach - 1 <= len(inked) <= reach + 2


def test_later_points_lie_over_earlier_ones() -> None:
    red = packed("#d00000")
    assert drawn([30.0, 30.0], [20.0, 20.0], [INK, red]).pixelColor(30, 20) == QColor("#d00000")


def test_a_point_that_is_outside_reaches_in() -> None:
    image = drawn([-2.0, 5_000.0, -9e6], [40.0, 40.0, 40.0])
    assert image.pixelColor(0, 40) != QColor("#ffffff")
    assert image.pixelColor(50, 40) == QColor("#ffffff")


def test_few_points_are_larger_than_many() -> None:
    sizes = [diameter_px(n) for n in (100_000, 20_000, 3_000, 10)]
    assert sizes == sorted(sizes) and sizes[0] == 2 and sizes[-1] > 6
    sides = [side_px(n) for n in (100_000, 1_000, 200, 10)]
    assert sides == sorted(sides) and sides[0] == 0 < sides[1]


@pytest.mark.parametrize("look", [LIGHT, DARK])
def test_groups_have_colours_and_the_legend_names_them(look: Colours) -> None:
    groups = grouped(["b", "a", "a", ""])
    dyed = tints(4, groups, look)
    assert [mark.words for mark in dyed.legend] == ["a", "b", OTHERS]
    assert [packed(mark.colour) for mark in dyed.legend] == dyed.colours[[1, 0, 3]].tolist()


def test_more_groups_than_colours_leave_others() -> None:
    dyed = tints(20, grouped([f"group {at:02}" for at in range(20)]), LIGHT)
    assert len(dyed.legend) == MOST_NAMED + 1 and dyed.legend[-1].words == OTHERS


def test_what_follows_one_another_goes_from_one_colour_to_another() -> None:
    years = grouped([str(year) for year in range(2000, 2020)], is_ordered=True)
    dyed = tints(20, years, LIGHT)
    assert len(set(dyed.colours.tolist())) == 20
    assert (dyed.legend[0].words, dyed.legend[-1].words) == ("2000", "2019")


def test_without_groups_there_is_one_colour_and_no_legend() -> None:
    dyed = tints(3, None, LIGHT)
    assert set(dyed.colours.tolist()) == {packed(LIGHT.accent)} and dyed.legend == ()


def test_what_is_not_chosen_pales() -> None:
    colours = tints(2, None, LIGHT).colours
    one, other = faded(colours, np.array([True, False]), LIGHT).tolist()
    assert one == packed(LIGHT.accent) != other


def test_thumbnails_do_not_overlap_and_stay_where_they_are() -> None:
    random = np.random.default_rng(0)
    xs, ys = random.uniform(0, 100, (2, 500)).astype(np.float32)
    few = spread_out(xs, ys, 20.0)
    assert 20 <= len(few) <= 36
    kept = few[apart(xs[few], ys[few], 20.0)]
    far = np.maximum(np.abs(xs[kept][:, None] - xs[kept]), np.abs(ys[kept][:, None] - ys[kept]))
    np.fill_diagonal(far, 99)
    assert far.min() >= 20
