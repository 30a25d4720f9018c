"""Growth as a chart: CPU of a hybrid query over passages, both axes logarithmic."""

from collections.abc import Mapping, Sequence
from math import log10
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 360, 60, 310
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000)
COLOURS = {"p50": "#1b6ca8", "p99": "#b4452f"}


def _x(size: float) -> float:
    return LEFT + (log10(size) - 3) / (log10(SIZES[-1]) - 3) * (WIDTH - LEFT - 30)


def _y(milliseconds: float) -> float:
    return BOTTOM - (log10(milliseconds) - log10(0.5)) / (log10(32) - log10(0.5)) * (BOTTOM - 40)


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def draw(path: Path, growth: Sequence[Mapping[str, float]], caption: str) -> None:
    """Writes an SVG; each point has `passages`, `p50` and `p99`."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 20, caption),
        _text(WIDTH / 2, HEIGHT - 10, "passages"),
    ]
    for size in SIZES:
        parts.append(f'<line x1="{_x(size):.1f}" x2="{_x(size):.1f}" y1="40" y2="{BOTTOM}" stroke="#ddd"/>')
        parts.append(_text(_x(size), BOTTOM + 18, f"{size:,}"))
    for level in (0.5, 1, 2, 4, 8, 16, 32):
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 30}" y1="{_y(level):.1f}" y2="{_y(level):.1f}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 8, _y(level) + 4, f"{level:g} ms", "end"))
    for name, colour in COLOURS.items():
        points = " ".join(f"{_x(point['passages']):.1f},{_y(point[name]):.1f}" for point in growth)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        last = growth[-1]
        parts.append(_text(_x(last["passages"]) - 6, _y(last[name]) - 8, name, "end"))
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", "utf-8")
