"""Y tế: có dịch bệnh nào đang bắt đầu ở đâu không."""

from components.screen import open_page

screen = open_page("health")
screen.head(main="hlt_signals")
