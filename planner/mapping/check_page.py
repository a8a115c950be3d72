"""The page of ``planner check --html``: one file that needs no network and shows where the data is wrong.

Every name and message from the data is escaped; what is fetched from outside is refused as for the maps.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner import __version__
from planner.domain.attribution import layer_attributions
from planner.domain.codes import is_provisional
from planner.domain.provenance import layer_warnings
from planner.errors import Defect, Severity
from planner.mapping.assets import fetched_addresses, script_text, style_text
from planner.mapping.check_map import map_data
from planner.mapping.check_sections import parts_section, section, snap_section, survey_sections
from planner.mapping.check_words import TEXTS, kind_words, text
from planner.mapping.layers import script_json
from planner.mapping.style import ORANGE, ROAD_STYLES
from planner.mapping.words import ROADS, STATUSES, TIERS, data_words, say
from planner.network.notes import result_notes

if TYPE_CHECKING:
    from planner.domain import Layer, Source
    from planner.survey import Inspection

PAGE_DEFECTS: Final = 5000
"""Defects that the page lists, errors first; it says so when there are more."""
EMBEDDED_CSV_BYTES: Final = 3_000_000
_SCRIPTS: Final = ("leaflet.js", "planner-map.js", "check-page.js")
_STYLE_SHEETS: Final = ("leaflet.css", "planner-map.css", "check-page.css")


def check_html(inspection: Inspection, csv: bytes, language: str = "zh") -> str:
    """The whole page in ``zh`` or ``en``. ``csv`` is the list of every defect, put behind a download link.

    Raises ValueError for another language, or when anything in the page would be fetched from outside.
    """
    defects = inspection.defects[:PAGE_DEFECTS]
    drawn = map_data(inspection.ground, inspection.survey, defects, language)
    wide = " wide" if drawn["view"] is None else ""
    parts = [
        _header(inspection, language),
        f'<main><div class="top{wide}">{_map_card(inspection, drawn, language)}',
        f"{_list_card(inspection, csv, language)}</div>",
        f'<div class="sections">{_sections(inspection, language)}</div></main>',
    ]
    layers = () if inspection.report.manifest is None else inspection.report.manifest.layers.values()
    owed = data_words(layer_attributions(layers), language)
    page = {"map": drawn, "words": _script_words(language), "roads": _road_styles(), "bus": ORANGE, "data": owed}
    scripts = "".join(f"<script>{script_text(name)}</script>" for name in _SCRIPTS)
    html = (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(text('title', language, county=_county_name(inspection, language)))}</title>"
        f'<link rel="icon" href="data:,">'
        f"<style>{''.join(map(style_text, _STYLE_SHEETS))}</style></head><body>{''.join(parts)}"
        f"{scripts}<script>checkPage.start({script_json(page)});</script></body></html>"
    )
    left = fetched_addresses(html)
    if left:
        raise ValueError(f"the page would still load from outside: {', '.join(left)}")
    return html


def _county_name(inspection: Inspection, language: str) -> str:
    manifest = inspection.report.manifest
    if manifest is None or manifest.name is None:
        return Path(inspection.report.folder).name
    return str(manifest.names.get(language, manifest.name))


def _header(inspection: Inspection, language: str) -> str:
    manifest = inspection.report.manifest
    name = _county_name(inspection, language)
    official = (
        "" if manifest is None or manifest.name in (None, name) else f" <small>{escape(manifest.name or '')}</small>"
    )
    errors = sum(defect.severity is Severity.ERROR for defect in inspection.defects)
    warnings = len(inspection.defects) - errors
    verdict = "verdict_errors" if errors else "verdict_warnings" if warnings else "verdict_clean"
    state = "bad" if errors else "fair" if warnings else "good"
    mark = {"bad": "✘", "fair": "⚠", "good": "✔"}[state]
    counts = " · ".join(text(key, language, n=f"{n:,}") for key, n in (("errors", errors), ("warnings", warnings)))
    notes = "".join(f"<li>{escape(note)}</li>" for note in page_notes(inspection, language))
    meta = " · ".join(escape(fact) for fact in _identity(inspection, language))
    return (
        f"<header><div><h1>{escape(text('title', language, county=name))}{official}</h1>"
        f'<p class="meta">{meta}</p></div>'
        f'<p class="verdict {state}"><b>{mark} {escape(counts)}</b><br>{escape(text(verdict, language))}</p>'
        + (f'<ul class="notes">{notes}</ul>' if notes else "")
        + "</header>"
    )


def _identity(inspection: Inspection, language: str) -> list[str]:
    manifest = inspection.report.manifest
    facts = []
    if manifest is not None and manifest.code is not None:
        provisional = text("provisional", language) if is_provisional(manifest.code) else ""
        facts.append(text("code", language, code=manifest.code) + provisional)
    if manifest is not None:
        known = manifest.datum is not None
        facts.append(text("datum", language, datum=manifest.datum) if known else text("datum_missing", language))
        facts += [f"{_layer_name(name, language)} {datum}" for name, datum in manifest.layer_datums.items()]
    folder = Path(inspection.report.folder).name
    return [*facts, text("folder", language, folder=folder), text("version", language, version=__version__)]


def page_notes(inspection: Inspection, language: str) -> tuple[str, ...]:
    """What must be known before any figure is believed: made-up layers, provisional codes, straight lines, season."""
    report = inspection.report
    if report.county is None:
        notes = list(layer_warnings(report.manifest.layers.values() if report.manifest else (), language))
    else:
        notes = list(result_notes(report.county, inspection.scenario.network, language))
    for layer in ("townships", "villages"):
        codes = [place.identity for place in inspection.ground.places if place.layer == layer]
        made_up = sum(code[-3:].isdigit() and is_provisional(code) for code in codes)
        if made_up:
            notes.append(text(f"provisional_{layer}", language, n=made_up, total=len(codes)))
    return tuple(notes)


def _map_card(inspection: Inspection, drawn: Mapping[str, Any], language: str) -> str:
    notes = []
    if drawn["view"] is None:
        return f'<p class="notice">{escape(text("no_map", language))}</p>'
    if not drawn["boundary"]:
        notes.append(text("no_boundary", language))
    if drawn["tolerance"]:
        notes.append(text("simplified", language, m=drawn["tolerance"]))
    unplaced = min(len(inspection.defects), PAGE_DEFECTS) - len(drawn["spots"])
    if unplaced:
        notes.append(text("unplaced", language, n=f"{unplaced:,}"))
    if any(kind[0] == "swapped" for kind in drawn["kinds"]):
        notes.append(text("swapped_note", language))
    kinds = "".join(_switch(f"kind-{code}", f"{words} {n}", severity) for code, words, n, severity in drawn["kinds"])
    row = f'<div class="switches"><b>{escape(text("kinds", language))}</b>{kinds}</div>' if kinds else ""
    return (
        f'<section class="card map" aria-label="{escape(text("map", language))}"><div id="map"></div>'
        f'<div class="switches"><b>{escape(text("show", language))}</b>'
        f"{_layer_switches(inspection, drawn, language)}</div>"
        f'{row}<p class="rule">{escape(" ".join(notes))}</p></section>'
    )


def _layer_switches(inspection: Inspection, drawn: Mapping[str, Any], language: str) -> str:
    parts = {group["part"] for group in drawn["roads"]}
    counted = [
        ("roads", 0 in parts, ""),
        ("ferry", any(group["class"] == "ferry" for group in drawn["roads"]), ""),
        ("islands", any(part > 0 for part in parts), sum(part > 0 for part in parts)),
        ("closed", -1 in parts, "" if inspection.survey is None else inspection.survey.closed),
        ("townships", drawn["places"]["townships"], len(drawn["places"]["townships"])),
        ("villages", drawn["places"]["villages"], len(drawn["places"]["villages"])),
        ("sites", drawn["places"]["sites"], len(drawn["places"]["sites"])),
        ("gaps", drawn["gaps"], len(drawn["gaps"])),
        ("same_sites", drawn["pairs"], len(drawn["pairs"])),
        ("bus", drawn["bus"], len(drawn["bus"])),
    ]
    return "".join(
        _switch(f"layer-{name}", f"{text(name, language)} {count}".strip(), name, on=name != "bus")
        for name, there, count in counted
        if there
    )


def _switch(name: str, words: str, sign: str, *, on: bool = True) -> str:
    checked = " checked" if on else ""
    return (
        f'<label><input type="checkbox" data-switch="{escape(name)}"{checked}>'
        f'<i class="sign {escape(sign)}" data-kind="{escape(name)}"></i>{escape(words)}</label>'
    )


def _list_card(inspection: Inspection, csv: bytes, language: str) -> str:
    defects = inspection.defects
    if not defects:
        return _card(text("list", language), f"<p>{escape(text('list_empty', language))}</p>")
    shown = defects[:PAGE_DEFECTS]
    notes = text("english", language)
    if len(defects) > len(shown):
        notes += " " + text("cut_list", language, shown=f"{len(shown):,}", total=f"{len(defects):,}")
    rows = "".join(_defect_row(i, defect, inspection, language) for i, defect in enumerate(shown))
    heads = (("severity",), ("place", "cell"), ("what", "fix"))
    head = "".join(f"<th>{escape(' / '.join(text(key, language) for key in keys))}</th>" for keys in heads)
    return _card(
        text("list", language),
        _filters(shown, language),
        f'<p class="rule">{escape(notes.strip())}</p>' if notes.strip() else "",
        f'<div class="scroll" id="list"><table class="defects"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>",
        _download(inspection, csv, language),
    )


def _card(heading: str, *content: str) -> str:
    return f'<section class="card list"><h2>{escape(heading)}</h2>{"".join(content)}</section>'


def _filters(defects: Sequence[Defect], language: str) -> str:
    severities = {str(defect.severity): text(str(defect.severity), language) for defect in defects}
    files = {defect.file: defect.file for defect in defects}
    kinds = {defect.code: kind_words(defect.code, language) for defect in defects}
    sought = escape(text("search", language))
    colon = "：" if language == "zh" else ": "
    chosen = "".join(
        f'<select id="filter-{name}" aria-label="{escape(text(name, language))}">'
        f'<option value="">{escape(text(name, language))}{colon}{escape(text("all", language))}</option>'
        + "".join(f'<option value="{escape(key)}">{escape(words)}</option>' for key, words in sorted(options.items()))
        + "</select>"
        for name, options in (("severity", severities), ("file", files), ("kind", kinds))
    )
    return (
        f'<div class="filters">{chosen}<input id="filter-search" type="search" placeholder="{sought}" '
        f'aria-label="{sought}"><span id="shown"></span></div>'
    )


def _defect_row(index: int, defect: Defect, inspection: Inspection, language: str) -> str:
    placed = inspection.ground.spot(defect) is not None
    attributes = (
        f'id="d{index}" data-severity="{defect.severity}" data-file="{escape(defect.file)}" '
        f'data-kind="{escape(defect.code)}"'
    )
    if placed:
        attributes += f' class="place" tabindex="0" title="{escape(text("on_map", language))}"'
    row = "" if defect.row is None else f'<span class="row">:{defect.row}</span>'
    cell = ""
    if defect.column is not None:
        value = "" if defect.value is None else f" = {escape(defect.value)}"
        cell = f'<div class="cell">{escape(defect.column)}{value}</div>'
    return (
        f'<tr {attributes}><td><span class="badge {defect.severity}">'
        f"{escape(text(str(defect.severity), language))}</span></td>"
        f'<td><div class="file">{escape(defect.file)}{row}</div>{cell}'
        f'<div class="kind">{escape(kind_words(defect.code, language))}</div></td>'
        f'<td>{escape(defect.message)}<div class="fix">{escape(defect.fix)}</div></td></tr>'
    )


def _download(inspection: Inspection, csv: bytes, language: str) -> str:
    if len(csv) > EMBEDDED_CSV_BYTES:
        return f'<p class="rule">{escape(text("too_large_csv", language))}</p>'
    code = inspection.report.manifest.code if inspection.report.manifest else None
    name = escape(f"check-{code or Path(inspection.report.folder).name}.csv")
    address = f"data:text/csv;charset=utf-8;base64,{b64encode(csv).decode('ascii')}"
    return f'<p><a id="download" download="{name}" href="{address}">{escape(text("download", language))}</a></p>'


def _sections(inspection: Inspection, language: str) -> str:
    survey, county = inspection.survey, inspection.report.county
    if survey is not None and county is not None:
        html = snap_section(survey, county, language)
        inner = survey_sections(survey, county, inspection.ground, language)
    else:
        html = f'<p class="notice">{escape(text("not_surveyed", language))}</p>'
        inner = parts_section(inspection.ground, None, language)
    html += f'<div class="sections two">{inner}{_facts(inspection, language)}</div>'
    return html + _sources(inspection, language) + _terminal(inspection, language)


def _facts(inspection: Inspection, language: str) -> str:
    facts, ground = inspection.report.facts, inspection.ground
    rows: list[tuple[str, str]] = []
    comma = "，" if language == "zh" else ", "
    if facts is None:
        rows += [
            (text(layer, language), f"{sum(place.layer == layer for place in ground.places):,}")
            for layer in ("townships", "villages", "sites")
        ]
        if ground.roads is not None:
            km = float(ground.roads.length_m.sum()) / 1000
            rows.append(
                (text("road_km", language), text("road_figures", language, n=len(ground.roads), km=f"{km:,.1f}"))
            )
    else:
        statuses = {str(status): say(words, language) for status, words in STATUSES.items()}
        tiers = {tier.word: say(words, language) for tier, words in TIERS.items()}
        by_status = comma.join(f"{statuses.get(key, key)} {n:,}" for key, n in facts.sites_by_status.items())
        by_tier = comma.join(f"{tiers.get(key, key)} {n:,}" for key, n in facts.sites_by_max_tier.items())
        rows += [
            (text("townships", language), f"{facts.townships:,}"),
            (text("administrative", language), f"{facts.administrative_villages:,}"),
            (text("committees", language), f"{facts.residents_committees:,}"),
            (text("population_all", language), f"{facts.population:,}"),
            (text("population_villages", language), f"{facts.village_population:,}"),
            (text("site_count", language), f"{facts.sites:,} ({by_status}; {text('tiers_up_to', language)}{by_tier})"),
            (
                text("road_km", language),
                text("road_figures", language, n=f"{facts.road_count:,}", km=f"{facts.road_km:,.1f}"),
            ),
            *(
                (say(ROADS[name], language), f"{km:,.1f} {text('km', language)}")
                for name, km in _road_km(facts.road_km_by_class)
            ),
        ]
        if ground.bus_lines:
            rows.append((text("bus_lines", language), text("bus_figures", language, n=len(ground.bus_lines))))
    lead = f"<p>{escape(text('facts_partial', language))}</p>" if facts is None else ""
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(figure)}</td></tr>" for name, figure in rows)
    return section(text("facts", language), lead, f'<table class="facts">{body}</table>', identity="facts")


def _road_km(by_class: Mapping[str, float]) -> list[tuple[Any, float]]:
    return [(road_class, by_class[road_class.value]) for road_class in ROADS if by_class.get(road_class.value)]


def _sources(inspection: Inspection, language: str) -> str:
    manifest = inspection.report.manifest
    if manifest is None or not manifest.layers:
        return section(text("sources", language), f"<p>{escape(text('no_sources', language))}</p>", identity="sources")
    facts = inspection.report.facts
    moved = {} if facts is None else facts.conversions
    rows = "".join(_source_rows(layer, moved.get(layer.name), language) for layer in manifest.layers.values())
    heads = "".join(f"<th>{escape(text(key, language))}</th>" for key in ("layer", "provenance", "source", "sha"))
    shown = (
        f'<div class="scroll"><table class="sources"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return section(text("sources", language), shown, identity="sources")


def _layer_name(layer: str, language: str) -> str:
    key = {"roads": "road_km", "bus": "bus_lines"}.get(layer, layer)
    return text(key, language) if key in TEXTS else layer


def _source_rows(layer: Layer, frame: str | None, language: str) -> str:
    name = escape(_layer_name(layer.name, language))
    converted = "" if frame is None else f'<div class="rule">{escape(text("converted", language, frame=frame))}</div>'
    first = (
        f"<tr><th>{name}<br><code>{escape(layer.file)}</code>{converted}</th>{_source_cells(layer.source, language)}"
        f'<td><code class="sha">{escape(layer.sha256)}</code></td></tr>'
    )
    return first + "".join(
        f'<tr class="column"><th><code>{escape(column)}</code></th>{_source_cells(source, language)}<td></td></tr>'
        for column, source in layer.columns.items()
    )


def _source_cells(source: Source, language: str) -> str:
    detail = " · ".join(part for part in (source.text, source.vintage, source.licence) if part)
    word = str(source.provenance)
    return f'<td><span class="badge {word}">{escape(text(word, language))}</span></td><td>{escape(detail)}</td>'


def _terminal(inspection: Inspection, language: str) -> str:
    lines = [line for line in inspection.lines() if not line.startswith(("error: ", "warning: "))]
    return (
        f'<section class="terminal"><details><summary>{escape(text("terminal", language))}</summary>'
        f"<pre>{escape(chr(10).join(lines))}</pre></details></section>"
    )


def _script_words(language: str) -> dict[str, str]:
    shown = text("shown", language, shown="{shown}", total="{total}")
    part = f"{text('islands', language)}: {{km}} km"
    return {"shown": shown, "part": part, "whole": text("whole_county", language), "second": language}


def _road_styles() -> dict[str, Any]:
    return {road_class.value: style for road_class, style in ROAD_STYLES.items()}
