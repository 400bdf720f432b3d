"""nginx, with docs/nginx.conf before the shop, or with pages as files: its own speed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

SAMPLE = Path(__file__).parent.parent.parent / "docs" / "nginx.conf"
# What nginx needs around its servers to run in a folder, as anybody, without a line for a request.
AROUND = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{}}
http {{
    access_log off;
    sendfile on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    {servers}
}}
"""
# A file is called as the page is, so its type has to be told.
FILES = "server {{ listen 127.0.0.1:{port}; root {folder}; default_type text/html; }}"


def find() -> str | None:
    """Return the path of nginx, None where there is none."""
    # Debian has it where only root looks for programs.
    return shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def argv(config: Path) -> list[str]:
    """Return what runs nginx by a configuration, in the folder where that is."""
    # Until it has read the configuration, it would write its log where only root may.
    return [find() or "nginx", "-e", "stderr", "-p", str(config.parent), "-c", str(config)]


def before(shop: int, port: int, folder: Path) -> Path:
    """Write the configuration that has the sample before the shop at port `shop`."""
    servers = SAMPLE.read_text("utf-8")
    for old, new in (
        ("127.0.0.1:6543", f"127.0.0.1:{shop}"),
        ("\n    listen 80;\n    server_name shop.example;\n", f"\n    listen 127.0.0.1:{port};\n"),
        ("/var/cache/", f"{folder}/"),
    ):
        servers = servers.replace(old, new)
    return write(servers, folder)


def write(servers: str, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "nginx.conf"
    # Workers of root's would be nobody, who may not look into its folders.
    user = "user root;" if os.getuid() == 0 else ""
    path.write_text(AROUND.format(servers=servers, user=user, folder=folder), "utf-8")
    return path
