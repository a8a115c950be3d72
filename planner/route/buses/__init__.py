"""Parcels on passenger buses (客货邮, 客运班车带货): lines, services, and how they share the free hold space."""

from planner.route.buses.lines import Line, usable_lines
from planner.route.buses.offers import BusOffer, BusRide, bus_offers, overfull, pack
from planner.route.buses.services import BusService, bus_services

__all__ = [
    "BusOffer", "BusRide", "BusService", "Line", "bus_offers", "bus_services", "overfull", "pack", "usable_lines",
]  # fmt: skip
