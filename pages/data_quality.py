"""Chất lượng dữ liệu: nguồn nào đến đúng hẹn, dòng nào bị từ chối, số này từ tệp nào."""

import streamlit as st

from components import provenance
from components.screen import open_page

screen = open_page("data_quality")
screen.head()
figure, source = st.query_params.get("figure"), st.query_params.get("source")
if figure or source:
    provenance.way_back(screen)
if figure:
    provenance.traced(screen, figure)
elif source:
    provenance.deliveries(screen, source)
else:
    provenance.source_list(screen)
