"""Điều khiển màn hình lớn từ điện thoại: đang chiếu gì, tiếp theo chiếu gì, và chế độ vận hành."""

from components.screen import open_page
from components.wall import remote

screen = open_page("wall_remote")
screen.head()
remote.steering(screen)
remote.operating_mode(screen)
