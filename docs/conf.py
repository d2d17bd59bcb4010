"""How Sphinx builds the site: `./dev docs`."""

from wizard import __version__

project = "Golive"
author = "the maintainers of Golive"
project_copyright = author
release = version = __version__
extensions = ["myst_parser", "sphinx_design"]
exclude_patterns = ["_build", "**/_*.md"]
html_theme = "furo"
html_title = "Golive"
html_static_path = ["_static"]
html_css_files = ["golive.css"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
myst_url_schemes = ["http", "https", "mailto"]
man_pages = [("reference/commands", "golive", "takes a Django project to a monitored production service", author, 1)]
today = f"Golive {version}"
