"""Services follow the timetable, and what is put on trips fits; compared with trying everything."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import pytest
from bus_cases import CENTRE, STATIONS, holds, on_board, placements, rides, tiny_case

from planner.network.stops import NearStops
from planner.route.buses import Line, bus_offers, bus_services, overfull, pack
from planner.route.buses.services import day_choices, hold_parts
from planner.route.loads import Load
from planner.scenario import Buses

BUSES = Buses(cny_per_parcel=0.3, handover_cny=3)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
ALL_STEPS = 10**7


def line(line_id="L", minutes=(0, 10, 20), departures=(480,), days=EVERY_DAY, hold=8000):
    return Line(line_id, line_id, minutes, departures, days, hold)


def near(**stops):
    """Sites near stops of lines, boarding and alighting alike."""
    return NearStops(stops, stops)


@pytest.mark.parametrize("seed", range(200))
def test_services_are_exactly_those_that_the_timetable_allows(seed):
    case = tiny_case(seed)
    for station in STATIONS:
        out = {}
        back = {}
        for found, start, end in ((out, CENTRE, station), (back, station, CENTRE)):
            for its, _, board, alight in rides(case, start, end):
                minutes = its.minutes[alight] - its.minutes[board]
                found[its.line_id] = min(found.get(its.line_id, minutes), minutes)
        days = {its.line_id: set(its.days) for its in case.lines}
        expected = {
            (there, again, visits)
            for there, again, visits in product(out, [None, *back], range(2, 8))
            if len(days[there] & days.get(again, days[there])) >= visits
        }
        services = bus_services(case.lines, case.near, CENTRE, station, 2)
        said = {(s.out.line.line_id, s.back and s.back.line.line_id, s.visits) for s in services}
        assert said == expected
        for service in services:
            for leg, quickest in zip(service.legs, (out, back), strict=False):
                assert leg.board < leg.alight
                assert leg.line.minutes[leg.alight] - leg.line.minutes[leg.board] == quickest[leg.line.line_id]


@pytest.mark.parametrize("seed", range(200))
def test_services_to_a_market_run_on_its_days(seed):
    case = tiny_case(seed)
    market = tuple(sorted(random.Random(seed).sample(range(1, 8), 1 + seed % 3)))  # noqa: S311 (cases to try, no secrets)
    for station in STATIONS:
        every = bus_services(case.lines, case.near, CENTRE, station, len(market))
        held = bus_services(case.lines, case.near, CENTRE, station, len(market), market_days=market)
        running = [set.intersection(*(set(leg.line.days) for leg in service.legs)) for service in every]
        kept = [replace(s, market_days=market) for s, days in zip(every, running, strict=True) if days >= set(market)]
        assert list(held) == kept
        for service in held:
            for days in service.day_sets():
                assert set(market) <= set(days)
                assert len(days) == service.visits
                assert all(set(days) <= set(leg.line.days) for leg in service.legs)


@pytest.mark.parametrize("seed", range(200))
def test_loads_are_packed_exactly_where_they_fit(seed):
    case = tiny_case(seed)
    chance = random.Random(seed)  # noqa: S311 (cases to try, no secrets)
    wanted = []
    for station in STATIONS:
        services = bus_services(case.lines, case.near, CENTRE, station, chance.randint(1, 3))
        fitting = [service for service in services if service.parts(case.daily[station]) is not None]
        if fitting:
            wanted.append((chance.choice(fitting), case.daily[station]))
    possible = any(
        holds([place for its in choice for place in its], case.lines)
        for choice in product(*(list(placements(service, daily)) for service, daily in wanted))
    )
    packed = pack(wanted, BUSES, ALL_STEPS)
    assert (packed is not None) == possible
    if packed is not None:
        assert holds(on_board(packed), case.lines)
        assert overfull(packed, case.lines) == {}
        assert [offer.station_id for offer in packed] == [service.station_id for service, _ in wanted]


def test_goods_never_ride_against_the_timetable():
    there = line(minutes=(0, 10, 20))
    assert bus_services([there], near(C={"L": (2,)}, S={"L": (0,)}), "C", "S", 3) == ()
    services = bus_services([there], near(C={"L": (0,)}, S={"L": (2,)}), "C", "S", 7)
    assert [(service.out.board, service.out.alight, service.back) for service in services] == [(0, 2, None)]


def test_what_a_station_sends_needs_a_line_back():
    there, again = line("L"), line("M")
    stops = near(C={"L": (0,), "M": (2,)}, S={"L": (2,), "M": (0,)})
    offers = bus_offers(bus_services([there], stops, "C", "S", 7), BUSES, Load(100, 0))
    assert len(offers) == 1
    assert bus_offers(bus_services([there], stops, "C", "S", 7), BUSES, Load(100, 100)) == ()
    (offer,) = bus_offers(bus_services([there, again], stops, "C", "S", 7), BUSES, Load(100, 100))
    assert [(ride.line_id, ride.board, ride.alight) for ride in offer.rides] == [("L", 0, 2), ("M", 0, 2)]


def test_both_lines_run_on_every_day_of_the_visits():
    there, again = line("L", days=(1, 2, 3, 4)), line("M", days=(2, 3, 4, 5))
    stops = near(C={"L": (0,), "M": (2,)}, S={"L": (2,), "M": (0,)})
    services = bus_services([there, again], stops, "C", "S", 3)
    assert {service.visits for service in services if service.back is not None} == {3}
    assert {service.visits for service in services if service.back is None} == {3, 4}
    (offer,) = bus_offers(services, BUSES, Load(100, 100))
    assert offer.days == (2, 3, 4)


def test_days_are_spread_over_the_week():
    assert day_choices(EVERY_DAY, 3) == ((1, 3, 5), (2, 4, 6))
    assert day_choices((1, 2, 3, 6), 2) == ((3, 6), (2, 6))
    assert day_choices(EVERY_DAY, 5)[0] == (1, 2, 3, 4, 5)
    assert day_choices(EVERY_DAY, 7) == (EVERY_DAY,)


def test_a_week_costs_parcels_and_handings_over():
    stops = near(C={"L": (0,), "M": (2,)}, S={"L": (2,), "M": (0,)})
    services = bus_services([line("L"), line("M")], stops, "C", "S", 7)
    (offer,) = bus_offers(services, BUSES, Load(1000, 200))
    assert offer.weekly_micro_yuan == 7 * (12 * 300_000 + 2 * 3_000_000)


def test_a_load_larger_than_the_hold_goes_in_full_holds_and_the_rest():
    assert hold_parts(2000, 800) == (800, 800, 400)
    assert hold_parts(1600, 800) == (800, 800)
    assert hold_parts(0, 800) == (0,)
    stops = near(C={"L": (0,)}, S={"L": (2,)})
    short = line(departures=(480, 600), hold=800)
    assert bus_offers(bus_services([short], stops, "C", "S", 7), BUSES, Load(2000, 0)) == ()
    longer = line(departures=(480, 600, 700), hold=800)
    (offer,) = bus_offers(bus_services([longer], stops, "C", "S", 7), BUSES, Load(2000, 0))
    assert sorted(ride.centiparcels for ride in offer.out) == [400, 800, 800]
    assert len({ride.trip for ride in offer.out}) == 3


def test_stations_along_a_line_share_the_hold_only_where_they_ride_together():
    stops = near(C={"L": (0,)}, S1={"L": (1,)}, S2={"L": (2,)}, S3={"L": (2,)})
    lines = [line(hold=1000)]
    one, two, three = (bus_services(lines, stops, "C", station, 7)[0] for station in ("S1", "S2", "S3"))
    assert pack([(one, Load(600, 0)), (two, Load(400, 0))], BUSES) is not None
    assert pack([(one, Load(600, 0)), (two, Load(500, 0))], BUSES) is None
    onward = bus_services(lines, near(S1={"L": (1,)}, S2={"L": (2,)}), "S1", "S2", 7)[0]
    assert pack([(one, Load(1000, 0)), (onward, Load(1000, 0))], BUSES) is not None
    full = pack([(two, Load(600, 0))], BUSES) + pack([(three, Load(600, 0))], BUSES)
    assert set(overfull(full, lines).values()) == {200}
    assert len(overfull(full, lines)) == 2 * 7
