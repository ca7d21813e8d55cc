"""Forms: what a page asks for, with labels and help from the catalogue. Rules stand in services."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from townworks.register.cases import EARLIEST
from townworks.register.models import Enterprise, Premises, Town
from townworks.register.models.enterprises import ORIGINS, PARTS
from townworks.register.models.people import DEPARTMENTS
from townworks.register.refusals import ConflictError, NotAllowedError, RefusalError
from townworks.register.services.accounts import HUMAN
from townworks.register.services.towns import ENTRIES
from townworks.schema.messages import catalogue
from townworks.schema.programme import GRADES
from townworks.web.speech import language, say, word
from townworks.web.uploads import too_large


def choices(group: str, codes: Any) -> list[tuple[str, str]]:
    """Codes with their words, the empty choice first."""
    return [("", "—"), *((code, word(group, code)) for code in codes)]


def money_field(*, required: bool = True) -> forms.DecimalField:
    """Field for money in yuan or for square metres: two places, as the register keeps them."""
    return forms.DecimalField(required=required, max_digits=18, decimal_places=2)


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        """Write days as the browser wants them."""
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day."""

    widget = DayInput


class Text(forms.CharField):
    """Longer text."""

    widget = forms.Textarea(attrs={"rows": 4})


class SpokenForm(forms.Form):
    """A form whose labels and help stand in the catalogue under the names of its fields."""

    title: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Word the fields, and mark those that must be filled."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name, entry in self.fields.items():
            entry.label = word("field", name)
            key = f"web.help.{name}"
            entry.help_text = catalogue()[key][language()] if key in catalogue() else ""
            if entry.help_text:
                entry.widget.attrs["aria-describedby"] = f"id_{name}_help"

    def refuse(self, error: RefusalError) -> None:
        """Put each reason at its field; what concerns none stands above the form."""
        for name, text in error.messages(language()):
            self.add_error(name if name in self.fields else None, text)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, also where nothing was; None where the form is only looked at."""
    return request.POST if request.method == "POST" else None


Save = Callable[[Mapping[str, Any]], str]


def form_page(
    request: HttpRequest, form: SpokenForm, save: Save, **context: object
) -> HttpResponse:
    """Show a form, or save it and go where `save` says; refusals come back to their fields."""
    status = 200
    dropped = too_large(request) if request.method == "POST" else None
    if dropped is not None:
        form.errors.pop("file", None)
        form.add_error("file", dropped)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():  # what a later part refuses takes the earlier ones back
                place = save(form.cleaned_data)
            return redirect(place)
        except NotAllowedError:
            raise
        except RefusalError as error:
            form.refuse(error)
            status = 409 if isinstance(error, ConflictError) else 422
    elif request.method == "POST":
        status = 422
    values = {"form": form, "title": say(f"form.{form.title}"), **context}
    return render(request, "townworks/form.html", values, status=status)


class AdmissionForm(SpokenForm):
    """An enterprise applies to a town."""

    title = "admission"
    credit_code = forms.CharField(max_length=40)
    name = forms.CharField(max_length=200, required=False)
    origin = forms.ChoiceField(choices=lambda: choices("origin", ORIGINS))
    relocated_from = forms.CharField(max_length=120, required=False)
    part = forms.ChoiceField(choices=lambda: choices("part", PARTS))
    activity = Text(max_length=2000)
    area_wanted_m2 = money_field(required=False)
    jobs_planned = forms.IntegerField(required=False, min_value=0, max_value=1_000_000)
    investment_planned_cny = money_field(required=False)


class TownApplicationForm(SpokenForm):
    """A county applies for a town."""

    title = "town_application"
    name_zh = forms.CharField(max_length=60)
    name_en = forms.CharField(max_length=120)
    sector = forms.ChoiceField()
    industry_zh = forms.CharField(max_length=60)
    industry_en = forms.CharField(max_length=120)
    planned_area_km2 = forms.DecimalField(max_digits=10, decimal_places=4)
    planned_investment_cny = money_field()
    builder = forms.CharField(max_length=120)
    concept_plan = Text(max_length=20_000)
    yearly_plan = Text(max_length=5_000)
    support_measures = Text(max_length=20_000)
    on = DayField(required=False)

    def __init__(self, *args: Any, sectors: Mapping[str, Mapping[str, str]], **kwargs: Any) -> None:
        """Offer the programme's sectors."""
        super().__init__(*args, **kwargs)
        offered = [(name, words[language()]) for name, words in sectors.items()]
        self.fields["sector"].choices = [("", "—"), *offered]  # type: ignore[attr-defined]


class BoundaryForm(SpokenForm):
    """A town's boundary."""

    title = "boundary"
    geojson = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 8, "data-boundary-editor": "", "spellcheck": "false"}),
        max_length=2_000_000,
    )
    datum = forms.ChoiceField(
        choices=lambda: choices("datum", ("wgs84", "cgcs2000", "gcj02", "bd09"))[1:]
    )
    valid_from = DayField()
    source = forms.CharField(max_length=500)


class PremisesForm(SpokenForm):
    """Premises of a town."""

    title = "premises"
    name = forms.CharField(max_length=120)
    floor_area_m2 = money_field()


class OccupancyForm(SpokenForm):
    """Room for an enterprise."""

    title = "occupancy"
    premises = forms.ModelChoiceField(Premises.objects.none())
    area_m2 = money_field()
    valid_from = DayField()


class ProjectForm(SpokenForm):
    """An investment project."""

    title = "project"
    name = forms.CharField(max_length=120)
    enterprise = forms.ModelChoiceField(Enterprise.objects.none(), required=False)
    featured = forms.BooleanField(required=False, initial=True)
    starts_on = DayField()
    ends_on = DayField(required=False)


class InvestmentForm(SpokenForm):
    """A quarter of a project."""

    title = "investment"
    quarter = forms.CharField(max_length=7)
    evidence = forms.ChoiceField(choices=lambda: choices("evidence", ("planned", "reported"))[1:])
    amount_cny = money_field()
    source = forms.CharField(max_length=500)
    file = forms.FileField(required=False)


class FigureForm(SpokenForm):
    """A figure of a town."""

    title = "figure"
    metric = forms.RegexField(r"^[a-z0-9_]+$", max_length=80)
    value = forms.DecimalField(max_digits=24, decimal_places=6)
    unit = forms.RegexField(r"^[a-z0-9_/]+$", max_length=30)
    extent = forms.ChoiceField(
        choices=lambda: choices("extent", ("during", "at", "cumulative"))[1:]
    )
    valid_from = DayField()
    valid_to = DayField()
    source = forms.CharField(max_length=500)


class VerifyForm(SpokenForm):
    """A figure at a higher level of evidence."""

    title = "verify"
    value = forms.DecimalField(max_digits=24, decimal_places=6)
    source = forms.CharField(max_length=500)


class CorrectForm(SpokenForm):
    """A figure, corrected."""

    title = "correct"
    value = forms.DecimalField(max_digits=24, decimal_places=6)
    source = forms.CharField(max_length=500)
    reason = Text(max_length=2000)


class PartnershipForm(SpokenForm):
    """What two do together."""

    title = "partnership"
    partner_code = forms.CharField(max_length=40, required=False)
    agency = forms.CharField(max_length=120, required=False)
    purpose = Text(max_length=2000)
    contract_value_cny = money_field(required=False)
    joint_projects = forms.IntegerField(required=False, min_value=0, max_value=10_000)


class ContractForm(SpokenForm):
    """A service contract."""

    title = "contract"
    agency = forms.CharField(max_length=120)
    service = forms.CharField(max_length=200)
    value_cny = money_field()
    valid_from = DayField()
    valid_to = DayField()
    source = forms.CharField(max_length=500)


class BudgetLineForm(SpokenForm):
    """A budget line."""

    title = "budget_line"
    title_of_line = forms.CharField(max_length=120)
    year = forms.IntegerField(min_value=EARLIEST.year, max_value=2100)
    unit = forms.ChoiceField(choices=lambda: choices("unit", ("cny", "mu", "m2"))[1:])
    amount = money_field()


class StatusActForm(SpokenForm):
    """An act on a town's status."""

    title = "status_act"
    status_act = forms.ChoiceField()
    source = forms.CharField(max_length=500)

    def __init__(self, *args: Any, acts: Sequence[str], **kwargs: Any) -> None:
        """Offer the acts that are possible."""
        super().__init__(*args, **kwargs)
        self.fields["status_act"].choices = choices("cause", acts)  # type: ignore[attr-defined]


class RoundForm(SpokenForm):
    """The year to be assessed."""

    title = "round"
    year = forms.IntegerField(min_value=EARLIEST.year, max_value=2100)


class ReturnsForm(SpokenForm):
    """The quarter whose returns are opened, and by when they are due."""

    title = "returns"
    quarter = forms.RegexField(r"^\d{4}Q[1-4]$", max_length=6)
    due_on = DayField()


class QueryForm(SpokenForm):
    """What a town is asked."""

    title = "query"
    question = Text(max_length=2000)


class ManyFiles(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """At least one file."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Check each file; returns all of them."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(each, initial) for each in given or [None]]


class ImportForm(SpokenForm):
    """Files to bring in, and whose and of when they are where they do not say so."""

    title = "import"
    workbooks = FilesField()
    quarter = forms.RegexField(r"^\d{4}Q[1-4]$", max_length=6, required=False)
    town = forms.ModelChoiceField(Town.objects.all(), required=False)


class ObjectionForm(SpokenForm):
    """What is objected to, and why."""

    title = "objection"
    grounds = Text(max_length=5000)


class EvidenceForm(SpokenForm):
    """A file that a record rests on."""

    title = "evidence"
    file = forms.FileField()


class AccountForm(SpokenForm):
    """A new account."""

    title = "account"
    username = forms.RegexField(r"^[\w.@+-]+$", max_length=60)
    name = forms.CharField(max_length=120)
    role = forms.ChoiceField(choices=lambda: choices("role", HUMAN))
    department = forms.ChoiceField(
        choices=lambda: choices("department", DEPARTMENTS), required=False
    )
    place_code = forms.CharField(max_length=6, required=False)
    town = forms.ModelChoiceField(Town.objects.all(), required=False)
    credit_code = forms.CharField(max_length=40, required=False)
    password = forms.CharField(widget=forms.PasswordInput, max_length=200)


class PasswordForm(SpokenForm):
    """A new password of one's own."""

    title = "password"
    old_password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), max_length=200
    )
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), max_length=200
    )


class SignInForm(SpokenForm):
    """User name and password."""

    title = "sign_in"
    username = forms.CharField(
        max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        max_length=200, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class TokenForm(SpokenForm):
    """Six digits of the second factor."""

    title = "token"
    token = forms.RegexField(
        r"^\d{6}$",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class CalendarForm(SpokenForm):
    """The day a practice register moves on to."""

    title = "calendar"
    day = DayField()


STEP_FIELDS: Mapping[str, Callable[[], forms.Field]] = {
    "score": lambda: forms.DecimalField(max_digits=5, decimal_places=2, required=False),
    "act": lambda: forms.ChoiceField(choices=choices("act", ENTRIES)[1:]),
    "quantity": money_field,
    "amount": money_field,
    "grade": lambda: forms.ChoiceField(choices=choices("grade", GRADES)),
    "budget_line": forms.ChoiceField,
    "corrected": lambda: forms.DecimalField(max_digits=24, decimal_places=6, required=False),
}
"""Fields that a step may ask for beside its reason."""


class StepForm(SpokenForm):
    """One step of a matter: its fields, its reason, and the version that was looked at."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, needs: tuple[str, ...], reason: bool, **kwargs: Any) -> None:
        """Take the fields of the step."""
        super().__init__(*args, **kwargs)
        for name in needs:
            self.fields[name] = STEP_FIELDS[name]()
        rows = forms.Textarea(attrs={"rows": 2})
        self.fields["reason"] = forms.CharField(widget=rows, required=reason, max_length=2000)
        for name in (*needs, "reason"):
            self.fields[name].label = word("field", name)
