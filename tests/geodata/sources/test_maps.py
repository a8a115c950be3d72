"""GeoPackage, GeoJSON, KML and GeoParquet: the layer is never chosen by chance, and no file leads to another."""

from __future__ import annotations

import json
import sqlite3

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio.raw
import pytest
import shapely

NAMES = ["西街村", "东街村", "加入村"]
CODES = ["630225100200", "630225100201", "630225101200"]
COLUMNS = {"name": NAMES, "code": CODES}
PLACEMARK = "<Placemark><name>{}</name><Point><coordinates>102.1,35.7,2100</coordinates></Point></Placemark>"


def features(*properties):
    point = {"type": "Point", "coordinates": [102.1, 35.7, 2100.0]}
    listed = [{"type": "Feature", "properties": each, "geometry": point} for each in properties]
    return {"type": "FeatureCollection", "features": listed}


def kml(content, head='<?xml version="1.0" encoding="UTF-8"?>'):
    return f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{content}</Document></kml>'


class TestGeoPackage:
    def test_texts_shapes_and_crs_are_read(self, folder):
        folder.vector("villages.gpkg", "GPKG", crs="EPSG:4490")
        read = folder.read("villages.gpkg")
        assert (read.defects, read.columns, list(read.table.rows)) == ([], COLUMNS, [1, 2, 3])
        assert read.table.crs.to_epsg() == 4490
        assert shapely.get_coordinates(read.table.geometries)[0].tolist() == [102.11, 35.702]
        assert read.table.layer == "villages"

    def test_numbers_are_written_plainly(self, folder):
        fields = {"a": [1.0, 2.5, np.nan], "b": [True, False, True], "c": [630225100200, 1, 2]}
        pyogrio.raw.write(
            folder.path / "a.gpkg", geometry=shapely.to_wkb(shapely.points([[1, 1]] * 3)),
            field_data=[np.array(values) for values in fields.values()], fields=np.array(list(fields), dtype=object),
            geometry_type="Point", driver="GPKG", crs="EPSG:4326",
        )  # fmt: skip
        assert folder.read("a.gpkg").columns == {
            "a": ["1", "2.5", ""], "b": ["true", "false", "true"], "c": ["630225100200", "1", "2"],
        }  # fmt: skip

    def test_several_layers_must_be_told_apart(self, folder):
        for layer in ("villages", "towns"):
            folder.vector("a.gpkg", "GPKG", layer=layer, append=layer == "towns")
        assert "villages (3), towns (3)" in folder.read("a.gpkg").only("many-layers").message
        assert folder.read("a.gpkg", layer="towns").table.layer == "towns"
        assert "villages, towns" in folder.read("a.gpkg", layer="roads").only("no-layer").fix

    def test_the_only_layer_that_holds_something_is_taken(self, folder):
        folder.vector("a.gpkg", "GPKG", layer="full")
        folder.vector("a.gpkg", "GPKG", layer="empty", append=True, fields={"name": []}, points=[])
        assert folder.read("a.gpkg").table.layer == "full"

    def test_a_layer_without_features_is_one_line(self, folder):
        folder.vector("a.gpkg", "GPKG", fields={"name": []}, points=[])
        assert folder.read("a.gpkg").only("empty-file")

    def test_an_undefined_crs_is_none(self, folder):
        with pytest.warns(UserWarning, match="'crs' was not provided"):
            folder.vector("a.gpkg", "GPKG", crs=None)
        assert folder.read("a.gpkg").table.crs is None

    def test_coordinates_that_are_no_numbers_are_kept(self, folder):
        folder.vector("a.gpkg", "GPKG", points=shapely.points([[np.inf, 1.0], [-np.inf, 1.0], [1.0, 1.0]]))
        assert np.isinf(shapely.get_x(folder.read("a.gpkg").table.geometries)).tolist() == [True, True, False]

    @pytest.mark.parametrize("share", [0.001, 0.2, 0.7])
    def test_one_that_breaks_off_is_one_line(self, folder, share):
        folder.vector("a.gpkg", "GPKG")
        data = (folder.path / "a.gpkg").read_bytes()
        assert folder.read("a.gpkg", data[: int(share * len(data))]).only("vector")

    @pytest.mark.parametrize("content", [b"<OGRVRTDataSource/>", b"SQLite format 3\0", b"name,code\n1,2\n"])
    def test_what_is_none_is_called_so(self, folder, content):
        defect = folder.read("a.gpkg", content).only("vector")
        assert str(folder.path) not in defect.line()

    def test_a_database_of_another_kind_is_refused(self, folder):
        with sqlite3.connect(folder.path / "a.gpkg") as database:
            database.execute("CREATE TABLE a (b TEXT)")
        database.close()
        assert folder.read("a.gpkg").only("vector")

    def test_a_virtual_table_is_refused(self, folder):
        folder.vector("a.gpkg", "GPKG")
        with sqlite3.connect(folder.path / "a.gpkg") as database:
            database.execute("CREATE VIRTUAL TABLE other USING fts5(a)")
        database.close()
        assert "other" in folder.read("a.gpkg").only("vector").message

    def test_reading_writes_nothing(self, folder):
        folder.vector("a.gpkg", "GPKG")
        with sqlite3.connect(folder.path / "a.gpkg") as database:
            database.execute("PRAGMA journal_mode = wal")
        database.close()
        before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
        assert folder.read("a.gpkg").columns == COLUMNS
        assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before


class TestGeoJson:
    def test_properties_of_any_kind_become_texts(self, folder):
        data = features({"code": "0630", "n": 630225100200, "f": 2.0, "b": True, "d": "2023/5/1", "o": {"x": [1]}}, {})
        read = folder.read("a.geojson", json.dumps(data))
        assert read.columns == {
            "code": ["0630", ""], "n": ["630225100200", ""], "f": ["2", ""], "b": ["true", ""], "d": ["2023/5/1", ""],
            "o": ['{ "x": [ 1 ] }', ""],
        }  # fmt: skip
        assert (read.table.crs.to_epsg(), read.table.encoding, read.table.layer) == (4326, "utf-8", "")
        assert not shapely.has_z(read.table.geometries).any()

    def test_a_feature_without_geometry_is_kept(self, folder):
        data = features({"name": "a"}, {"name": "b"})
        data["features"][1]["geometry"] = None
        read = folder.read("a.json", json.dumps(data))
        assert (len(read.table), read.table.geometries[1]) == (2, None)

    def test_a_file_in_gbk_is_read_with_a_word(self, folder):
        data = json.dumps(features({"name": "西街村"}), ensure_ascii=False)
        read = folder.read("a.geojson", data.encode("gbk"))
        assert (read.codes, read.columns) == (["gb18030"], {"name": ["西街村"]})

    @pytest.mark.parametrize(
        ("content", "word"),
        [
            ('{"type": "FeatureCollection",\n "features": [', "line 2"),
            (json.dumps(features({})).replace("102.1", "1e999"), "1e999 stands"),
            ("[1, 2]", "not GeoJSON"),
            ('{"type": "Topology"}', "TopoJSON"),
            ('{"type": "FeatureCollection", "features": ' + "[" * 100_000, "deeply"),
            ('{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline"}', "not GeoJSON"),
            ("<OGRVRTDataSource/>", "not GeoJSON"),
        ],
    )
    def test_what_is_none_is_one_line(self, folder, content, word):
        assert word in folder.read("a.geojson", content).only("vector").message

    @pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
    def test_coordinates_that_are_no_numbers_are_kept(self, folder, word):
        data = features({})
        data["features"][0]["geometry"] = {"type": "LineString", "coordinates": [[102.1, 35.7], [102.2, 35.7]]}
        read = folder.read("a.geojson", json.dumps(data).replace("102.2", word))
        assert read.defects == []
        assert np.isfinite(shapely.get_coordinates(read.table.geometries)).tolist() == [[True, True], [False, True]]

    def test_one_without_features_is_one_line(self, folder):
        assert folder.read("a.geojson", json.dumps(features())).only("empty-file")

    def test_a_crs_that_nobody_knows_is_one_line(self, folder):
        for stated in ({"name": "EPSG:999999"}, {"code": 999999}, {"href": "http://localhost/crs"}):
            data = {"crs": {"type": "name", "properties": stated}} | features({"name": "a"})
            assert folder.read("a.geojson", json.dumps(data)).only("crs")

    @pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::4490", "EPSG:4490"])
    def test_a_crs_that_is_named_is_taken(self, folder, name):
        data = features({"name": "a"}) | {"crs": {"type": "name", "properties": {"name": name}}}
        assert folder.read("a.geojson", json.dumps(data)).table.crs.to_epsg() == 4490


class TestKml:
    def test_folders_names_and_data_are_read(self, folder):
        data = '<ExtendedData><Data name="code"><value>0630</value></Data></ExtendedData></Placemark>'
        content = kml(f"<Folder><name>村</name>{PLACEMARK.format('西街村').replace('</Placemark>', data)}</Folder>")
        read = folder.read("a.kml", content)
        assert read.defects == []
        assert read.columns == {"Name": ["西街村"], "description": [""], "code": ["0630"]}
        assert (read.table.layer, read.table.crs.to_epsg()) == ("村", 4326)
        assert read.table.geometries.tolist() == [shapely.Point(102.1, 35.7)]

    def test_several_folders_must_be_told_apart(self, folder):
        names = ("村", "站", "空")
        placed = [PLACEMARK.format("a"), PLACEMARK.format("b"), ""]
        content = kml("".join(f"<Folder><name>{n}</name>{p}</Folder>" for n, p in zip(names, placed, strict=True)))
        assert "村 (1), 站 (1)" in folder.read("a.kml", content).only("many-layers").message
        assert folder.read("a.kml", layer="站").columns["Name"] == ["b"]

    @pytest.mark.parametrize("encoding", ["GB2312", "gbk", "UTF-16"])
    def test_the_declared_encoding_is_taken(self, folder, encoding):
        content = kml(PLACEMARK.format("西街村"), f'<?xml version="1.0" encoding="{encoding}"?>')
        read = folder.read("a.kml", content.encode(encoding))
        assert (read.defects, read.columns["Name"]) == ([], ["西街村"])

    @pytest.mark.parametrize(
        ("content", "word"),
        [
            ("<gpx/>", "<gpx>"),
            (kml("<Folder>"), "mismatched"),
            (kml("<Folder>" * 70 + "</Folder>" * 70), "deep"),
            ('<!DOCTYPE kml [<!ENTITY a "b">]>' + kml("&a;", ""), "document type"),
            ("name,code\n1,2\n", "line 1"),
        ],
    )
    def test_what_is_none_is_one_line(self, folder, content, word):
        assert word in folder.read("a.kml", content).only("vector").message


class TestParquet:
    def frame(self):
        return gpd.GeoDataFrame(COLUMNS, geometry=shapely.points([[1, 2, 3]] * 3), crs="EPSG:4490")

    def test_texts_shapes_and_crs_are_read(self, folder):
        frame = self.frame()
        frame.loc[1, "geometry"] = None
        frame.to_parquet(folder.path / "a.parquet")
        read = folder.read("a.parquet")
        assert (read.defects, read.columns, list(read.table.rows)) == ([], COLUMNS, [1, 2, 3])
        assert (read.table.crs.to_epsg(), read.table.geometries[1]) == (4490, None)
        assert read.table.geometries[0] == shapely.Point(1, 2)

    @pytest.mark.parametrize(
        "shape",
        [
            shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 2)]), shapely.box(0, 0, 1, 1),
            shapely.MultiPoint([(0, 0), (1, 1)]), shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
            shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        ],
        ids=lambda shape: shape.geom_type,
    )  # fmt: skip
    def test_shapes_written_as_numbers_are_read(self, folder, shape):
        frame = gpd.GeoDataFrame({"name": NAMES}, geometry=[shape, None, shape], crs="OGC:CRS84")
        frame.to_parquet(folder.path / "a.geoparquet", geometry_encoding="geoarrow")
        assert folder.read("a.geoparquet").table.geometries.tolist() == [shape, None, shape]

    def test_a_table_without_shapes_is_a_plain_table(self, folder):
        pd.DataFrame(COLUMNS | {"n": [1, 2, 3]}).to_parquet(folder.path / "a.parquet")
        read = folder.read("a.parquet")
        assert (read.columns, read.table.geometries) == (COLUMNS | {"n": ["1", "2", "3"]}, None)

    @pytest.mark.parametrize("crs", [{}, {"crs": None}])
    def test_a_crs_that_is_not_declared_follows_the_standard(self, folder, crs):
        geo = {"primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "geometry_types": []} | crs}}
        table = pa.table({"geometry": [shapely.to_wkb(shapely.Point(1, 2))]})
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), folder.path / "a.parquet")
        read = folder.read("a.parquet")
        assert (read.table.crs is None) == ("crs" in crs)

    @pytest.mark.parametrize(
        "geo", ["{", "[]", '{"primary_column": "x", "columns": {"x": {}}}', '{"primary_column": 1, "columns": {}}']
    )
    def test_metadata_that_make_no_sense_are_one_line(self, folder, geo):
        table = pa.table({"geometry": [b"1"]}).replace_schema_metadata({"geo": geo})
        pq.write_table(table, folder.path / "a.parquet")
        assert folder.read("a.parquet").only("vector")

    def test_rows_beyond_all_reason_are_refused_before_they_are_read(self, folder):
        pq.write_table(pa.table({"a": np.zeros(10_000_001, dtype=np.int8)}), folder.path / "a.parquet")
        assert "10,000,001" in folder.read("a.parquet").only("file-size").message

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
    def test_one_that_breaks_off_is_one_line(self, folder, share):
        self.frame().to_parquet(folder.path / "a.parquet")
        data = (folder.path / "a.parquet").read_bytes()
        assert folder.read("a.parquet", data[: int(share * len(data))]).only("vector")

    def test_what_is_none_is_called_so(self, folder):
        assert folder.read("a.parquet", b"name,code\n").only("vector")
        assert folder.read("a.parquet", b"PAR1").only("vector")
