"""Line charts as SVG, for results that are drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 420, 60, 40, 620, 360
COLOURS = ("#1b6ca8", "#b4452f", "#2d8a4e", "#7a4fa3", "#b8860b", "#555555", "#4aa3b8", "#c45a9a")
TICKS = range(0, 101, 20)


def shares(path: Path, title: str, axes: tuple[str, str], series: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    """Curves whose both axes run from 0 to 100 per cent."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 22, title),
        _text((LEFT + RIGHT) / 2, HEIGHT - 12, axes[0]),
        f'<g transform="rotate(-90 16 200)">{_text(16, 200, axes[1])}</g>',
    ]
    for tick in TICKS:
        x, y = _place(tick, tick)
        parts.append(f'<path d="M{x:.1f} {TOP}V{BOTTOM}M{LEFT} {y:.1f}H{RIGHT}" stroke="#ddd" fill="none"/>')
        parts += [_text(x, BOTTOM + 18, str(tick)), _text(LEFT - 8, y + 4, str(tick), "end")]
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join("{:.1f},{:.1f}".format(*_place(x, y)) for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(
            f'<rect x="{RIGHT - 230}" y="{BOTTOM - 26 - 18 * number}" width="12" height="12" fill="{colour}"/>'
        )
        parts.append(_text(RIGHT - 212, BOTTOM - 16 - 18 * number, name, "start"))
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", "utf-8")


def _place(x: float, y: float) -> tuple[float, float]:
    return LEFT + x / 100 * (RIGHT - LEFT), BOTTOM - y / 100 * (BOTTOM - TOP)


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
