"""What `startproject` writes, for the database of BENCH_URL, without the admin's pages."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import make_url

DEBUG = False
SECRET_KEY = "only for benchmarks, where it signs nothing"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.peers.django_shop.views"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "benchmarks.peers.django_shop",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATING = "benchmarks.peers.django_shop.templating"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent.parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [TEMPLATING],
            "loaders": [("django.template.loaders.cached.Loader", [f"{TEMPLATING}.Loader"])],
        },
    },
]
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# SQLAlchemy's URL of the database as Django has it, with connections that stay open.
URL = make_url(os.environ["BENCH_URL"])
DATABASES = {
    "default": {
        "ENGINE": f"django.db.backends.{URL.get_backend_name().replace('sqlite', 'sqlite3')}",
        "NAME": URL.database,
        "USER": URL.username,
        "PASSWORD": URL.password,
        "HOST": URL.host or URL.query.get("host", ""),
        "PORT": URL.port or "",
        "CONN_MAX_AGE": None,
    }
}
