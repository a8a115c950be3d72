"""Every column of every file the planner reads or writes: its name, type, unit and meaning, said once.

``docs/formats.md`` is checked against this module, and readers and writers take their column names from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from planner.domain.fix import FixCost, FixKind


class Kind(StrEnum):
    """How a column is written: codes and ids are always text."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``required`` is for input files: the column must be present and not empty in any row.

    A ``sparse`` column is left out of a written input file in which no row has it.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    decimals: int | None = None
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One file: what a row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in file order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called ``name``; raises KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


T, I, D, B = Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.BOOLEAN  # noqa: E741 (one letter a kind keeps the tables readable)

TIERS: Final = ("village", "township", "county")
HOSTS: Final = (
    "post_office", "supply_coop", "bus_station", "shop", "village_committee", "info_station", "logistics_park",
    "new_building",
)  # fmt: skip
STATUSES: Final = ("existing", "retrofit", "new")
COLD_STORES: Final = ("existing", "extended", "new")
COLD_REASONS: Final = ("no_produce", "too_far", "target", "budget", "other_rules", "time_limit")
WAYS: Final = ("parent", "direct", "bus")
UNSERVED: Final = ("too_large", "unreachable", "too_far", "shift", "window", "fleet", "parent")
SERVICES: Final = ("fixed", "market_day", "mobile")
PRIORITIES: Final = ("poverty", "border", "old_revolutionary", "key_county")

TOWNSHIPS: Final = Table(
    "townships.csv",
    "a township (乡, 镇 or 街道), at its seat",
    (
        Column("code", T, "9-digit division code (GB/T 10114)"),
        Column("name", T, "official name"),
        Column("name_en", T, "name in Latin script", required=False),
        Column("lon", D, "longitude of the seat, in the county's declared datum", "degree", decimals=6),
        Column("lat", D, "latitude of the seat, in the county's declared datum", "degree", decimals=6),
        Column("population", I, "residents, where a source gives them", "person", required=False),
        Column("market_days", T, "days of the week on which its market is held, 1 = Monday, divided by |; empty where "
               "there is none or nobody says", required=False, sparse=True),
    ),
)  # fmt: skip

VILLAGES: Final = Table(
    "villages.csv",
    "a village-level unit (建制村 or 居委会)",
    (
        Column("code", T, "12-digit statistical division code"),
        Column("name", T, "name as shown to people"),
        Column("township_code", T, "9-digit code of its township, which is the code's prefix"),
        Column(
            "kind", T, "administrative_village counts in the indicators, residents_committee does not",
            choices=("administrative_village", "residents_committee"),
        ),
        Column("lon", D, "longitude of the village centre", "degree", decimals=6),
        Column("lat", D, "latitude of the village centre", "degree", decimals=6),
        Column("population", I, "residents", "person"),
        Column("priority", T, "words divided by |: poverty, border, old_revolutionary, key_county", required=False),
    ),
)  # fmt: skip

ROADS: Final = Table(
    "roads.geojson",
    "a stretch of road (LineString); roads join where they share a vertex",
    (
        Column("road_id", T, "id, unique in the county"),
        Column("name", T, "name or number", required=False),
        Column(
            "road_class", T, "administrative class",
            choices=("national_provincial", "county", "township", "village", "ferry"),
        ),
        Column("surface", T, "surface", choices=("paved", "unpaved")),
        Column("oneway", B, "whether it may be driven in the drawn direction only"),
        Column("speed_limit_kmh", D, "signed limit; caps the speed of the class", "km/h", required=False, decimals=1),
        Column("closed_months", T, "months in which it is closed, 1–12, divided by |", required=False),
        Column("climb_m", D, "rise and fall along it, added up", "m", required=False, decimals=1),
        Column("altitude_m", D, "mean height above the sea", "m", required=False, decimals=1),
    ),
)  # fmt: skip

SITES: Final = Table(
    "<county>.csv under data/stations",
    "a site: an existing outlet or a place that may host one",
    (
        Column("site_id", T, "id, unique in the county"),
        Column("name", T, "name as shown to people"),
        Column("host", T, "host resource", choices=HOSTS),
        Column("status", T, "a working outlet, premises to retrofit, or nothing yet", choices=STATUSES),
        Column("max_tier", T, "highest tier the premises can carry", choices=TIERS),
        Column("existing_tier", T, "tier it works at today; given when status is existing", required=False,
               choices=TIERS),
        Column("township_code", T, "9-digit code of its township"),
        Column("village_code", T, "12-digit code of the unit it stands in", required=False),
        Column("lon", D, "longitude", "degree", decimals=6),
        Column("lat", D, "latitude", "degree", decimals=6),
        Column("broadband", T, "broadband at the site", choices=("connected", "installable", "none")),
        Column("mobile_4g", B, "whether there is 4G signal; empty where nobody knows", required=False, sparse=True),
        Column("connect_cost_cny", I, "what connecting it costs where broadband or 4G is missing, for all that is; "
               "empty: the scenario's figure", "CNY", required=False, sparse=True),
        Column("cold_store_m3", I, "volume of the cold store that stands there today, 0 or empty for none", "m³",
               required=False, sparse=True),
    ),
)  # fmt: skip

BUS: Final = Table(
    "bus.csv",
    "a stop of a passenger line",
    (
        Column("line_id", T, "id of the line, unique in the county"),
        Column("line_name", T, "name or number of the line, the same in all its rows"),
        Column("stop_seq", I, "order of the stop along the line, from 1"),
        Column("stop_name", T, "name of the stop", required=False),
        Column("lon", D, "longitude", "degree", decimals=6),
        Column("lat", D, "latitude", "degree", decimals=6),
        Column("trips_per_day", I, "trips a day in this direction, where a source gives them", "1/day", required=False),
        Column("departures", T, "departures from the first stop, e.g. 07:30|13:10, the same in all its rows",
               required=False, sparse=True),
        Column("minutes_from_start", I, "minutes from the departure at the first stop, 0 there", "min", required=False,
               sparse=True),
        Column("hold_parcels", I, "parcels that fit into its free hold space on each trip, the same in all its rows",
               "parcel", required=False, sparse=True),
        Column("days", T, "days of the week it runs, 1 = Monday, divided by |, the same in all its rows; empty: every "
               "day", required=False, sparse=True),
    ),
)  # fmt: skip

_SYNTHETIC: Final = Column(
    "synthetic_layers", T,
    "layers with made-up content that the row rests on, divided by |; not for real decisions. The entry "
    "`distances:straight line × 1.4` says that distances follow no road, `villages:assumed population` that values of "
    "a column were assumed", required=False,
)  # fmt: skip

STATIONS: Final = Table(
    "stations.csv",
    "an opened station",
    (
        Column("station_id", T, "site id"),
        Column("name", T, "name as shown to people"),
        Column("tier", T, "tier it is opened at", choices=TIERS),
        Column("host", T, "host resource", choices=HOSTS),
        Column("status", T, "status of the site before the plan", choices=STATUSES),
        Column("township_code", T, "9-digit code of its township"),
        Column("village_code", T, "12-digit code of the unit it stands in", required=False),
        Column("lon", D, "longitude, WGS84", "degree", decimals=6),
        Column("lat", D, "latitude, WGS84", "degree", decimals=6),
        Column("parent_id", T, "station that supplies it; empty for a county centre", required=False),
        Column("distance_to_parent_m", I, "road distance from its parent", "m", required=False),
        Column("villages_served", I, "administrative villages assigned to it", "village"),
        Column("population_served", I, "their residents", "person"),
        Column("inbound_parcels_per_day", D, "parcels handed out here for its villages", "parcel/day", decimals=2),
        Column("outbound_parcels_per_day", D, "parcels taken in here from its villages", "parcel/day", decimals=2),
        Column("throughput_parcels_per_day", D,
               "inbound and outbound parcels of its villages and of every station it supplies", "parcel/day",
               decimals=2),
        Column("capacity_parcels_per_day", D, "largest throughput of its tier", "parcel/day", decimals=2),
        Column("capex_cny", I, "investment to open it at its tier, connecting it and a cold store included", "CNY"),
        Column("connect_cny", I, "part of it that brings broadband or 4G to the site first; empty where nothing is to "
               "be connected", "CNY", required=False),
        Column("opex_cny_per_year", I, "running cost of the station, vehicles excluded, a cold store included",
               "CNY/year"),
        Column("annual_cost_cny", I, "yearly share of the investment plus running cost", "CNY/year"),
        Column("build_year", I, "first year of work", "year"),
        Column("cold_store", T, "cold store that the plan has there: one that stands, one to enlarge, or a new one",
               required=False, choices=COLD_STORES),
        Column("cold_store_m3", I, "volume of that store, once enlarged or built", "m³", required=False),
        Column("cold_capex_cny", I, "investment for the store, part of `capex_cny`", "CNY", required=False),
        Column("cold_opex_cny_per_year", I, "running cost of the store, part of `opex_cny_per_year`", "CNY/year",
               required=False),
        Column("cold_annual_cost_cny", I, "yearly share and running cost of the store, part of `annual_cost_cny`",
               "CNY/year", required=False),
        Column("outreach_parcels_per_day", D,
               "parcels of villages that it serves on market days or by a van that calls", "parcel/day",
               required=False, decimals=2),
        Column("supplied_by", T, "depot of the routes that stop there", required=False),
        Column("way", T, "how it is supplied: by van from its parent, by van straight from the county centre past its "
               "parent, or by passenger bus",
               required=False, choices=WAYS),
        Column("unserved", T, "why no route stops there", required=False, choices=UNSERVED),
        _SYNTHETIC,
    ),
)  # fmt: skip

ASSIGNMENTS: Final = Table(
    "assignments.csv",
    "an administrative village",
    (
        Column("village_code", T, "12-digit statistical division code"),
        Column("name", T, "name as shown to people"),
        Column("township_code", T, "9-digit code of its township"),
        Column("population", I, "residents", "person"),
        Column("covered", B, "whether a station within the radius serves it"),
        Column("station_id", T, "that station", required=False),
        Column("access_distance_m", I, "road distance to it, both access legs included", "m", required=False),
        Column("access_time_s", I, "time along the same way", "s", required=False),
        Column("own_station", B, "whether a station stands in the village itself"),
        Column("service_per_week", I,
               "visits a week of the route that serves its station, of the van that calls, or market days", "1/week"),
        Column("reason", T, "why it is not covered", required=False),
        Column("nearest_site_id", T, "nearest candidate site, for a village not covered", required=False),
        Column("nearest_distance_m", I, "road distance to that site", "m", required=False),
        Column("missing_m", I, "metres by which the radius misses the first usable site, where that is the reason", "m",
               required=False),
        Column("missing_s", I, "the same in seconds, where the radius is a time", "s", required=False),
        Column("fix", T, "cheapest single change that would bring it in", choices=tuple(FixKind), required=False),
        Column("fix_setting", T, "scenario key of that change", required=False),
        Column("fix_value", T, "value to give it; for `lift_ban` the site to take out of it", required=False),
        Column("fix_site_id", T, "site that then serves it; `new` for a point that the change adds", required=False),
        Column("fix_opens", T, "sites opened or raised for it, as site=tier, divided by |", required=False),
        Column("fix_road_m", I, "straight distance without a road", "m", required=False),
        Column("fix_capex_cny", I, "investment over the plan's", "CNY", required=False),
        Column("fix_annual_cost_cny", I, "yearly cost over the plan's", "CNY/year", required=False),
        Column("fix_cost", T, "how sure that cost is", choices=tuple(FixCost), required=False),
        Column("fix_over_budget_cny", I, "by how much plan and change together exceed the budget", "CNY",
               required=False),
        Column("snap_distance_m", I, "straight distance from the village to the nearest road", "m"),
        Column("service", T, "how it is served: by a station within the radius, on market days, or by a van that calls",
               required=False, choices=SERVICES),
        Column("outreach_station_id", T, "station that holds the market days or sends the van", required=False),
        Column("outreach_distance_m", I, "road distance to that station", "m", required=False),
        Column("outreach_cost_cny_per_year", I, "cost of that service", "CNY/year", required=False),
        Column("cold_covered", B, "whether a cold store of the plan lies within reach; empty where none are planned",
               required=False),
        Column("cold_store_id", T, "nearest station with a cold store", required=False),
        Column("cold_distance_m", I, "road distance to it", "m", required=False),
        Column("cold_reason", T, "why no cold store is within reach", required=False, choices=COLD_REASONS),
        _SYNTHETIC,
    ),
)  # fmt: skip

ECHELONS: Final = ("county-township", "county-village", "county-mixed", "township-village")

ROUTES: Final = Table(
    "routes.csv",
    "a stop of a route",
    (
        Column("route_id", T, "route"),
        Column("echelon", T, "what it links: a centre with township stations, village points or both, or a township "
               "station with village points", choices=ECHELONS),
        Column("mode", T, "means of carriage: the fleet's own vans, or passenger buses", choices=("van", "bus")),
        Column("vehicle_type", T, "vehicle type of the scenario's fleet; the line's id for a bus"),
        Column("days", T, "days of the week it is driven, 1 = Monday, divided by |"),
        Column("stop_seq", I, "order of the stop; 0 and the last are the depot; a bus route has two stops, one of them "
               "the depot"),
        Column("node_id", T, "station stopped at"),
        Column("arrive_s", I, "arrival, from the start of the shift at `service.day_starts_at`; negative for a bus "
               "before it", "s"),
        Column("leave_s", I, "departure, from the start of the shift", "s"),
        Column("delivery_parcels", D, "parcels handed over at the stop; 0 at the depot", "parcel", decimals=2),
        Column("pickup_parcels", D, "parcels taken in at the stop; 0 at the depot", "parcel", decimals=2),
        Column("cold_pickup_parcels", D, "part of them that travels in the cooled compartment", "parcel", decimals=2),
        Column("load_after_parcels", D, "parcels on board when leaving", "parcel", decimals=2),
        Column("leg_distance_m", I, "road distance from the previous stop; 0 on a bus, which runs anyway", "m"),
        _SYNTHETIC,
    ),
)  # fmt: skip

BUS_SUPPLY: Final = Table(
    "bus_supply.csv",
    "a bus route of `routes.csv`: the parcels of one station on a trip of a passenger line, on each of its days",
    (
        Column("route_id", T, "route"),
        Column("station_id", T, "station supplied"),
        Column("station_name", T, "its name"),
        Column("township_code", T, "9-digit code of its township"),
        Column("supplied_by", T, "station that hands its parcels over, and takes what it sends"),
        Column("direction", T, "out to the station, or back from it", choices=("out", "back")),
        Column("line_id", T, "passenger line"),
        Column("line_name", T, "its name"),
        Column("departure", T, "departure of the trip from the line's first stop, HH:MM"),
        Column("board_stop", I, "stop where the parcels are loaded, numbered along the line from 1"),
        Column("board_stop_name", T, "its name", required=False),
        Column("board_time", T, "when the trip calls there, HH:MM; a day later with +1 behind"),
        Column("alight_stop", I, "stop where they are unloaded, a later one"),
        Column("alight_stop_name", T, "its name", required=False),
        Column("alight_time", T, "when the trip calls there, HH:MM"),
        Column("days", T, "days of the week, 1 = Monday, divided by |"),
        Column("parcels", D, "parcels on board on each day", "parcel", decimals=2),
        Column("cost_cny_per_year", I, "paid for them: per parcel and per handing-over", "CNY/year"),
        Column("van_cost_cny_per_year", I, "what the station's supply would add to the cost of all routes by van; in "
               "its first row", "CNY/year", required=False),
        Column("saving_cny_per_year", I, "that less the cost of all its rides; in its first row", "CNY/year",
               required=False),
        Column("fallback", T, "how the station would be supplied if this line stopped running",
               choices=(*WAYS, "unserved")),
        Column("line_cut_cny_per_year", I, "what all routes would then cost more, with every station of the line "
               "supplied anew", "CNY/year"),
        Column("assumed", T, "columns of `bus.csv` whose values for this line the scenario assumes, divided by |",
               required=False),
        _SYNTHETIC,
    ),
)  # fmt: skip

TIMETABLE: Final = Table(
    "timetable.csv",
    "a route of the weekly timetable (线路表)",
    (
        Column("route_id", T, "route"),
        Column("echelon", T, "which level it links", choices=ROUTES.column("echelon").choices),
        Column("mode", T, "means of carriage", choices=ROUTES.column("mode").choices),
        Column("vehicle_type", T, "vehicle type of the scenario's fleet; the line's id for a bus"),
        Column("from_id", T, "station that it starts from; for a ride back by bus the station that sends"),
        Column("from_name", T, "its name"),
        Column("to_id", T, "station at which it ends"),
        Column("to_name", T, "its name"),
        *(
            Column(day, B, f"whether it is driven on {day.capitalize()}s")
            for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        ),
        Column("days_per_week", I, "days of the week on which it is driven", "day"),
        Column("start", T, "clock at departure, HH:MM cut to the minute; `+1` behind it is the next day"),
        Column("back", T, "clock at the end, likewise"),
        Column("trips", I, "loads taken from the depot: one, and one for each time that it passes it in between"),
        Column("stops", I, "stops at stations, the depot not counted"),
        Column("stop_ids", T, "stations stopped at, in order, divided by |; the depot in between for a further trip"),
        Column("stop_names", T, "their names, divided by |"),
        Column("distance_km", D, "road distance of a day; 0 on a bus, which runs anyway", "km", decimals=3),
        Column("duration_h", D, "time from start to end, rounded half up", "h", decimals=2),
        Column("parcels_out", D, "parcels handed over on a day driven", "parcel", decimals=2),
        Column("parcels_in", D, "parcels taken in on a day driven", "parcel", decimals=2),
        Column("parcels_per_day", D, "both, of a week over seven days, rounded half up", "parcel/day", decimals=2),
        Column("annual_cost_cny", I, "its part of the yearly cost of transport", "CNY/year"),
        _SYNTHETIC,
    ),
)

FIXES: Final = Table(
    "fixes.csv",
    "a single change that would bring a village left out into the plan",
    (
        Column("village_code", T, "12-digit statistical division code"),
        Column("name", T, "name of the village as shown to people"),
        Column("township_code", T, "9-digit code of its township"),
        Column("reason", T, "why it is not covered"),
        Column("rank", I, "1 for the cheapest, which `assignments.csv` names too"),
        Column("fix", T, "the change", choices=tuple(FixKind)),
        Column("fix_setting", T, "scenario key of that change", required=False),
        Column("fix_value", T, "value to give it; for `lift_ban` the site to take out of it", required=False),
        Column("fix_site_id", T, "site that then serves it; `new` for a point that the change adds", required=False),
        Column("fix_opens", T, "sites opened or raised for it, as site=tier, divided by |", required=False),
        Column("fix_road_m", I, "straight distance without a road", "m", required=False),
        Column("fix_capex_cny", I, "investment over the plan's", "CNY", required=False),
        Column("fix_annual_cost_cny", I, "yearly cost over the plan's", "CNY/year", required=False),
        Column("fix_cost", T, "how sure that cost is", choices=tuple(FixCost)),
        Column("fix_over_budget_cny", I, "by how much plan and change together exceed the budget", "CNY"),
        Column("villages", I, "villages left out that the same change brings in, each by itself", "village"),
        Column("what_zh", T, "what to do, in Chinese"),
        Column("what_en", T, "what to do, in English"),
        Column("cost_zh", T, "what it costs, in Chinese"),
        Column("cost_en", T, "what it costs, in English"),
        _SYNTHETIC,
    ),
)

CARRIERS_ROUTES: Final = Table(
    "carriers_routes.csv",
    "a stop of a route of one carrier that drives for itself",
    (Column("carrier", T, "number of the carrier, from 1 in the order of `carriers.shares`"), *ROUTES.columns),
)

CARRIERS: Final = Table(
    "carriers.csv",
    "a network that carries parcels: each carrier by itself, all of them, and one for all",
    (
        Column("network", T, "number of the carrier from 1, `separate` for all carriers together, `pooled` for one "
               "network that carries everything (the plan's own routes)"),
        Column("share", D, "share of the parcels", "share", decimals=6),
        Column("parcels_per_day", D, "parcels in and out", "parcel/day", decimals=2),
        Column("routes", I, "routes", "route"),
        Column("vehicles", I, "vehicles on the busiest day of each depot and type", "vehicle"),
        Column("km_per_year", D, "kilometres of vans", "km/year", decimals=3),
        Column("cny_per_year", I, "routes and transfers, without stations", "CNY/year"),
        Column("cny_per_parcel", D, "the same for each parcel", "CNY", required=False, decimals=4),
        Column("co2_kg_per_year", D, "CO₂ of vans; empty where a vehicle has no `co2_g_per_km`", "kg/year",
               required=False, decimals=3),
        Column("stations_unserved", I, "stations that no route takes in full, of each carrier", "station"),
        _SYNTHETIC,
    ),
)  # fmt: skip

CRITICAL_LINKS: Final = Table(
    "critical_links.csv",
    "a stretch of road whose closure leaves villages without any station within the radius",
    (
        Column("road_id", T, "road it is a stretch of"),
        Column("road_name", T, "name of that road", required=False),
        Column("road_class", T, "class of that road"),
        Column("from_lon", D, "longitude of one end, WGS84", "degree", decimals=6),
        Column("from_lat", D, "latitude of one end, WGS84", "degree", decimals=6),
        Column("to_lon", D, "longitude of the other end, WGS84", "degree", decimals=6),
        Column("to_lat", D, "latitude of the other end, WGS84", "degree", decimals=6),
        Column("length_m", I, "length of the stretch", "m"),
        Column("villages_lost", I, "administrative villages left without a station", "village"),
        Column("population_lost", I, "their residents", "person"),
        Column("village_codes", T, "their codes, divided by |"),
        Column("village_names", T, "their names, divided by |"),
        _SYNTHETIC,
    ),
)

FRONTIER: Final = Table(
    "frontier.csv",
    "a point of the budget-coverage frontier",
    (
        Column("point", I, "number of the point, by rising investment"),
        Column("kind", T, "frontier = least investment for its villages; plan = what `planner solve` gives without a "
               "budget, whose yearly cost is least", choices=("frontier", "plan")),
        Column("limit_cny", I, "budget asked about with --budgets", "CNY", required=False),
        Column("budget_cny", I, "investment; on the frontier the least that covers so many villages", "CNY"),
        Column("villages", I, "administrative villages", "village"),
        Column("villages_covered", I, "those with a station within the radius", "village"),
        Column("population_covered", I, "their residents; the most for these villages and this investment", "person"),
        Column("townships_with_station", I, "townships under the outlet rule with a station of township tier or higher",
               "township"),
        Column("county_centres", I, "county centres", "station"),
        Column("township_stations", I, "township stations", "station"),
        Column("village_points", I, "village points", "station"),
        Column("stations", I, "all of them", "station"),
        Column("marginal_cny_per_village", D,
               "investment over the previous point / villages over the previous point", "CNY/village", required=False,
               decimals=2),
        Column("station_cost_cny_per_year", I, "yearly share of the investment plus running cost", "CNY/year"),
        Column("status", T, "optimal when investment, villages, people and yearly cost are proven",
               choices=("optimal", "feasible")),
        Column("bound_cny", I, "no network covers as many villages for less (proven)", "CNY", required=False),
        Column("villages_bound", I, "no network covers more for this investment, or the budget asked about (proven)",
               "village", required=False),
        _SYNTHETIC,
    ),
)  # fmt: skip

_STATION: Final = (
    Column("station_id", T, "site id"),
    Column("name", T, "name as shown to people"),
    Column("tier", T, "tier it is opened at", choices=TIERS),
    Column("township_code", T, "9-digit code of its township"),
    Column("parent_id", T, "station that supplies it; empty for a county centre", required=False),
)
_SERVES: Final = (
    Column("villages_served", I, "administrative villages assigned to it", "village"),
    Column("priority_villages_served", I, "priority villages among them", "village"),
    Column("population_served", I, "residents of all of them", "person"),
    Column("capex_cny", I, "investment to open it at its tier, connecting it included", "CNY"),
    Column(
        "connect_cny",
        I,
        "part of it that brings broadband or 4G to the site first; empty where nothing is to be connected",
        "CNY",
        required=False,
    ),
    Column("annual_cost_cny", I, "yearly share of the investment plus running cost", "CNY/year"),
    Column("cold_store", T, "cold store that the plan has there, part of its money; points of kind frontier have none",
           required=False, choices=COLD_STORES),
    _SYNTHETIC,
)  # fmt: skip

FRONTIER_STATIONS: Final = Table(
    "frontier_stations.csv",
    "a station of a point of the frontier",
    (Column("point", I, "point of `frontier.csv`"), *_STATION, *_SERVES),
)

FRONTIER_VILLAGES: Final = Table(
    "frontier_villages.csv",
    "a village that a point of the frontier serves",
    (
        Column("point", I, "point of `frontier.csv`"),
        Column("village_code", T, "12-digit statistical division code"),
        Column("station_id", T, "station that serves it"),
        Column("access_distance_m", I, "road distance to it, both access legs included", "m"),
        _SYNTHETIC,
    ),
)

PHASES: Final = Table(
    "phases.csv",
    "a station of the plan that is built year by year",
    (*_STATION, Column("build_year", I, "year in which it is built", "year"), *_SERVES),
)

PHASE_VILLAGES: Final = Table(
    "phase_villages.csv",
    "an administrative village in the plan that is built year by year",
    (
        Column("village_code", T, "12-digit statistical division code"),
        Column("name", T, "name as shown to people"),
        Column("township_code", T, "9-digit code of its township"),
        Column("population", I, "residents", "person"),
        Column("priority", B, "whether it is a priority village"),
        Column("station_id", T, "station that serves it", required=False),
        Column("access_distance_m", I, "road distance to it, both access legs included", "m", required=False),
        Column("served_from_year", I, "year in which that station is built; empty for a village left out", "year",
               required=False),
        _SYNTHETIC,
    ),
)  # fmt: skip

YEARS: Final = Table(
    "years.csv",
    "a year of building; stations, townships, villages, people and costs are those at its end",
    (
        Column("year", I, "calendar year", "year"),
        Column("budget_cny", I, "new money of the year", "CNY"),
        Column("spent_cny", I, "investment of the stations built in it", "CNY"),
        Column("carried_over_cny", I, "money left for the next year", "CNY"),
        Column("total_budget_cny", I, "money of all years so far", "CNY"),
        Column("total_spent_cny", I, "investment of all years so far", "CNY"),
        Column("stations_built", I, "stations built in it", "station"),
        Column("county_centres", I, "county centres", "station"),
        Column("township_stations", I, "township stations", "station"),
        Column("village_points", I, "village points", "station"),
        Column("stations", I, "all of them", "station"),
        Column("townships", I, "townships under the outlet rule", "township"),
        Column("townships_with_station", I, "those with a station of township tier or higher", "township"),
        Column("priority_villages", I, "priority villages", "village"),
        Column("priority_villages_covered", I, "those with a station within the radius", "village"),
        Column("villages", I, "administrative villages", "village"),
        Column("villages_covered", I, "those with a station within the radius", "village"),
        Column("villages_with_own_station", I, "those in which a station stands", "village"),
        Column("population", I, "residents of all administrative villages", "person"),
        Column("population_covered", I, "residents of the villages covered", "person"),
        Column("mean_access_m", I, "mean access distance of the people covered", "m", required=False),
        Column("max_access_m", I, "largest access distance", "m", required=False),
        Column("station_cost_cny_per_year", I, "yearly cost of the stations that stand", "CNY/year"),
        Column("status", T, "whether the order is proven best up to this year", choices=("optimal", "feasible")),
        Column("own_optimum_villages", I,
               "most villages that any network could cover with the money so far and as many townships with a station",
               "village"),
        Column("own_optimum_bound", I, "no network covers more (proven)", "village", required=False),
        Column("gap_villages", I, "villages by which the order is behind the year's own optimum", "village"),
        Column("own_optimum_status", T, "whether the year's own optimum is proven", choices=("optimal", "feasible")),
        _SYNTHETIC,
    ),
)  # fmt: skip

INPUT_TABLES: Final = (TOWNSHIPS, VILLAGES, ROADS, SITES, BUS)
RESULT_TABLES: Final = (STATIONS, ASSIGNMENTS, ROUTES, TIMETABLE)
FRONTIER_TABLES: Final = (FRONTIER, FRONTIER_STATIONS, FRONTIER_VILLAGES, PHASES, PHASE_VILLAGES, YEARS)
"""What `planner frontier` writes."""
