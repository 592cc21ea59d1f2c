"""Thực hiện nhiệm vụ: ai trễ, trễ bao lâu, có phải vẫn những nơi cũ."""

from components import task_list, task_view, tasks
from components.screen import open_page

screen = open_page("tasks")
if number := tasks.asked_for():
    task_view.task_view(screen, number)
else:
    screen.head(main="task_open_late", place=True, agency="department")
    tasks.strip(screen)

    left, middle, right = screen.columns("why_map_worst")
    with left:
        screen.attention(3)
        tasks.ageing(screen)
    with middle:
        tasks.commune_map(screen)
    with right:
        tasks.worst(screen)

    task_list.task_list(screen)

    left, right = screen.columns("two")
    with left:
        tasks.again(screen)
    with right:
        tasks.course(screen)
        tasks.late_course(screen)

    tasks.second_strip(screen)
    tasks.league(screen)
    tasks.assigners(screen)
