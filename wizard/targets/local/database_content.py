"""What a PostgreSQL database contains, so that a restored one can be compared with the original."""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.base.wording import plural
from wizard.targets.local.postgres_session import Session

SAME_TEXT = (
    "SET TimeZone = 'UTC'", "SET DateStyle = 'ISO, YMD'", "SET IntervalStyle = 'iso_8601'",
    "SET bytea_output = 'hex'", "SET extra_float_digits = 1", "SET search_path = ''",
)  # fmt: skip
"""Settings with which two sessions write equal values in the same way."""
OWN = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"
TABLES = f"""SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND {OWN} ORDER BY 1"""  # noqa: S608
SEQUENCES = f"""SELECT format('%I.%I', schemaname, sequencename) || '=' || coalesce(last_value::text, 'unused')
FROM pg_catalog.pg_sequences s JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname WHERE {OWN} ORDER BY 1"""  # noqa: S608
EXTENSIONS = "SELECT extname FROM pg_catalog.pg_extension ORDER BY 1"
RULES = f"""SELECT format('%I.%I', n.nspname, c.relname) || '='
|| (SELECT count(*) FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype <> 'n') || ' constraints, '
|| (SELECT count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) || ' indexes'
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND {OWN}"""  # noqa: S608
MOST_NAMED = 3


@dataclass(frozen=True)
class Content:
    """Tables with the number and the digest of their rows, sequences with their values, rules, and extensions."""

    tables: dict[str, str] = field(default_factory=dict)
    sequences: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(int(digest.split()[0]) for digest in self.tables.values())

    def __str__(self) -> str:
        return f"{plural(len(self.tables), 'table')}, {plural(self.rows, 'row')}"

    def differences(self, restored: Content) -> list[str]:
        """What *restored* lacks or has differently, in words."""
        found = [
            f"{kind} {name}: {_short(before.get(name))} in the original, {_short(after.get(name))} in the copy"
            for kind, before, after in (
                ("table", self.tables, restored.tables),
                ("sequence", self.sequences, restored.sequences),
                ("table", self.rules, restored.rules),
                ("extension", self.extensions, restored.extensions),
            )
            for name in sorted({*before, *after})
            if before.get(name) != after.get(name)
        ]
        more = [f"and {len(found) - MOST_NAMED} more"] if len(found) > MOST_NAMED else []
        return [*found[:MOST_NAMED], *more]


def _short(value: str | None) -> str:
    return "missing" if value is None else value or "there"


def read(session: Session) -> Content:
    """Read the content by *session*, in its transaction."""
    for setting in SAME_TEXT:
        session.ask(setting)
    tables = {table: _digest(session, table) for table in session.ask(TABLES)}
    extensions = dict.fromkeys(session.ask(EXTENSIONS), "")
    return Content(tables, _pairs(session.ask(SEQUENCES)), _pairs(session.ask(RULES)), extensions)


def _digest(session: Session, table: str) -> str:
    """The number of rows, and a digest that does not depend on their order and needs no memory."""
    part = "('x' || pg_catalog.substr(pg_catalog.md5(t::text), {0}, 15))::bit(60)::bigint::numeric"
    sums = " || '-' || ".join(f"coalesce(sum({part.format(start)}), 0)" for start in (1, 17))
    [row] = session.ask(f"SELECT count(*) || ' rows, digest ' || pg_catalog.md5({sums}) FROM {table} t")  # noqa: S608
    return row


def _pairs(rows: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (row.rpartition("=") for row in rows)}
