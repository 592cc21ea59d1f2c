"""Chất lượng dữ liệu: nguồn nào đến đúng hẹn, dòng nào bị từ chối, số này từ tệp nào."""

import streamlit as st

from components import provenance
from components.screen import open_page

screen = open_page("data_quality")
screen.head()
if figure := st.query_params.get("figure"):
    provenance.traced(screen, figure)
elif source := provenance.source_list(screen):
    provenance.deliveries(screen, source)
