"""Kinh tế – xã hội: chỉ tiêu nào sẽ không đạt với tốc độ này, và ai chịu trách nhiệm."""

from components.screen import open_page
from components.socioeconomy import course, investment, targets, terms, vintages

screen = open_page("socioeconomy")
screen.head(main="eco_targets_missed", choices=terms.years(screen.language))
targets.strip(screen, "eco_targets_missed", "eco_domestic_pct", "eco_exports", "eco_disb_pct")

left, middle, right = screen.columns("why_map_worst")
with left:
    targets.why(screen)
    screen.attention(3)
with middle:
    course.pace_chart(screen)
with right:
    targets.owners(screen)
targets.table(screen)

targets.strip(screen, "eco_grdp_growth", "eco_iip", "eco_budget", "eco_total_investment")
targets.strip(screen, "eco_tourists", "eco_enterprises", "eco_fdi", "eco_poverty")
targets.strip(screen, "eco_grdp_per_capita", "eco_retail", "eco_ntm", "eco_bhyt")

left, right = screen.columns("two")
with left:
    investment.commune_map(screen)
with right:
    investment.slowest(screen)
    investment.trend(screen)
investment.league(screen)
targets.term(screen)
vintages.discrepancies(screen)
vintages.figures(screen)
