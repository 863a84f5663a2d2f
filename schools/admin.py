"""The operator's pages for schools (Django's admin, `/operateur/`)."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from .models import Group, Membership, School, SchoolClass


class MembershipInline(admin.TabularInline):
    """Added and deleted, never edited: the rows that exist are plain text, without a query each."""

    model = Membership
    extra = 1

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "school")

    def has_change_permission(self, request, obj=None):
        return False

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.is_relation:
            # A pop-up would close on the initial password before anyone has read it.
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field


class AdministratorInline(MembershipInline):
    autocomplete_fields = ["user"]


def count_of(queryset):
    """Return how many rows of `queryset` belong to the school of the outer query."""
    rows = queryset.filter(school=OuterRef("pk")).order_by().values("school")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


@admin.register(School)
class SchoolAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "city", "classes", "teachers", "students", "administrators"]
    list_display_links = ["code", "name"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["code", "name", "city"]
    inlines = [AdministratorInline]

    def get_queryset(self, request):
        people = get_user_model().objects
        return (
            super()
            .get_queryset(request)
            .annotate(
                class_count=count_of(SchoolClass.objects),
                teacher_count=count_of(people.of_kind("teacher")),
                student_count=count_of(people.of_kind("student")),
                administrator_count=count_of(Membership.objects),
            )
        )

    @admin.display(description="classes", ordering="class_count")
    def classes(self, school):
        return school.class_count

    @admin.display(description="enseignants", ordering="teacher_count")
    def teachers(self, school):
        return school.teacher_count

    @admin.display(description="élèves", ordering="student_count")
    def students(self, school):
        return school.student_count

    @admin.display(description="administrateurs", ordering="administrator_count")
    def administrators(self, school):
        return school.administrator_count


class SeenNotChangedAdmin(admin.ModelAdmin):
    """Classes and groups are the school's own affair."""

    list_display = ["code", "name", "school"]
    list_select_related = ["school"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["code", "name", "school__code", "school__name"]
    ordering = ["school__name", "code_key"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(SchoolClass)
class SchoolClassAdmin(SeenNotChangedAdmin):
    list_display = ["code", "name", "level", "school"]


@admin.register(Group)
class GroupAdmin(SeenNotChangedAdmin):
    def has_delete_permission(self, request, obj=None):
        # What follows a group (seats) would not hear that its people left.
        empty = obj is None or not obj.people.exists()
        return empty and super().has_delete_permission(request, obj)
