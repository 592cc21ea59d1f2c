"""Du lịch, lưu trú: khách ở lại bao lâu, và nơi nào còn phòng."""

from components.screen import open_page
from config.locale import say

screen = open_page("tourism")
lang = screen.language
screen.head(main="tour_arrivals", place=True)
screen.strip("tour_arrivals", "tour_foreign", "tour_revenue", "tour_spend", place=None)
screen.strip("tour_stay", "tour_room_use", "tour_rooms_free", "tour_guests")

left, middle, right = screen.columns("why_map_worst")
with left:
    screen.attention(4)
    screen.ranked("tour_guests", "kind", say("tourism.kinds", lang))
with middle:
    screen.map_of_communes("tour_room_use", (0, 20, 40, 60, 80, 100))
with right:
    screen.ranked("tour_rooms_free", "place", say("tourism.rooms_free", lang), place=None)

screen.strip("tour_plan_pct", "tour_arrivals_yoy", "tour_foreign_share", "tour_foreign_revenue", place=None)
left, right = screen.columns("two")
with left:
    screen.trend("tour_stay", 13, title=say("tourism.nights", lang), width=548)
with right:
    screen.trend("tour_arrivals_month", 24, place=None, width=548)
screen.compare(["tour_establishments", "tour_rooms", "tour_guests", "tour_nights", "tour_stay", "tour_room_use",
                "tour_rooms_free"], "place", say("tourism.communes", lang))
