"""The marker of strings to translate; `make messages` collects them."""

from __future__ import annotations

from translationstring import TranslationStringFactory

_ = TranslationStringFactory("courseshop")
