"""The French plurals of schools/french.py, for templates: `3|counted:"licence affectée"`, `3|plural:"a,ont"`."""

from django import template

from schools.french import counted, plural

register = template.Library()
register.filter("counted", counted)
register.filter("plural", plural)
