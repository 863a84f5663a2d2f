from urllib.parse import urlsplit

from celery import shared_task
from django.conf import settings

from .forms.password import PasswordForgottenForm


@shared_task
def send_password_reset(login, *former):
    """Write to the account `login` (identifiant or e-mail), if there is one to write to.

    `former`: what messages bore that an earlier version left in the broker (the host of the request).
    """
    site = urlsplit(settings.SITE_URL)
    form = PasswordForgottenForm({"email": login})
    if form.is_valid():
        form.save(
            domain_override=site.netloc,
            use_https=site.scheme == "https",
            subject_template_name="accounts/mail/password_reset_subject.txt",
            email_template_name="accounts/mail/password_reset.txt",
        )
