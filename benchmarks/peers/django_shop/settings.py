"""What `startproject` writes, for the database of BENCH_URL, without the admin's pages."""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import make_url

DEBUG = False
SECRET_KEY = "only for benchmarks, where it signs nothing"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.peers.django_shop.urls"
WSGI_APPLICATION = "benchmarks.peers.django_shop.wsgi.application"
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
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def database(url: str) -> dict[str, Any]:
    """Return SQLAlchemy's URL of a database as Django has it, with connections that stay open."""
    parts = make_url(url)
    if parts.drivername.startswith("sqlite"):
        kind: str = "sqlite3"
        more: dict[str, Any] = {}
    else:
        host = parts.host or parts.query.get("host", "")
        more = {"USER": parts.username, "PASSWORD": parts.password, "HOST": host}
        kind, more = "postgresql", {**more, "PORT": parts.port or ""}
    engine = f"django.db.backends.{kind}"
    return {"ENGINE": engine, "NAME": parts.database, "CONN_MAX_AGE": None, **more}


DATABASES = {"default": database(os.environ["BENCH_URL"])}
