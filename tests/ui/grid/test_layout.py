"""Where thumbnails are: arithmetic, checked against itself on any sizes."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.ui.grid.layout import GridLayout, Section

layouts = st.builds(
    lambda counts, width, cell: GridLayout(
        [Section(n, f"Section {at}") for at, n in enumerate(counts)], width, cell
    ),
    st.lists(st.integers(1, 90), min_size=1, max_size=4),
    st.integers(120, 2400),
    st.integers(96, 384),
)


@given(layouts)
def test_each_cell_is_found_at_its_middle_and_none_overlap(layout: GridLayout) -> None:
    seen = []
    for row in range(layout.n_rows):
        cell = layout.rect(row)
        assert layout.row_at(cell.center().x(), cell.center().y()) == row
        assert cell.bottom() < layout.height_px
        seen.append((cell.top(), cell.left()))
    assert seen == sorted(set(seen))


@given(layouts, st.integers(-50, 30_000), st.integers(0, 2000))
def test_the_rows_in_a_stripe_are_those_whose_cells_touch_it(
    layout: GridLayout, top_px: int, height_px: int
) -> None:
    bottom_px = top_px + height_px
    touching = [
        row
        for row in range(layout.n_rows)
        if layout.rect(row).top() <= bottom_px and layout.rect(row).bottom() >= top_px
    ]
    assert list(layout.rows_between(top_px, bottom_px)) == touching


@given(layouts, st.data())
def test_up_and_down_move_by_one_line(layout: GridLayout, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, layout.n_rows - 1))
    above, below = layout.line_above(row), layout.line_above(row, -1)
    assert above <= row <= below
    for moved in (above, below):
        if moved != row:
            assert abs(layout.rect(moved).top() - layout.rect(row).top()) >= layout.side_px
            assert layout.rect(moved).left() <= layout.rect(row).left()


def test_lines_fill_the_width() -> None:
    layout = GridLayout([Section(500)], 1000, 180)
    assert layout.columns == 5
    right_px = max(layout.rect(row).right() for row in range(layout.columns))
    assert 1000 - 16 <= right_px <= 1000
