from collections.abc import Mapping

from pyramid.request import Request

class Localizer:
    locale_name: str
    def translate(
        self,
        tstring: str,
        domain: str | None = None,
        mapping: Mapping[str, object] | None = None,
    ) -> str: ...
    def pluralize(
        self,
        singular: str,
        plural: str,
        n: int,
        domain: str | None = None,
        mapping: Mapping[str, object] | None = None,
    ) -> str: ...

def get_localizer(request: Request) -> Localizer: ...
