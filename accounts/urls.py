from django.urls import path

from accounts.views import email, my_account, password, resume, signing_in

urlpatterns = [
    path("connexion/", signing_in.sign_in, name="sign_in"),
    path("connexion/reprise/", resume.resume, name="resume"),
    path("deconnexion/", signing_in.sign_out, name="sign_out"),
    path("mon-compte/", my_account.my_account, name="my_account"),
    path("mon-compte/sessions/fin/", my_account.session_end_others, name="session_end_others"),
    path("mon-compte/sessions/<slug:handle>/fin/", my_account.session_end, name="session_end"),
    path("mot-de-passe/changer/", password.password_change, name="password_change"),
    path("mot-de-passe/confirmer/", password.password_confirm, name="password_confirm"),
    path("mot-de-passe/oublie/", password.password_forgotten, name="password_forgotten"),
    path("mot-de-passe/oublie/envoye/", password.password_reset_sent, name="password_reset_sent"),
    path("mot-de-passe/nouveau/fait/", password.password_reset_done, name="password_reset_done"),
    path(
        "mot-de-passe/nouveau/<uidb64>/<token>/",
        password.password_reset_confirm,
        name="password_reset_confirm",
    ),
    path("mon-compte/e-mail/", email.email_edit, name="email_edit"),
    path("mon-compte/e-mail/confirmer/<str:token>/", email.email_confirm, name="email_confirm"),
]
