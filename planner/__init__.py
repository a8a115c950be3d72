"""Plans a county's rural e-commerce network: county centre, township stations, village points, and the routes.

>>> from planner import read_county, Scenario, solve
>>> plan = solve(read_county("xunhua"), Scenario(radius_km=2.5))
>>> plan.write("out/")  # doctest: +SKIP
"""
