"""Môi trường sống: không khí và nước có an toàn không, trạm nào xấu, vì chất gì."""

from components import environment
from components.screen import open_page
from config.locale import say

screen = open_page("environment")
say_it = screen.language
screen.head(main="env_aqi_hour")
screen.strip("env_aqi_hour", "env_pm25_day", "env_wqi", "env_air_capture")

left, middle, right = screen.columns("why_map_worst")
with left:
    screen.attention(4)
    environment.advice(screen)
with middle:
    environment.station_map(screen)
with right:
    environment.ranked_stations(screen)

left, right = screen.columns("two")
with left:
    environment.aqi_course(screen)
with right:
    environment.against_limit(screen)

left, right = screen.columns("two")
with left:
    screen.compare(["env_air_capture", "env_water_capture", "env_air_faulty"], "station",
                   say("environment_page.capture_title", say_it), key="capture", height="auto",
                   titles=environment.titles("air", "water", "faulty"))
with right:
    environment.water(screen)
environment.dated(screen)
environment.outside(screen)
