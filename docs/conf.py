"""How the site is built: `./dev docs`."""

from wizard import __version__

project = "Golive"
author = "the maintainers of Golive"
project_copyright = author
release = version = __version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Golive"
myst_heading_anchors = 3
myst_url_schemes = ["http", "https", "mailto"]
man_pages = [("commands", "golive", "takes a Django project to a monitored production service", author, 1)]
today = f"Golive {version}"
