"""The SVG shapes that covers consist of, on a canvas of 320 by 180 units.

Cards on phones show only the middle 240 units, so that is where the subject of a cover stands.
All numbers are integers, because rounding could differ between machines.
"""

from __future__ import annotations

WIDTH, HEIGHT = 320, 180
# The sines of 0, 15, … 165 degrees, in hundredths.
_SINES = (0, 26, 50, 71, 87, 97, 100, 97, 87, 71, 50, 26)


def sine(step: int, radius: int) -> int:
    """Return `radius` times the sine of an angle in steps of 15 degrees."""
    value = radius * _SINES[step % 12] // 100
    return value if step % 24 < 12 else -value


def disc(x: int, y: int, radius: int, fill: str) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}"/>'


def pill(x: int, y: int, width: int, height: int, fill: str) -> str:
    """Return a bar with round ends."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{height // 2}" '
        f'fill="{fill}"/>'
    )


def path(outline: str, fill: str) -> str:
    return f'<path d="{outline}" fill="{fill}"/>'


def line(outline: str, stroke: str, width: int) -> str:
    return f'<path d="{outline}" fill="none" stroke="{stroke}" stroke-width="{width}"/>'


def group(shapes: str, transform: str) -> str:
    return f'<g transform="{transform}">{shapes}</g>'


def mirrored(shapes: str) -> str:
    """Return the shapes with left and right exchanged."""
    return group(shapes, f"matrix(-1 0 0 1 {WIDTH} 0)")


def box(x: int, y: int, width: int, height: int) -> str:
    """Return the outline of a rectangle."""
    return f"M{x} {y}h{width}v{height}h{-width}z"


def circle(x: int, y: int, radius: int) -> str:
    """Return the outline of a circle."""
    half = f"{radius} {radius} 0 1 0"
    return f"M{x - radius} {y}a{half} {2 * radius} 0 {half} {-2 * radius} 0"


def rounded(x: int, y: int, width: int, height: int, radius: int) -> str:
    """Return the outline of a rectangle with round corners."""
    turn, across, down = f"a{radius} {radius} 0 0 1", width - 2 * radius, height - 2 * radius
    return (
        f"M{x + radius} {y}h{across}{turn} {radius} {radius}v{down}{turn} {-radius} {radius}"
        f"h{-across}{turn} {-radius} {-radius}v{-down}{turn} {radius} {-radius}z"
    )


def ground(top: int, fill: str) -> str:
    """Return a floor, from `top` to the lower edge."""
    return path(f"M0 {top}H{WIDTH}V{HEIGHT}H0z", fill)
