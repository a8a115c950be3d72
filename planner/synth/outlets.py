"""Synthetic candidate sites: hosts the policy documents name, at seats, in the county town and in villages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.county import Broadband, Host, PlaceKind, Site, SiteStatus, Tier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator

    from planner.synth.ground import Ground
    from planner.synth.mesh import FloatArray
    from planner.synth.real import RealTownship, RealVillage
    from planner.synth.recipes import Recipe

WITHOUT_PREMISES_SHARE = 0.09
WITHOUT_PREMISES_NEAR_M = (1250.0, 2350.0)
WITHOUT_PREMISES_FAR_M = (2650.0, 4700.0)
BROADBAND_SHARES = (0.84, 0.12, 0.04)

VILLAGE_HOSTS = (
    (Host.SHOP, "便利店", 0.34), (Host.SHOP, "万村千乡农家店", 0.12), (Host.VILLAGE_COMMITTEE, "村委会", 0.28),
    (Host.INFO_STATION, "益农信息社", 0.20), (Host.NEW_BUILDING, "村级站点(拟建)", 0.06),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """A site before its id, position and broadband are settled; ``place`` is the village-level code it stands in."""

    name: str
    host: Host
    status: SiteStatus
    max_tier: Tier
    place: str
    spot: tuple[float, float]
    township_grade: bool = False


def villages_without_premises(
    by_road: FloatArray, codes: list[str], kept: frozenset[str], rng: Generator
) -> frozenset[str]:
    """Villages with no premises of their own, each with a village that has some 1.2–5 km away along the road.

    ``by_road`` holds metres between all pairs of ``codes``; ``kept`` always have premises (seats).
    """
    gap = by_road.copy()
    np.fill_diagonal(gap, np.inf)
    wanted = round(WITHOUT_PREMISES_SHARE * len(codes))
    far_wanted = max(round(0.028 * len(codes)), 1)
    bare: list[int] = []
    for window, count in ((WITHOUT_PREMISES_FAR_M, far_wanted), (WITHOUT_PREMISES_NEAR_M, wanted)):
        for i in rng.permutation(len(codes)).tolist():
            if len(bare) >= count:
                break
            if i in bare or codes[i] in kept:
                continue
            fits = window[0] <= _nearest_supplied(gap, [*bare, i], i) <= window[1]
            if fits and all(_nearest_supplied(gap, [*bare, i], j) < WITHOUT_PREMISES_FAR_M[1] for j in bare):
                bare.append(i)
    return frozenset(codes[i] for i in bare)


def _nearest_supplied(gap: FloatArray, bare: list[int], i: int) -> float:
    row = gap[i].copy()
    row[bare] = np.inf
    return float(row.min())


@dataclass(frozen=True, slots=True)
class Places:
    """Metres: village centres and points on the roads around them by village-level code, seats by township code."""

    centres: Mapping[str, tuple[float, float]]
    seats: Mapping[str, tuple[float, float]]
    streets: Mapping[str, list[tuple[float, float]]]


def draft_sites(ground: Ground, places: Places, supplied: frozenset[str], rng: Generator) -> list[Draft]:
    """All sites of a county, township by township: the seat's first, then those of the ``supplied`` villages."""
    drafts: list[Draft] = []
    recipe, real, centres = ground.recipe, ground.real, places.centres
    for township in real.townships:
        units = [village for village in real.villages if village.township_code == township.code]
        seat = places.seats[township.code]
        home = min(units, key=lambda unit: (float(np.hypot(*np.subtract(centres[unit.code], seat))), unit.code)).code
        spots = _draw_spots(places.streets[home], 8, rng)
        is_county_seat = township.code == recipe.county_seat
        drafts += _seat_sites(township, home, spots, rng, is_county_seat=is_county_seat)
        if is_county_seat:
            drafts += _county_sites(recipe.short_name, home, spots[4:])
        for unit in units:
            if unit.code in supplied:
                drafts += _village_sites(recipe, unit, centres[unit.code], places.streets[unit.code], rng)
    return drafts


def _draw_spots(streets: list[tuple[float, float]], count: int, rng: Generator) -> list[tuple[float, float]]:
    """``count`` points a few metres off the given road points."""
    spots = []
    for _ in range(count):
        x, y = streets[int(rng.integers(0, len(streets)))]
        angle, off = float(rng.uniform(0, 6.283)), float(rng.uniform(12, 45))
        spots.append((x + off * float(np.cos(angle)), y + off * float(np.sin(angle))))
    return spots


def _seat_sites(
    township: RealTownship, home: str, spots: list[tuple[float, float]], rng: Generator, *, is_county_seat: bool
) -> list[Draft]:
    works_already = rng.random() < 0.72 or is_county_seat
    post = SiteStatus.EXISTING if works_already else SiteStatus.RETROFIT
    sites = [
        Draft(f"{township.name}邮政所", Host.POST_OFFICE, post, Tier.TOWNSHIP, home, spots[0], True),
        Draft(f"{township.name}供销社", Host.SUPPLY_COOP, SiteStatus.RETROFIT, Tier.TOWNSHIP, home, spots[1], True),
    ]
    if rng.random() < 0.6 and not is_county_seat:
        sites.append(
            Draft(f"{township.name}客运站", Host.BUS_STATION, SiteStatus.RETROFIT, Tier.TOWNSHIP, home, spots[2], True)
        )
    return sites


def _county_sites(county: str, home: str, spots: list[tuple[float, float]]) -> list[Draft]:
    offers = (
        ("邮政分公司", Host.POST_OFFICE, SiteStatus.RETROFIT),
        ("汽车客运站", Host.BUS_STATION, SiteStatus.RETROFIT),
        ("供销社仓库", Host.SUPPLY_COOP, SiteStatus.RETROFIT),
        ("物流园(拟建)", Host.LOGISTICS_PARK, SiteStatus.NEW),
    )
    return [
        Draft(f"{county}{word}", host, status, Tier.COUNTY, home, spot, True)
        for (word, host, status), spot in zip(offers, spots, strict=True)
    ]


def _village_sites(
    recipe: Recipe, unit: RealVillage, centre: tuple[float, float], streets: list[tuple[float, float]], rng: Generator
) -> list[Draft]:
    count = 1 + int(rng.choice(3, p=recipe.sites_per_village))
    shares = np.array([share for _, _, share in VILLAGE_HOSTS])
    picks = rng.choice(len(VILLAGE_HOSTS), size=count, replace=False, p=shares / shares.sum())
    drafts = []
    for pick in sorted(picks.tolist()):
        host, word, _ = VILLAGE_HOSTS[pick]
        if unit.kind is PlaceKind.RESIDENTS_COMMITTEE and host is Host.VILLAGE_COMMITTEE:
            word = "居委会"
        near = sorted(streets, key=lambda spot: float(np.hypot(spot[0] - centre[0], spot[1] - centre[1])))
        reach = near[: max(len(near) // 2, 1)] if rng.random() < 0.8 else near
        spot = _draw_spots(reach, 1, rng)[0]
        drafts.append(Draft(_site_name(unit.name, word), host, _status(host, rng), Tier.VILLAGE, unit.code, spot))
    return drafts


def _site_name(place: str, word: str) -> str:
    return f"{place.removesuffix('村')}{word}" if word.startswith("村") else f"{place}{word}"


def _status(host: Host, rng: Generator) -> SiteStatus:
    chance = float(rng.random())
    existing = {Host.SHOP: 0.38, Host.INFO_STATION: 0.45}.get(host, 0.0)
    if host is Host.NEW_BUILDING:
        return SiteStatus.NEW
    if host is Host.VILLAGE_COMMITTEE:
        return SiteStatus.RETROFIT if chance < 0.72 else SiteStatus.NEW
    return SiteStatus.EXISTING if chance < existing else SiteStatus.RETROFIT


def finish_sites(
    code: str, drafts: list[Draft], degrees: list[tuple[float, float]], rng: Generator
) -> tuple[Site, ...]:
    """Ids, positions in degrees, and broadband; at most two villages depend on a site without broadband alone."""
    alone = Counter(draft.place for draft in drafts)
    hopeless = 0
    sites = []
    for number, (draft, (lon, lat)) in enumerate(zip(drafts, degrees, strict=True), start=1):
        chance = float(rng.random())
        broadband = Broadband.CONNECTED
        if not draft.township_grade and chance > BROADBAND_SHARES[0]:
            broadband = Broadband.INSTALLABLE if chance < sum(BROADBAND_SHARES[:2]) else Broadband.NONE
        if broadband is Broadband.NONE and alone[draft.place] == 1:
            hopeless += 1
            broadband = Broadband.NONE if hopeless <= 2 else Broadband.INSTALLABLE
        sites.append(
            Site(
                site_id=f"{code}-S{number:03d}", name=draft.name, host=draft.host, status=draft.status,
                max_tier=draft.max_tier, existing_tier=_existing_tier(draft), township_code=draft.place[:9],
                village_code=draft.place, lon=lon, lat=lat, broadband=broadband,
            )
        )  # fmt: skip
    return tuple(sites)


def _existing_tier(draft: Draft) -> Tier | None:
    if draft.status is not SiteStatus.EXISTING:
        return None
    return Tier.TOWNSHIP if draft.township_grade else Tier.VILLAGE
