"""What planning stations and routes together saved over stations first, routes after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class YearlyCosts:
    """Whole yuan a year of one plan: stations, routes, market days and calling vans."""

    stations_cny: int
    routes_cny: int
    outreach_cny: int = 0

    @property
    def total_cny(self) -> int:
        """All of it."""
        return self.stations_cny + self.routes_cny + self.outreach_cny

    def as_json(self) -> dict[str, int]:
        """As ``summary.json`` holds it."""
        return {
            "stations_cny_per_year": self.stations_cny,
            "routes_cny_per_year": self.routes_cny,
            "outreach_cny_per_year": self.outreach_cny,
            "total_cny_per_year": self.total_cny,
        }


@dataclass(frozen=True, slots=True)
class Together:
    """The plan kept beside the one with stations first and routes after, both counted in full.

    ``rounds`` is how many rounds of siting and routing were made, ``villages_missed_first`` and ``villages_missed`` how
    many villages had a station without a route in each.
    """

    first: YearlyCosts
    kept: YearlyCosts
    rounds: int
    villages_missed_first: int = 0
    villages_missed: int = 0

    @property
    def gain_cny(self) -> int:
        """Yuan a year saved; may be negative only where the plan kept reaches more villages."""
        return self.first.total_cny - self.kept.total_cny

    @property
    def gain_share(self) -> float:
        """The same as a share of what stations first, routes after cost."""
        return self.gain_cny / self.first.total_cny if self.first.total_cny else 0.0

    def as_json(self) -> dict[str, Any]:
        """As ``summary.json`` holds it."""
        return {
            "siting_first": self.first.as_json(),
            "together": self.kept.as_json(),
            "gain_cny_per_year": self.gain_cny,
            "gain_share": round(self.gain_share, 6),
            "rounds": self.rounds,
            "villages_without_route_siting_first": self.villages_missed_first,
            "villages_without_route": self.villages_missed,
        }
