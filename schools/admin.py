"""The operator's pages for schools (Django's admin, `/operateur/`)."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.db.models import Count, Field, ForeignKey, Manager, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest

from schools.fields import Bytewise, holding
from schools.folding import sort_key
from schools.models import Group, Membership, School, SchoolClass
from schools.operator_forms import WaysInAdmin
from schools.turns import turn


class FoldedChangeList(ChangeList):
    def get_ordering_field(self, field_name: str) -> Any:
        return self.model_admin.sort_keys.get(field_name) or super().get_ordering_field(field_name)


class ListAdmin(admin.ModelAdmin):
    """A list of the operator, ordered and searched by keys (fields.py), as the pages of schools are.

    `sort_keys`: {column: what it is sorted by}. `search_fields`: keys, and those of `typed_fields`, searched as typed.
    `school_field`: to which school a row belongs; what goes, goes in a turn there.
    """

    school_field = ""

    list_per_page = 50
    show_full_result_count = False
    sort_keys = {}
    typed_fields = []

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FoldedChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        keys = [field for field in self.search_fields if field not in self.typed_fields]
        return queryset.filter(holding(search_term, *keys, typed=self.typed_fields)), False

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self.delete_queryset(request, self.model._base_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        schools = queryset.order_by().values_list(self.school_field, flat=True) if self.school_field else ()
        with turn(*schools):
            super().delete_queryset(request, queryset)


class ValuesFilter(admin.AllValuesFieldListFilter):
    """A filter by the values that are there, in the order of lists."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lookup_choices = sorted(self.lookup_choices, key=lambda value: (sort_key(value), value))


class KeySelect(AutocompleteSelect):
    """Shows a form with errors again whatever was sent in place of a key: Django's own asks the database for it."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        keys = [text for text in value if str(text).isascii() and str(text).isdigit() and len(str(text)) < 19]
        return super().optgroups(name, keys, attrs)


class KeySelectMixin:
    """For a ModelAdmin or an inline with `autocomplete_fields`."""

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", KeySelect(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class MembershipInline(KeySelectMixin, admin.TabularInline):
    """Added and deleted, never edited: the rows that exist are plain text, without a query each."""

    model = Membership
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "school")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.is_relation:
            # A pop-up would close on the initial password before anyone has read it.
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field


class AdministratorInline(MembershipInline):
    autocomplete_fields = ["user"]


def count_in_school(queryset: QuerySet | Manager) -> Coalesce:
    """Return how many rows of `queryset` belong to the school of the outer query."""
    rows = queryset.filter(school=OuterRef("pk")).order_by().values("school")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


@admin.register(School)
class SchoolAdmin(WaysInAdmin, ListAdmin):
    school_field = "pk"
    list_display = ["code", "name", "city", "classes", "teachers", "students", "administrators"]
    list_display_links = ["code", "name"]
    search_fields = ["search_key"]
    search_help_text = "Code, nom ou ville."
    sort_keys = {"code": Bytewise(Lower("code")), "name": "name_sort", "city": "city_sort"}
    inlines = [AdministratorInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[School]:
        people = get_user_model().objects
        return (
            super()
            .get_queryset(request)
            .annotate(
                class_count=count_in_school(SchoolClass.objects),
                teacher_count=count_in_school(people.of_kind("teacher")),
                student_count=count_in_school(people.of_kind("student")),
                administrator_count=count_in_school(Membership.objects),
            )
        )

    @admin.display(description="classes", ordering="class_count")
    def classes(self, school: School) -> int:
        return school.class_count

    @admin.display(description="enseignants", ordering="teacher_count")
    def teachers(self, school: School) -> int:
        return school.teacher_count

    @admin.display(description="élèves", ordering="student_count")
    def students(self, school: School) -> int:
        return school.student_count

    @admin.display(description="administrateurs", ordering="administrator_count")
    def administrators(self, school: School) -> int:
        return school.administrator_count


class SeenNotChangedAdmin(ListAdmin):
    """Classes and groups are the school's own affair."""

    school_field = "school"
    list_display = ["code", "name", "school"]
    list_select_related = ["school"]
    search_fields = ["search_key", "school__search_key"]
    search_help_text = "Code ou nom, de la classe, du groupe ou de l'établissement."
    sort_keys = {"code": "code_sort", "name": "name_sort", "level": "level_sort"}
    ordering = ["school__name_sort", "code_sort"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(SchoolClass)
class SchoolClassAdmin(SeenNotChangedAdmin):
    list_display = ["code", "name", "level", "school"]


@admin.register(Group)
class GroupAdmin(SeenNotChangedAdmin):
    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        # What follows a group (seats) would not hear that its people left.
        empty = obj is None or not obj.people.exists()
        return empty and super().has_delete_permission(request, obj)
