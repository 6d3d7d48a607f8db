"""A bar chart on a logarithmic scale, as an SVG that suits light and dark pages."""

import math
from xml.sax.saxutils import escape

WIDTH, LABELS, VALUES = 860, 270, 130
TOP, ROW, BAR, BOTTOM = 62, 27, 17, 46

STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 16px; font-weight: 600 }
    .quiet { fill: #59636e; font-size: 12px }
    .page { fill: #ffffff }
    .value { paint-order: stroke; stroke: #ffffff; stroke-width: 5px }
    .grid { stroke: #d1d9e0 }
    .bar { fill: #8c959f }
    .own { fill: #0969da }
    .bound { fill: #1a7f37 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc }
      .quiet { fill: #9198a1 }
      .page { fill: #0d1117 }
      .value { stroke: #0d1117 }
      .grid { stroke: #3d444d }
      .bar { fill: #656c76 }
      .own { fill: #4493f8 }
      .bound { fill: #3fb950 }
    }
"""


def scale(values):
    """From a value to its place, and the values that get a line: 1, 2 and 5 times powers of ten would be too many."""
    low = math.floor(math.log10(min(values)))
    high = math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    span = WIDTH - LABELS - VALUES

    def place(value):
        return LABELS + span * (math.log10(value) - low) / (high - low)
    return place, [10.0 ** power for power in range(low, high + 1)]


def text(x, y, words, kind="", anchor="start"):
    of_kind = f' class="{kind}"' if kind else ""
    return f'  <text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of_kind}>{escape(words)}</text>'


def bars(title, subtitle, axis, rows):
    """`rows`: (label, value, what is written beside it, kind: own, bound or nothing), drawn from top to bottom."""
    place, ticks = scale([value for _, value, _, _ in rows])
    foot = TOP + ROW * len(rows)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {foot + BOTTOM}" width="{WIDTH}" '
           f'height="{foot + BOTTOM}" role="img" aria-label="{escape(title)}">')
    yield f"  <style>{STYLE}  </style>"
    yield f'  <rect class="page" width="{WIDTH}" height="{foot + BOTTOM}"/>'
    yield text(16, 26, title, "title")
    yield text(16, 46, subtitle, "quiet")
    for tick in ticks:
        yield f'  <line class="grid" x1="{place(tick):.1f}" y1="{TOP}" x2="{place(tick):.1f}" y2="{foot}"/>'
        yield text(place(tick), foot + 17, f"{tick:g}", "quiet", "middle")
    yield text((LABELS + WIDTH - VALUES) / 2, foot + 36, axis, "quiet", "middle")
    for index, (label, value, note, kind) in enumerate(rows):
        y = TOP + ROW * index + (ROW - BAR) / 2
        yield text(LABELS - 10, y + 13, label, anchor="end")
        yield (f'  <rect class="{kind or "bar"}" x="{LABELS}" y="{y:.1f}" width="{max(1, place(value) - LABELS):.1f}" '
               f'height="{BAR}" rx="2"/>')
        yield text(place(value) + 7, y + 13, note, "value")
    yield "</svg>"
