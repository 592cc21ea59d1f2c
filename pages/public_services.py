"""Dịch vụ hành chính công: hồ sơ có đúng hạn không, nơi nào chậm, mất điểm 766 ở đâu."""

from components import public_services
from components.screen import open_page

screen = open_page("public_services")
screen.head(main="dvc_on_time_pct", periods="month", place=True, agency="department")
public_services.strip(screen)

left, middle, right = screen.columns("why_map_worst")
with left:
    public_services.lost_points(screen)
    screen.attention(4)
with middle:
    public_services.commune_map(screen)
with right:
    public_services.worst_communes(screen)

screen.strip("dvc_due_soon", "dvc_avg_days", "dvc_satisfaction_pct", "dvc_apology_pct")
screen.strip("dvc_epay_pct", "dvc_digitized_pct", "dvc_eresult_pct", "dvc_reuse_pct")

left, right = screen.columns("two")
with left:
    public_services.weeks(screen)
with right:
    public_services.late_fields(screen)
public_services.heat(screen)
public_services.league(screen)
public_services.dossiers(screen)

left, right = screen.columns("two")
with left:
    public_services.provinces(screen)
with right:
    public_services.development(screen)
public_services.metrics(screen)
