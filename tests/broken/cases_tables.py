"""Damaged tables: text tables and workbooks, their encodings, headers and cells."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from broken_bases import CODE, TOWNSHIPS, VILLAGES, RawFiles, csv_text
from broken_files import edit_zip, write_xlsx
from broken_harness import Catalogue

CASES = Catalogue()
case = CASES.case


def rows_of(raw: RawFiles, role: str, rows: list[list[str]]) -> list[str]:
    """The import with ``rows`` as the table of ``role``."""
    raw.path(role).write_text(csv_text(rows), "utf-8")
    return raw.arguments()


def cell(folder: Path, row: int, column: str, text: str) -> list[str]:
    """The import with one cell of villages.csv changed; ``row`` as a spreadsheet counts."""
    rows = [list(line) for line in VILLAGES]
    rows[row - 1][rows[0].index(column)] = text
    return rows_of(RawFiles(folder), "villages", rows)


def bytes_of(folder: Path, data: bytes) -> list[str]:
    """The import with ``data`` as villages.csv."""
    raw = RawFiles(folder)
    raw.path("villages").write_bytes(data)
    return raw.arguments()


def with_column(folder: Path, header: str, cells: list[str]) -> list[str]:
    """The import with one more column in villages.csv."""
    rows = [[*row, text] for row, text in zip(VILLAGES, [header, *cells], strict=True)]
    return rows_of(RawFiles(folder), "villages", rows)


def without_column(folder: Path, header: str, role: str = "villages") -> list[str]:
    """The import with one column less."""
    table = {"villages": VILLAGES, "townships": TOWNSHIPS}[role]
    at = table[0].index(header)
    return rows_of(RawFiles(folder), role, [row[:at] + row[at + 1 :] for row in table])


def workbook(folder: Path, rows: list[list[object]], merged: tuple[str, ...] = ()) -> tuple[RawFiles, Path]:
    """The import with the villages in a workbook of ``rows``."""
    raw = RawFiles(folder)
    path = raw.rename("villages", "villages.xlsx")
    write_xlsx(path, rows, merged)
    return raw, path


TEXT = csv_text(VILLAGES)
GBK = TEXT.encode("gb18030")


# -- encodings -----------------------------------------------------------------------------------------------------


@case("encoding", "holds NUL bytes: binary data, or UTF-16 without a byte-order mark", "villages.csv", 1)
def utf16_without_a_mark(folder):
    return bytes_of(folder, TEXT.encode("utf-16-le"))


@case("encoding", "is UTF-16 text that breaks off or is damaged here", "villages.csv", 7)
def utf16_cut_within_a_character(folder):
    return bytes_of(folder, TEXT.encode("utf-16")[:-1])


@case("encoding", "is UTF-32 text", "villages.csv")
def utf32(folder):
    return bytes_of(folder, TEXT.encode("utf-32"))


@case("encoding", "is neither UTF-8, UTF-16 nor GB18030 text", "villages.csv", 4)
def gbk_with_a_broken_byte(folder):
    at = GBK.index("加入村".encode("gb18030"))
    return bytes_of(folder, GBK[:at] + b"\xff" + GBK[at + 1 :])


@case("encoding", "is UTF-8 text with damaged bytes in this row", "villages.csv", 4)
def utf8_with_a_broken_byte(folder):
    data = TEXT.encode()
    at = data.index("加入村".encode())
    return bytes_of(folder, data[:at] + b"\xff" + data[at + 1 :])


@case("encoding", "is UTF-8 in some rows and GBK in others, first in this row", "villages.csv", 5)
def utf8_and_gbk_in_one_file(folder):
    lines = TEXT.splitlines(keepends=True)
    return bytes_of(folder, "".join(lines[:4]).encode() + "".join(lines[4:]).encode("gb18030"))


@case("encoding", "is neither UTF-8 nor readable GB18030 text (Big5, perhaps)", "villages.csv", 1)
def big5(folder):
    rows = [
        [word.translate(str.maketrans("码乡镇经纬积线东区", "碼鄉鎮經緯積線東區")) for word in row] for row in VILLAGES
    ]
    return bytes_of(folder, csv_text(rows).encode("big5", "replace"))


@case("mojibake", "text 'ä»£ç ' was read in the wrong encoding before it was saved", "villages.csv", 1)
def mojibake_saved_as_utf8(folder):
    return bytes_of(folder, TEXT.encode().decode("latin-1").encode())


@case(
    "mojibake",
    "text '加�村' was read in the wrong encoding before it was saved",
    "villages.csv",
    4,
    alike="mojibake_saved_as_utf8",
)
def question_marks_in_place_of_characters(folder):
    return bytes_of(folder, TEXT.replace("加入村", "加\ufffd村").encode())


@case("unknown-encoding", "cannot be read as 'klingon': not a known encoding", "villages.csv")
def encoding_that_nobody_knows(folder):
    raw = RawFiles(folder)
    raw.more = ["--encoding", "villages=klingon"]
    return raw.arguments()


@case("encoding", "is not utf-8 text: bytes in this row do not fit", "villages.csv", 1)
def encoding_that_does_not_fit(folder):
    raw = RawFiles(folder)
    raw.path("villages").write_bytes(GBK)
    raw.more = ["--encoding", "villages=utf-8"]
    return raw.arguments()


@case(
    "encoding",
    "holds NUL bytes: binary data, or UTF-16 without a byte-order mark",
    "villages.csv",
    4,
    alike="utf16_without_a_mark",
)
def nul_bytes(folder):
    return bytes_of(folder, TEXT.encode().replace("加入村".encode(), b"\0\0\0"))


# -- shape ---------------------------------------------------------------------------------------------------------


@case("empty-file", "is empty: 0 bytes", "villages.csv")
def nothing_at_all(folder):
    return bytes_of(folder, b"")


@case("empty-file", "is empty", "villages.csv")
def only_blank_lines(folder):
    return bytes_of(folder, b"\n \n,,,\n")


@case("empty-file", "has a header but no rows", "villages.csv")
def header_without_rows(folder):
    return bytes_of(folder, csv_text(VILLAGES[:1]).encode())


@case("missing-column", "has no column that is recognised; its columns are 循化县行政村一览表", "villages.csv")
def title_rows_only(folder):
    return bytes_of(folder, "循化县行政村一览表\n制表：民政局\n2024年5月\n".encode())


@case("no-header", "has no header: '630225100001, 城东社区, 积石镇, 102.102000, 35.701000, 2100'", "villages.csv", 1)
def rows_without_a_header(folder):
    return bytes_of(folder, csv_text(VILLAGES[1:]).encode())


@case("merged-header", "has a header of several rows: cells E2 under empty ones", "villages.csv", 1)
def two_header_rows(folder):
    rows = [["代码", "村名", "乡镇", "位置", "", "人口"], ["", "", "", "经度", "纬度", ""], *VILLAGES[1:]]
    return bytes_of(folder, csv_text(rows).encode())


@case("ragged-row", "has 1 cells under 6 columns (the same in all 6 rows)", "villages.csv", 2)
def semicolons_in_the_rows(folder):
    lines = TEXT.splitlines()
    return bytes_of(folder, "\n".join([lines[0], *(line.replace(",", ";") for line in lines[1:])]).encode())


@case("separator", "has the full-width mark ， between cells", "villages.csv", 1)
def full_width_commas(folder):
    return bytes_of(folder, TEXT.replace(",", "，").encode())


@case("ragged-row", "has 7 cells under 6 columns", "villages.csv", 4)
def a_comma_within_a_name(folder):
    return bytes_of(folder, TEXT.replace("加入村", "加入,村").encode())


@case("csv", "cannot be divided into cells: unexpected end of data", "villages.csv", 4)
def a_quote_that_is_never_closed(folder):
    return bytes_of(folder, TEXT.replace("加入村", '"加入村').encode())


@case("long-line", "has a line of more than 1 MiB: no table, or one without line breaks", "villages.csv", 1)
def one_line_without_end(folder):
    raw = RawFiles(folder)
    with raw.path("villages").open("wb") as stream:
        stream.write(b"x" * 100)
        stream.truncate(150 << 20)  # a sparse file: no line break anywhere
    return raw.arguments()


@case("file-size", "has 1,024 MiB; at most 200 MiB of this kind are read", "villages.csv")
def a_gigabyte(folder):
    raw = RawFiles(folder)
    with raw.path("villages").open("wb") as stream:
        stream.write(TEXT.encode())
        stream.truncate(1 << 30)
    return raw.arguments()


@case(
    "long-line",
    "has a line of more than 1 MiB: no table, or one without line breaks",
    "villages.csv",
    1,
    alike="one_line_without_end",
)
def ten_million_columns(folder):
    return bytes_of(folder, b"c," * 10_000_000 + b"\n1\n")


@case("file-size", "has more than 20,000,000 cells", "villages.csv")
def twenty_million_cells(folder):
    return bytes_of(folder, b"a,b\n" + b"\n".join([b"," * 999_999] * 21))


@case("file-size", "has 5,000 columns; at most 1,000 are read", "villages.csv")
def thousands_of_columns(folder):
    return bytes_of(
        folder, ",".join(f"c{i}" for i in range(5_000)).encode() + b"\n" + b",".join([b"1"] * 5_000) + b"\n"
    )


# -- headers -------------------------------------------------------------------------------------------------------


@case(
    "missing-column", "has no column for lon; its columns are 代码, 村名, 乡镇, 纬度, 人口", "villages.csv", None, "lon"
)
def column_missing(folder):
    return without_column(folder, "经度")


@case(
    "missing-column",
    "has no column for the name of the village; its columns are 代码, 乡镇, 经度,",
    "villages.csv",
    None,
    "name",
)
def no_column_of_names(folder):
    return without_column(folder, "村名")


@case("no-population", "gives no residents for any of the 6 villages", "villages.csv")
def no_column_of_residents(folder):
    return without_column(folder, "人口")


@case("duplicate-column", "stands in the header twice, in columns F and G", "villages.csv", 1, "人口")
def column_twice(folder):
    return with_column(folder, "人口", ["1"] * 6)


@case("column-claimed-twice", "columns 人口 and 户籍人口 both mean population", "villages.csv", None, "户籍人口")
def two_columns_of_one_meaning(folder):
    return with_column(folder, "户籍人口", ["1"] * 6)


@case("unit", "is in 万人, which is not the unit of population", "villages.csv", None, "人口（万人）")
def residents_in_ten_thousands(folder):
    return bytes_of(folder, TEXT.replace("人口", "人口（万人）").encode())


@case("datum-unclear", "says BD-09 in its header, but WGS84 was declared", "villages.csv", None, "经度(百度)")
def datum_in_the_header_against_the_declared_one(folder):
    return bytes_of(folder, TEXT.replace("经度", "经度(百度)").replace("纬度", "纬度(百度)").encode())


@case("datum-unclear", "has columns in BD-09 and in GCJ-02, as their headers say", "villages.csv")
def two_datums_in_the_headers(folder):
    raw = RawFiles(folder)
    raw.path("villages").write_text(TEXT.replace("经度", "经度(百度)").replace("纬度", "纬度(高德)"), "utf-8")
    return raw.arguments()


# -- cells ---------------------------------------------------------------------------------------------------------


@case("not-a-number", "is not a number", "villages.csv", 4, "人口")
def about_so_many(folder):
    return cell(folder, 4, "人口", "约500")


@case("not-a-number", "is not a number", "villages.csv", 4, "人口", alike="about_so_many")
def residents_with_a_comma_and_a_unit(folder):
    return cell(folder, 4, "人口", "12,34人")


@case("not-a-number", "is not a whole number", "villages.csv", 4, "人口")
def residents_with_a_fraction(folder):
    return cell(folder, 4, "人口", "12.5")


@case("negative", "is negative", "villages.csv", 4, "人口")
def residents_below_zero(folder):
    return cell(folder, 4, "人口", "-700")


@case("too-large", "is more than 100,000,000", "villages.csv", 4, "人口")
def residents_beyond_belief(folder):
    return cell(folder, 4, "人口", "7000000000")


@case("no-population", "has no residents given", "villages.csv", 4, "population")
def residents_left_empty(folder):
    return cell(folder, 4, "人口", "")


@case("empty-cell", "has no name", "villages.csv", 4, "村名")
def name_left_empty(folder):
    return cell(folder, 4, "村名", "")


@case("empty-cell", "has no position", "villages.csv", 4, "经度")
def position_left_empty(folder):
    return cell(folder, 4, "经度", "")


@case("code-digits", "is a date, not a village code of 12 digits", "villages.csv", 4, "代码")
def date_in_place_of_a_code(folder):
    return cell(folder, 4, "代码", "2024-05-01")


@case(
    "code-scientific",
    "is scientific notation, not a village code of 12 digits: a spreadsheet",
    "villages.csv",
    4,
    "代码",
)
def code_in_scientific_notation(folder):
    return cell(folder, 4, "代码", "6.30225E+11")


@case("code-number", "is a decimal number, not a village code of 12 digits", "villages.csv", 4, "代码")
def code_as_a_decimal_number(folder):
    return cell(folder, 4, "代码", "630225101200.0")


@case("code-length", "has 11 digits and is not a village code of 12 digits", "villages.csv", 4, "代码")
def code_of_eleven_digits(folder):
    return cell(folder, 4, "代码", "63022510120")


@case(
    "code-length",
    "has 11 digits and is not a village code of 12 digits",
    "villages.csv",
    4,
    "代码",
    alike="code_of_eleven_digits",
)
def code_without_its_first_digit(folder):
    return cell(folder, 4, "代码", "30225101200")


@case("code-digits", "is not a village code of 12 digits", "villages.csv", 4, "代码")
def code_with_a_letter(folder):
    return cell(folder, 4, "代码", "63022510120O")


@case(
    "code-length", "is the code of township 630225101 filled up with zeros, not of a village", "villages.csv", 4, "代码"
)
def code_of_a_township_in_a_village(folder):
    return cell(folder, 4, "代码", "630225101000")


@case("wrong-county", "does not start with the county's code 630225", "villages.csv", 4, "code")
def code_of_another_county(folder):
    return cell(folder, 4, "代码", "630226101200")


@case("unknown-code", "has a code that starts with no township's code", "villages.csv", 4, "code")
def code_of_a_township_that_is_not_listed(folder):
    return cell(folder, 4, "代码", "630225109200")


@case("duplicate-code", "repeats the code of row 4 (加入村)", "villages.csv", 5, "code")
def code_used_twice(folder):
    return cell(folder, 5, "代码", "630225101200")


@case("county-code", "the codes of townships and villages start with 2 counties: 630225,", "--code")
def codes_of_two_counties_and_none_declared(folder):
    raw = RawFiles(folder)
    del raw.options["--code"]
    raw.swap("villages", "630225200201,石头坡村,道帏", "630226200201,石头坡村,道帏")
    return raw.arguments()


@case(
    "wrong-county",
    "does not start with the county's code 530581 but with 530522, which 腾冲市",
    "villages.csv",
    2,
    "code",
)
def codes_from_before_a_recoding(folder):
    raw = RawFiles(folder)
    raw.options["--code"] = "530581"
    raw.options["--name"] = "腾冲市"
    for role, code in (("townships", "530581"), ("villages", "530522")):
        raw.path(role).write_text(raw.path(role).read_text("utf-8").replace(CODE, code), "utf-8")
    return raw.arguments()


@case("not-finite", "is not a number that a place can have", "villages.csv", 4, "经度")
def longitude_that_is_not_a_number(folder):
    return cell(folder, 4, "经度", "NaN")


@case("not-finite", "is too large to be a coordinate", "villages.csv", 4, "经度")
def longitude_without_end(folder):
    return cell(folder, 4, "经度", "1e999")


@case("not-a-number", "is neither decimal degrees nor degrees, minutes and seconds", "villages.csv", 4, "纬度")
def latitude_in_words(folder):
    return cell(folder, 4, "纬度", "北山脚下")


@case("dms", "has 60 or more minutes or seconds", "villages.csv", 4, "经度")
def minutes_beyond_sixty(folder):
    return cell(folder, 4, "经度", "102°75′10″")


@case("swapped", "says that it is a latitude", "villages.csv", 4, "经度")
def latitude_in_the_column_of_longitudes(folder):
    return cell(folder, 4, "经度", "北纬35.701")


@case("swapped", "longitude and latitude are swapped: exchanged, the point lies in the", "villages.csv", 4, "lon, lat")
def one_point_swapped(folder):
    return bytes_of(folder, TEXT.replace("102.210000,35.701000", "35.701000,102.210000").encode())


@case("swapped", "longitude and latitude are swapped in all 6 rows", "villages.csv", 1, "lon, lat")
def all_points_swapped(folder):
    return bytes_of(folder, TEXT.replace("经度,纬度", "纬度,经度").encode())


@case("outside", "lies 72.4 km outside the county's boundary", "villages.csv", 4, "lon, lat")
def one_point_outside(folder):
    return cell(folder, 4, "经度", "103.2")


@case("outside", "none of the 6 points lies in the county", "villages.csv", 2, "lon, lat")
def all_points_outside(folder):
    return bytes_of(folder, TEXT.replace(",102.", ",112.").encode())


@case("range", "none of the 6 rows holds degrees of this county: metres of a", "villages.csv", 2, "lon, lat")
def points_in_metres(folder):
    rows = [[*row[:3], f"{500_000 + 10 * i}", f"{3_950_000 + 10 * i}", row[5]] for i, row in enumerate(VILLAGES[1:])]
    return rows_of(RawFiles(folder), "villages", [VILLAGES[0], *rows])


@case("range", "is not a longitude and latitude in degrees", "villages.csv", 4, "lon, lat")
def one_point_beyond_the_globe(folder):
    return cell(folder, 4, "经度", "402.21")


@case("not-a-number", "is not a pair of coordinates", "villages.csv", 4, "坐标")
def three_numbers_in_one_cell(folder):
    rows = [["村名", "乡镇", "坐标", "人口"], *([row[1], row[2], f"{row[3]},{row[4]}", row[5]] for row in VILLAGES[1:])]
    rows[3][2] += ",2100"
    return rows_of(RawFiles(folder), "villages", rows)


@case("unknown-township", "is no township that is known", "villages.csv", 4, "乡镇")
def township_that_nobody_knows(folder):
    rows = [["村名", "乡镇", "经度", "纬度", "人口"], *(row[1:] for row in VILLAGES[1:])]
    rows[3][1] = "清水镇"
    return rows_of(RawFiles(folder), "villages", rows)


@case("unknown-word", "is no kind that is known", "villages.csv", 4, "类型")
def kind_that_nobody_knows(folder):
    return with_column(folder, "类型", ["社区", "行政村", "林场", "行政村", "行政村", "行政村"])


@case("unknown-word", "holds a word that is not known", "villages.csv", 4, "优先类型")
def priority_that_nobody_knows(folder):
    return with_column(folder, "优先类型", ["", "", "富裕村", "", "", ""])


@case("unknown-word", "is no host that is known", "stations.csv", 3, "依托资源")
def host_that_nobody_knows(folder):
    raw = RawFiles(folder)
    raw.swap("stations", "供销社,乡级", "茶馆,乡级")
    return raw.arguments()


@case("unknown-word", "is no tier that is known", "stations.csv", 3, "级别")
def level_that_nobody_knows(folder):
    raw = RawFiles(folder)
    raw.swap("stations", "供销社,乡级", "供销社,省级")
    return raw.arguments()


@case("duplicate-id", "repeats the id of row 2", "stations.csv", 4, "站点编码")
def station_number_twice(folder):
    raw = RawFiles(folder)
    raw.swap("stations", "S003", "S001")
    return raw.arguments()


@case("unknown-township", "may be any of 积石镇, 积石镇 (and 3 more rows)", "villages.csv", 2, "乡镇")
def township_named_twice_without_codes(folder):
    rows = [row[1:] for row in TOWNSHIPS]
    rows[3][0] = "积石镇"
    raw = RawFiles(folder)
    raw.path("villages").write_text(csv_text([row[1:] for row in VILLAGES]).replace("道帏藏族乡", "积石镇"), "utf-8")
    return rows_of(raw, "townships", rows)


@case("market-days", "does not say days of the week", "townships.csv", 3, "场天")
def market_days_by_the_lunar_date(folder):
    rows = [[*row, cell] for row, cell in zip(TOWNSHIPS, ["场天", "周一、周四", "逢一四七", ""], strict=True)]
    return rows_of(RawFiles(folder), "townships", rows)


# -- workbooks -----------------------------------------------------------------------------------------------------


@case("formula", "has formulas whose results are not stored: cells F4", "villages.xlsx", 4)
def formulas_without_results(folder):
    rows = [list(row) for row in VILLAGES]
    rows[3][5] = "=350*2"
    return workbook(folder, rows)[0].arguments()


@case("not-a-number", "is the error of a formula", "villages.xlsx", 4, "人口")
def formula_error_as_residents(folder):
    rows = [list(row) for row in VILLAGES]
    rows[3][5] = "#REF!"
    return workbook(folder, rows)[0].arguments()


@case(
    "not-finite",
    "is not a number that a place can have",
    "villages.xlsx",
    4,
    "经度",
    alike="longitude_that_is_not_a_number",
)
def formula_error_as_longitude(folder):
    rows = [list(row) for row in VILLAGES]
    rows[3][3] = "#N/A"
    return workbook(folder, rows)[0].arguments()


@case("merged-header", "has a header of several rows: merged cells D1:E1, A1:A2", "villages.xlsx", 1)
def merged_header(folder):
    rows = [["代码", "村名", "乡镇", "位置", "", "人口"], ["", "", "", "经度", "纬度", ""], *VILLAGES[1:]]
    return workbook(folder, rows, ("D1:E1", "A1:A2"))[0].arguments()


@case(
    "code-digits",
    "is a date, not a village code of 12 digits",
    "villages.xlsx",
    4,
    "代码",
    alike="date_in_place_of_a_code",
)
def dates_in_the_column_of_codes(folder):
    import datetime as dt

    rows = [list(row) for row in VILLAGES]
    rows[3][0] = dt.datetime(2024, 5, 1)
    return workbook(folder, rows)[0].arguments()


@case("empty-file", "has no visible sheet with anything in it", "villages.xlsx")
def workbook_of_empty_sheets(folder):
    return workbook(folder, [])[0].arguments()


@case("no-layer", "has no sheet called '行政村'", "villages.xlsx")
def sheet_that_is_not_there(folder):
    raw, _ = workbook(folder, VILLAGES)
    raw.more = ["--layer", "villages=行政村"]
    return raw.arguments()


@case("workbook", "is protected by a password", "villages.xlsx")
def workbook_with_a_password(folder):
    raw = RawFiles(folder)
    stream = "EncryptedPackage".encode("utf-16-le")
    raw.rename("villages", "villages.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + stream + bytes(512)
    )
    return raw.arguments()


@case("workbook", "is an old Excel workbook (.xls), though its name says .xlsx", "villages.xlsx")
def old_workbook_under_a_new_name(folder):
    raw = RawFiles(folder)
    raw.rename("villages", "villages.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    return raw.arguments()


@case("unknown-format", "is an old Excel workbook", "villages.xls")
def old_workbook(folder):
    raw = RawFiles(folder)
    raw.rename("villages", "villages.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    return raw.arguments()


@case("workbook", "is not a workbook, though its name says so", "villages.xlsx")
def text_table_under_the_name_of_a_workbook(folder):
    raw = RawFiles(folder)
    raw.rename("villages", "villages.xlsx").write_text(TEXT, "utf-8")
    return raw.arguments()


@case("not-text", "is an Excel workbook or a zip file, not text", "villages.csv")
def workbook_under_the_name_of_a_text_table(folder):
    raw, path = workbook(folder, VILLAGES)
    shutil.move(path, folder / "villages.csv")
    raw.named["villages"] = "villages.csv"
    return raw.arguments()


@case("workbook", "cannot be read as a workbook: File is not a zip file", "villages.xlsx")
def workbook_cut_off(folder):
    raw, path = workbook(folder, VILLAGES)
    path.write_bytes(path.read_bytes()[:2000])
    return raw.arguments()


@case("workbook", 'cannot be read as a workbook: "There is no item named', "villages.xlsx")
def zip_file_that_is_no_workbook(folder):
    raw = RawFiles(folder)
    with zipfile.ZipFile(raw.rename("villages", "villages.xlsx"), "w") as package:
        package.writestr("readme.txt", "no workbook")
    return raw.arguments()


@case("file-size", "unpacks to 600 MiB from 0.6 MiB: more than a workbook of one county", "villages.xlsx")
def zip_bomb(folder):
    raw, path = workbook(folder, VILLAGES)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as package,
        package.open("xl/worksheets/sheet2.xml", "w") as stream,
    ):
        for _ in range(600):
            stream.write(bytes(1 << 20))
    return raw.arguments()


@case("workbook", "cannot be read as a workbook: Bad CRC-32 for file", "villages.xlsx")
def zip_bomb_that_lies_about_its_size(folder):
    raw, path = workbook(folder, VILLAGES)
    edit_zip(
        path,
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b"</sheetData>", b"<row/>" * 2_000_000 + b"</sheetData>"),
    )
    data = path.read_bytes()
    # The central directory says how large each part is once unpacked; this one says 100 bytes.
    at = data.index(b"PK\x01\x02")
    while data[at : at + 4] == b"PK\x01\x02":
        names, extra, comment = (int.from_bytes(data[at + i : at + i + 2], "little") for i in (28, 30, 32))
        if data[at + 46 : at + 46 + names] == b"xl/worksheets/sheet1.xml":
            data = data[: at + 24] + (100).to_bytes(4, "little") + data[at + 28 :]
        at += 46 + names + extra + comment
    path.write_bytes(data)
    return raw.arguments()


@case("workbook", "cannot be read as a workbook: it holds an XML document type, which no", "villages.xlsx")
def entity_bomb_in_a_sheet(folder):
    raw, path = workbook(folder, VILLAGES)
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + i, (b"&%c;" % (97 + i)) * 10) for i in range(9))
        + b"]>"
    )
    edit_zip(path, "xl/worksheets/sheet1.xml", lambda data: bomb + data.replace(b"<sheetData>", b"<sheetData>&j;"))
    return raw.arguments()


@case(
    "workbook",
    'cannot be read as a workbook: "There is no item named',
    "villages.xlsx",
    alike="zip_file_that_is_no_workbook",
)
def sheet_that_lies_outside_the_workbook(folder):
    raw, path = workbook(folder, VILLAGES)
    edit_zip(
        path,
        "xl/_rels/workbook.xml.rels",
        lambda data: data.replace(b"/xl/worksheets/sheet1.xml", b"/xl/worksheets/../../../../etc/passwd"),
    )
    return raw.arguments()
