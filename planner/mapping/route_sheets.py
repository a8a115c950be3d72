"""``route_sheets.html``: one printable page a route that a driver can follow; it opens from disk with no network.

Every figure is the route's own, as in ``routes.csv``; every name from the data is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from planner.domain import BusLine, County, Plan, Route, RouteStop
from planner.domain.attribution import attributions
from planner.domain.clock import clock
from planner.mapping.assets import fetched_addresses, style_text
from planner.mapping.sheet_words import text
from planner.mapping.sketch import Mark, sketch_svg
from planner.mapping.words import DAYS, HOSTS, ROADS, data_words, route_words, say
from planner.network import Stretch, StretchKind, Way
from planner.scenario import Scenario

if TYPE_CHECKING:
    from planner.domain import Site
    from planner.domain.bus_supply import BusTrip


_COLUMNS: Final = {
    "number": "", "arrive": "clock", "leave": "clock", "station": "", "place": "",
    "leg": "num", "hand_over": "num", "take_in": "num", "on_board": "num",
}  # fmt: skip
"""Columns of the table of stops, with their style."""


def route_sheets_html(
    county: County,
    scenario: Scenario,
    plan: Plan,
    ways: Mapping[str, Sequence[Way]],
    language: str = "zh",
    *,
    notes: Sequence[str] = (),
    assumed: int = 0,
) -> str:
    """All sheets of a plan in ``zh`` or ``en``, in the plan's order, a list of them in front.

    ``ways`` are the legs' ways by route id, as many as it has legs; a route without any has no sketch and no roads.
    ``notes`` stand at the foot of each sheet, and so does how many values in force are ``assumed``.

    Raises ValueError for another language, or when anything in the page would be fetched from outside.
    """
    lines = {line.line_id: line for line in county.bus_lines}
    foot = {by_bus: _foot(county, scenario, language, notes, assumed, by_bus=by_bus) for by_bus in (False, True)}
    book = _Book(county, scenario, ways, language, foot, lines)
    title = escape(text("title", language, county=county.display_name(language)))
    listed = "".join(f"<li>{book.entry(route)}</li>" for route in plan.routes)
    intro = text("intro", language, routes=len(plan.routes)) if plan.routes else text("none", language)
    html = (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><link rel="icon" href="data:,"><style>{style_text("route-sheets.css")}</style></head>'
        f'<body><section class="cover"><h1>{title}</h1><p>{escape(intro)}</p><ul>{listed}</ul>{foot[False]}</section>'
        f"{''.join(book.sheet(route) for route in plan.routes)}</body></html>"
    )
    left = fetched_addresses(html)
    if left:
        raise ValueError(f"the page would still load from outside: {', '.join(left)}")
    return html


def _foot(
    county: County, scenario: Scenario, language: str, notes: Sequence[str], assumed: int, *, by_bus: bool
) -> str:
    service = scenario.service
    times = text(
        "bus_times" if by_bus else "times", language,
        start=service.day_starts_at, stop=f"{service.stop_minutes:g}", parcel=f"{service.seconds_per_parcel:g}",
    )  # fmt: skip
    lines = [times, *([text("assumed", language, count=assumed)] if assumed else [])]
    owed = data_words(attributions(county), language)
    return (
        '<div class="foot">'
        + "".join(f"<p>{escape(line)}</p>" for line in lines)
        + "".join(f'<p class="made-up">⚠ {escape(note)}</p>' for note in notes)
        + (f"<p>{escape(owed)}</p>" if owed else "")
        + "</div>"
    )


@dataclass(frozen=True, slots=True)
class _Book:
    """What every sheet shares."""

    county: County
    scenario: Scenario
    ways: Mapping[str, Sequence[Way]]
    language: str
    foot: Mapping[bool, str]
    lines: Mapping[str, BusLine]

    def entry(self, route: Route) -> str:
        """A line of the list in front."""
        name = self.county.site_by_id[route.depot_id].name
        days = " ".join(say(DAYS[day - 1], self.language) for day in route.days)
        return f'<a href="#{escape(route.route_id)}">{escape(route.route_id)}</a> {escape(name)} · {escape(days)}'

    def sheet(self, route: Route) -> str:
        """One route's page."""
        blanks = "".join(f"<span>{escape(self._text(key))}</span>" for key in ("driver", "plate", "date", "signed"))
        name, kind = f"{self._text('route')} {route.route_id}", say(route_words(route), self.language)
        return (
            f'<article class="sheet" id="{escape(route.route_id)}">'
            f"<h2>{escape(name)}<small>{escape(kind)}</small></h2>"
            f'{self._head(route)}<div class="blanks">{blanks}</div>{self._sketch(route)}{self._stops(route)}'
            f"{self.foot[route.is_bus]}</article>"
        )

    def _text(self, key: str, **values: object) -> str:
        return text(key, self.language, **values)

    def _clock(self, second: int) -> str:
        return clock(self.scenario.service.day_starts_s + second)

    def _head(self, route: Route) -> str:
        days = " ".join(say(DAYS[day - 1], self.language) for day in route.days)
        vehicle = route.vehicle_type
        if route.is_bus:
            line = self.lines.get(route.vehicle_type)
            vehicle = self._text("by_bus", line=line.name if line and line.name else route.vehicle_type)
        out = sum(stop.delivery_centiparcels for stop in route.stops)
        back = sum(stop.pickup_centiparcels for stop in route.stops)
        unit = say((" 公里", " km"), self.language)
        cells = [
            ("days", days), ("vehicle", vehicle), ("depot", self.county.site_by_id[route.stops[0].site_id].name),
            ("trips", str(route.trips)), ("start", self._clock(route.stops[0].leave_s)),
            ("back", self._clock(route.stops[-1].arrive_s)),
            ("km", self._text("bus_km") if route.is_bus else f"{_km(route.distance_m)}{unit}"),
            ("carried", self._text("out_and_in", out=_parcels(out), back=_parcels(back))),
        ]  # fmt: skip
        labels = {"back": "arrive"} if route.is_bus else {}
        shown = [
            f'<th>{escape(self._text(labels.get(key, key)))}</th><td data-field="{key}">{escape(value)}</td>'
            for key, value in cells
        ]
        rows = "".join(f"<tr>{left}{right}</tr>" for left, right in zip(shown[::2], shown[1::2], strict=True))
        return f'<table class="head">{rows}</table>'

    def _sketch(self, route: Route) -> str:
        ways = self.ways.get(route.route_id, ())
        if route.is_bus:
            return ""
        if not ways:
            return f"<p>{escape(self._text('no_sketch'))}</p>"
        trips = [trip for trip, _ in _trips(route)]
        legs = [(way.line, trip) for way, trip in zip(ways, trips[1:], strict=True)]
        marks = [self._mark(route, stop) for stop in route.stops[:-1]]
        caption = self._text("sketch")
        return f"<figure>{sketch_svg(legs, marks, caption)}<figcaption>{escape(caption)}</figcaption></figure>"

    def _mark(self, route: Route, stop: RouteStop) -> Mark:
        site, depot = self.county.site_by_id[stop.site_id], stop.site_id == route.depot_id
        return Mark(say(("起", "S"), self.language) if depot else str(stop.stop_seq), site.lon, site.lat, depot)

    def _stops(self, route: Route) -> str:
        head = "".join(f'<th class="{kind}">{escape(self._text(key))}</th>' for key, kind in _COLUMNS.items())
        ways: Sequence[Way | None] = [None, *self.ways.get(route.route_id, [None] * (len(route.stops) - 1))]
        rows = "".join(
            self._row(route, seq, trip, way)
            for seq, ((trip, _), way) in enumerate(zip(_trips(route), ways, strict=True))
        )
        heading = escape(self._text("stops"))
        return (
            f'<table class="stops" aria-label="{heading}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        )

    def _row(self, route: Route, seq: int, trip: int, way: Way | None) -> str:
        stop, site = route.stops[seq], self.county.site_by_id[route.stops[seq].site_id]
        depot, last = stop.site_id == route.depot_id, seq == len(route.stops) - 1
        lead = "" if seq == 0 else self._way(route, route.stops[seq - 1], stop, way)
        detail = self._at_depot(route, seq, trip) if depot else say(HOSTS[site.host], self.language)
        if route.bus is not None:
            detail += self._at_bus_stop(route.bus, seq)
        amounts = ("", "") if depot else (_parcels(stop.delivery_centiparcels), _parcels(stop.pickup_centiparcels))
        if stop.cold_pickup_centiparcels:
            detail += self._text("cold", amount=_parcels(stop.cold_pickup_centiparcels))
        on_board = "" if last and depot else _parcels(stop.load_after_centiparcels)
        leg = "" if seq == 0 or route.is_bus else _km(stop.leg_distance_m)
        name = f'{escape(site.name)} <span class="detail">{escape(detail)}</span>'
        cells = [
            ("", str(stop.stop_seq)),
            ("clock", "" if seq == 0 else self._clock(stop.arrive_s)),
            ("clock", "" if last else self._clock(stop.leave_s)),
            ("", name),
            ("", escape(self._place(site))),
            *(("num", cell) for cell in (leg, *amounts, on_board)),
        ]
        shown = "".join(f'<td class="{kind}">{cell}</td>' for kind, cell in cells)
        return f'{lead}<tr class="{"depot" if depot else "stop"}"{_exact(stop)}>{shown}</tr>'

    def _at_depot(self, route: Route, seq: int, trip: int) -> str:
        """What is loaded and unloaded at a depot."""
        amount = _parcels(route.stops[seq].load_after_centiparcels)
        back = _parcels(route.stops[seq - 1].load_after_centiparcels) if seq else ""
        if seq == 0:
            return self._text("load_first", amount=amount)
        if seq == len(route.stops) - 1:
            return self._text("unload_last", back=back)
        return self._text("reload", done=trip + 1, next=trip + 2, back=back, amount=amount)

    def _at_bus_stop(self, trip: BusTrip, seq: int) -> str:
        """Where the line stops for the station: where the parcels board first, where they alight last."""
        number = trip.alight if seq else trip.board
        line = self.lines.get(trip.line_id)
        name = line.stops[number - 1].name if line else ""
        return self._text("alights" if seq else "boards", stop=name or number)

    def _place(self, site: Site) -> str:
        names = [self.county.township_by_code[site.township_code].name]
        village = None if site.village_code is None else self.county.village_by_code.get(site.village_code)
        return " / ".join([*names, *([village.name] if village else [])])

    def _way(self, route: Route, before: RouteStop, stop: RouteStop, way: Way | None) -> str:
        """The road from the stop before, stretch by stretch, and the minutes that pass on the clocks shown."""
        starts_s = self.scenario.service.day_starts_s
        minutes = (starts_s + stop.arrive_s) // 60 - (starts_s + before.leave_s) // 60
        lead = self._text("leg_words", km=_km(stop.leg_distance_m), minutes=minutes)
        if route.is_bus:
            lead, roads = "", escape(self._text("bus_way", minutes=minutes))
        elif way is None:
            return ""
        elif not way.stretches:
            roads = escape(self._text("same_place"))
        else:
            roads = " → ".join(self._stretches(way.stretches))
        return f'<tr class="way"><td colspan="{len(_COLUMNS)}">↓ {escape(lead)}{roads}</td></tr>'

    def _stretches(self, stretches: Sequence[Stretch]) -> Iterator[str]:
        unit = say((" 米", " m"), self.language)
        for stretch in stretches:
            metres = f"{stretch.distance_m:,}{unit}"
            yield f'<span data-m="{stretch.distance_m}">{escape(self._road(stretch))} {escape(metres)}</span>'

    def _road(self, stretch: Stretch) -> str:
        if stretch.road_class is not None:
            kind = say(ROADS[stretch.road_class], self.language)
            return f"{stretch.name} ({kind})" if stretch.name else kind
        factor = self.scenario.network.straight_line_factor
        keys = {
            StretchKind.ACCESS: "off_road",
            StretchKind.DIRECT: "direct",
            StretchKind.STRAIGHT_LINE: "straight_line",
        }
        return self._text(keys[stretch.kind], factor=f"{factor:.10g}" if factor is not None else "")


def _trips(route: Route) -> Iterator[tuple[int, RouteStop]]:
    """Each stop with the number of the trip (from 0) on which it is reached; the depot in between ends one."""
    trip = 0
    for seq, stop in enumerate(route.stops):
        yield trip, stop
        if 0 < seq < len(route.stops) - 1 and stop.site_id == route.depot_id:
            trip += 1


def _exact(stop: RouteStop) -> str:
    """The stop's row of ``routes.csv``, behind what is shown."""
    facts = {
        "node": stop.site_id, "arrive": stop.arrive_s, "leave": stop.leave_s, "leg": stop.leg_distance_m,
        "out": f"{stop.delivery_centiparcels / 100:.2f}", "in": f"{stop.pickup_centiparcels / 100:.2f}",
        "cold": f"{stop.cold_pickup_centiparcels / 100:.2f}",
        "load": f"{stop.load_after_centiparcels / 100:.2f}",
    }  # fmt: skip
    return "".join(f' data-{name}="{escape(str(value))}"' for name, value in facts.items())


def _parcels(centiparcels: int) -> str:
    """Whole parcels, halves up."""
    return f"{(centiparcels + 50) // 100:,}"


def _km(metres: int) -> str:
    """Kilometres to 100 m, halves up."""
    tenths = (metres + 50) // 100
    return f"{tenths // 10:,}.{tenths % 10}"
