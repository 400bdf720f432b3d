"""Marks strings for translation; `make messages` extracts them."""

from __future__ import annotations

from translationstring import TranslationStringFactory

_ = TranslationStringFactory("courseshop")
