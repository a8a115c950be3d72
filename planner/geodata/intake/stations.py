"""Outlets and premises: from last year's list of outlets, and from the facilities of OpenStreetMap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.domain.county import Broadband, Host, SiteStatus, Tier
from planner.geodata.boundary import inside
from planner.geodata.intake.columns import Table
from planner.geodata.intake.draft import Facility, Note
from planner.geodata.intake.positions import place
from planner.geodata.intake.request import ImportRequest
from planner.geodata.intake.townships import need_names
from planner.geodata.intake.values import parse_column, parse_words, whole_number
from planner.geodata.intake.words import BROADBAND, HOSTS, MOBILE_4G, STATUSES, TIERS, host_in_name
from planner.geodata.log import DefectLog

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from planner.geodata.osm import OsmFacility


def stations_from_table(table: Table, request: ImportRequest, found: DefectLog) -> list[Facility] | None:
    """Each row as an outlet (it works at a tier today) or as premises; None after an error.

    A row is an outlet when its status says existing, or when it has a tier and no status; any other row is a place
    that may host one.
    """
    named = need_names(table, "station", found)
    placed = place(table, request, found)
    if placed is None or not named:
        return None
    hosts = parse_words(table, "host", HOSTS, "", found)
    statuses = parse_words(table, "status", STATUSES, "", found)
    tiers = parse_words(table, "tier", TIERS, "", found)
    highest = parse_words(table, "max_tier", TIERS, "", found)
    broadband = parse_words(table, "broadband", BROADBAND, "", found)
    mobile = parse_words(table, "mobile_4g", MOBILE_4G, "", found)
    connection = parse_column(table, "connect_cost_cny", whole_number, None, found)
    stores = parse_column(table, "cold_store_m3", whole_number, None, found)
    ids, names = table.texts("site_id"), table.texts("name")
    _check_ids(table, ids, found)
    sites = []
    for i in range(len(table)):
        site = Facility(
            ids[i] or f"S{i + 1:05d}", names[i], Host(hosts[i]) if hosts[i] else Host.NEW_BUILDING,
            float(placed.lon[i]), float(placed.lat[i]),
            max_tier=Tier.from_word(highest[i]) if highest[i] else None,
            broadband=Broadband(broadband[i]) if broadband[i] else None,
            mobile_4g=mobile[i] == "true" if mobile[i] else None, connect_cost_cny=connection[i],
            cold_store_m3=stores[i] or None,
            file=table.file, row=table.raw.rows[i],
        )  # fmt: skip
        _give_status(site, statuses[i], tiers[i], table, found)
        if not hosts[i]:
            _host_by_name(site, table, found)
        sites.append(site)
    found.fold(table.file, len(table))
    return sites


def _check_ids(table: Table, ids: Sequence[str], found: DefectLog) -> None:
    first: dict[str, int] = {}
    for text, row in zip(ids, table.raw.rows, strict=True):
        if text and first.setdefault(text, row) != row:
            found.error(
                "duplicate-id", table.file, f"repeats the id of row {first[text]}", "give each row its own",
                row=row, column=table.header("site_id"), value=text,
            )  # fmt: skip


def _give_status(site: Facility, status: str, tier: str, table: Table, found: DefectLog) -> None:
    existing = status == SiteStatus.EXISTING or (not status and tier)
    if existing and not tier:
        found.error(
            "existing-tier", table.file, f"({site.name}) works today, but its tier is empty",
            "write 县, 乡 or 村 (county, township, village)", row=site.row, column=table.header("tier"),
        )  # fmt: skip
    elif existing:
        site.status, site.tier = SiteStatus.EXISTING, Tier.from_word(tier)
        if site.max_tier is not None and site.max_tier < site.tier:
            found.error(
                "existing-tier", table.file, f"({site.name}) works at a tier above the highest it can carry",
                "raise the highest tier, or lower this one", row=site.row, column=table.header("tier"),
            )  # fmt: skip
    else:
        site.status = SiteStatus(status) if status else SiteStatus.RETROFIT
        if tier and site.max_tier is None:
            site.max_tier = Tier.from_word(tier)


def _host_by_name(site: Facility, table: Table, found: DefectLog) -> None:
    host = host_in_name(site.name)
    if host is not None:
        site.host = host
        site.notes.append(Note("host", host, "no column tells the host; its name does"))
    elif site.status is not SiteStatus.NEW:
        found.error(
            "host-unknown", table.file, f"({site.name}) has no host, and its name tells none",
            "fill in a column 依托资源: 邮政所, 供销社, 便利店, 客运站, 村委会, 益农信息社, 物流园",
            row=site.row, column=table.header("host"),
        )  # fmt: skip


def _called(host: Host, chinese: bool) -> str:
    return HOSTS.accepted[host][0] if chinese else host.replace("_", " ")


def facilities_from_osm(
    facilities: Sequence[OsmFacility], boundary: BaseGeometry, file: str, *, chinese: bool
) -> list[Facility]:
    """Premises within the boundary; one without a name is called by its kind and id."""
    if not facilities:
        return []
    lon = np.array([facility.lon for facility in facilities])
    lat = np.array([facility.lat for facility in facilities])
    shapely.prepare(boundary)
    within = inside(boundary, lon, lat)
    return [
        Facility(
            facility.osm_id, facility.name or f"{_called(facility.host, chinese)} {facility.osm_id}", facility.host,
            facility.lon, facility.lat, file=file,
        )
        for facility, kept in zip(facilities, within.tolist(), strict=True)
        if kept
    ]  # fmt: skip
