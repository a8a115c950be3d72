"""What is assumed about each embedded county before chance fills in the rest.

Rivers and main roads are rough sketches in WGS84 (about 1 km), drawn to lead past the real township
seats; they are not survey data, and every layer made from them is labelled synthetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class River:
    """A main river from head to mouth: longitude, latitude (degrees) and height (m).

    ``floor_m`` is half the width of its flat valley floor; a ``barrier`` is crossed by roads at bridges only.
    """

    points: tuple[tuple[float, float, float], ...]
    floor_m: float = 300.0
    barrier: bool = False


@dataclass(frozen=True, slots=True)
class MainRoad:
    """A main road by its stops: township codes or (lon, lat). ``road_class`` as the schema spells it."""

    road_class: str
    name: str
    stops: tuple[str | tuple[float, float], ...]
    paved: bool = True


@dataclass(frozen=True, slots=True)
class TownshipStyle:
    """How a township's villages lie: typical road distance from the seat, least distance apart, mean residents."""

    reach_m: float = 4200.0
    apart_m: tuple[float, float] = (520.0, 1050.0)
    mean_population: float = 1060.0
    highest_above_seat_m: float = 650.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """All assumptions for one county.

    ``laid_density`` is km of road per 100 km2 along the mesh; rounding corners takes about a tenth off it.
    """

    code: str
    folder: str
    name: str
    short_name: str
    names: Mapping[str, str]
    metric_crs: str
    seed: int
    county_seat: str
    rivers: tuple[River, ...]
    main_roads: tuple[MainRoad, ...]
    bridges: tuple[tuple[float, float], ...]
    seat_villages: Mapping[str, str]
    roadless: tuple[str, ...]
    stream_km2: float
    valley_side_m: float
    laid_density: float
    unpaved_share: float
    sites_per_village: tuple[float, float, float]
    committee_population: float
    poverty_share: float
    default_style: TownshipStyle
    styles: Mapping[str, TownshipStyle] = field(default_factory=dict)
    population_source: str = ""

    def style(self, township_code: str) -> TownshipStyle:
        """The style of one township."""
        return self.styles.get(township_code, self.default_style)


NP, COUNTY, TOWNSHIP = "national_provincial", "county", "township"

XUNHUA = Recipe(
    code="630225",
    folder="xunhua",
    name="循化撒拉族自治县",
    short_name="循化县",
    names={"zh": "循化撒拉族自治县", "en": "Xunhua Salar Autonomous County"},
    metric_crs="EPSG:32648",
    seed=630225,
    county_seat="630225100",
    rivers=(
        # Yellow River, W-E across the north
        River(((102.225, 35.868, 2010), (102.300, 35.858, 1960), (102.360, 35.863, 1930), (102.430, 35.866, 1900),
         (102.490, 35.857, 1875), (102.550, 35.846, 1850), (102.620, 35.842, 1810), (102.697, 35.833, 1780)),
        1300.0, barrier=True),
        # Qingshui valley from Daowei by Baizhuang, and its two head valleys
        River(((102.665, 35.555, 3350), (102.665, 35.610, 2980), (102.646, 35.653, 2720), (102.605, 35.690, 2480),
         (102.574, 35.7206, 2330), (102.560, 35.765, 2120), (102.545, 35.810, 1960), (102.545, 35.846, 1852))),
        River(((102.770, 35.565, 3400), (102.725, 35.605, 3050), (102.646, 35.653, 2720))),
        River(((102.495, 35.625, 3300), (102.530, 35.670, 2780), (102.574, 35.7206, 2330))),
        # Jiezi valley from Wendu
        River(((102.400, 35.660, 3350), (102.410, 35.715, 2860), (102.397, 35.7815, 2380), (102.418, 35.825, 2080),
         (102.433, 35.8554, 1935), (102.440, 35.866, 1899))),
        # Galeng valley, from Gangcha's plateau
        River(((102.300, 35.650, 3600), (102.240, 35.675, 3480), (102.227, 35.699, 3340), (102.250, 35.735, 3000),
         (102.2765, 35.7656, 2640), (102.287, 35.812, 2250), (102.2956, 35.8515, 1990), (102.305, 35.858, 1958))),
        # the western arm and the southern one
        River(((102.105, 35.805, 2950), (102.170, 35.828, 2480), (102.235, 35.848, 2130), (102.280, 35.856, 1975))),
        River(((102.435, 35.480, 3750), (102.455, 35.560, 3650))),
    ),
    main_roads=(
        MainRoad(NP, "国省道(合成)01", ((102.196, 35.860), "630225203", "630225102", "630225100", "630225201",
                                    (102.701, 35.826))),
        MainRoad(NP, "国省道(合成)02", ("630225201", "630225101", "630225200", (102.725, 35.603), (102.797, 35.562))),
        MainRoad(COUNTY, "县道(合成)01", ("630225102", "630225204", (102.408, 35.705))),
        MainRoad(COUNTY, "县道(合成)02", ("630225203", "630225205", "630225202")),
        MainRoad(COUNTY, "县道(合成)03", ("630225204", "630225205")),
        MainRoad(COUNTY, "县道(合成)04", ("630225203", (102.235, 35.848), (102.160, 35.825))),
        MainRoad(COUNTY, "县道(合成)05", ("630225101", (102.530, 35.670))),
        MainRoad(COUNTY, "县道(合成)06", ("630225100", (102.490, 35.868), (102.492, 35.882))),
        MainRoad(COUNTY, "县道(合成)07", ("630225200", (102.665, 35.605))),
        MainRoad(COUNTY, "县道(合成)08", ((102.432, 35.860), (102.432, 35.872), (102.425, 35.895))),
        MainRoad(TOWNSHIP, "", ((102.408, 35.705), (102.400, 35.655), (102.452, 35.575), (102.440, 35.515)),
                 paved=False),
        MainRoad(TOWNSHIP, "", ("630225202", (102.300, 35.650)), paved=False),
        MainRoad(TOWNSHIP, "", ("630225201", (102.600, 35.800), (102.645, 35.795))),
    ),
    bridges=((102.262, 35.866), (102.432, 35.866), (102.490, 35.857), (102.580, 35.844)),
    seat_villages={
        "630225101": "白庄村", "630225102": "三兰巴海村", "630225200": "古雷村", "630225201": "石巷村",
        "630225202": "岗察村", "630225203": "下庄村", "630225204": "拉兄村", "630225205": "牙尕村",
    },
    roadless=("630225200", "630225205", "630225204", "630225101"),
    stream_km2=0.9,
    valley_side_m=55.0,
    laid_density=56.0,
    unpaved_share=0.42,
    sites_per_village=(0.40, 0.40, 0.20),
    committee_population=4300.0,
    poverty_share=0.38,
    default_style=TownshipStyle(),
    styles={
        "630225100": TownshipStyle(3600.0, (430.0, 850.0), 1320.0),
        "630225102": TownshipStyle(3300.0, (430.0, 800.0), 1240.0),
        "630225203": TownshipStyle(4200.0, (450.0, 950.0), 1220.0),
        "630225201": TownshipStyle(4500.0, (480.0, 1000.0), 1100.0),
        "630225101": TownshipStyle(4800.0, (520.0, 1150.0), 1070.0),
        "630225200": TownshipStyle(5600.0, (560.0, 1300.0), 760.0),
        "630225204": TownshipStyle(4500.0, (560.0, 1200.0), 850.0),
        "630225205": TownshipStyle(4300.0, (650.0, 1400.0), 680.0),
        "630225202": TownshipStyle(7500.0, (3200.0, 4200.0), 480.0, 500.0),
    },
)  # fmt: skip

XIHE = Recipe(
    code="621225",
    folder="xihe",
    name="西和县",
    short_name="西和县",
    names={"zh": "西和县", "en": "Xihe County"},
    metric_crs="EPSG:32648",
    seed=621225,
    county_seat="621225100",
    rivers=(
        # Yangshui, S-N from Heba by the county town to Changdao, and its side valleys
        River(((105.190, 33.915, 1820), (105.216, 33.936, 1740), (105.260, 33.942, 1670), (105.2925, 33.952, 1630),
         (105.292, 34.011, 1575), (105.304, 34.052, 1545), (105.316, 34.108, 1505), (105.330, 34.160, 1470),
         (105.3365, 34.205, 1440), (105.375, 34.220, 1425)), 700.0),
        River(((105.168, 34.005, 1850), (105.200, 33.9993, 1730), (105.250, 34.000, 1640), (105.291, 34.008, 1576))),
        River(((105.195, 34.060, 1850), (105.222, 34.0625, 1740), (105.270, 34.070, 1600), (105.307, 34.075, 1530))),
        River(((105.385, 33.975, 1850), (105.340, 34.009, 1660), (105.297, 34.022, 1565))),
        River(((105.405, 34.030, 1850), (105.344, 34.038, 1650), (105.300, 34.045, 1550))),
        River(((105.430, 34.065, 1850), (105.365, 34.064, 1680), (105.335, 34.082, 1570), (105.313, 34.100, 1512))),
        # the eastern basin: Shaijing, Mayuan
        River(((105.610, 33.980, 1880), (105.543, 33.9935, 1730), (105.528, 34.020, 1640), (105.523, 34.054, 1560),
         (105.480, 34.085, 1500))),
        # Luoyu valley to the south-west
        River(((105.255, 33.890, 1860), (105.231, 33.841, 1640), (105.215, 33.800, 1500), (105.2135, 33.768, 1400),
         (105.181, 33.706, 1210), (105.120, 33.670, 1090), (105.070, 33.645, 1010))),
        River(((105.315, 33.820, 1560), (105.287, 33.778, 1370), (105.279, 33.746, 1260), (105.272, 33.715, 1170))),
        # Shixia valley to the south
        River(((105.400, 33.935, 1900), (105.380, 33.860, 1640), (105.388, 33.783, 1400), (105.388, 33.735, 1260),
         (105.392, 33.695, 1150), (105.360, 33.660, 1060))),
        River(((105.470, 33.850, 1700), (105.4445, 33.799, 1480), (105.415, 33.772, 1380), (105.389, 33.765, 1330))),
    ),
    main_roads=(
        MainRoad(NP, "国省道(合成)01", ((105.382, 34.226), "621225101", "621225110", "621225106", "621225100",
                                    "621225109", (105.380, 33.860), "621225104", "621225115", (105.418, 33.668))),
        MainRoad(NP, "国省道(合成)02", ("621225109", "621225102", "621225105", "621225217", "621225218",
                                    (105.062, 33.627))),
        MainRoad(COUNTY, "县道(合成)01", ("621225100", "621225103", (105.158, 34.005))),
        MainRoad(COUNTY, "县道(合成)02", ("621225106", "621225112")),
        MainRoad(COUNTY, "县道(合成)03", ("621225106", "621225111", "621225107", "621225208", (105.641, 34.001))),
        MainRoad(COUNTY, "县道(合成)04", ("621225110", "621225114", "621225111")),
        MainRoad(COUNTY, "县道(合成)05", ("621225100", "621225113", (105.385, 33.980))),
        MainRoad(COUNTY, "县道(合成)06", ("621225217", "621225108", "621225115")),
        MainRoad(COUNTY, "县道(合成)07", ("621225104", "621225220")),
        MainRoad(COUNTY, "县道(合成)08", ("621225105", (105.278, 33.838), (105.315, 33.822), "621225108")),
        MainRoad(COUNTY, "县道(合成)09", ("621225103", "621225102")),
    ),
    bridges=(),
    seat_villages={},
    roadless=("621225218", "621225220", "621225208"),
    stream_km2=0.35,
    valley_side_m=120.0,
    laid_density=104.0,
    unpaved_share=0.28,
    sites_per_village=(0.50, 0.36, 0.14),
    committee_population=1900.0,
    poverty_share=0.42,
    default_style=TownshipStyle(9000.0, (700.0, 1500.0), 1000.0, 420.0),
    styles={
        "621225100": TownshipStyle(4000.0, (500.0, 1000.0), 1500.0, 420.0),
        "621225105": TownshipStyle(11000.0, (700.0, 1500.0), 800.0, 420.0),
        "621225218": TownshipStyle(11000.0, (900.0, 11100.0), 420.0, 520.0),
        "621225208": TownshipStyle(9000.0, (800.0, 1700.0), 360.0, 420.0),
        "621225220": TownshipStyle(9000.0, (800.0, 1700.0), 700.0, 420.0),
    },
    population_source="about 2010 (GeoNames)",
)  # fmt: skip

RECIPES: Mapping[str, Recipe] = {recipe.code: recipe for recipe in (XUNHUA, XIHE)}
