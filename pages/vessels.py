"""Tàu cá: tàu nào mất kết nối, tàu nào gần hoặc vượt đường phân định, gọi tàu nào trước."""

from components import vessel_view, vessels
from components.screen import open_page
from config.locale import say

screen = open_page("vessels")
say_it = screen.language
if number := vessels.asked_for():
    vessel_view.vessel_view(screen, number)
else:
    screen.head(main="vessel_lost_6h", place=True, choices=vessels.choices(say_it))
    fleet = vessels.fleet_of(screen)
    screen.strip("vessel_lost_6h", "vessel_lost_10d", "vessel_at_line", "vessel_at_sea", last=10, grain="day")

    left, middle, right = screen.columns("why_map_worst")
    with left:
        screen.attention(3)
        vessels.by_state(screen, fleet)
    with middle:
        vessels.sea_map(screen, fleet)
    with right:
        vessels.call_first(screen, fleet)
    vessels.duty_list(screen, fleet)

    screen.strip("vessel_connected_share", "vessel_wrong_zone", "vessel_vms_share", "vessel_licence_expired", last=1)
    left, right = screen.columns("two")
    with left:
        vessels.by_commune(screen)
    with right:
        vessels.by_class(screen)
        screen.trend("vessel_lost_6h", 10, "day", say("vessels_page.lost_trend", say_it), width=548, height=170)
        screen.trend("vessel_positions", 30, "day", say("vessels_page.positions_trend", say_it), width=548, height=190,
                     place=None, where=None)
    vessels.ports(screen)
