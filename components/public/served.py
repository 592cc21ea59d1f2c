"""How the commune serves: dossiers on time, and what people reported and got done."""

from components.public.terms import text
from components.public_services.terms import ON_TIME
from components.screen import Screen


def dossiers(screen: Screen) -> None:
    """Draw the four figures of administrative procedures for the place chosen."""
    screen.section(text(screen, "dossiers"))
    screen.strip("dvc_on_time_pct", "dvc_avg_days", "dvc_received", "dvc_satisfaction_pct")


def reports(screen: Screen) -> None:
    """Draw the four figures of citizens' reports for the place chosen."""
    screen.section(text(screen, "reports"))
    screen.strip("fb_on_time_pct", "fb_median_hours", "fb_received", "fb_satisfied_pct")


def communes(screen: Screen) -> None:
    """Draw the 166 communes by dossiers on time."""
    screen.map_of_communes("dvc_on_time_pct", ON_TIME)


def topics(screen: Screen) -> None:
    """Draw what was reported, and how much of it was done, by topic."""
    screen.compare(["fb_received", "fb_done", "fb_on_time_pct"], "topic", text(screen, "topics"), key="topics",
                   counts=["fb_received", "fb_done"], with_units=False,
                   titles=["public.col_topic_received", "public.col_topic_done", "public.col_topic_on_time"])
