"""draw_terminal.py FILE.svg CONTEXT COMMAND...: runs the commands in a pseudo-terminal and draws the last screen as SVG.

The context goes to the commands in K8S_AUTH_CONTEXT, so that what is shown is what a person types.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
from pathlib import Path

import pyte
from rich.console import Console
from rich.text import Text

COLUMNS, LINES = 84, 60


def main(target: Path, context: str, commands: list[str]) -> None:
    """Run all commands on one screen and write the picture, which fetches nothing: no fonts from elsewhere."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    for command in commands:
        stream.feed(f"\x1b[1;32m$\x1b[0m {command}\r\n".encode())
        for chunk in run_in_terminal(command, context):
            stream.feed(chunk)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in drawn_lines(screen):
        console.print(line, no_wrap=True, crop=False)
    drawing = console.export_svg(title="roro")
    target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL).replace("Fira Code, ", ""))


def run_in_terminal(command: str, context: str) -> list[bytes]:
    """Everything the command writes to a terminal of our size."""
    child, terminal = pty.fork()
    if child == 0:
        binaries = str(Path(sys.executable).parent)
        environment = {**os.environ, "K8S_AUTH_CONTEXT": context, "TERM": "xterm-256color", "PATH": f"{binaries}:{os.environ['PATH']}"}
        os.execvpe("/bin/sh", ["sh", "-c", command], environment)  # noqa: S606
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    chunks = []
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"{command} failed:\n{b''.join(chunks).decode(errors='replace')}")
    return chunks


def drawn_lines(screen: pyte.Screen) -> list[Text]:
    """The screen's lines with their colours, without the empty ones at the end."""
    last = max((number for number, text in enumerate(screen.display) if text.strip()), default=0)
    lines = []
    for number in range(last + 1):
        text = Text()
        for column in range(COLUMNS):
            cell = screen.buffer[number][column]
            colour = "" if cell.fg == "default" else {"brown": "yellow"}.get(cell.fg, cell.fg if not _is_hex(cell.fg) else f"#{cell.fg}")
            text.append(cell.data, style=" ".join(part for part in ("bold" if cell.bold else "", colour) if part))
        text.rstrip()
        lines.append(text)
    return lines


def _is_hex(colour: str) -> bool:
    return len(colour) == 6 and all(digit in "0123456789abcdef" for digit in colour)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
