"""What the database itself promises about seats, whoever writes: this code, a cascade, a script, raw SQL.

- `Licence.assigned` counts its assignments; with the CHECK on the licence, no race can hand out a seat too many;
- a seat goes to an active person of the licence's school and audience, and never moves to another;
- a licence that is assigned keeps its school and audience, and a rule follows something of its own school.

Installed after every `migrate` rather than by one migration: SQLite drops the triggers of a table that a later
migration rebuilds, and refuses to rebuild one that triggers mention, so they are removed before and put back.
"""

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TABLES = {
    "accounts_user",
    "licences_assignment",
    "licences_licence",
    "licences_rule",
    "schools_group",
    "schools_schoolclass",
}

# A statement that gives 3,000 seats is one count and one update.
POSTGRESQL = """
CREATE OR REPLACE FUNCTION licences_seats_given() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (
        SELECT 1 FROM changed
        JOIN licences_licence licence ON licence.id = changed.licence_id
        JOIN accounts_user person ON person.id = changed.user_id
        WHERE person.school_id IS DISTINCT FROM licence.school_id
           OR person.kind <> licence.audience OR NOT person.is_active
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'assignment_right_person',
            MESSAGE = 'assignment_right_person';
    END IF;
    UPDATE licences_licence licence SET assigned = assigned + counted.seats
    FROM (SELECT licence_id, count(*) AS seats FROM changed GROUP BY licence_id) counted
    WHERE licence.id = counted.licence_id;
    RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION licences_seats_freed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    UPDATE licences_licence licence SET assigned = assigned - counted.seats
    FROM (SELECT licence_id, count(*) AS seats FROM changed GROUP BY licence_id) counted
    WHERE licence.id = counted.licence_id;
    RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION licences_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], MESSAGE = TG_ARGV[0];
END $body$;
CREATE OR REPLACE FUNCTION licences_rule_school() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (
        SELECT 1 FROM licences_licence licence
        LEFT JOIN schools_schoolclass followed_class ON followed_class.id = NEW.school_class_id
        LEFT JOIN schools_group followed_group ON followed_group.id = NEW.group_id
        WHERE licence.id = NEW.licence_id
          AND (followed_class.school_id <> licence.school_id OR followed_group.school_id <> licence.school_id)
    ) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'rule_of_own_school',
            MESSAGE = 'rule_of_own_school';
    END IF;
    RETURN NEW;
END $body$;
CREATE OR REPLACE TRIGGER licences_seats_given AFTER INSERT ON licences_assignment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION licences_seats_given();
CREATE OR REPLACE TRIGGER licences_seats_freed AFTER DELETE ON licences_assignment
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION licences_seats_freed();
CREATE OR REPLACE TRIGGER licences_seat_moved BEFORE UPDATE OF licence_id, user_id ON licences_assignment
    FOR EACH ROW WHEN (OLD.licence_id <> NEW.licence_id OR OLD.user_id <> NEW.user_id)
    EXECUTE FUNCTION licences_refuse('assignment_never_moves');
CREATE OR REPLACE TRIGGER licences_licence_in_use BEFORE UPDATE OF school_id, audience ON licences_licence
    FOR EACH ROW WHEN (OLD.assigned > 0 AND (OLD.school_id <> NEW.school_id OR OLD.audience <> NEW.audience))
    EXECUTE FUNCTION licences_refuse('licence_in_use_keeps_audience');
CREATE OR REPLACE TRIGGER licences_rule_school
    BEFORE INSERT OR UPDATE OF licence_id, school_class_id, group_id ON licences_rule
    FOR EACH ROW EXECUTE FUNCTION licences_rule_school();
"""


RULE_OF_ANOTHER_SCHOOL = """ON licences_rule WHEN EXISTS (
        SELECT 1 FROM licences_licence licence
        LEFT JOIN schools_schoolclass followed_class ON followed_class.id = NEW.school_class_id
        LEFT JOIN schools_group followed_group ON followed_group.id = NEW.group_id
        WHERE licence.id = NEW.licence_id
          AND (followed_class.school_id <> licence.school_id OR followed_group.school_id <> licence.school_id)
    ) BEGIN SELECT RAISE(ABORT, 'rule_of_own_school'); END"""

SQLITE = {
    "licences_right_person": """BEFORE INSERT ON licences_assignment WHEN EXISTS (
        SELECT 1 FROM licences_licence licence JOIN accounts_user person ON person.id = NEW.user_id
        WHERE licence.id = NEW.licence_id AND (person.school_id IS NOT licence.school_id
           OR person.kind <> licence.audience OR NOT person.is_active)
    ) BEGIN SELECT RAISE(ABORT, 'assignment_right_person'); END""",
    "licences_seats_given": """AFTER INSERT ON licences_assignment BEGIN
        UPDATE licences_licence SET assigned = assigned + 1 WHERE id = NEW.licence_id; END""",
    "licences_seats_freed": """AFTER DELETE ON licences_assignment BEGIN
        UPDATE licences_licence SET assigned = assigned - 1 WHERE id = OLD.licence_id; END""",
    "licences_seat_moved": """BEFORE UPDATE OF licence_id, user_id ON licences_assignment
        WHEN OLD.licence_id <> NEW.licence_id OR OLD.user_id <> NEW.user_id
        BEGIN SELECT RAISE(ABORT, 'assignment_never_moves'); END""",
    "licences_licence_in_use": """BEFORE UPDATE OF school_id, audience ON licences_licence
        WHEN OLD.assigned > 0 AND (OLD.school_id <> NEW.school_id OR OLD.audience <> NEW.audience)
        BEGIN SELECT RAISE(ABORT, 'licence_in_use_keeps_audience'); END""",
    "licences_rule_school": f"BEFORE INSERT {RULE_OF_ANOTHER_SCHOOL}",
    "licences_rule_school_changed": (
        f"BEFORE UPDATE OF licence_id, school_class_id, group_id {RULE_OF_ANOTHER_SCHOOL}"
    ),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers, where all of their tables exist."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if not set(connection.introspection.table_names(cursor)) >= TABLES:
            return
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
            return
        for name, definition in SQLITE.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(f"CREATE TRIGGER {name} {definition}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop SQLite's triggers, so that migrations can rebuild the tables. PostgreSQL's are in nobody's way."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
