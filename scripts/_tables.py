"""The figures of scripts/bench programs as text."""

from typing import Any, Callable, Dict, List, Optional, Sequence

Figures = Dict[str, Any]


def tables(figures: Figures) -> str:
    """Give all tables, one below the other."""
    measured = [program for program in figures["programs"] if "rows" in program]
    parts = [heading(figures)]
    parts += filter(None, (across(title, measured, cell) for title, cell in TABLES.items()))
    if figures["growth"]:
        parts.append(growth(figures["growth"]))
    return "\n\n".join([*parts, *notes(figures)])


def heading(figures: Figures) -> str:
    """Tell what was measured on."""
    names = ("python", "tools", "console_script", "machine", "load_before", "load")
    lines = [f"{name + ':':16}{figures[name]}" for name in names]
    return "\n".join(
        [*lines, "", f"medians of {figures['rounds']} interleaved rounds; ratios to the venv of each round"]
    )


def across(title: str, programs: Sequence[Figures], cell: Callable[[Figures], str]) -> str:
    """Give a table of one figure: a line for each packaging, a column for each program; nothing where all lack it."""
    packagings = list(dict.fromkeys(row["packaging"] for program in programs for row in program["rows"]))
    lines = [[title, *(program["name"] for program in programs)]]
    told = False
    for packaging in packagings:
        rows = [find(program["rows"], packaging) for program in programs]
        written = [cell(row) if row and row["verdict"] != "fails" else "" for row in rows]
        told = told or any(written)
        lines.append([packaging, *(mark(row, text) for row, text in zip(rows, written))])
    return grid([line for line in lines if any(line[1:])]) if told else ""


def mark(row: Optional[Figures], text: str) -> str:
    """Give a cell's text with what came of the comparison."""
    if row is None or row["verdict"] == "ok":
        return text
    return f"{text} {row['verdict']}".strip()


def find(rows: Sequence[Figures], packaging: str) -> Optional[Figures]:
    """Give the row of that packaging."""
    return next((row for row in rows if row["packaging"] == packaging), None)


def grid(lines: Sequence[Sequence[str]]) -> str:
    """Give lines of cells in columns, the first one to the left and the others to the right."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "   ".join(
            text.rjust(width) if column else text.ljust(width) for column, (text, width) in enumerate(zip(line, widths))
        )
        for line in lines
    )


def ratio(unit: str) -> Callable[[Figures], str]:
    """Give what writes a row's ratio with its quartiles; the baseline's own row has milliseconds."""

    def cell(row: Figures) -> str:
        figures = row[unit]
        if row["packaging"] == "venv":
            return f"{figures['baseline_ms']:.1f} ms"
        return f"{figures['ratio']:.2f} ({figures['lower_quartile']:.2f}-{figures['upper_quartile']:.2f})"

    return cell


def first(row: Figures) -> str:
    """Write the first start in milliseconds."""
    return f"{row['first']['cpu_ms']:.0f} / {row['first']['wall_ms']:.0f}" if "first" in row else ""


def memory(row: Figures) -> str:
    """Write the peak memory."""
    return f"{row['memory_mib']:.1f} ({row['memory_ratio']:.2f})" if "memory_ratio" in row else ""


def calls(row: Figures) -> str:
    """Write the number of system calls."""
    return str(row["calls"]) if row.get("calls") else ""


def size(row: Figures) -> str:
    """Write the size of what is handed to users."""
    return f"{row['bytes'] / 2**20:.2f}" if row.get("bytes") else ""


TABLES: Dict[str, Callable[[Figures], str]] = {
    "warm start, user+sys": ratio("cpu"),
    "warm start, wall": ratio("wall"),
    "first start, ms user+sys / wall": first,
    "peak memory, MiB (ratio)": memory,
    "system calls": calls,
    "size, MiB": size,
}


def growth(figures: Figures) -> str:
    """Give the table of a bundle that grows."""
    lines = [
        [
            "modules in the bundle; warm, ms user+sys (more than with the fewest)",
            *(f"{members:,}" for members in figures["members"]),
        ]
    ]
    for row in figures["rows"]:
        lines.append([row["packaging"], *map(_grown, row["cpu_ms"], row["cpu_more_ms"])])
    return grid(lines)


def _grown(ms: Optional[float], more: Optional[float]) -> str:
    if ms is None:
        return "fails"
    return f"{ms:.1f}" if more is None else f"{ms:.1f} ({more:+.1f})"


def notes(figures: Figures) -> List[str]:
    """Tell why something is missing or marked."""
    lines = [f"{program['name']}: {program['reason']}" for program in figures["programs"] if "reason" in program]
    for program in figures["programs"]:
        for row in program.get("rows", ()):
            if row["verdict"] != "ok":
                lines.append(f"{program['name']}, {row['packaging']} {row['verdict']}: {row['reason']}")
    return ["\n".join(lines)] if lines else []
