"""Django's own list of the same cases, with filters and a search that does what ours does, as a stock project has them.

Who an account belongs to stands in plain columns there, in a table of its own beside the accounts.
"""

from django.contrib import admin
from django.db import connection, models
from django.urls import path

from accounts.models import Account
from config.urls import urlpatterns as product
from reinstatements.models import ReinstatementRequest

site = admin.AdminSite(name="stock")


class Holder(models.Model):
    account = models.OneToOneField(Account, models.CASCADE, related_name="holder")
    name = models.CharField(max_length=100)
    email = models.EmailField()
    phone = models.CharField(max_length=20)

    class Meta:
        app_label = "accounts"
        db_table = "stock_holder"


class IsOpen(admin.SimpleListFilter):
    title = parameter_name = "standing"

    def lookups(self, request, model_admin):
        return [("open", "Open"), ("done", "Done")]

    def queryset(self, request, queryset):
        if self.value() == "open":
            return queryset.filter(status__in=ReinstatementRequest.OPEN)
        return queryset.exclude(status__in=ReinstatementRequest.OPEN) if self.value() == "done" else queryset


@admin.register(ReinstatementRequest, site=site)
class RequestAdmin(admin.ModelAdmin):
    list_display = ("code", "client", "account", "holder", "kind", "status", "worker", "opened_at", "due_at")
    list_filter = (IsOpen, "status", "kind", "client", "opened_at")
    list_select_related = ("client", "account__holder", "worker")
    search_fields = ("code", "account__number", "account__holder__name", "account__holder__email")
    search_fields += ("account__holder__phone",)
    date_hierarchy = "opened_at"
    ordering = ("due_at", "id")

    @admin.display(ordering="account__holder__name")
    def holder(self, case):
        return case.account.holder.name


def create_holders():
    """Create the table of the people whom the accounts belong to."""
    with connection.schema_editor() as editor:
        editor.create_model(Holder)


MADE_UP = """INSERT INTO stock_holder (account_id, name, email, phone)
    SELECT id, initcap(first || ' ' || last), first || '.' || last || '@example.org', '+1' || phone
    FROM (SELECT id, translate(left(md5(number), 6), '0123456789', 'ghijklmnop') AS first,
        translate(right(md5(number), 9), '0123456789', 'ghijklmnop') AS last,
        lpad((abs(hashtext(number)::bigint) % 10000000000)::text, 10, '0') AS phone
        FROM accounts_account WHERE id NOT IN (SELECT account_id FROM stock_holder)) AS made"""


def give_holders(known):
    """Give every account that has none a holder; ``known`` are ``{account: holder}``, as our own accounts have them."""
    for account, holder in known.items():
        words = {"name": holder["holder_name"], "email": holder["email"], "phone": holder["phone"]}
        Holder.objects.get_or_create(account=account, defaults=words)
    with connection.cursor() as cursor:
        cursor.execute(MADE_UP)
        cursor.execute("VACUUM ANALYZE stock_holder")


MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""What a new project begins with."""
urlpatterns = [path("stock/", site.urls), *product]
