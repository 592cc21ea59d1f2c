"""Dịch vụ hành chính công: hồ sơ có đúng hạn không, nơi nào chậm, mất điểm 766 ở đâu."""

from components.public_services import agencies, communes, dossiers, flow, score, standing
from components.screen import open_page

screen = open_page("public_services")
screen.head(main="dvc_on_time_pct", periods="month", place=True, agency="department")
flow.strip(screen)

left, middle, right = screen.columns("why_map_worst")
with left:
    score.lost_points(screen)
    screen.attention(4)
with middle:
    communes.commune_map(screen)
with right:
    communes.worst_communes(screen)

screen.strip("dvc_received", "dvc_open", "dvc_due_soon", "dvc_avg_days")
screen.strip("dvc_satisfaction_pct", "dvc_apology_pct", "dvc_multi_supplement", "dvc_reuse_pct")
screen.strip("dvc_full_online_pct", "dvc_epay_pct", "dvc_digitized_pct", "dvc_eresult_pct")

left, right = screen.columns("two")
with left:
    flow.weeks(screen)
with right:
    flow.late_fields(screen)
communes.heat(screen)
agencies.league(screen)
dossiers.dossiers(screen)

left, right = screen.columns("two")
with left:
    standing.provinces(screen)
with right:
    standing.development(screen)
score.metrics(screen)
