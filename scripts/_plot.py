"""The figures of scripts/bench programs as a picture for the README: SVG, with text as text, for light and dark pages."""

import math
from html import escape
from typing import Any, Dict, List, Optional, Sequence, Tuple

Figures = Dict[str, Any]
Bar = Tuple[str, Optional[float], str]  # a packaging, its ratio if it does what it should, and how that is written

WIDTH = 760
LEFT, RIGHT = 180, 60  # the names, and room for a number beside the longest bar
TOP, BOTTOM = 76, 14
STEP, GAP = 15, 14

OURS = "mainspring"
UNPLOTTED = ("venv", "venv again", "zipapp-deflated")  # the last one is as slow as the other zipapp

STYLE = """\
text { font: 11.5px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f; }
.title { font-size: 14px; font-weight: 600; } .name, text.ours { font-weight: 600; }
.quiet { fill: #59636e; } .middle { text-anchor: middle; } .end { text-anchor: end; }
.tick { stroke: #d1d9e0; } .one { stroke: #24292f; stroke-width: 1.5; } .bar { fill: #9aa4af; }
.ours { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .quiet { fill: #9198a1; } .tick { stroke: #3d444d; } .one { stroke: #e6edf3; }
.bar { fill: #656c76; } .ours { fill: #f0883e; }
}
"""


def plot(figures: Figures) -> str:
    """Give the picture: for each program a group of bars, which begin at the line of the virtual environment."""
    groups = [(program["name"], bars_of(program)) for program in figures["programs"] if "rows" in program]
    axis = Axis([ratio for _, bars in groups for _, ratio, _ in bars if ratio])
    height = TOP + BOTTOM + sum(STEP * len(bars) + GAP for _, bars in groups) - GAP
    python = escape(figures["python"].split(",")[0])
    title = f"CPU time of a warm start, from launch to exit, on CPython {python}"
    method = f"Medians of {figures['rounds']} interleaved rounds. 1 is the same program in a venv. Logarithmic; to the left is better."
    parts = [text(title, 8, 20, "title"), text(method, 8, 38, "quiet"), *axis.drawn(height)]
    top = TOP
    for name, bars in groups:
        parts += [text(name, 8, top + STEP - 4, "name"), *drawn(bars, axis, top)]
        top += STEP * len(bars) + GAP
    parts.append(axis.line(1, height, "one"))
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">'
    return "\n".join([head, f"<style>\n{STYLE}</style>", *parts, "</svg>"]) + "\n"


def bars_of(program: Figures) -> List[Bar]:
    """Give the program's packagings with their ratios, ours first."""
    rows = [row for row in program["rows"] if row["packaging"] not in UNPLOTTED]
    return [bar_of(row) for row in sorted(rows, key=lambda row: str(row["packaging"]) != OURS)]


def bar_of(row: Figures) -> Bar:
    """Give the bar of a packaging."""
    if row["verdict"] != "ok":
        return row["packaging"], None, row["verdict"]
    ratio = row["cpu"]["ratio"]
    return row["packaging"], ratio, f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


class Axis:
    """A logarithmic axis, from one power of two to another, with 1 between them."""

    def __init__(self, ratios: Sequence[float]) -> None:
        self.lowest = math.floor(math.log2(min([*ratios, 0.9])))
        self.highest = math.ceil(math.log2(max([*ratios, 2])))

    def place(self, ratio: float) -> float:
        """Give the place of ratio on the page."""
        part = (math.log2(ratio) - self.lowest) / (self.highest - self.lowest)
        return LEFT + part * (WIDTH - RIGHT - LEFT)

    def line(self, ratio: float, height: int, kind: str) -> str:
        """Draw a vertical line at ratio."""
        x = self.place(ratio)
        return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{height - BOTTOM + 4}"/>'

    def drawn(self, height: int) -> List[str]:
        """Draw the lines with their numbers."""
        ratios = [2.0**power for power in range(self.lowest, self.highest + 1)]
        numbers = [text(f"{ratio:g}", self.place(ratio), TOP - 12, "quiet middle") for ratio in ratios]
        return [*numbers, *(self.line(ratio, height, "tick") for ratio in ratios if ratio != 1)]


def drawn(bars: Sequence[Bar], axis: Axis, top: int) -> List[str]:
    """Draw the bars of one program, each from 1 to its ratio, with its name and number."""
    parts = []
    for number, (packaging, ratio, word) in enumerate(bars):
        y = top + number * STEP
        kind = "ours" if packaging == OURS else "bar"
        parts.append(text(packaging, LEFT - 8, y + STEP - 4, f"{'ours' if packaging == OURS else 'quiet'} end"))
        left, right = sorted((axis.place(1), axis.place(ratio or 1)))
        if ratio:
            size = f'x="{left:.1f}" y="{y + 1}" width="{max(right - left, 1):.1f}" height="{STEP - 3}"'
            parts.append(f'<rect class="{kind}" {size}/>')
        parts.append(text(word, right + 5, y + STEP - 4, kind if kind == "ours" else "" if ratio else "quiet"))
    return parts


def text(words: str, x: float, y: float, kind: str) -> str:
    """Draw words."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{escape(words)}</text>'
