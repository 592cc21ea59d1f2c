"""Cảnh báo: cảnh báo nào đang mở, từ bao giờ, ai đã tiếp nhận."""

from components import alert_list
from components.screen import open_page

screen = open_page("alerts")
screen.head()
alert_list.open_list(screen)
alert_list.past_list(screen)
