"""Every answer that a test gets is held to the API description, those of plugins too."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import webtest

from courseshop.domain.shop import shop_of
from courseshop.framework.negotiation import unversioned

# Faults of the shop, and of requests that reach no page, are of no operation in particular.
OF_NO_OPERATION = {405, 411, 413}


class DescribedApp(webtest.TestApp):
    """A WebTest application that fails where an answer is not as the description has it."""

    def do_request(self, req: Any, status: Any = None, expect_errors: Any = None) -> Any:
        if req.environ.get("test.actor") is not None:
            # Whoever a server has recognised is no guest.
            req.environ["REMOTE_USER"] = "test"
        answer = super().do_request(req, status, expect_errors)
        Described.of(self.app.registry).check(req, answer)
        return answer


class Described:
    """The description of a shop, to hold answers to."""

    def __init__(self, document: Any) -> None:
        self.document = document
        # A path without a parameter is not that of a row.
        self.paths = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), operations)
            for path, operations in sorted(
                document["paths"].items(), key=lambda item: item[0].count("{")
            )
        ]
        self.validators: dict[str, Any] = {}

    @classmethod
    def of(cls, registry: Any) -> Described:
        if "tests.described" not in registry:
            registry["tests.described"] = cls(shop_of(registry).openapi.document)
        return registry["tests.described"]

    def operation(self, req: Any) -> Any:
        method = "get" if req.method == "HEAD" else req.method.lower()
        found = (ops for pattern, ops in self.paths if pattern.fullmatch(req.path_info))
        return next(found, {}).get(method)

    def check(self, req: Any, answer: Any) -> None:
        status, operation = answer.status_int, None
        # A path that is not UTF-8 is none of ours.
        if status < 500 and status not in OF_NO_OPERATION and req.environ["PATH_INFO"].isascii():
            operation = self.operation(req)
        if operation is None:
            return
        where = f"{req.method} {req.path_info} answered {status}"
        assert str(status) in operation["responses"], f"{where}, which is not described"
        described = self.resolved(operation["responses"][str(status)])
        if not operation.get("deprecated"):
            # Of a page that will go, each answer has a link besides.
            self.check_headers(answer, described, where)
        # A redirection leads on, whatever its body says.
        if answer.body and req.method != "HEAD" and not 300 <= status < 400:
            self.check_body(answer, described, where)

    def resolved(self, part: Any) -> Any:
        if "$ref" not in part:
            return part
        *_, kind, name = part["$ref"].split("/")
        return self.document["components"][kind][name]

    def check_headers(self, answer: Any, described: Any, where: str) -> None:
        known = set(self.document["components"]["headers"])
        sent = {name for name in answer.headers if name.replace("-", "") in known}
        headers = described.get("headers", {})
        assert sent <= set(headers), f"{where} with {sent - set(headers)}"
        needed = {name for name, one in headers.items() if self.resolved(one).get("required")}
        assert needed <= sent, f"{where} without {needed - sent}"

    def check_body(self, answer: Any, described: Any, where: str) -> None:
        content = described.get("content", {})
        # The version that application/json is now has the same schema, and is described in words.
        kind = unversioned(answer.content_type)
        known = content.get(kind, content.get(f"{kind.partition('/')[0]}/*"))
        assert known is not None, f"{where} as {kind}"
        if kind.endswith("json") and known.get("schema"):
            fault = next(self.validator(known["schema"]).iter_errors(answer.json), None)
            assert fault is None, f"{where}: {fault and fault.message}"

    def validator(self, schema: Any) -> Any:
        key = repr(schema)
        if key not in self.validators:
            whole = {**schema, "components": self.document["components"]}
            self.validators[key] = jsonschema_rs.validator_for(
                {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}
            )
        return self.validators[key]
