"""What is no readable file is one line that says what stands there, at once, whatever its suffix promises."""

from __future__ import annotations

import os
import time

import pytest

from planner.geodata.sources import ACCEPTED

MIB = 1 << 20


def test_a_file_that_is_not_there_is_one_line(folder):
    assert "does not exist" in folder.read("villages.csv").only("missing-file").message


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".shp", ".gpkg", ".geojson", ".kml", ".parquet"])
def test_an_empty_file_is_one_line(folder, suffix):
    assert "0 bytes" in folder.read(f"villages{suffix}", b"").only("empty-file").message


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".shp", ".gpkg"])
def test_a_folder_is_one_line(folder, suffix):
    (folder.path / f"villages{suffix}").mkdir()
    assert "folder" in folder.read(f"villages{suffix}").only("not-a-file").message


def test_a_pipe_is_refused_without_waiting_for_it(folder):
    os.mkfifo(folder.path / "villages.csv")
    assert "pipe" in folder.read("villages.csv").only("not-a-file").message


def test_a_device_is_refused(folder):
    (folder.path / "villages.csv").symlink_to("/dev/zero")
    assert "device" in folder.read("villages.csv").only("not-a-file").message


def test_links_that_lead_in_a_circle_are_one_line(folder):
    (folder.path / "villages.csv").symlink_to("villages.csv")
    assert "circle" in folder.read("villages.csv").only("missing-file").message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_line(folder):
    folder.write("villages.csv", "code\n1\n")
    (folder.path / "villages.csv").chmod(0)
    assert "permission" in folder.read("villages.csv").only("missing-file").message


@pytest.mark.parametrize(
    ("name", "what", "fix"),
    [
        ("a.xls", "old Excel", ".xlsx"),
        ("a.kmz", "zipped", "unzip"),
        ("a.dbf", "part of a shapefile", ".shp"),
        ("a.docx", "document", "workbook"),
        ("a.fgb", "no kind", ".gpkg"),
        ("villages", "no kind", ".csv"),
    ],
)
def test_other_kinds_are_refused_with_the_way_out(folder, name, what, fix):
    defect = folder.read(name, b"content").only("unknown-format")
    assert what in defect.message
    assert fix in defect.fix


def test_a_file_geodatabase_is_a_folder_that_is_known(folder):
    (folder.path / "villages.gdb").mkdir()
    assert "geodatabase" in folder.read("villages.gdb").only("unknown-format").message


def test_a_gigabyte_without_a_line_break_is_refused_after_its_first_mebibyte(folder):
    with (folder.path / "villages.csv").open("wb") as stream:
        stream.write(b"code,name," * 200_000)
        stream.truncate(199 * MIB)  # a hole: nothing is written, but all of it would be read
    started = time.monotonic()
    defect = folder.read("villages.csv").only("long-line")
    assert time.monotonic() - started < 1
    assert defect.row == 1


def test_a_file_beyond_all_reason_is_refused_before_it_is_opened(folder):
    with (folder.path / "villages.csv").open("wb") as stream:
        stream.truncate(1024 * MIB)
    assert "1,024 MiB" in folder.read("villages.csv").only("file-size").message


def test_a_layer_can_be_named_only_where_there_are_several(folder):
    assert folder.read("villages.csv", "code,name\n1,a\n", layer="villages").only("no-layer")


def test_an_exclamation_mark_in_the_path_is_refused(folder):
    folder.vector("a.gpkg", "GPKG")
    (folder.path / "a.gpkg").rename(folder.path / "a!b.gpkg")
    assert "exclamation" in folder.read("a!b.gpkg").only("missing-file").message


def test_every_accepted_suffix_is_read_in_capitals_too(folder):
    for suffix in ACCEPTED:
        assert folder.read(f"a{suffix.upper()}").codes == ["missing-file"]
    assert folder.read("A.CSV", "code,name\n1,a\n").table is not None
