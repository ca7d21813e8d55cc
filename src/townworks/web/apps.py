"""Django's view of the web."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages, templates and static files."""

    name = "townworks.web"
    label = "web"
