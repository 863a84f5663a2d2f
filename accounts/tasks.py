from celery import shared_task

from .forms.password import PasswordForgottenForm


@shared_task
def send_password_reset(login, domain, use_https):
    """Write to the account `login` (identifiant or e-mail), if there is one to write to."""
    form = PasswordForgottenForm({"email": login})
    if form.is_valid():
        form.save(
            domain_override=domain,
            use_https=use_https,
            subject_template_name="accounts/mail/password_reset_subject.txt",
            email_template_name="accounts/mail/password_reset.txt",
        )
