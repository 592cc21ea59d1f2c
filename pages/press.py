"""Báo chí, mạng xã hội: hôm nay người dân lo gì, ta đã trả lời chưa."""

from components import press, press_work
from components.screen import open_page

screen = open_page("press")
screen.head(main="prs_items", place=True)
screen.strip("prs_in_time_pct", "prs_duty_open", "prs_items", "prs_stories")

left, right = screen.columns("two")
with left:
    press.worries(screen)
    screen.attention(3)
with right:
    press.main_stories(screen)

screen.strip("prs_rumours", "prs_fast_stories", "prs_spread_max", "prs_duty_overdue", last=1)
screen.strip("prs_outlets", "prs_read", "prs_named_pct", "prs_feeds_alive_pct", last=1, place=None)
screen.strip("prs_statement_pct", "prs_opinion_pct", "prs_takedown_pct", "prs_no_evidence")
press_work.tone(screen)

for parts in ((press.volume, press.spread), (press.communes, press.themes)):
    for side, part in zip(screen.columns("two"), parts, strict=True):
        with side:
            part(screen)
press_work.answers(screen)
press_work.duties(screen)
press_work.labels(screen)
left, right = screen.columns("two")
with left:
    press.agencies(screen)
with right:
    press.outlets(screen)
press.league(screen)
press_work.items(screen)
