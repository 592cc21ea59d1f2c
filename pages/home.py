"""Tổng quan: hôm nay cần xử lý gì, và từng lĩnh vực đang ra sao."""

from components import overview
from components.screen import open_page

screen = open_page("home")
overview.headline(screen)
overview.fields(screen)
