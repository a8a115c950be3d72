"""County and plan as a folium map without tiles: a base that stays, and a plan layer that can be exchanged.

The drawing itself is done by ``assets/planner-map.js``; Python hands over data, styles and words. The app keeps
the base and sends only a new plan layer (`plan_layer`), so that zoom and layer switches stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import folium
from branca.element import MacroElement
from folium.template import Template

from planner.domain import County, Plan
from planner.domain.attribution import attributions
from planner.mapping.assets import call_page, use_assets
from planner.mapping.layers import county_layers, plan_layers, script_json
from planner.mapping.legend import legend_html, map_heading, title_html
from planner.mapping.style import STYLES
from planner.mapping.words import BY_ROAD, MAP, Word, Words, data_words, say, way_words
from planner.scenario import Scenario

if TYPE_CHECKING:
    from shapely import LineString

    from planner.evaluate import Evaluation
    from planner.evaluate.backup import Backup

SWITCHES: Final = (
    ("stations", Word.STATIONS),
    ("uncovered", Word.UNCOVERED),
    ("villages", Word.VILLAGES),
    ("access", Word.ACCESS),
    ("supply", Word.SUPPLY),
    ("routes", Word.ROUTES),
    ("critical", Word.CRITICAL),
    ("roads", Word.ROADS),
    ("bus", Word.BUS),
    ("townships", Word.TOWNSHIPS),
)
"""Layers that can be switched on and off, in the order of their control; roads and bus lines where there are any."""


class _Script(MacroElement):
    """A call into ``planner-map.js`` on the map that this element, or the group it stands in, belongs to."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        ruralNetwork.{{ this.function }}({{ this.map_name }}, {{ this.arguments }});
        {% endmacro %}
    """)

    def __init__(self, function: str, arguments: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca ships no types
        self._name = "RuralNetwork"
        self.function = function
        self.arguments = arguments

    @property
    def map_name(self) -> str:
        """The JavaScript variable of the map."""
        element = self._parent
        while element is not None and not isinstance(element, folium.Map):
            element = element._parent  # noqa: SLF001 (branca has no public way up)
        if element is None:
            raise ValueError("a plan layer must be added to a map before it is drawn")
        name: str = element.get_name()
        return name


def county_text(county: County, language: str) -> str:
    """The county's layers as text for `base_map`: the costly part, worth keeping between two maps."""
    return script_json(county_layers(county, language))


def base_map(
    county: County,
    language: str = "zh",
    *,
    notes: Sequence[str] = (),
    title: str = "",
    text: str | None = None,
    assets: str = "",
    collapsed: bool = True,
    legend: bool = True,
    hidden: Sequence[str] = ("supply", "bus", "critical"),
) -> folium.Map:
    """A map of the county with its legend, scale and layer switches, and no plan yet.

    Routes show how stations are supplied, so that the straight supply links are off at first. In the corner stands
    whom the county's data is owed to (`planner.domain.attribution`).

    Parameters
    ----------
    notes
        Sentences on what is synthetic; when there are any, the legend warns.
    title
        HTML of the panel in the corner (from `planner.mapping.legend.title_html`); empty for none.
    text
        What `county_text` returned earlier, or None to make it now.
    assets
        Address before the names of the asset files, ending in ``/``, or empty for `standalone_html`.
    collapsed
        Whether the layer switches fold into a button.
    legend
        Whether the legend lies on the map.
    hidden
        Layers of `SWITCHES` that are off at first.
    """
    west, south, east, north = county.boundary.bounds
    centre = [(south + north) / 2, (west + east) / 2]
    picture = folium.Map(
        location=centre, tiles=None, zoom_start=10, zoom_control="topright", max_zoom=18, font_size="12px"
    )
    use_assets(picture, assets)
    call_page(picture, map_heading(county, language), language)
    absent = {name for name, content in (("roads", county.roads), ("bus", county.bus_lines)) if not content}
    page: dict[str, Any] = {
        "styles": STYLES,
        "layers": [(name, say(MAP[word], language)) for name, word in SWITCHES if name not in absent],
        "hidden": list(hidden),
        "legend": legend_html(language, notes, county) if legend else "",
        "title": title,
        "data": data_words(attributions(county), language),
        "collapsed": collapsed,
    }
    county_data = county_text(county, language) if text is None else text
    picture.add_child(_Script("draw", f"{county_data}, {script_json(page)}"))
    return picture


def plan_layer(
    county: County,
    plan: Plan,
    language: str = "zh",
    *,
    route_geometry: Mapping[str, LineString] | None = None,
    way: Words = BY_ROAD,
    backup: Backup | None = None,
    starts_s: int | None = None,
) -> folium.FeatureGroup:
    """The plan as a group for a `base_map`. Drawing it replaces the plan drawn before.

    ``way`` says how distances are spoken of (`way_words`); ``backup`` gives the layer of critical stretches of road.
    ``starts_s`` is when shifts begin, in seconds after midnight; with it routes say their clock.
    """
    group = folium.FeatureGroup(name="plan", control=False)
    layers = plan_layers(county, plan, language, route_geometry, way, backup=backup, starts_s=starts_s)
    group.add_child(_Script("update", script_json(layers)))
    return group


def plan_map(
    county: County,
    scenario: Scenario,
    plan: Plan,
    evaluation: Evaluation,
    language: str = "zh",
    *,
    notes: Sequence[str] = (),
    route_geometry: Mapping[str, LineString] | None = None,
) -> folium.Map:
    """The whole map of a plan: county, stations by tier, links, routes, uncovered villages, indicators, provenance.

    Parameters
    ----------
    language
        ``zh`` or ``en``.
    notes
        Sentences that must stand beside every figure, e.g. which layers are synthetic.
    route_geometry
        Way of each route along real roads by route id, WGS84 degrees; without it no routes are drawn.
    """
    title = title_html(county, scenario, plan, evaluation, language, notes=notes)
    hidden = ("supply", "bus", "critical") if route_geometry else ("bus", "critical")
    picture = base_map(county, language, notes=notes, title=title, collapsed=False, hidden=hidden)
    way, backup = way_words(scenario), evaluation.backup
    starts_s = scenario.service.day_starts_s
    layer = plan_layer(county, plan, language, route_geometry=route_geometry, way=way, backup=backup, starts_s=starts_s)
    layer.add_to(picture)
    return picture
