"""Sites: existing outlets and candidate places, each in a known township, with tiers that make sense."""

from __future__ import annotations

from planner.domain.codes import is_subdistrict
from planner.domain.county import Broadband, Host, Site, SiteStatus, Tier
from planner.geodata.log import DefectLog
from planner.geodata.places import point
from planner.geodata.tables import Record, Records


def check_tiers(sites: Records, found: DefectLog) -> None:
    """``existing_tier`` is given exactly when the site is an existing outlet, and does not exceed ``max_tier``."""
    for record in sites:
        status, existing, highest = (record.text(name) for name in ("status", "existing_tier", "max_tier"))
        if status is None or "existing_tier" not in record.values:
            continue
        problem = None
        if status == SiteStatus.EXISTING and existing is None:
            problem = "is empty though the status is existing", "write the tier it works at today"
        elif status != SiteStatus.EXISTING and existing is not None:
            problem = f"is given though the status is {status}", "empty the cell, or set status to existing"
        elif existing and highest and Tier.from_word(existing) > Tier.from_word(highest):
            problem = f"is above max_tier, which is {highest}", f"raise max_tier to {existing}, or lower this one"
        if problem is not None:
            found.error(
                "existing-tier",
                sites.file,
                f"({record.label}) {problem[0]}",
                problem[1],
                row=record.row,
                column="existing_tier",
                value=existing,
            )


def check_cold_stores(sites: Records, found: DefectLog) -> None:
    """Where nothing stands yet there is no cold store."""
    for record in sites:
        volume_m3 = record.integer("cold_store_m3")
        if volume_m3 and record.text("status") == SiteStatus.NEW:
            found.error(
                "cold-store",
                sites.file,
                f"({record.label}) has a cold store though the status is new: nothing stands there yet",
                "empty the cell, or set status to retrofit",
                row=record.row,
                column="cold_store_m3",
                value=str(volume_m3),
            )


def check_village_in_township(sites: Records, skip: set[int], found: DefectLog) -> set[int]:
    """A site's village lies in the site's township; returns the rows where it does not, and those in ``skip``."""
    wrong = set(skip)
    for record in sites:
        village, township = record.text("village_code"), record.text("township_code")
        if record.row in skip or village is None or township is None:
            continue
        if not village.startswith(township):
            wrong.add(record.row)
            found.error(
                "township-not-prefix",
                sites.file,
                f"({record.label}) stands in village {village}, which is not in township {township}",
                f"write {village[:9]}, or correct village_code",
                row=record.row,
                column="township_code",
                value=township,
            )
    return wrong


def check_capable(sites: Records, townships: Records | None, found: DefectLog) -> None:
    """Some site can be the county centre, and each township has a site that can be its station.

    Call only when the columns ``max_tier`` and ``township_code`` are clean; ``townships`` None leaves the second out.
    """
    highest = {record.row: Tier.from_word(record.text("max_tier") or "village") for record in sites}
    if not any(tier is Tier.COUNTY for tier in highest.values()):
        found.error(
            "no-county-site",
            sites.file,
            "no site can carry the county centre",
            "set max_tier to county for at least one site",
            column="max_tier",
        )
    served = {record.text("township_code") for record in sites if highest[record.row] >= Tier.TOWNSHIP}
    for record in townships or ():
        code = record.text("code")
        if code is not None and not is_subdistrict(code) and code not in served:
            found.warning(
                "township-without-site",
                sites.file,
                f"no site in township {code} ({record.label}) can carry a "
                "township station, so it will stay without an outlet",
                "add a site there, or raise a site's max_tier",
                column="max_tier",
            )


def build_site(record: Record) -> Site:
    """The site of a record without defects."""
    lon, lat = point(record)
    words = {name: value for name, value in record.values.items() if isinstance(value, str)}
    existing = words.get("existing_tier")
    return Site(
        site_id=words["site_id"],
        name=words["name"],
        host=Host(words["host"]),
        status=SiteStatus(words["status"]),
        max_tier=Tier.from_word(words["max_tier"]),
        existing_tier=None if existing is None else Tier.from_word(existing),
        township_code=words["township_code"],
        village_code=words.get("village_code"),
        lon=lon,
        lat=lat,
        broadband=Broadband(words["broadband"]),
        mobile_4g=record.flag("mobile_4g"),
        connect_cost_cny=record.integer("connect_cost_cny"),
        cold_store_m3=record.integer("cold_store_m3") or 0,
    )
