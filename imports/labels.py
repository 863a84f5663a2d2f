"""Short French names of the problem codes, to filter by."""

LABELS = {
    "missing_value": "Valeur obligatoire absente",
    "too_long": "Valeur trop longue",
    "invalid_value": "Valeur non valable",
    "unknown_class": "Classe inconnue",
    "unknown_group": "Groupe inconnu",
    "invalid_username": "Identifiant non valable",
    "username_taken": "Identifiant déjà pris",
    "invalid_email": "E-mail non valable",
    "email_taken": "E-mail déjà pris",
    "duplicate_in_file": "Doublon dans le fichier",
    "weak_password": "Mot de passe trop faible",
    "ambiguous_person": "Personne ambiguë",
    "date_in_code": "Code transformé en date",
    "unreadable": "Fichier illisible",
    "encrypted": "Fichier protégé",
    "wrong_format": "Mauvais format de fichier",
    "too_large": "Fichier trop gros",
    "too_many_rows": "Trop de lignes",
    "empty": "Fichier vide",
    "missing_column": "Colonne absente",
    "duplicate_column": "Colonne en double",
    "merged_cells": "Cellules fusionnées",
    "other_sheet": "Autre feuille non lue",
    "unknown_column": "Colonne ignorée",
    "email_kept": "E-mail conservé",
    "username_kept": "Identifiant conservé",
    "inactive_account": "Compte désactivé",
    "homonym": "Homonyme possible",
    "forecast": "À prévoir",
    "interrupted": "Importation interrompue",
    "unexpected": "Erreur inattendue",
}


def label(code):
    return LABELS.get(code, "Autre remarque")
