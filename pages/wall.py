"""Màn hình lớn: các cảnh tự luân phiên, cảnh báo chen ngang, điều khiển từ điện thoại."""

from components import wall
from components.screen import open_page

wall.show(open_page("wall"))
