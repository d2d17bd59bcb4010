"""Journeys of a site's visitors that are found in the project, run against the site, and judged by their effect."""
