"""Cổng thông tin điện tử: cổng nào ngừng chạy hoặc cũ."""

from components import portal_view, portals
from components.screen import open_page

screen = open_page("portals")
if name := portals.asked_for():
    portal_view.portal_view(screen, name)
else:
    screen.head(main="web_dead_or_dated", place=True, agency="department")
    board = portals.board_of(screen)
    portals.strip(screen)

    left, middle, right = screen.columns("why_map_worst")
    with left:
        portals.grid(screen, board)
        screen.attention(4)
    with middle:
        portals.commune_map(screen, board)
        portals.coverage(screen)
    with right:
        portals.worst(screen)

    portals.second_strip(screen)
    left, right = screen.columns("two")
    with left:
        portals.response(screen)
        portals.headers(screen)
    with right:
        portals.paint(screen)
        portals.stops(screen)
    portals.duties(screen)
    portals.matrix(screen, board)
    portals.league(screen)
    portals.portals(screen, board)
    portals.looks(screen)
