"""Tổng quan: hôm nay cần xử lý gì, và mười ba lĩnh vực đang ra sao."""

from components import overview
from components.screen import open_page

screen = open_page("home")
overview.headline(screen)
overview.thirteen(screen)
