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
    screen.trend("tour_stay", 13, title=say("tourism.stay", lang), width=420)
with middle:
    screen.map_of_communes("tour_room_use", (20, 40, 60, 80))
with right:
    screen.worst("tour_room_use", title=say("tourism.emptiest", lang))

screen.strip("tour_plan_pct", "tour_arrivals_yoy", "tour_foreign_share", "tour_foreign_revenue", place=None)
left, right = screen.columns("two")
with left:
    screen.compare(["tour_arrivals_year", "tour_foreign_year", "tour_revenue_year", "tour_spend"], "time",
                   say("tourism.years", lang), key="years", height="auto", last=2, place=None,
                   titles=["tourism.visits", "tourism.foreign", "tourism.revenue", "tourism.spend"])
with right:
    screen.ranked("tour_guests", "kind", say("tourism.kinds", lang), width=548)
screen.compare(["tour_establishments", "tour_rooms", "tour_guests", "tour_nights", "tour_stay", "tour_room_use",
                "tour_rooms_free"], "place", say("tourism.communes", lang), worst="tour_room_use",
               titles=["columns.establishments", "columns.guest_rooms", "tourism.guests", "columns.guest_nights",
                       "tourism.length", "tourism.use", "tourism.free"], with_units=False)
