"""The rooms of the house, lowest first (docs/house.md). Read by the settings and by `./run`, so without Django."""

APPS = ("core", "members", "notices", "congress", "finance", "proposals", "activities", "welfare", "planning")
