"""DOT text to SVG, PNG or PDF, by the `dot` program or by the Graphviz inside pygraphviz."""

import importlib.util
import math
import re
import shutil
import subprocess
import sys

from autograd.errors import RenderError

# Graphviz' library serves one thread at a time and may take the process down with it, so it runs
# in a process of its own, as `dot` does.
PYGRAPHVIZ = """\
import sys
import pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
graph.graph_attr["dpi"] = sys.argv[2]
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""

# What Graphviz says of a PNG with more pixels a side than it can make.
_SHRUNK = re.compile(rb"too large for [\w-]+ bitmaps. Scaling by ([\d.]+)")


def render(source: str, format: str, dpi: float = 144) -> bytes:
    """The picture that `source` describes, as the contents of a file of this format.

    format    svg, png or pdf.
    dpi       dots per inch; only a PNG has dots.

    Raises RenderError where neither Graphviz is there, where the one that is there fails, and
    where it would shrink a PNG, text and all, to what it can make.
    """
    resolution = f"{dpi if format == 'png' else 72:g}"
    try:
        done = subprocess.run(
            _command(format, resolution), input=source.encode(), capture_output=True, check=True
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        # Warnings about fonts may follow the error.
        reason = next((line for line in reversed(said) if "rror" in line), said[-1])
        raise _failure(format, f"exit status {error.returncode} ({reason})") from error
    except OSError as error:
        raise _failure(format, str(error)) from error
    shrunk = _SHRUNK.search(done.stderr)
    if shrunk:
        scale = float(shrunk[1])
        raise RenderError(
            f"a picture that fits into a PNG at {dpi:g} dots per inch",
            f"one that Graphviz shrinks to {scale:.0%}, text and all",
            f"save .svg or .pdf, which have no limit, or make it small yourself: "
            f"dpi={math.floor(dpi * scale)}",
        )
    return done.stdout


def _failure(format: str, received: str) -> RenderError:
    return RenderError(
        f"Graphviz to draw {format}",
        received,
        "save the .dot file and run `dot` on it to see more, or install another Graphviz",
    )


def _command(format: str, dpi: str) -> list[str]:
    dot = shutil.which("dot")
    if dot:
        return [dot, f"-T{format}", f"-Gdpi={dpi}"]
    if importlib.util.find_spec("pygraphviz") and sys.executable:
        return [sys.executable, "-P", "-c", PYGRAPHVIZ, format, dpi]
    raise RenderError(
        "Graphviz to draw the picture",
        "neither the program `dot` on the PATH nor the package pygraphviz",
        "install Graphviz (https://graphviz.org/download), or pip install 'valuegraph[draw]'; "
        '.source and .save("x.dot") need neither',
    )
