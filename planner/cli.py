"""The command line: one function per command that parses, calls and prints.

Heavy packages are imported inside the commands so that ``--help`` answers at once.
Exit codes: 0 done, 1 the data or the plan has errors, 2 wrong usage, 3 no feasible plan.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner import __version__
from planner.errors import InfeasibleError, PlannerError, UsageError

if TYPE_CHECKING:
    from planner.domain import County
    from planner.scenario import Scenario

app = typer.Typer(
    name="planner",
    help="Plan a county's rural e-commerce network: county centre, township stations, village points, routes.\n\n"
    "COUNTY is a folder, or a name under data/geo such as xunhua.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"planner {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that come before any command."""


CountyName = Annotated[str, typer.Argument(metavar="COUNTY", help="A county folder, or a name under data/geo.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder for the result files; made if missing.")]
ScenarioFile = Annotated[Path | None, typer.Option("--scenario", help="Scenario file (TOML).")]
RadiusKm = Annotated[float | None, typer.Option("--radius-km", help="Coverage radius of a village in km.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one parameter, e.g. targets.villages=0.95. Repeatable."),
]


@app.command()
def check(
    county: CountyName,
    scenario: ScenarioFile = None,
    settings: Settings = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write one page with a map of the defects.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write the defects as a table.")
    ] = None,
    language: Annotated[str, typer.Option("--lang", help="Language of the page: zh or en.")] = "zh",
) -> None:
    """Read everything and list every defect with file, row and fix. Exit 1 on errors.

    The page opens from disk without any network, and is written for a county with errors too.
    """
    from planner.survey import inspect_county

    _check_language(language)
    files = [file for file in (html, csv) if file is not None]
    for file in files:
        _check_file(file)
    inspection = inspect_county(county, _scenario(scenario, None, settings))
    for line in inspection.lines():
        print(line)
    if files:
        from planner.export import write_file

        if html is not None:
            write_file(html, inspection.html(language).encode())
        if csv is not None:
            write_file(csv, inspection.csv())
        print(f"Written: {', '.join(map(str, files))}")
    if not inspection.can_be_planned:
        raise typer.Exit(1)


@app.command()
def solve(
    county: CountyName,
    out: OutFolder,
    scenario: ScenarioFile = None,
    radius_km: RadiusKm = None,
    settings: Settings = None,
    language: Annotated[str, typer.Option("--lang", help="Language of map and route sheets: zh or en.")] = "zh",
) -> None:
    """Place the three tiers, route them, and write tables, the weekly timetable, sheets for drivers, maps, summary.

    Exit 1 when the judge finds a broken rule, e.g. a station that no vehicle can reach within a shift.
    """
    from planner.export.text import summary_lines
    from planner.geodata import read_county
    from planner.pipeline import solve as solve_county

    _check_language(language)
    _check_out(out)
    chosen = _scenario(scenario, radius_km, settings)
    with _stages("Planning") as begin:
        begin("reading")
        solved = solve_county(read_county(county), chosen, progress=begin)
        begin("writing")
        paths = solved.write(out, language=language)
        begin("judging")
        violations = solved.violations
    for line in summary_lines(solved.county, solved.scenario, solved.plan, solved.evaluation):
        print(line)
    print(f"{len(solved.assumptions())} values in force are unverified assumptions (假设); summary.json lists them.")
    for note in (*solved.notes("zh"), *solved.notes("en")):
        print(note)
    _print_owed(solved.county)
    print(f"\n{len(paths)} files in {out}/: {', '.join(sorted(path.name for path in paths))}")
    for note in solved.run_notes:
        print(note, file=sys.stderr)
    for violation in violations:
        print(violation, file=sys.stderr)
    if violations:
        print(f"The plan breaks {len(violations)} rules of the scenario (above).", file=sys.stderr)
        raise typer.Exit(1)


@app.command()
def audit(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Result folder of `planner solve` or `planner frontier`.")
    ],
) -> None:
    """Recount every figure from the exported files and the county data alone. Exit 1 on any difference."""
    from planner.evaluate import FRONTIER_JSON, audit_frontier, recorded_county
    from planner.evaluate import audit as audit_folder
    from planner.geodata import read_county

    reports = []
    there = (directory / FRONTIER_JSON).exists()
    if there:
        reports.append(audit_frontier(directory, read_county(recorded_county(directory, FRONTIER_JSON))))
    if not there or (directory / "summary.json").exists():
        reports.append(audit_folder(directory, read_county(recorded_county(directory))))
    differences = [difference for report in reports for difference in report.differences]
    for difference in differences:
        print(difference)
    print(f"{sum(report.checked for report in reports)} figures and rules recounted, {len(differences)} differ.")
    if differences:
        raise typer.Exit(1)


@app.command()
def sweep(
    county: CountyName,
    out: OutFolder,
    radius_km: Annotated[str, typer.Option("--radius-km", help="first:last:step, e.g. 1:8:0.5, or a list.")],
    scenario: ScenarioFile = None,
    settings: Settings = None,
) -> None:
    """Solve at each radius: one row per radius in sweep.csv, and the trade-off picture sweep.png."""
    from planner.export.picture import has_cjk_font
    from planner.geodata import read_county
    from planner.sweep import parse_radii, sweep_notes, write_sweep
    from planner.sweep import sweep as sweep_county

    _check_out(out)
    radii = parse_radii(radius_km)
    chosen = _scenario(scenario, None, settings)
    read = read_county(county)
    with _stages("Sweep", total=len(radii)) as begin:
        rows = list(sweep_county(read, chosen, radii, progress=begin))
    paths = write_sweep(out, read, rows, "\n".join(sweep_notes(read, chosen, "zh" if has_cjk_font() else "en")))
    print("radius_km  villages  stations  minimum*  10k CNY/year  mean_access_m  status")
    for row in rows:
        minimum = "-" if row.minimum_stations is None else str(row.minimum_stations)
        access = "-" if row.mean_access_m is None else str(row.mean_access_m)
        print(
            f"{row.radius_km:9g}  {row.villages_covered:4d}/{row.villages:<3d}  {row.stations:8d}  {minimum:>8s}"
            f"  {row.station_cost_cny_per_year / 10_000:12.1f}  {access:>13s}  {row.status}"
        )
    if rows:
        print(f"* proven fewest stations for the {rows[0].common_villages} villages coverable at {radii[0]:g} km")
    for language in ("zh", "en"):
        for note in sweep_notes(read, chosen, language):
            print(note)
    _print_owed(read)
    print(f"Written: {', '.join(str(path) for path in paths)}")


@app.command()
def frontier(
    county: CountyName,
    out: OutFolder,
    scenario: ScenarioFile = None,
    radius_km: RadiusKm = None,
    settings: Settings = None,
    years: Annotated[int | None, typer.Option("--years", help="Years of building (3 if not given).")] = None,
    yearly_budget: Annotated[
        str | None,
        typer.Option(
            "--yearly-budget", metavar="CNY|A,B,C", help="New money of every year, or of each; else the plan's, split."
        ),
    ] = None,
    budgets: Annotated[
        str | None, typer.Option("--budgets", metavar="A:B:STEP", help="Only these budgets, or a list; in yuan.")
    ] = None,
    points: Annotated[
        int, typer.Option("--points", min=2, max=2000, help="Most points on the frontier; more are evenly thinned.")
    ] = 100,
) -> None:
    """Find what each further yuan covers (frontier.csv, .png), and in which year to build what (phases, years.csv).

    Exit 3, naming the least budget, when the money does not pay for the hard rules or the first year's not for the
    county centre.
    """
    from planner.build_order import parse_yearly_budgets
    from planner.export.picture import has_cjk_font
    from planner.export.text import frontier_lines
    from planner.frontier import parse_budgets, plan_frontier, write_frontier
    from planner.geodata import read_county

    _check_out(out)
    phasing = parse_yearly_budgets(yearly_budget, years)
    asked = None if budgets is None else parse_budgets(budgets)
    chosen = _scenario(scenario, radius_km, settings)
    if phasing:
        chosen = chosen.update({"phasing": phasing})
    read = read_county(county)
    with _stages("Frontier") as begin:
        found = plan_frontier(read, chosen, most_points=points, budgets_cny=asked, progress=begin)
    paths = write_frontier(out, found, "\n".join(found.notes("zh" if has_cjk_font() else "en")))
    for line in frontier_lines(found.points, found.order.years):
        print(line)
    for language in ("zh", "en"):
        for note in found.notes(language):
            print(note)
    _print_owed(read)
    print(f"Written: {', '.join(str(path) for path in paths)}")


@app.command()
def batch(
    counties: Annotated[list[str], typer.Argument(metavar="COUNTY...", help="County folders or names.")],
    out: OutFolder,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes at a time.")] = 1,
    scenario: ScenarioFile = None,
    radius_km: RadiusKm = None,
    settings: Settings = None,
) -> None:
    """Solve many counties; goes on past a failing one; a second run keeps what is done. Exit 1 if any failed."""
    from planner.batch import solve_batch, write_batch

    _check_out(out)
    chosen = _scenario(scenario, radius_km, settings)
    rows = []
    with _stages("Batch", total=len(counties)) as begin:
        for row in solve_batch(counties, chosen, out, workers=workers):
            begin(f"{row.county}: {row.outcome}")
            rows.append(row)
            if row.outcome == "failed":
                print(f"{row.county}: {row.error}", file=sys.stderr)
    print(f"Written: {write_batch(out, rows)}")
    if any(row.outcome == "failed" for row in rows):
        raise typer.Exit(1)


@app.command("import")
def import_(
    name: Annotated[str, typer.Option("--name", help="The county's official name.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="County folder to make, e.g. data/geo/NAME.")],
    name_in: Annotated[
        list[str] | None, typer.Option("--name-in", metavar="LANGUAGE=NAME", help="Its name in zh or en; repeatable.")
    ] = None,
    code: Annotated[str | None, typer.Option("--code", help="County code, 6 digits, e.g. 630225.")] = None,
    osm: Annotated[
        Path | None, typer.Option("--osm", help="OpenStreetMap extract: .osm.pbf, .osm, .osm.gz, .osm.bz2.")
    ] = None,
    osm_area: Annotated[
        str | None, typer.Option("--osm-area", help="The county in the extract, when --name is not its name there.")
    ] = None,
    place: Annotated[str | None, typer.Option("--place", help="Download this place from OpenStreetMap.")] = None,
    boundary: Annotated[Path | None, typer.Option("--boundary", help="Map with the county's polygon.")] = None,
    townships: Annotated[Path | None, typer.Option("--townships", help="Table or map of townships.")] = None,
    villages: Annotated[Path | None, typer.Option("--villages", help="Table or map of villages.")] = None,
    positions: Annotated[
        Path | None,
        typer.Option("--positions", help="Table or map with points of villages that --villages has without position."),
    ] = None,
    roads: Annotated[Path | None, typer.Option("--roads", help="Map of roads with a column for the class.")] = None,
    stations: Annotated[Path | None, typer.Option("--stations", help="Last year's outlets, or premises.")] = None,
    bus: Annotated[Path | None, typer.Option("--bus", help="Stops of bus lines in order.")] = None,
    elevation: Annotated[Path | None, typer.Option("--elevation", help="Raster of heights in metres.")] = None,
    datum: Annotated[
        list[str] | None,
        typer.Option("--datum", metavar="[ROLE=]DATUM", help="WGS84, CGCS2000, GCJ-02, BD-09 or EPSG:…; repeatable."),
    ] = None,
    column_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="[ROLE:]RAW=OURS", help="What a column means, e.g. 村名=name; - for nothing."),
    ] = None,
    encoding: Annotated[
        list[str] | None, typer.Option("--encoding", metavar="[ROLE=]NAME", help="Encoding of texts, e.g. gb18030.")
    ] = None,
    layer: Annotated[
        list[str] | None, typer.Option("--layer", metavar="ROLE=LAYER", help="Sheet or layer to read of a file.")
    ] = None,
    scenario: ScenarioFile = None,
    settings: Settings = None,
    county_seat: Annotated[
        str | None, typer.Option("--county-seat", help="Township of the county's seat, else OpenStreetMap's.")
    ] = None,
    people_per_building: Annotated[
        float | None, typer.Option("--people-per-building", help="Residents from OpenStreetMap's dwellings.")
    ] = None,
    assume_population: Annotated[
        int | None, typer.Option("--assume-population", help="Residents of a village that no source gives.")
    ] = None,
    township_level: Annotated[
        int | None, typer.Option("--township-level", help="admin_level of townships in OpenStreetMap.")
    ] = None,
    settlements: Annotated[
        str, typer.Option("--settlements", help="Values of place=* that are villages.")
    ] = "village,hamlet,suburb",
    urban: Annotated[
        str, typer.Option("--urban", help="Values of place=* kept as residents' committees; '' for none.")
    ] = "town,city",
    source: Annotated[list[str] | None, typer.Option("--source", metavar="[ROLE=]TEXT", help="Citation.")] = None,
    licence: Annotated[list[str] | None, typer.Option("--licence", metavar="[ROLE=]TEXT")] = None,
    vintage: Annotated[list[str] | None, typer.Option("--vintage", metavar="[ROLE=]TEXT")] = None,
    provenance: Annotated[
        list[str] | None, typer.Option("--provenance", metavar="[ROLE=]WORD", help="real, derived or synthetic.")
    ] = None,
    drop_outside: Annotated[
        bool, typer.Option("--drop-outside", help="Leave out points outside the boundary, and list them.")
    ] = False,
    drop_islands_km: Annotated[
        float,
        typer.Option("--drop-islands-km", min=0, help="Leave out unconnected parts of the roads up to this length."),
    ] = 0.0,
    join_within_m: Annotated[
        float, typer.Option("--join-within-m", min=0, max=50, help="Move ends that stop so near a road onto it.")
    ] = 0.0,
    node_crossings: Annotated[
        bool, typer.Option("--node-crossings", help="Join roads that cross without a common vertex, bridges too.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of an earlier import.")] = False,
) -> None:
    """Make a county folder of raw files and OpenStreetMap. Exit 1, with nothing written, when data is wrong.

    ROLE is boundary, townships, villages, roads, stations, bus or positions; without it an option counts for every
    file.
    """
    from planner.geodata.intake import ImportRequest, import_county
    from planner.geodata.intake import request as asked
    from planner.geodata.intake.aliases import Role

    files = {
        Role.BOUNDARY: boundary, Role.TOWNSHIPS: townships, Role.VILLAGES: villages,
        Role.ROADS: roads, Role.STATIONS: stations, Role.BUS: bus,
        Role.POSITIONS: positions,
    }  # fmt: skip
    common, single = asked.parse_datums(datum or ())
    citations = asked.parse_citations(source or (), licence or (), vintage or (), provenance or ())
    wanted = ImportRequest(
        name=name, out=out, files={role: path for role, path in files.items() if path is not None}, code=code,
        osm=osm, osm_area=osm_area, place=place, elevation=elevation, datum=common, datums=single,
        maps=asked.parse_maps(column_map or ()), encodings=asked.parse_by_role(encoding or (), "--encoding"),
        layers=asked.parse_layers(layer or ()), candidates=_scenario(scenario, None, settings).candidates,
        county_seat=county_seat, names=asked.parse_names(name_in or ()),
        people_per_building=people_per_building, assume_population=assume_population,
        township_level=township_level, settlements=asked.parse_places(settlements),
        urban=asked.parse_places(urban), citations=citations, drop_outside=drop_outside,
        drop_islands_km=drop_islands_km, join_within_m=join_within_m,
        node_crossings=node_crossings, replace=replace,
    )  # fmt: skip
    with _stages("Import") as begin:
        report = import_county(wanted, begin)
    for line in report.lines():
        print(line)
    if not report.written:
        raise typer.Exit(1)


@app.command()
def synth(
    county: Annotated[str, typer.Argument(metavar="NAME", help="An embedded county: xunhua or xihe.")],
    out: Annotated[Path, typer.Option("--out", help="Data folder: geo/NAME and stations/NAME.csv go into it.")],
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Another seed makes another county.")] = None,
) -> None:
    """Make a county's synthetic layers on its real boundary, townships, names and codes; labelled synthetic."""
    from planner.geodata import county_folder
    from planner.synth import build_synthetic_layers, read_real_layers, write_county
    from planner.synth.recipes import RECIPES

    names = sorted(recipe.folder for recipe in RECIPES.values())
    if county not in names:
        raise UsageError(f"county {county!r} cannot be made; there are recipes for {', '.join(names)}")
    with _stages("Making") as begin:
        begin(county)
        real = read_real_layers(county_folder(county))
        paths = write_county(out, real, build_synthetic_layers(real, seed), seed)
    for path in paths:
        print(path)


def main() -> None:
    """Run the command line; every deliberate error becomes its text on stderr and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows no Chinese shows its codes rather than ending the run.
            stream.reconfigure(errors="backslashreplace")
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no hang-up
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            # Told to end, the run cleans up behind it as after Ctrl-C: no half-written folder stays.
            signal.signal(number, _stop)
    try:
        app()
    except PlannerError as error:
        print(error, file=sys.stderr)
        if isinstance(error, InfeasibleError):
            print("\n".join(line.zh for line in error.lines()), file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Whoever read our output has gone; point stdout away so that the interpreter's last flush is quiet too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        print(f"the file system refused: {error}", file=sys.stderr)
        sys.exit(1)


def _stop(number: int, _: object) -> None:
    sys.exit(128 + number)


def _print_owed(county: County) -> None:
    """One line naming whom the county's data is owed to, which must stand on whatever is made of it."""
    from planner.domain.attribution import attributions

    owed = attributions(county)
    if owed:
        print(f"Data: {'; '.join(owed)}")


def _check_out(out: Path) -> Path:
    """``out`` when a folder of results can be written there; asked before any long work. Raises UsageError."""
    if out == Path():
        raise UsageError("--out: name a folder of its own for the result files, e.g. --out out")
    taken = next((path for path in (out, *out.parents) if path.exists()), Path())
    if not taken.is_dir():
        raise UsageError(f"--out {out}: {taken} is not a folder; name another")
    if not os.access(taken, os.W_OK):
        raise UsageError(f"--out {out}: nothing can be written into {taken}; name another folder")
    return out


def _check_language(language: str) -> None:
    if language not in ("zh", "en"):
        raise typer.BadParameter("zh or en", param_hint="--lang")


def _check_file(file: Path) -> None:
    """Whether ``file`` can be written; asked before any long work. Raises UsageError."""
    if not file.name or file.is_dir():
        raise UsageError(f"{file}: is a folder; name a file")
    taken = next(path for path in file.absolute().parents if path.exists())
    if not taken.is_dir() or not os.access(taken, os.W_OK):
        raise UsageError(f"{file}: nothing can be written into {taken}; name another folder")


def _scenario(file: Path | None, radius_km: float | None, settings: list[str] | None) -> Scenario:
    from planner.scenario import Scenario

    chosen = Scenario() if file is None else Scenario.from_toml(file)
    changes = [] if radius_km is None else [f"radius_km={radius_km!r}"]
    return chosen.with_settings([*changes, *(settings or [])])


@contextmanager
def _stages(title: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """A progress bar on a terminal, one plain line per stage elsewhere (stderr, so that output can be piped)."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:

        def plain(stage: str) -> None:
            print(f"{title}: {stage}", file=sys.stderr, flush=True)

        yield plain
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total)

        def step(stage: str) -> None:
            bar.update(task, description=f"{title}: {stage}", advance=1)

        yield step


if __name__ == "__main__":
    main()
