"""Standing cold stores in the data: read, an error where nothing stands, and no column where no site has one."""

from planner.domain.csvtext import table_bytes
from planner.domain.schema import SITES
from planner.geodata import check_county, read_county


def with_column(county, cells):
    lines = county.sites.splitlines()
    county.sites = (
        "\n".join(f"{line},{cell}" for line, cell in zip(lines, ["cold_store_m3", *cells], strict=True)) + "\n"
    )
    return county


def test_volumes_are_read_and_an_empty_or_missing_cell_is_none(county):
    read = read_county(with_column(county, ["500", "", "0", "", "120"]).write())
    assert [site.cold_store_m3 for site in read.sites] == [500, 0, 0, 0, 120]


def test_a_county_without_the_column_has_no_stores(county):
    assert {site.cold_store_m3 for site in read_county(county.write()).sites} == {0}


def test_a_store_where_nothing_stands_is_an_error(county):
    (defect,) = check_county(with_column(county, ["", "", "", "80", ""]).write()).defects
    assert (defect.code, defect.row, defect.column, defect.value) == ("cold-store", 5, "cold_store_m3", "80")
    assert "retrofit" in defect.fix


def test_a_volume_that_is_no_number_is_an_error(county):
    codes = [defect.code for defect in check_county(with_column(county, ["大", "-5", "", "", ""]).write()).defects]
    assert codes == ["not-a-number", "negative"]


def test_a_sparse_column_is_written_only_where_some_row_has_it():
    rows = [[None] * len(SITES.columns), [None] * len(SITES.columns)]
    assert b"cold_store_m3" not in table_bytes(SITES, rows)
    rows[1][SITES.names.index("cold_store_m3")] = 500
    header, first, second, _ = table_bytes(SITES, rows).decode("utf-8-sig").split("\r\n")
    assert header.endswith("broadband,cold_store_m3")
    assert first.endswith(",")
    assert second.endswith(",500")
