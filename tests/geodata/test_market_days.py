"""Market days of townships: read, refused where they are no days of the week, and no column where none is known."""

import pytest

from planner.domain.csvtext import table_bytes
from planner.domain.schema import TOWNSHIPS
from planner.geodata import check_county, read_county


def with_column(county, *cells):
    lines = county.townships.splitlines()
    header = f"{lines[0]},market_days"
    county.townships = (
        "\n".join([header, *(f"{row},{cell}" for row, cell in zip(lines[1:], cells, strict=True))]) + "\n"
    )
    return county


def test_market_days_are_read_and_an_empty_or_missing_cell_is_none(county):
    read = read_county(with_column(county, "2|5", "", " 7 ").write())
    assert [township.market_days for township in read.townships] == [(2, 5), (), (7,)]


def test_a_county_without_the_column_has_no_market_days(county):
    assert {township.market_days for township in read_county(county.write()).townships} == {()}


@pytest.mark.parametrize("cell", ["逢一四七", "0", "8", "5|2", "2|2", "2,5", "2||5", "二|五", "2.0"])
def test_what_is_no_list_of_days_is_one_error(county, cell):
    quoted = f'"{cell}"'
    (defect,) = check_county(with_column(county, "2|5", quoted, "").write()).defects
    assert (defect.code, defect.file, defect.row) == ("market-days", "townships.csv", 3)
    assert (defect.column, defect.value) == ("market_days", cell)
    assert "2|5" in defect.fix


def test_all_wrong_cells_are_told_at_once(county):
    defects = check_county(with_column(county, "9", "2|5", "一").write()).defects
    assert [(defect.code, defect.row) for defect in defects] == [("market-days", 2), ("market-days", 4)]


def test_the_column_is_written_only_where_some_township_has_days():
    rows = [[None] * len(TOWNSHIPS.columns), [None] * len(TOWNSHIPS.columns)]
    assert b"market_days" not in table_bytes(TOWNSHIPS, rows)
    rows[0][TOWNSHIPS.names.index("market_days")] = "2|5"
    assert table_bytes(TOWNSHIPS, rows).decode("utf-8-sig").splitlines()[1].endswith(",2|5")
