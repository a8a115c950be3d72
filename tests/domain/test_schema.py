"""The schema and the vocabulary say the same words."""

import pytest

from planner.domain import Broadband, Host, PlaceKind, RoadClass, SiteStatus, Surface, Tier, schema


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        (schema.SITES, "host", {host.value for host in Host}),
        (schema.SITES, "status", {status.value for status in SiteStatus}),
        (schema.SITES, "max_tier", {tier.word for tier in Tier}),
        (schema.SITES, "broadband", {broadband.value for broadband in Broadband}),
        (schema.VILLAGES, "kind", {kind.value for kind in PlaceKind}),
        (schema.ROADS, "road_class", {road_class.value for road_class in RoadClass}),
        (schema.ROADS, "surface", {surface.value for surface in Surface}),
    ],
)
def test_choices_are_the_members_of_the_enum(table, column, words):
    assert set(table.column(column).choices) == words


@pytest.mark.parametrize(
    "table",
    [*schema.INPUT_TABLES, *schema.RESULT_TABLES, *schema.FRONTIER_TABLES],
    ids=lambda table: table.name,
)
def test_a_table_names_each_column_once(table):
    assert len(set(table.names)) == len(table.names)


def test_an_unknown_column_is_an_error():
    with pytest.raises(KeyError):
        schema.SITES.column("no such column")
