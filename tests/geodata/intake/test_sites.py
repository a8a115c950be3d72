"""The list of candidate sites: what is listed, what is proposed, and which tiers it can carry."""

from __future__ import annotations

from planner.domain import Broadband, Host, SiteStatus, Tier
from planner.scenario import Candidates


def by_name(raw):
    return {site.name: site for site in raw.read().sites}


def reviewed(raw, kind):
    return [row for row in raw.review() if row["kind"] == kind]


def test_listed_rows_with_a_tier_are_working_outlets(raw):
    raw.run()
    sites = by_name(raw)
    assert sites["积石邮政所"].status is SiteStatus.EXISTING
    assert sites["积石邮政所"].existing_tier is Tier.COUNTY
    assert sites["白庄供销社"].existing_tier is Tier.TOWNSHIP


def test_rows_to_be_retrofitted_or_built_are_candidates(raw):
    raw.stations = (
        "站点名称,建设方式,级别,依托资源,经度,纬度\n"
        "积石邮政所,已建,县,邮政所,102.101,35.7005\n"
        "白庄供销社,改造,,供销社,102.2005,35.70\n"
        "加入点,新建,村,村委会,102.21,35.701\n"
    )
    assert raw.run().errors == ()
    sites = by_name(raw)
    assert (sites["白庄供销社"].status, sites["白庄供销社"].max_tier) == (SiteStatus.RETROFIT, Tier.TOWNSHIP)
    assert (sites["加入点"].status, sites["加入点"].max_tier) == (SiteStatus.NEW, Tier.VILLAGE)
    assert sites["加入点"].existing_tier is None


def test_a_working_outlet_without_tier_is_an_error(raw):
    raw.stations = "站点名称,状态,级别,依托资源,经度,纬度\n积石邮政所,已建,,邮政所,102.101,35.7005\n"
    assert [defect.code for defect in raw.run().errors] == ["existing-tier"]


def test_a_host_is_told_from_the_name_and_noted(raw):
    raw.maps = ("依托资源=-",)
    assert raw.run().errors == ()
    assert by_name(raw)["白庄供销社"].host is Host.SUPPLY_COOP
    assert len(reviewed(raw, "host")) == 2


def test_a_host_that_nothing_tells_is_an_error(raw):
    raw.maps = ("依托资源=-",)
    raw.swap("stations", "白庄供销社", "白庄网点")
    assert [defect.code for defect in raw.run().errors] == ["host-unknown"]


def test_a_village_with_nothing_near_gets_a_proposal_at_its_point(raw):
    raw.run()
    site = by_name(raw)["加入村（拟设）"]
    assert (site.status, site.host, site.max_tier) == (SiteStatus.NEW, Host.VILLAGE_COMMITTEE, Tier.VILLAGE)
    assert site.village_code == "630225101200"
    assert {row["name"] for row in reviewed(raw, "new-site")} >= {"加入村（拟设）"}


def test_no_proposal_where_a_facility_is_near_enough(raw):
    raw.options["candidates"] = Candidates(new_site_beyond_m=100_000)
    raw.run()
    assert not any("拟设" in name for name in by_name(raw))


def test_a_seat_without_premises_for_a_station_gets_a_proposal(raw):
    raw.swap("stations", "白庄供销社,乡,供销社", "白庄小卖部,村,便利店")
    raw.run()
    site = by_name(raw)["白庄镇（拟设）"]
    assert (site.host, site.max_tier) == (Host.NEW_BUILDING, Tier.TOWNSHIP)
    assert (site.lon, site.lat) == (102.20, 35.70)


def test_premises_far_from_the_seat_do_not_count(raw):
    raw.swap("stations", "102.2005,35.70,", "102.30,35.70,")
    raw.run()
    assert "白庄镇（拟设）" in by_name(raw)


def test_a_site_stands_in_the_nearest_village_of_its_township(raw):
    raw.run()
    sites = by_name(raw)
    assert sites["积石邮政所"].village_code == "630225100200"
    assert sites["白庄供销社"].village_code == "630225101200"


def test_an_empty_village_cell_means_none(raw):
    raw.stations = raw.stations.replace(",宽带", ",宽带,所在村").replace(",有", ",有,").replace(",可装", ",可装,加入村")
    raw.run()
    sites = by_name(raw)
    assert sites["积石邮政所"].village_code is None
    assert sites["白庄供销社"].village_code == "630225101200"


def without_county_outlet(raw):
    raw.swap("stations", ",县,", ",乡,")


def test_an_unknown_county_seat_lets_every_station_site_carry_the_centre_and_says_so(raw):
    without_county_outlet(raw)
    report = raw.run()
    assert {site.name for site in raw.read().sites if site.max_tier is Tier.COUNTY} == {"积石邮政所", "白庄供销社"}
    assert any("--county-seat" in fact for fact in report.facts)


def test_in_a_known_seat_only_its_fit_hosts_carry_the_centre(raw):
    without_county_outlet(raw)
    raw.options["county_seat"] = "积石"
    raw.run()
    assert {site.name for site in raw.read().sites if site.max_tier is Tier.COUNTY} == {"积石邮政所"}


def test_the_largest_township_is_the_seat_when_residents_are_known(raw):
    without_county_outlet(raw)
    raw.townships = raw.townships.replace(",纬度", ",纬度,总人口").replace("35.70\n", "35.70,500\n", 1)
    raw.townships = raw.townships.rstrip() + ",9000\n"
    raw.run()
    assert {site.name for site in raw.read().sites if site.max_tier is Tier.COUNTY} == {"白庄供销社"}


def test_a_seat_without_fit_premises_gets_a_new_building(raw):
    raw.stations = None
    raw.options["county_seat"] = "积石镇"
    assert raw.run().errors == ()
    (site,) = [site for site in raw.read().sites if site.max_tier is Tier.COUNTY]
    assert (site.host, site.status, site.township_code) == (Host.NEW_BUILDING, SiteStatus.NEW, "630225100")


def test_a_seat_that_is_no_township_is_an_error(raw):
    raw.options["county_seat"] = "西宁"
    (defect,) = raw.run().errors
    assert defect.code == "county-seat"
    assert "积石镇, 白庄镇" in defect.fix


def test_broadband_that_no_source_tells_is_assumed_and_said(raw):
    raw.maps = ("宽带=-",)
    raw.options["candidates"] = Candidates(broadband=Broadband.NONE)
    report = raw.run()
    assert {site.broadband for site in raw.read().sites} == {Broadband.NONE}
    assert [defect.code for defect in report.warnings if defect.column == "broadband"] == ["assumed-broadband"]
    assert "no source says" in raw.read().layer("sites").columns["broadband"].text


def test_ids_repeated_are_an_error_with_both_rows(raw):
    raw.stations = (
        raw.stations.replace(
            "站点名称",
            "站点编码,站点名称",
        )
        .replace("积石邮", "S1,积石邮")
        .replace("白庄供", "S1,白庄供")
    )
    (defect,) = raw.run().errors
    assert (defect.code, defect.row) == ("duplicate-id", 3)
    assert "row 2" in defect.message


def test_columns_stay_with_their_rows_when_others_are_left_out(raw):
    raw.stations = (
        raw.stations.replace(",宽带", ",宽带,乡镇").replace(",有", ",有,积石镇").replace(",可装", ",可装,白庄镇")
    )
    raw.swap("stations", "102.101,35.7005", "112.101,35.7005")
    raw.options["drop_outside"] = True
    assert raw.run().errors == ()
    assert by_name(raw)["白庄供销社"].township_code == "630225101"


def test_a_township_name_that_fits_none_is_an_error(raw):
    raw.stations = (
        raw.stations.replace(",宽带", ",宽带,乡镇").replace(",有", ",有,积石镇").replace(",可装", ",可装,街子镇")
    )
    (defect,) = raw.run().errors
    assert (defect.code, defect.row) == ("unknown-township", 3)


def test_a_village_name_that_fits_none_is_noted(raw):
    raw.stations = (
        raw.stations.replace(",宽带", ",宽带,所在村").replace(",有", ",有,北街村").replace(",可装", ",可装,加入村")
    )
    assert raw.run().errors == ()
    (row,) = reviewed(raw, "village-of-site")
    assert (row["name"], row["row"]) == ("积石邮政所", "2")


def test_a_village_of_another_township_is_an_error(raw):
    raw.stations = raw.stations.replace(",宽带", ",宽带,乡镇代码,村代码")
    raw.stations = raw.stations.replace(",有", ",有,630225101,630225100200").replace(",可装", ",可装,,")
    (defect,) = raw.run().errors
    assert (defect.code, defect.row) == ("township-not-prefix", 2)


def test_a_tier_above_the_highest_is_an_error(raw):
    raw.stations = raw.stations.replace(",宽带", ",宽带,可设层级").replace(",有", ",有,乡").replace(",可装", ",可装,")
    (defect,) = raw.run().errors
    assert (defect.code, defect.row) == ("existing-tier", 2)


def test_a_county_whose_lists_do_not_speak_of_4g_leaves_it_unknown(raw):
    raw.run()
    assert {site.mobile_4g for site in raw.read().sites} == {None}


def test_4g_and_what_connecting_costs_are_read_where_they_are_stated(raw):
    raw.stations = (
        "站点名称,建设方式,级别,依托资源,经度,纬度,4G信号,通网费用（元）\n"
        "积石邮政所,已建,县,邮政所,102.101,35.7005,有,\n"
        '白庄供销社,改造,,供销社,102.2005,35.70,未通,"12,000"\n'
        "加入点,新建,村,村委会,102.21,35.701,,\n"
    )
    assert raw.run().errors == ()
    stated = {name: (site.mobile_4g, site.connect_cost_cny) for name, site in by_name(raw).items()}
    assert stated["积石邮政所"] == (True, None)
    assert stated["白庄供销社"] == (False, 12_000)
    assert stated["加入点"] == (None, None)


def test_a_word_for_4g_that_nobody_knows_is_an_error(raw):
    raw.stations = "站点名称,状态,级别,依托资源,经度,纬度,4G\n积石邮政所,已建,县,邮政所,102.101,35.7005,时有时无\n"
    assert [defect.code for defect in raw.run().errors] == ["unknown-word"]


def test_cold_stores_are_read_under_their_chinese_names(raw):
    raw.stations = (
        "站点名称,建设方式,级别,依托资源,经度,纬度,冷藏容积（m³）\n"
        '积石邮政所,已建,县,邮政所,102.101,35.7005,"1,200"\n'
        "白庄供销社,改造,,供销社,102.2005,35.70,\n"
    )
    assert raw.run().errors == ()
    assert {name: site.cold_store_m3 for name, site in by_name(raw).items() if site.cold_store_m3} == {
        "积石邮政所": 1200
    }


def test_a_list_without_cold_stores_makes_a_file_without_their_column(raw):
    raw.run()
    assert not any(site.cold_store_m3 for site in raw.read().sites)
