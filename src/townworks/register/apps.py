"""Django's view of the register."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """The app that holds the programme's record."""

    name = "townworks.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
