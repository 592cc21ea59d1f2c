"""Xả thải: ai xả vượt giới hạn, từ bao giờ, vượt bao xa, thiết bị đo có trung thực."""

from components import discharge, discharge_replay, discharge_view
from components.screen import open_page

screen = open_page("discharge")
if code := discharge.asked_for():
    discharge_view.outlet_view(screen, code)
else:
    screen.head(main="dis_outlets_over", choices=discharge.choices(screen.language))
    kind = discharge.kind_of(screen)
    screen.strip("dis_outlets_over", "dis_hours_over", "dis_stuck", "dis_capture")

    left, middle, right = screen.columns("why_map_worst")
    with left:
        discharge.over_list(screen, kind)
        screen.attention(3)
    with middle:
        discharge.map_of_now(screen, kind)
    with right:
        discharge.ranked(screen, kind)

    discharge_replay.replay(screen, kind)
    left, right = screen.columns("two")
    with left:
        discharge.series(screen, kind)
    with right:
        discharge.loads(screen, kind)

    screen.strip("dis_over_run", "dis_times_day", "dis_silence", "dis_load_cod")
    discharge.table(screen, kind)
