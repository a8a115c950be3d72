"""Pictures for reports, drawn by matplotlib without a screen."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CJK_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "WenQuanYi Micro Hei",
)
"""Fonts with Chinese characters, best first; the first one installed is used."""
LATIN_LINE, CHINESE_LINE = 150, 80
"""Characters in a line of the smallest print."""


def has_cjk_font() -> bool:
    """Whether any of `CJK_FONTS` is installed."""
    return _cjk_font() is not None


def sweep_picture(table: pd.DataFrame, path: Path, *, title: str, note: str, owed: Sequence[str] = ()) -> None:
    """Draw coverage, stations and yearly cost against the radius, as PNG.

    ``table`` has the columns of ``planner.sweep.SweepRow``. Without a Chinese font the labels are English
    only and ``title`` is left out, rather than printing empty boxes. Below stand
    ``note`` and whom the data is ``owed`` to.
    """
    radius = table["radius_km"]
    panels = (
        ("Villages covered", "覆盖建制村", table["villages_covered"], table["villages"]),
        ("Stations opened", "站点数", table["stations"], None),
        ("Station cost, 10,000 CNY/year", "站点年成本(万元)", table["station_cost_cny_per_year"] / 10_000, None),
    )

    def draw(figure: Figure, chinese: bool) -> None:
        for axes, (english, zh, values, ceiling) in zip(figure.subplots(1, 3), panels, strict=True):
            axes.plot(radius, values, marker="o", markersize=3, color="#0b6e99")
            if ceiling is not None:
                axes.plot(radius, ceiling, linestyle="--", color="#888888", linewidth=1)
            axes.set_title(f"{zh}\n{english}" if chinese else english, fontsize=10)
            axes.set_xlabel("覆盖半径 coverage radius, km" if chinese else "coverage radius, km", fontsize=9)
            top = float((values if ceiling is None else ceiling).max())
            axes.set_ylim(0, max(1.0, top * 1.08))
            axes.grid(alpha=0.3)

    _save(draw, path, title=title, note=note, owed=owed)


def frontier_picture(
    points: pd.DataFrame, years: pd.DataFrame, path: Path, *, title: str, note: str, owed: Sequence[str] = ()
) -> None:
    """Draw coverage and the price of a further village against the investment, and coverage year by year, as PNG.

    ``points`` and ``years`` have the columns of ``frontier.csv`` and ``years.csv``; else as `sweep_picture`.
    """
    proven = points[points["kind"] == "frontier"]
    plan = points[points["kind"] == "plan"]
    priced = proven[proven["marginal_cny_per_village"].notna()]

    def draw(figure: Figure, chinese: bool) -> None:
        def heads(axes: Axes, title: tuple[str, str], below: tuple[str, str]) -> None:
            axes.set_title("\n".join(title) if chinese else title[1], fontsize=10)
            axes.set_xlabel(" ".join(below) if chinese else below[1], fontsize=9)
            axes.grid(alpha=0.3)
            if axes.get_legend_handles_labels()[1]:
                axes.legend(fontsize=7, loc="lower right")

        def called(zh: str, english: str) -> str:
            return f"{zh} {english}" if chinese else english

        money = ("投资(万元)", "investment, 10,000 CNY")
        covered, price, by_year = figure.subplots(1, 3)
        covered.step(_ten_thousands(proven["budget_cny"]), proven["villages_covered"].astype(float), where="post",
                     marker="o", markersize=3, color="#0b6e99")  # fmt: skip
        if len(plan):
            covered.plot(_ten_thousands(plan["budget_cny"]), plan["villages_covered"].astype(float), marker="D",
                         linestyle="", markersize=5, color="#d1495b",
                         label=called("无预算上限的方案", "plan without a budget"))  # fmt: skip
        covered.axhline(float(points["villages"].max()), linestyle="--", color="#888888", linewidth=1)
        heads(covered, ("覆盖建制村", "Villages covered"), money)
        price.plot(_ten_thousands(priced["budget_cny"]), _ten_thousands(priced["marginal_cny_per_village"]),
                   marker="o", markersize=3, color="#0b6e99")  # fmt: skip
        price.set_ylim(bottom=0)
        heads(price, ("每多覆盖一村的投资(万元)", "10,000 CNY per further village"), money)
        names = years["year"].astype(str).to_list()
        by_year.bar(names, years["villages_covered"].astype(float), color="#8fc1d4")
        by_year.plot(names, years["own_optimum_villages"].astype(float), marker="_", markersize=16, linestyle="",
                     markeredgewidth=2, color="#d1495b",
                     label=called("同等资金下的最优", "year's own optimum"))  # fmt: skip
        by_year.set_ylim(0, max(1.0, float(points["villages"].max()) * 1.08))
        heads(by_year, ("分年覆盖建制村", "Villages covered by year"), ("年份", "year"))

    _save(draw, path, title=title, note=note, owed=owed)


def _ten_thousands(values: pd.Series[float]) -> pd.Series[float]:
    return values.astype(float) / 10_000


def _save(draw: Callable[[Figure, bool], None], path: Path, *, title: str, note: str, owed: Sequence[str]) -> None:
    """Let ``draw`` fill a figure (told whether there is a Chinese font), put title, note and attributions, and save."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    font = _cjk_font()
    family = [font, "DejaVu Sans"] if font else ["DejaVu Sans"]
    with rc_context({"font.family": family, "axes.unicode_minus": False}):
        credit = _credit_lines([name for name in owed if font or _is_latin(name)])
        figure = Figure(figsize=(10, 4.2), dpi=120, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure, font is not None)
        figure.suptitle(title if font else "")
        # Empty lines below the note keep the layout clear of the attributions, which are in smaller print.
        said = (note if font or note.isascii() else "") + "\n" * len(credit)
        figure.supxlabel(said, fontsize=8, color="#a33c00")
        figure.text(0.99, 0.006, "\n".join(credit), ha="right", va="bottom", fontsize=6.5, color="#444444")
        figure.savefig(path, format="png", metadata={"Software": None})


def _credit_lines(owed: Sequence[str]) -> list[str]:
    """Whom the data is owed to, as lines that fit below everything else."""
    text = "Data: " + " · ".join(owed)
    return textwrap.wrap(text, LATIN_LINE if _is_latin(text) else CHINESE_LINE) if owed else []


def _is_latin(text: str) -> bool:
    return all(ord(character) < 256 for character in text)


def _cjk_font() -> str | None:
    from matplotlib.font_manager import fontManager

    installed = {entry.name for entry in fontManager.ttflist}
    return next((name for name in CJK_FONTS if name in installed), None)
