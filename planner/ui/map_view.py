"""The map in the page: a base that stays mounted, and a plan layer exchanged under it (zoom and switches stay)."""

from __future__ import annotations

import streamlit.components.v1 as components
from streamlit_folium import st_folium

from planner.mapping import base_map, plan_layer
from planner.mapping.assets import FOLDER
from planner.mapping.words import way_words
from planner.pipeline import CountyPlan
from planner.ui.compute import county_layers_text
from planner.ui.routes_tab import on_day

MAP_HEIGHT_PX = 600

# Streamlit serves a component's folder to every page; the component itself is never shown.
_assets = components.declare_component("leaflet_assets", path=FOLDER)
ASSETS = f"../{_assets.name}/"
"""Address of the vendored files, relative to the frame that streamlit-folium draws in."""


def show_map(solved: CountyPlan, language: str, day: int = 0) -> None:
    """Draw the plan, with the routes of one ``day`` of the week only unless it is 0.

    Only what changed travels into the mounted map.
    """
    county = solved.county
    picture = base_map(county, language, text=county_layers_text(county, language), assets=ASSETS, legend=False)
    ways = solved.route_geometry()
    way, backup = way_words(solved.scenario), solved.evaluation.backup
    starts_s = solved.scenario.service.day_starts_s
    layer = plan_layer(
        county, on_day(solved.plan, day), language,
        route_geometry=ways, way=way, backup=backup, starts_s=starts_s,
    )  # fmt: skip
    st_folium(
        picture,
        key=f"map-{county.digest}-{language}",
        feature_group_to_add=layer,
        returned_objects=[],
        height=MAP_HEIGHT_PX,
        use_container_width=True,
    )
