"""How results look: tables in notebooks, pictures in the colours of the reports, a line or a bar of progress."""
from __future__ import annotations

import shutil
import sys
import time
from html import escape
from typing import Any, Iterable, Optional, Sequence, Union

#: of curves, in the order of the reports
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F", "#000000")
#: safety values from unsafe to safe
VALUES = ((0.0, "#B35806"), (0.2, "#F1A340"), (0.4, "#FEE0B6"), (0.5, "#F7F7F7"), (0.6, "#D1E5F0"), (0.8, "#67A9CF"),
          (1.0, "#2166AC"))
#: a learned set against the true one: neither, both, falsely given up, falsely claimed safe
OVERLAP = ("#ffffff", "#D1E5F0", "#E69F00", "#CC0000")
BAD, FINE = "#a04000", "#00573f"


# ---- tables ----

def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """HTML of a table; a cell is text, or (text, whether it is bad)."""

    def cell(value: Any, tag: str) -> str:
        if isinstance(value, tuple):
            text, bad = value
            return f'<{tag} style="color:{BAD if bad else FINE};font-weight:600">{escape(str(text))}</{tag}>'
        return f"<{tag}>{escape(str(value))}</{tag}>"

    def row(cells: Sequence[Any], tag: str) -> str:
        return "<tr>" + "".join(cell(c, tag) for c in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><caption>{escape(caption)}</caption>{row(head, 'th') if head else ''}{body}</table>"


# ---- pictures ----

def axes(ax: Any = None, rows: int = 1, **more: Any) -> Any:
    """The axes given, or new ones, as the reports have them."""
    import matplotlib.pyplot as plt
    import numpy as np

    given = ax if ax is not None else plt.subplots(rows, sharex=True, layout="constrained", **more)[1]
    for one in np.atleast_1d(given):
        one.grid(True, color="#cccccc", linewidth=0.7)
        one.set_axisbelow(True)
        one.tick_params(colors="#222222")
        for side, spine in one.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color("#555555")
    return given


def framed(ax: Any) -> None:
    """A map has a frame and no grid."""
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(True)


def values_map() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("duro", VALUES)


def matrix(ax: Any, rows: Sequence[str], columns: Sequence[str], counts: Any, title: str) -> Any:
    """An attack matrix: counts (rows x columns x 3) of violating episodes, of all, and the smallest h; NaN: none."""
    from matplotlib.colors import LinearSegmentedColormap

    ax = axes(ax, figsize=(2.0 + 1.1 * len(columns), 1.6 + 0.55 * len(rows)))
    shares = LinearSegmentedColormap.from_list("duro shares", ((0.0, "#eef7f3"), (1e-6, "#fbf1ea"), (1.0, "#F1A340")))
    ax.imshow(counts[..., 0] / counts[..., 1], cmap=shares, vmin=0, vmax=1, aspect="auto")
    for i, row in enumerate(counts):
        for k, (violating, episodes, h_min) in enumerate(row):
            if episodes != episodes:
                continue
            ax.annotate(f"{violating:.0f}/{episodes:.0f}", (k, i), ha="center", va="bottom", weight="bold",
                        color=BAD if violating else FINE)
            ax.annotate(f"h {h_min:.3g}", (k, i), xytext=(0, -2), textcoords="offset points", ha="center", va="top",
                        fontsize="small", color="#333333")
    ax.set_xticks(range(len(columns)), columns, rotation=25, ha="right")
    ax.set_yticks(range(len(rows)), rows)
    ax.set_title(title, fontsize="medium")
    framed(ax)
    return ax


def steps_axis(ax: Any) -> None:
    """Environment steps as 500k, 1.5M."""
    from matplotlib.ticker import EngFormatter

    ax.xaxis.set_major_formatter(EngFormatter(sep=""))
    ax.set_xlabel("environment steps")


def line_of(ax: Any, x: Any, y: Any, z: Any, label: str, **look: Any) -> None:
    """The line z = 0 (z is rows of equal y), where there is one, with its entry in the legend."""
    if z.min() < 0 <= z.max():
        ax.contour(x, y, z, levels=[0.0], colors=[look["color"]], linewidths=[look["linewidth"]],
                   linestyles=[look.get("linestyle", "solid")])
    ax.plot([], [], label=label, **look)


def legend(ax: Any) -> None:
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, frameon=False)


# ---- progress ----

def _notebook() -> Any:
    """IPython.display where cells show what is written into them, else None."""
    shell = sys.modules.get("IPython")
    kernel = "ipykernel" in sys.modules and shell is not None and shell.get_ipython() is not None
    if not kernel:
        return None
    from IPython import display

    return display


class _Bar:
    """A bar with its text, in a notebook."""

    def __init__(self, text: str, share: Optional[float]) -> None:
        self.text, self.share = text, share

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        value = "" if self.share is None else f' value="{self.share:.4f}"'
        return f"<progress{value}></progress> <code>{escape(self.text)}</code>"


class Line:
    """How far a call is: in a terminal a line that is written over, in a notebook a bar; elsewhere nothing.

    `wanted`: "auto", True (a line even where there is no terminal) or False. As a context it ends its line."""

    def __init__(self, wanted: Union[bool, str], name: str) -> None:
        self.display = _notebook() if wanted else None
        self.shown = bool(wanted) and (wanted is True or self.display is not None or sys.stderr.isatty())
        self.name, self.last, self.width = name, 0.0, 0
        self.handle: Any = None

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *error: Any) -> None:
        if self.width and self.display is None:
            print(file=sys.stderr, flush=True)
        self.width = 0

    def due(self, end: bool = False) -> bool:
        """Whether it is time for another look; ten times a second is enough."""
        if not self.shown or not (end or time.monotonic() - self.last > 0.1):
            return False
        self.last = time.monotonic()
        return True

    def show(self, text: str, share: Optional[float] = None) -> None:
        """share: of 1, None where it is not known."""
        text = f"{self.name}: {text}"
        if self.display is not None:
            self._show_bar(_Bar(text, None if share is None else min(max(share, 0.0), 1.0)))
            return
        room = shutil.get_terminal_size().columns - 1 if sys.stderr.isatty() else 200
        text = text[:room]
        print("\r" + text.ljust(min(self.width, room)), end="", file=sys.stderr, flush=True)
        self.width = max(self.width, len(text))

    def _show_bar(self, bar: _Bar) -> None:
        if self.handle is None:
            self.handle = self.display.display(bar, display_id=True)
        else:
            self.handle.update(bar)
