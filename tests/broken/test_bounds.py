"""Hostile files end soon and in little memory: measured in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from broken_bases import RawFiles, osm_arguments
from broken_harness import snapshot
from cases_maps import geojson_of_endless_brackets, shapes_that_say_they_are_endless
from cases_osm import block_that_unpacks_to_a_bomb, gzip_bomb, xml_with_an_entity_bomb
from cases_tables import (
    a_gigabyte,
    entity_bomb_in_a_sheet,
    one_line_without_end,
    ten_million_columns,
    thousands_of_columns,
    twenty_million_cells,
    zip_bomb,
    zip_bomb_that_lies_about_its_size,
)

MOST_MIB = 700
"""Starting Python with GDAL, pandas and the rest takes some 300 MiB."""
MOST_SECONDS = 30


def many_quotes(folder):
    raw = RawFiles(folder)
    raw.path("villages").write_bytes(b"a,b\n" + b'"\n' * 5_000_000)
    return raw.arguments()


def a_brace_and_nothing_else(folder):
    raw = RawFiles(folder)
    raw.path("roads").write_bytes(b'{"type":"FeatureCollection","features":[' + b'{"type":"Feature"},' * 1_000_000)
    return raw.arguments()


def table_of_numbers_only(folder):
    raw = RawFiles(folder)
    raw.path("villages").write_bytes(b"\n".join([b"1,2,3,4,5,6"] * 500_000))
    return raw.arguments()


def half_a_million_broken_cells(folder):
    raw = RawFiles(folder)
    lines = ["代码,村名,经度,纬度,人口", *("x,村,y,z,w" for _ in range(100_000))]
    raw.path("villages").write_text("\n".join(lines), "utf-8")
    return raw.arguments()


def extract_of_a_gigabyte_of_nothing(folder):
    arguments = osm_arguments(folder)
    with (folder / "square.osm.pbf").open("ab") as stream:
        stream.truncate(1 << 30)
    return arguments


HOSTILE = [
    a_gigabyte, one_line_without_end, ten_million_columns, twenty_million_cells, thousands_of_columns, zip_bomb,
    zip_bomb_that_lies_about_its_size, entity_bomb_in_a_sheet, geojson_of_endless_brackets,
    shapes_that_say_they_are_endless, gzip_bomb, block_that_unpacks_to_a_bomb, xml_with_an_entity_bomb, many_quotes,
    a_brace_and_nothing_else, table_of_numbers_only, half_a_million_broken_cells, extract_of_a_gigabyte_of_nothing,
]  # fmt: skip


PEAK_KIB = (
    "next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))"
    if sys.platform == "linux"  # ru_maxrss would count what the test run itself held when it forked
    else "__import__('resource').getrusage(0).ru_maxrss / 1024"
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured as Unix does")
@pytest.mark.parametrize("build", HOSTILE, ids=lambda build: build.__name__)
def test_a_hostile_file_ends_soon_and_in_little_memory(build, tmp_path):
    arguments = build(tmp_path)
    before = snapshot(tmp_path)
    program = (
        f"import sys\nfrom planner.cli import main\nsys.argv = {['planner', *arguments]!r}\n"
        f"try:\n    main()\nfinally:\n    print('PEAK', {PEAK_KIB}, file=sys.stderr)\n"
    )
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    seconds = time.monotonic() - started
    assert ended.returncode == 1, ended.stderr[-2000:]
    assert "Traceback" not in ended.stderr
    assert snapshot(tmp_path) == before
    mib = float(ended.stderr.rsplit("PEAK", 1)[1]) / 1024
    print(f"{build.__name__}: {seconds:.1f} s, {mib:.0f} MiB, {len(ended.stdout):,} characters")  # noqa: T201
    assert seconds < MOST_SECONDS
    assert 10 < mib < MOST_MIB
    assert len(ended.stdout) < 100_000
