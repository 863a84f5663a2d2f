"""What the operator's forms have in common: they undo nothing, and hand over a new way in once."""

from django.contrib import admin, messages
from django.db import connection
from django.db.models import Model
from django.forms import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from schools.as_seen import AsSeenForm
from schools.models import Membership


class AsSeenAdmin(admin.ModelAdmin):
    """Writes what the operator changed (as_seen.py), in a row that is held from the reading to the writing."""

    form = AsSeenForm

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        found = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST" or not connection.in_atomic_block:
            return found  # Outside a transaction (the page of the history), nothing is written.
        self.model._base_manager.select_for_update(no_key=True).filter(pk=found.pk).first()
        return super().get_object(request, object_id, from_field)

    def save_model(self, request: HttpRequest, obj: Model, form: AsSeenForm, change: bool) -> None:
        if change:
            obj.save(update_fields=self.columns_to_write(form))
        else:
            super().save_model(request, obj, form, change)

    def columns_to_write(self, form: AsSeenForm) -> list[str]:
        return form.written()


class WaysInAdmin(AsSeenAdmin):
    """Shows, once, the passwords drawn for those who gained rights in this form.

    What follows a new membership sets `drawn_password` on its user: a password to hand over, or empty when the new
    way in went by e-mail.
    """

    def save_related(
        self, request: HttpRequest, form: AsSeenForm, formsets: list[BaseModelFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        gained = {}
        for formset in formsets:
            if formset.model is Membership:
                gained |= {
                    each.user.pk: each.user for each in formset.new_objects if hasattr(each.user, "drawn_password")
                }
        request.new_ways_in = list(gained.values())

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        return self.show_ways_in(request) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        return self.show_ways_in(request) or super().response_change(request, obj)

    def show_ways_in(self, request: HttpRequest) -> TemplateResponse | None:
        people = getattr(request, "new_ways_in", [])
        for person in people:
            if not person.drawn_password:
                sent = f"un message part pour {person.email}, avec de quoi choisir un nouveau mot de passe."
                messages.info(request, f"{person} a de nouveaux droits : {sent}")
        people = [person for person in people if person.drawn_password]
        if not people:
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "De nouveaux droits, de nouveaux mots de passe",
            "people": people,
            "next": request.path,
        }
        return TemplateResponse(request, "schools/operator_ways_in.html", context)
