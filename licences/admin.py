"""The operator's pages for the catalogue and the licences (Django's admin, `/operateur/`)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from imports.upload_limit import takes_file
from licences.isbn import with_whole_isbn
from licences.models import Licence, State, Textbook
from licences.order_file import COLUMNS, MAX_BYTES
from licences.orders import Report, import_orders
from licences.seats import seats_bought
from schools.admin import KeySelectMixin, ListAdmin, ValuesFilter
from schools.fields import Bytewise
from schools.french import counted
from schools.operator_forms import AsSeenAdmin
from schools.turns import turn


@admin.register(Textbook)
class TextbookAdmin(AsSeenAdmin, ListAdmin):
    list_display = ["title", "publisher", "subject", "level", "isbn", "url"]
    list_filter = [("subject", ValuesFilter), ("level", ValuesFilter), ("publisher", ValuesFilter)]
    search_fields = ["search_key"]
    search_help_text = "Titre, éditeur, matière, niveau ou ISBN."
    sort_keys = {
        "title": "title_sort",
        "publisher": "publisher_sort",
        "subject": "subject_sort",
        "level": "level_sort",
        "url": Bytewise("url"),
    }

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, with_whole_isbn(search_term))


class OrderForm(forms.Form):
    """An order workbook, as the publisher's or the platform's sales desk sends it."""

    file = forms.FileField(
        label="Fichier de commande",
        help_text="Un classeur Excel (.xlsx), une ligne par manuel et par public.",
        error_messages={"required": "Choisissez le fichier de commande.", "empty": "Ce fichier est vide."},
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(f"Ce fichier dépasse {MAX_BYTES // 1024**2} Mo.", code="too_large")
        return file

    def import_orders(self) -> Report:
        """Import the file and return the orders.Report."""
        return import_orders(self.cleaned_data["file"])


class StateFilter(admin.SimpleListFilter):
    title = "validité"
    parameter_name = "validite"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return State.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Licence]) -> QuerySet[Licence]:
        return queryset.in_state(self.value()) if self.value() in State.values else queryset


@admin.register(Licence)
class LicenceAdmin(AsSeenAdmin, KeySelectMixin, ListAdmin):
    school_field = "school"
    change_list_template = "licences/operator_licence_list.html"
    list_display = [
        "textbook",
        "audience",
        "school",
        "seats",
        "assigned",
        "waiting_count",
        "valid_from",
        "valid_until",
        "order_reference",
    ]
    list_select_related = ["textbook", "school"]
    list_filter = [StateFilter, "audience"]
    search_fields = ["textbook__search_key", "school__search_key", "search_key"]
    search_help_text = "Manuel, ISBN, établissement ou référence de commande."
    sort_keys = {"order_reference": "order_sort"}
    autocomplete_fields = ["school", "textbook"]
    readonly_fields = ["assigned"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Licence]:
        return super().get_queryset(request).with_waiting()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, with_whole_isbn(search_term))

    def get_readonly_fields(self, request: HttpRequest, obj: Licence | None = None) -> list[str]:
        # The people who hold its seats are not of another school or audience.
        return ["assigned", "school", "audience"] if obj and obj.assigned else ["assigned"]

    @admin.display(description="en attente", ordering="waiting")
    def waiting_count(self, licence: Licence) -> int:
        return licence.waiting

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A form is read, checked and saved in one turn: seats are not given while it asks how many there are."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, *args, **kwargs)
        posted = request.POST.get("school", "")
        schools = {int(posted)} if posted.isascii() and posted.isdigit() and len(posted) < 19 else set()
        if object_id and object_id.isdigit() and len(object_id) < 19:
            schools |= set(Licence.objects.filter(pk=object_id).values_list("school_id", flat=True))
        with turn(*schools):
            return super().changeform_view(request, object_id, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Licence, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if served := seats_bought([obj.pk]):
            messages.info(request, f"{counted(served, 'personne servie')} dans la file d'attente.")

    def get_urls(self) -> list[URLPattern]:
        importing = self.admin_site.admin_view(self.order_import)
        return [path("importer/", importing, name="order_import"), *super().get_urls()]

    @takes_file(lambda: MAX_BYTES)
    @method_decorator(require_http_methods(["GET", "POST"]))
    def order_import(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        submitted = request.method == "POST"
        form = OrderForm(request.POST, request.FILES) if submitted else OrderForm()
        report = None
        if submitted and form.is_valid():
            report = form.import_orders()
            if not report.problems:
                messages.success(request, report.sentence)
                return redirect("admin:licences_licence_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": "Importer une commande",
            "opts": self.opts,
            "form": form,
            "report": report,
            "columns": COLUMNS,
        }
        return TemplateResponse(request, "licences/operator_order_import.html", context)
