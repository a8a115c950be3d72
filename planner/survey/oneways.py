"""Places that one-ways lock in or out: on the main network, but a van can only come to them, or only leave them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from planner.geodata.log import DefectLog
    from planner.network import RoadNetwork
    from planner.pipeline import Prepared


def warn_traps(prepared: Prepared, network: RoadNetwork, rows: Mapping[tuple[str, str], int], found: DefectLog) -> None:
    """Warn of each group of roads that hangs on the main network by one-ways of one direction only.

    A group is a strong component beside the largest one (0), joined to it; it is told when villages or sites stand
    on it.
    """
    strong, weak = network.strong_components.label, network.weak_components.label
    tail, head = network.edge_tail, network.edge_head
    group = np.where(strong[tail] > 0, strong[tail], strong[head])
    trapped = (group > 0) & (weak[tail] == weak[strong == 0][0])
    file = prepared.county.layer("roads").file
    counts = []
    for snaps in (prepared.village_snaps, prepared.site_snaps):
        at = snaps.edge[snaps.ok]
        counts.append(np.bincount(group[at[trapped[at]]], minlength=network.strong_components.count))
    for number in np.flatnonzero(counts[0] + counts[1]).tolist():
        edges = np.flatnonzero(trapped & (group == number))
        way = _way(network, number)
        first = network.roads[int(network.edge_road[edges].min())]
        found.warning(
            "oneway-trap",
            file,
            f"villages: {counts[0][number]}, sites: {counts[1][number]} on roads ({first.road_id} among them, "
            f"{network.edge_mm[edges].sum() / 1e6:.1f} km) that one-ways let vans {way}",
            "see that these one-ways are so (column oneway), and that the way back is in the file",
            row=rows.get(("roads", first.road_id)),
            column="road_id",
            value=first.road_id,
        )


def _way(network: RoadNetwork, number: int) -> str:
    """What the one-ways at the edge of a strong component allow."""
    label = network.strong_components.label
    into, out = label[network.edge_head] == number, label[network.edge_tail] == number
    enters, leaves = bool((into & ~out).any()), bool((out & ~into).any())
    if enters and leaves:
        return "pass through, but not return"
    return "enter, but not leave" if enters else "leave, but not enter"
