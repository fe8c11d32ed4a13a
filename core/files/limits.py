"""How big an attachment may be (TRUST.md L8, 2.9). Office files also stay within ``core.spreadsheets.limits``."""

from core.apart.limits import MEGABYTE

FILE = 10 * MEGABYTE
PIXELS = 25_000_000
PDF_PAGES = 500
PDF_OBJECTS = 100_000
FILES_A_DAY = 200  # of one person
BYTES_A_DAY = 300 * MEGABYTE  # of one person
NAME = 60  # characters before the ending: 180 bytes, which every file system takes
