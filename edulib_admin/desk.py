"""What the dashboard of a school tells: what needs doing, who signed in, seats by book, the last imports."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode

from accounts.models import User
from imports.models import Import
from licences.models import Assignment, Licence
from schools.folding import sort_key
from schools.french import counted, plural
from schools.levels import rank
from schools.models import School

SOON = timedelta(days=30)
LAST = 99  # Of levels that are no year of school.
NAMED = 4  # So many are named in one line, the others are counted.


@dataclass(frozen=True)
class Todo:
    """One thing to do. `tone`: a status of the design (failed, pending, none); `url`, `act`: where and what."""

    tone: str
    title: str
    detail: str
    url: str
    act: str


def todos(school: School, heads: dict[str, int]) -> list[Todo]:
    """Return what needs doing in `school`, the most urgent first. `heads`: see `School.head_count`."""
    return [
        *imports_to_correct(school),
        *people_waiting(school),
        *classes_without_book(school),
        *licences_that_end(school),
        *never_signed_in(school, heads),
    ]


def imports_to_correct(school: School) -> list[Todo]:
    """The last import of each kind of people, if it failed and none of that kind was done since."""
    later = Import.objects.filter(school=school, kind=OuterRef("kind"), created_at__gt=OuterRef("created_at"))
    failed = school.imports.filter(~Exists(later), status="failed").order_by("-created_at")
    return [
        Todo(
            "failed",
            f"L'importation « {each.filename} » n'est pas passée",
            f"{counted(each.error_count, 'erreur')} à corriger. Rien n'a été modifié.",
            each.get_absolute_url(),
            "Voir les erreurs",
        )
        for each in failed
    ]


def people_waiting(school: School) -> list[Todo]:
    licences = school.licences.not_expired().with_waiting().filter(waiting__gt=0).select_related("textbook")
    return [
        Todo(
            "failed",
            f"{counted(each.waiting, each.get_audience_display())} "
            f"{plural(each.waiting, 'attend,attendent')} {each.textbook.title}",
            f"{counted(each.seats, 'licence achetée')}, {counted(each.available, 'disponible')}.",
            reverse("licence_rules", args=[school.code, each.pk]) + "#file",
            "Voir qui attend",
        )
        for each in licences
    ]


def classes_without_book(school: School) -> list[Todo]:
    if not school.licences.not_expired().filter(audience="student").exists():
        return []
    pupils = User.objects.filter(school_class=OuterRef("pk"), kind="student", is_active=True)
    served = Assignment.objects.filter(
        user__school_class=OuterRef("pk"), licence__in=Licence.objects.filter(school=school).not_expired().order_by()
    )
    codes = list(
        school.schoolclass_set.filter(Exists(pupils), ~Exists(served))
        .order_by("code_sort")
        .values_list("code", flat=True)
    )
    if not codes:
        return []
    title = f"{codes[0]} n'a aucun manuel" if len(codes) == 1 else f"{len(codes)} classes n'ont aucun manuel"
    named = ", ".join(codes[:NAMED]) + (" et d'autres" if len(codes) > NAMED else "")
    return [Todo("pending", title, f"{named}.", reverse("licence_list", args=[school.code]), "Attribuer")]


def licences_that_end(school: School) -> list[Todo]:
    today = timezone.localdate()
    ending = school.licences.in_state("open", today).filter(valid_until__lte=today + SOON, assigned__gt=0)
    return [
        Todo(
            "pending",
            f"{each.textbook.title} se termine le {date_format(each.valid_until, 'j F')}",
            f"{counted(each.assigned, each.get_audience_display())} "
            f"{plural(each.assigned, 'perdra,perdront')} l'accès ce jour-là.",
            each.get_absolute_url(),
            "Voir la licence",
        )
        for each in ending.select_related("textbook", "school").order_by("valid_until", "pk")
    ]


def never_signed_in(school: School, heads: dict[str, int]) -> list[Todo]:
    count = heads["students_new"]
    if not count:
        return []
    return [
        Todo(
            "none",
            f"{counted(count, 'élève')} ne {plural(count, 's’est,se sont')} jamais "
            f"{plural(count, 'connecté,connectés')}",
            "Remettez-leur leur identifiant et leur mot de passe.",
            reverse("student_list", args=[school.code]) + "?jamais=1",
            "Voir la liste",
        )
    ]


@dataclass(frozen=True)
class SignIns:
    """The active pupils of a class: how many, who signed in, of whom with a personal password."""

    code: str
    total: int
    signed: int
    personal: int
    url: str

    @property
    def only_signed(self) -> int:
        return self.signed - self.personal


def sign_ins(school: School) -> list[tuple[str, list[SignIns], int, int]]:
    """Return [(level, its classes, pupils who signed in, pupils)], in the order of levels and codes."""
    active = Q(students__kind="student", students__is_active=True)
    signed = active & Q(students__last_login__isnull=False)
    classes = (
        school.schoolclass_set.annotate(
            total=Count("students", filter=active),
            signed=Count("students", filter=signed),
            personal=Count("students", filter=signed & Q(students__password_is_initial=False)),
        )
        .filter(total__gt=0)
        .order_by("level", "code_sort")
    )
    levels = defaultdict(list)
    pupils = reverse("student_list", args=[school.code])
    for each in classes:
        url = f"{pupils}?{urlencode({'classe': each.code})}"
        levels[each.level].append(SignIns(each.code, each.total, each.signed, each.personal, url))
    return [
        (level, of_level, sum(each.signed for each in of_level), sum(each.total for each in of_level))
        for level, of_level in sorted(levels.items(), key=lambda pair: (rank(pair[0]) or LAST, sort_key(pair[0])))
    ]


@dataclass(frozen=True)
class Seats:
    """The seats of a book for one audience, all its licences that are not expired together."""

    title: str
    audience: str
    bought: int
    assigned: int
    waiting: int
    url: str

    @property
    def wanted(self) -> int:
        return max(self.bought, self.assigned + self.waiting)


def seats_by_book(school: School) -> list[Seats]:
    """Return the seats of each book, in the order of titles: the same basis as the page of licences."""
    books: dict[tuple[int, str], list[Licence]] = defaultdict(list)
    for licence in school.licences.not_expired().with_waiting().select_related("textbook", "school"):
        books[licence.textbook_id, licence.audience].append(licence)
    return [
        Seats(
            of_book[0].textbook.title,
            f"{of_book[0].get_audience_display()}s",
            sum(each.seats for each in of_book),
            sum(each.assigned for each in of_book),
            sum(each.waiting for each in of_book),
            of_book[0].get_absolute_url(),
        )
        for of_book in books.values()
    ]
