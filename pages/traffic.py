"""Giao thông, trật tự: ai chết ở đâu, camera thấy rồi thì sau đó ra sao, an ninh trật tự và đường đi lúc này."""

from components import traffic, traffic_lists, traffic_map
from components.screen import open_page

screen = open_page("traffic")
screen.head(main="trf_deaths", periods="report_month", place=True)
traffic.strip(screen)

left, middle, right = screen.columns("why_map_worst")
with left:
    traffic.funnel(screen)
    screen.attention(3)
with middle:
    traffic_map.accident_map(screen)
with right:
    traffic.worst_spots(screen)

screen.strip("trf_verified_pct", "trf_paid_pct", "trf_fines_bn", "trf_alcohol")
left, right = screen.columns("two")
with left:
    traffic.kinds(screen)
    traffic.hours(screen)
with right:
    traffic.communes(screen)
screen.strip("trf_crimes", "trf_clearance_pct", "trf_fires", "trf_fire_deaths")
left, right = screen.columns("two")
with left:
    traffic.order(screen)
with right:
    traffic.fires(screen)
traffic.situations(screen)
traffic.league(screen)
traffic_lists.accidents(screen)
traffic_lists.violations(screen)
traffic.published(screen)
