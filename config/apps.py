from django.contrib.admin.apps import AdminConfig


class ConfigurationConfig(AdminConfig):
    default_site = "accounts.adminsite.ConfigurationSite"
