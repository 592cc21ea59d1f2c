"""Thông tin công khai: ai cũng xem được, không cần đăng nhập; chỉ số liệu công khai."""

from components.public import air, business, downloads, served
from components.public.terms import face
from components.screen import open_page

screen = open_page("public")
screen.head(place=True)

match face(screen):
    case "citizen":
        near = air.find(screen)
        left, right = screen.columns("two")
        with left:
            air.air_near(screen, near)
        with right:
            air.course(screen, near)
        served.dossiers(screen)
        served.reports(screen)
        left, right = screen.columns("two")
        with left:
            served.communes(screen)
        with right:
            served.topics(screen)
    case "business":
        business.procedures(screen)
        business.discharge(screen)
    case "data":
        downloads.files(screen)
