from django.dispatch import Signal

# Sent inside the transaction, after people of one school were created, changed (class, groups, activity) or
# before they are deleted, one by one or in bulk alike. Arguments: school, pks (a list), change, one of
# "created", "updated", "deleted".
people_changed = Signal()
