"""Scoring opens no socket."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: Runs before anything of the package is imported: every way to a socket ends here.
_NO_SOCKETS = """
import socket, sys, _socket
def refuse(*_, **__): raise AssertionError("a socket was opened")
class Refused(socket.socket):
    def __new__(cls, *_, **__): refuse()
socket.socket = _socket.socket = socket.SocketType = Refused
socket.create_connection = socket.getaddrinfo = socket.gethostbyname = refuse
"""
_SCORE = """
from gnn_emotion.cli.main import main
sys.argv = ["gnn-emotion", "score", sys.argv[1], "--output", sys.argv[2]]
main()
"""
_CONNECT = "socket.create_connection(('localhost', 9))"


def _run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _NO_SOCKETS + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_trap_works():
    assert "a socket was opened" in _run(_CONNECT).stderr
    assert "a socket was opened" in _run("socket.socket()").stderr


def test_scoring_opens_no_socket(repo: Path, tmp_path: Path):
    ran = _run(_SCORE, repo / "data" / "sample", tmp_path / "out.csv")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "out.csv").exists()
