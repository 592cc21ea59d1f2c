"""Y tế: có dịch bệnh nào đang bắt đầu ở đâu không."""

from components import health, health_list
from components.screen import open_page

screen = open_page("health")
screen.head(main="hlt_signals", place=True, choices=health.choices(screen.language))
screen.strip("hlt_reports", "hlt_on_time_pct", "hlt_bed_use_pct", "hlt_vaccinated_pct")

left, middle, right = screen.columns("why_map_worst")
with left:
    health.starting(screen)
    screen.attention(5)
with middle:
    health.signal_map(screen)
with right:
    health.diseases(screen)
    health.clocks(screen)

screen.strip("hlt_signals", "hlt_outbreaks", "hlt_warnings", "hlt_low_base", last=1)
left, right = screen.columns("main_side")
with left:
    health.curve(screen)
with right:
    health.false_alarms(screen)

screen.strip("hlt_full_hospitals", "hlt_stay_days", "hlt_planned_use_pct", "hlt_deaths", place=None)
left, right = screen.columns("two")
with left:
    health.beds(screen)
with right:
    health.flow(screen)
health.hospitals(screen)

screen.strip("hlt_bhyt_pct", "hlt_doctor_stations_pct", "hlt_station_posts_pct", "hlt_emr_pct")
left, right = screen.columns("two")
with left:
    health.vaccination_map(screen)
with right:
    health.visits(screen)
health.league(screen)
health_list.cases(screen)
health.published(screen)
