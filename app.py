"""The planner's app: `streamlit run app.py`. Page set-up and navigation only."""

from __future__ import annotations

import streamlit as st

from planner.ui import plan_page

st.set_page_config(page_title="农村电商物流网络规划 Rural network planner", page_icon="📦", layout="wide")
st.navigation([st.Page(plan_page.show, title="规划 Plan", url_path="plan", default=True)], position="hidden").run()
