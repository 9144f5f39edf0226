"""The page: a summary as one HTML file that needs nothing else, neither network nor fonts.

    Summary --`sections`--> sections of charts and tables --`page.html.jinja`--> text

`charts` says what is drawn, `style.css` how it looks, `page.js` puts the charts in their places.
Vega-Lite draws them in the reader's browser; it comes along from the package vl-convert-python, and
Jinja fills the template: the extra `insights`.
"""

from __future__ import annotations

from ccsync.insights.html.page import PageError, page

__all__ = ["PageError", "page"]
