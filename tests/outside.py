"""Compare two commits from outside: the tree, the API description, and the answers to requests.

`python tests/outside.py OLD NEW` checks both out beside each other, makes a demo shop of each, and
asks both the same: every GET of the API description in both forms by a guest, a student, an
instructor and an admin, then every write by its example. What is random or tells the time is
blotted out. Prints the differences, and ends with 1 if there are any.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parent.parent
INI = """[app:main]
use = egg:courseshop
sqlalchemy.url = sqlite:///%(here)s/shop.sqlite
courseshop.mode = development
courseshop.secret = development only, everyone can read this
courseshop.token_limit =
courseshop.session_limit =
[loggers]
keys = root
[handlers]
keys = null
[formatters]
keys = plain
[logger_root]
level = CRITICAL
handlers = null
[handler_null]
class = NullHandler
args = ()
[formatter_plain]
format = %(message)s
"""
WHO = ("guest", "student", "instructor", "admin")
FORMS = ("text/html", "application/json")
WRITES = ("post", "put", "patch", "delete")
# Random, or of the moment: cookies, tokens, keys, ETags and stamps, hashes of files, moments.
BLOTS = (
    (r'"[A-Za-z0-9_-]{22}"|/wishlists/[A-Za-z0-9_-]{22}', "KEY"),
    (r"cs_[A-Za-z0-9_-]+|[0-9a-f]{32,64}", "SECRET"),
    (r'W?/?"(\d*)\.?[A-Za-z0-9_-]{16,}"', "ETAG"),
    (r"(courseshop_\w+)=[A-Za-z0-9_-]{20,}", r"\1=SECRET"),
    (r'class="qrline" stroke="#000" d="[^"]*"', "QR"),
    (r"/static/[A-Za-z0-9_-]+/", "/static/HASH/"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*Z?|\d\d:\d\d UTC|\d{1,2}:\d\d:\d\d", "MOMENT"),
    (r"\b\d{9,10}\b", "STAMP"),
)

OF_ITSELF = r"(?m)^(X-Request-ID|Content-Length): .*$"


@contextmanager
def checkout(commit: str, folder: Path):
    """Yield a work tree of a commit."""
    tree = folder / commit
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--detach", "--force", str(tree), commit], check=True)
    try:
        yield tree
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def shop(tree: Path, *words: str) -> str:
    """Return what a command of a commit's own `courseshop` prints."""
    command = [sys.executable, "-c", "from courseshop.scripts import cli; cli()", *words]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def answers(tree: Path, folder: Path) -> dict[str, str]:
    """Return what a commit says, by what it was asked."""
    ini = folder / f"{tree.name}.d" / "shop.ini"
    ini.parent.mkdir()
    ini.write_text(INI)
    shop(tree, "init", str(ini), "--demo")
    tokens = {
        who: shop(tree, "token", "add", str(ini), f"demo-{who}", "--scope", "write").strip()
        for who in WHO[1:]
    }
    told = ini.with_name("asked.json")
    told.write_text(json.dumps({"ini": str(ini), "tokens": tokens, "out": str(ini) + ".json"}))
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONWARNINGS": "ignore"}
    argv = [sys.executable, __file__, "--ask", str(told)]
    subprocess.run(argv, cwd=tree, env=environment, check=True)
    found = json.loads(Path(f"{ini}.json").read_text())
    return {"courseshop tree": shop(tree, "tree", str(ini)), **found}


class Asker:
    """Asks the shop whose code is on the path, and collects its answers by what was asked."""

    def __init__(self, ini: str, tokens: dict[str, str]) -> None:
        from pyramid.paster import get_app

        self.app, self.tokens = get_app(ini), tokens
        self.found: dict[str, str] = {}

    def send(self, method: str, path: str, who: str, accept: str, body: Any = None) -> Any:
        from pyramid.request import Request

        request = Request.blank(path, method=method.upper(), accept=accept)
        if who != "guest":
            request.headers["Authorization"] = f"Bearer {self.tokens[who]}"
        if body is not None:
            request.content_type, request.body = "application/json", json.dumps(body).encode()
        return request.get_response(self.app)

    def note(self, method: str, path: str, accept: str, body: Any = None) -> None:
        """Ask as everybody."""
        for who in WHO:
            answer = self.send(method, path, who, accept, body)
            headers = "\n".join(sorted(f"{name}: {value}" for name, value in answer.headerlist))
            text = f"{answer.status}\n{headers}\n\n{answer.body.decode('utf-8', 'replace')}"
            for pattern, blot in BLOTS:
                text = re.sub(pattern, blot, text)
            self.found[f"{who} {method.upper()} {path} {accept}"] = re.sub(OF_ITSELF, r"\1", text)

    def ask(self) -> dict[str, str]:
        description = self.send("GET", "/openapi.json", "guest", "*/*").json
        self.found["/openapi.json"] = json.dumps(description, indent=1, sort_keys=True)
        operations = [
            (method, filled(path, operation), operation)
            for path, methods in description["paths"].items()
            for method, operation in methods.items()
        ]
        for path in (path for method, path, _operation in operations if method == "get"):
            for accept in FORMS:
                self.note("get", path, accept)
        for wanted in WRITES:
            for method, path, operation in operations:
                if method == wanted:
                    self.note(method, path, FORMS[1], example(operation))
        return self.found


def filled(path: str, operation: dict[str, Any]) -> str:
    """Return a path with the examples of its parameters, and of its query those that it needs."""
    for one in operation.get("parameters", ()):
        if one.get("in") == "path":
            name, value = one["name"], str(one.get("example", "1"))
            path = path.replace(f"{{{name}}}", value)
    query = [
        f"{one['name']}={value}"
        for one in operation.get("parameters", ())
        if one.get("in") == "query" and one.get("required")
        for value in [one.get("example", "x")]
    ]
    return f"{path}?{'&'.join(query)}" if query else path


def example(operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    for one in content.values():
        for shown in one.get("examples", {}).values():
            return shown["value"]
    return {} if content else None


def compare(old: dict[str, str], new: dict[str, str]) -> int:
    """Print what differs, and return in how many answers."""
    wrong = 0
    for name in [*old, *(one for one in new if one not in old)]:
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            wrong += 1
            click.echo(f"== {name}")
            lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
            click.echo("\n".join(line[:300] for line in list(lines)[2:12]))
    statuses = Counter(text[:3] for name, text in new.items() if name.split()[0] in WHO)
    click.echo(f"{len(old)} answers compared ({dict(statuses)}), {wrong} differ")
    return wrong


def main(old: str, new: str) -> int:
    with tempfile.TemporaryDirectory(prefix="outside-") as name:
        folder = Path(name)
        with checkout(old, folder) as first, checkout(new, folder) as second:
            return compare(answers(first, folder), answers(second, folder))


if __name__ == "__main__":
    if sys.argv[1] == "--ask":
        told = json.loads(Path(sys.argv[2]).read_text())
        Path(told["out"]).write_text(json.dumps(Asker(told["ini"], told["tokens"]).ask()))
    else:
        sys.exit(bool(main(*sys.argv[1:3])))
