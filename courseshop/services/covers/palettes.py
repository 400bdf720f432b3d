"""The colors of covers."""

from __future__ import annotations

from typing import NamedTuple


class Palette(NamedTuple):
    """A paper, three inks from the strongest to the faintest contrast with it, and an accent."""

    paper: str
    strong: str
    medium: str
    faint: str
    spark: str

    @property
    def inks(self) -> tuple[str, str, str]:
        return self.strong, self.medium, self.faint

    @property
    def shades(self) -> list[str]:
        """The inks from dark to light."""
        return sorted(self.inks, key=_lightness)

    @property
    def darkest(self) -> str:
        return min(self.paper, self.strong, key=_lightness)

    @property
    def lightest(self) -> str:
        return max(self.paper, self.strong, key=_lightness)

    @property
    def accent(self) -> str:
        """The color of single words on the darkest one."""
        return self.spark if self.darkest == self.paper else self.faint

    def against(self, ink: str) -> str:
        """Return the color to draw with on top of an ink."""
        return max(
            self.darkest, self.lightest, key=lambda color: abs(_lightness(color) - _lightness(ink))
        )


def _lightness(color: str) -> int:
    red, green, blue = bytes.fromhex(color[1:])
    return 2 * red + 5 * green + blue


PALETTES = {
    name: Palette(*colors.split())
    for name, colors in {
        # Light paper
        "brick": "#f4e4d4 #7a2e22 #c4533a #e8a57e #1f5163",
        "mint": "#d8eee2 #12443e #2c8a74 #8cccb2 #f2744b",
        "moss": "#e6ead2 #2f4a34 #66884f #b4c687 #e2593c",
        "rose": "#f8dad2 #812b44 #d2657a #f2b0a8 #23534c",
        "sky": "#d2e6ef #14405f #2f7fae #92c1d9 #f4b93b",
        "slate": "#e9edee #1f2d36 #55727f #a8bec5 #ef6142",
        "straw": "#f7e7b6 #20415c #3f7f9b #eab648 #d8502f",
        # Dark paper
        "berry": "#43203a #f4d8cf #c07790 #7a3a5c #f4b04a",
        "clay": "#57291d #f4dfbd #d0804d #8f4429 #86c2b4",
        "dusk": "#1d2a4d #f0dcb8 #7088c8 #33478a #f2a65a",
        "lagoon": "#0f4c4a #dcecd8 #5cb3a2 #1c7470 #ffcf56",
        "night": "#12222e #d3e5e1 #4f86a0 #23465a #f4c95d",
        "olive": "#363d1e #f0e9c8 #9aa754 #5d6a2d #f08c4e",
        "poppy": "#a82f26 #fdebd3 #f0987a #cf5945 #ffcf5c",
    }.items()
}
