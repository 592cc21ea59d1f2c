"""Cảnh báo: cảnh báo nào đang mở, từ bao giờ, ai đã tiếp nhận; của đơn vị mình trước."""

from components import alert_list
from components.screen import open_page

screen = open_page("alerts")
screen.head()
asked = alert_list.filters(screen)
alert_list.open_list(screen, asked)
alert_list.past_list(screen, asked)
