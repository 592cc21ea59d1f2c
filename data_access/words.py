"""Finding a fact's rows by words: an index of its folded text, kept in the transaction that changes the rows.

Every word must occur, each may be the beginning of a longer one; what is no letter or digit parts words.
SQLite: a table of the texts by what they belong to (`<fact>_words`) and an FTS5 index over it. But for `forget`
texts are only added: a row is found where its own text is among those found. PostgreSQL: a GIN index over the column.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table, column, delete, false, select, table, text, tuple_
from sqlalchemy.sql.elements import ColumnElement

from config.models import Fact

WORD: Final = re.compile(r"[^\W_]+")
PARTING: Final = "!\"#$%&()*+,-./:;<=>?@[]^_`{|}~–—“”‘’…·«»№°\t\n"
"""What stands between words and is no blank; the apostrophe parts words by itself."""


def _belonging(fact: Fact) -> list[str]:
    return fact.search_by or fact.key


def _vector(fact: Fact) -> str:
    blanks = " " * len(PARTING)
    return f"to_tsvector('simple'::regconfig, translate(\"{fact.search}\", E'{_escaped(PARTING)}', '{blanks}'))"


def _escaped(signs: str) -> str:
    return signs.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def prepare(connection: Connection, fact: Fact) -> None:
    """Make the index of a fact's words where the database has none yet, over the rows that are there."""
    if connection.dialect.name == "postgresql":
        name = f"ix_{fact.id}_{fact.search}_found"
        connection.execute(text(f'CREATE INDEX IF NOT EXISTS "{name}" ON "{fact.id}" USING gin ({_literal(fact)})'))
        return
    if connection.dialect.has_table(connection, f"{fact.id}_words"):
        return
    names = ", ".join(f'"{n}"' for n in _belonging(fact))
    kinds = ", ".join(f'"{n}" TEXT NOT NULL' for n in _belonging(fact))
    for statement in (
        f'CREATE TABLE "{fact.id}_words" (id INTEGER PRIMARY KEY, {kinds}, words TEXT NOT NULL, '
        f"UNIQUE ({names}, words))",
        f'CREATE VIRTUAL TABLE "{fact.id}_found" USING fts5(words, content="{fact.id}_words", content_rowid=id, '
        "detail=none, tokenize='unicode61 remove_diacritics 0')",
    ):
        connection.exec_driver_sql(statement)
    note(connection, fact, fact.id)


def _literal(fact: Fact) -> str:
    return _vector(fact).replace(":", "\\:")


def note(connection: Connection, fact: Fact, rows: str) -> None:
    """Add the texts of a table's rows to the index of a fact's words; PostgreSQL does so by itself."""
    if not fact.search or connection.dialect.name == "postgresql":
        return
    last = connection.exec_driver_sql(f'SELECT coalesce(max(id), 0) FROM "{fact.id}_words"').scalar_one()
    names = ", ".join(f'"{n}"' for n in _belonging(fact))
    connection.exec_driver_sql(
        f'INSERT OR IGNORE INTO "{fact.id}_words" ({names}, words) '
        f'SELECT {names}, "{fact.search}" FROM "{rows}" WHERE "{fact.search}" <> \'\''
    )
    connection.exec_driver_sql(
        f'INSERT INTO "{fact.id}_found" (rowid, words) SELECT id, words FROM "{fact.id}_words" WHERE id > ?', (last,)
    )


def forget(connection: Connection, fact: Fact, names: Sequence[str], keys: Sequence[tuple[Any, ...]]) -> None:
    """Take the texts of these keys (values of `names`) out of the index, so that no trace of their words is left."""
    if not fact.search or connection.dialect.name == "postgresql":
        return
    texts = table(f"{fact.id}_words", *(column(n) for n in names))
    connection.execute(delete(texts).where(tuple_(*(texts.c[n] for n in names)).in_(keys)))
    connection.exec_driver_sql(f'INSERT INTO "{fact.id}_found" ("{fact.id}_found") VALUES (\'rebuild\')')


def holding(fact: Fact, rows: Table, words: Sequence[str], dialect: str) -> ColumnElement[bool]:
    """Return the condition that a row's text holds all of these folded words; what has no word is found nowhere."""
    parts = [part for word in words for part in WORD.findall(word)]
    if not parts or not fact.search:
        return false()
    if dialect == "postgresql":
        sought = " & ".join(f"'{part}':*" for part in parts)
        return text(f"{_literal(fact)} @@ to_tsquery('simple', :sought)").bindparams(sought=sought)  # type: ignore[return-value]
    texts = table(f"{fact.id}_words", column("id"), column("words"), *(column(n) for n in _belonging(fact)))
    matched = text(f'SELECT rowid FROM "{fact.id}_found" WHERE "{fact.id}_found" MATCH :sought')
    found = texts.c.id.in_(matched.bindparams(sought=" ".join(f'"{part}"*' for part in parts)).columns(column("rowid")))
    whose = [texts.c[n] for n in _belonging(fact)]
    own = tuple_(*(rows.c[n] for n in _belonging(fact)), rows.c[fact.search])
    return own.in_(select(*whose, texts.c.words).where(found))
