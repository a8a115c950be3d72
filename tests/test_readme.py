"""What the README shows is what the program prints."""

import re
import runpy

import pytest

from planner.export.text import summary_lines


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_shown_output_is_the_real_one(repository, xunhua_plan, name):
    shown = re.search(r"```text\n(.*?)\n```", (repository / name).read_text("utf-8"), re.DOTALL)[1]
    plan = xunhua_plan
    assert shown.splitlines() == list(summary_lines(plan.county, plan.scenario, plan.plan, plan.evaluation))


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_every_path_it_names_exists(repository, name):
    text = (repository / name).read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    named = [path for path in re.findall(r"`((?:planner|data|tools|docs)/[^`<]*)`", text) if "*" not in path]
    for path in [*links, *named]:
        assert (repository / path).exists(), path


def test_every_command_it_names_exists(repository):
    text = (repository / "README.md").read_text("utf-8")
    targets = set(re.findall(r"^(\w[\w-]*):", (repository / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", text)) <= targets


def test_the_parameters_page_is_up_to_date(repository):
    tool = runpy.run_path(str(repository / "tools" / "parameters_doc.py"))
    written = (repository / "docs" / "parameters.md").read_text("utf-8")
    assert written == tool["document"](), "run python tools/parameters_doc.py"
