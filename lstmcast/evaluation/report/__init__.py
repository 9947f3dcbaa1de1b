"""The report: an evaluation and a forecast as one page that needs nothing beside itself."""
