"""Xử lý văn bản và điều hành: văn bản đang nằm ở đâu, bao lâu rồi."""

from components import document_list, documents
from components.screen import open_page

screen = open_page("documents")
screen.head(main="doc_backlog", periods="month", place=True, agency="department")
documents.strip(screen)

left, right = screen.columns("two")
with left:
    documents.needs(screen)
    documents.flow(screen)
with right:
    documents.where_papers_lie(screen)

documents.second_strip(screen)
left, right = screen.columns("two")
with left:
    documents.commune_map(screen)
with right:
    documents.oldest(screen)

documents.league(screen)
document_list.documents(screen)

left, right = screen.columns("two")
with left:
    documents.between_levels(screen)
    documents.refused(screen)
with right:
    documents.reconciliation(screen)
