"""A school's roll: accounts in the database, lines of a file, and what the real import makes of them."""

from dataclasses import dataclass

from accounts.models import User
from accounts.names import name_key, username_stem
from imports import pipeline
from imports.columns import columns_for
from imports.models import Import
from imports.tables.guard import Row, Sheet
from schools.models import Group, SchoolClass

LEVELS = {"6": "6e", "5": "5e", "4": "4e", "3": "3e"}
# Any two differ in two letters or more, so that no two names made of them resemble each other.
SYLLABLES = ("bar", "cot", "dul", "fen", "gim", "hos", "jav", "kel", "lur", "mip", "nas", "pog", "rud", "sel", "tim")


def line(last_name, first_name, code="6A", **cells):
    """Return one row of a file: {field: text}; `cells`: username, email, password, groups."""
    return {"last_name": last_name, "first_name": first_name, "school_class": code, **cells}


def teacher_line(last_name, first_name, **cells):
    return {"last_name": last_name, "first_name": first_name, **cells}


def unlike(count, *, start=0):
    """Return `count` (family name, first name): nobody among them resembles another."""
    size = len(SYLLABLES)
    return [
        (
            f"{SYLLABLES[n % size]}{SYLLABLES[n // size % size]}{SYLLABLES[(n + n // size) % size]}".capitalize(),
            f"{SYLLABLES[n // size % size]}{SYLLABLES[(n * 2 + n // size) % size]}".capitalize(),
        )
        for n in range(start, start + count)
    ]


def newcomers(count, code="6A", *, start=0):
    """Return the lines of `count` people whom nobody knows."""
    return [line(last_name, first_name, code) for last_name, first_name in unlike(count, start=100 + start)]


@dataclass
class Outcome:
    """What became of an import. `changes`: {identifiant: {field: new value}}; `new`: identifiants created."""

    status: str
    counts: tuple
    problems: list
    changes: dict
    new: list

    @property
    def errors(self):
        return [(p.row, p.code) for p in self.problems if p.severity == "error"]

    @property
    def warnings(self):
        return [(p.row, p.code) for p in self.problems if p.severity == "warning"]

    def message(self, row, code):
        """Return the one sentence that bears `code` in `row`."""
        (message,) = [p.message for p in self.problems if (p.row, p.code) == (row, code)]
        return message


class Roll:
    """The accounts of one school and the imports of its administrator."""

    def __init__(self, school, monkeypatch):
        self.school = school
        self.monkeypatch = monkeypatch

    def school_class(self, code, level=None):
        """Return the class `code`, made at its first mention; 6A is a class of 6e unless `level` says otherwise."""
        level = LEVELS.get(code[0], "") if level is None else level
        return SchoolClass.objects.get_or_create(school=self.school, code=code, defaults={"level": level})[0]

    def classes(self, *codes):
        for code in codes:
            self.school_class(code)

    def group(self, code):
        return Group.objects.get_or_create(school=self.school, code=code)[0]

    def account(self, last_name, first_name, code="6A", *, groups=(), **fields):
        """Add a pupil (a teacher where `code` is None) as an import of last year would have left them."""
        stem = username_stem(last_name, first_name)
        taken = User.objects.filter(username__startswith=stem).count()
        fields.setdefault("username", f"{stem}{taken + 1}" if taken else stem)
        fields.setdefault("school", self.school)
        user = User(
            kind="student" if code else "teacher",
            last_name=last_name,
            first_name=first_name,
            name_key=name_key(last_name, first_name),
            school_class=self.school_class(code) if code else None,
            password="!",
            **fields,
        )
        User.objects.bulk_create([user])
        user.groups.set([self.group(group) for group in groups])
        return user

    def crowd(self, count, code="6A", *, start=0):
        """Add `count` pupils of whom none resembles another; return their lines."""
        names = unlike(count, start=start)
        User.objects.bulk_create(
            User(
                school=self.school,
                kind="student",
                school_class=self.school_class(code),
                last_name=last_name,
                first_name=first_name,
                name_key=name_key(last_name, first_name),
                username=f"foule{start + number}",
                password="!",
            )
            for number, (last_name, first_name) in enumerate(names)
        )
        return [line(last_name, first_name, code) for last_name, first_name in names]

    def imports(self, *lines, kind="student", mode="import", by=None):
        """Play the whole import but the reading of the workbook. Row 2 is the first line."""
        for each in lines:
            if each.get("school_class"):
                self.school_class(each["school_class"])
        fields = [column.field for column in columns_for(kind) if column.read]
        rows = [
            Row(number, {field: each.get(field, "") for field in fields}) for number, each in enumerate(lines, start=2)
        ]
        self.monkeypatch.setattr(pipeline, "read", lambda import_job: Sheet(rows, [], set(fields)))
        import_job = Import.objects.create(
            school=self.school, kind=kind, mode=mode, filename="liste.xlsx", uploaded_by=by
        )
        before = self.snapshot()
        pipeline.process(import_job.pk)
        import_job.refresh_from_db()
        after = self.snapshot()
        changes = {
            name: {field: value for field, value in after[name].items() if value != before[name][field]}
            for name in before
            if after[name] != before[name]
        }
        outcome = Outcome(
            import_job.status,
            (import_job.created_count, import_job.updated_count, import_job.unchanged_count),
            list(import_job.problems.all()),
            changes,
            sorted(after.keys() - before.keys()),
        )
        self.hold_what_always_holds(outcome, before, mode)
        return outcome

    def hold_what_always_holds(self, outcome, before, mode):
        assert outcome.status in ("done", "failed")
        assert (outcome.status == "failed") == bool(outcome.errors)
        assert not {"unexpected", "interrupted"} & {code for _, code in outcome.errors}
        if outcome.status == "failed" or mode == "check":
            assert (outcome.changes, outcome.new) == ({}, [])
        for name, changed in outcome.changes.items():
            assert "password" not in changed, "an import never replaces a password"
            assert not (before[name]["email"] and "email" in changed), "nor an e-mail"

    def snapshot(self):
        """Return {identifiant: all that an import could change}, of every account of every school."""
        return {
            user.username: {
                "last_name": user.last_name,
                "first_name": user.first_name,
                "email": user.email,
                "code": user.school_class.code if user.school_class else None,
                "groups": {group.code for group in user.groups.all()},
                "password": user.password,
                "is_active": user.is_active,
                "kind": user.kind,
                "school": user.school_id,
            }
            for user in User.objects.select_related("school_class").prefetch_related("groups")
        }
