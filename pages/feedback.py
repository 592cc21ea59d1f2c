"""Phản ánh của người dân: có được xử lý đúng hạn không, nơi nào chậm, điều gì cứ lặp lại."""

from components import feedback, feedback_work
from components.screen import open_page

screen = open_page("feedback")
screen.head(main="fb_on_time_pct", periods="month", place=True, agency="department")
screen.strip("fb_on_time_pct", "fb_overdue", "fb_satisfied_pct", "fb_received")

left, middle, right = screen.columns("why_map_worst")
with left:
    feedback.coming_back(screen)
    screen.attention(3)
with middle:
    feedback.spots_map(screen)
with right:
    feedback.slow_agencies(screen)

screen.strip("fb_repeat_places", "fb_hot_spots", "fb_suggested", "fb_rated", last=4, grain="month")
screen.strip("fb_reopened_pct", "fb_no_evidence_pct", "fb_triage_pct", "fb_urgent_pct")
screen.strip("fb_median_hours", "fb_p90_hours", "fb_open", "fb_done")

left, right = screen.columns("two")
with left:
    feedback.topics(screen)
with right:
    screen.map_of_communes("fb_on_time_pct", feedback.ON_TIME, agency=None)
feedback_work.duplicates(screen)
feedback.topic_times(screen)
feedback.league(screen)
feedback_work.reports(screen)
feedback.published(screen)
