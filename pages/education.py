"""Giáo dục: thiếu giáo viên ở đâu."""

from components.education import exams, published, schools, staff, terms
from components.screen import open_page

screen = open_page("education")
screen.head(main="edu_short_pct", place=True, choices=terms.choices(screen.language))
terms.choose(screen)
staff.strip(screen, "edu_short", "edu_short_pct", "edu_overfull_pct", "edu_standard_pct")

left, middle, right = screen.columns("why_map_worst")
with left:
    screen.attention(3)
    staff.by_level(screen)
with middle:
    staff.commune_map(screen)
with right:
    staff.worst(screen)

schools.schools(screen)

left, right = screen.columns("two")
with left:
    staff.course(screen)
with right:
    staff.share_of_standard(screen)

staff.strip(screen, "edu_surplus", "edu_class_size", "edu_dropout_pct", "edu_qualified_pct")
staff.strip(screen, "edu_pupils", "edu_teachers", "edu_rooms_solid_pct", "edu_transition_thcs")
staff.levels(screen)
staff.league(screen)

exams.exams(screen)
published.published(screen)
