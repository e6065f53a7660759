# Sphinx: the pages of the repository as a site; tools/make-docs runs it on a copy of them
import os

project = "duro"
author = copyright = "the duro authors"
release = version = os.environ.get("DURO_VERSION", "")

extensions = ["myst_parser"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
html_extra_path = ["extra"]  # the C interface, from Doxygen
myst_heading_anchors = 4

html_theme = "alabaster"
html_theme_options = {"description": "Safe and robust reinforcement learning", "page_width": "70em"}
html_show_copyright = False
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}


def plain_text(app, env, node, contnode):
    """A link to a file or folder of the repository that is no page of the site becomes plain text."""
    path = os.path.join(os.environ["DURO_ROOT"], os.path.dirname(node["refdoc"]), node["reftarget"])
    return contnode if os.path.exists(path) else None


def setup(app):
    app.connect("missing-reference", plain_text)
