"""Cổng thông tin điện tử: cổng nào ngừng chạy hoặc cũ."""

from components.screen import open_page

screen = open_page("portals")
