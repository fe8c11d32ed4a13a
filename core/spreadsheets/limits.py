"""How big a file may be (TRUST.md L7, decision 9). Bytes unless the name says otherwise."""

from core.apart.limits import MEGABYTE

FILE = 20 * MEGABYTE
MEMBERS = 2_000  # files inside the zip
EXPANDED = 200 * MEGABYTE  # all members together, unpacked
RATIO = 100  # unpacked : packed, of the whole and of each member above RATIO_FROM
RATIO_FROM = MEGABYTE
SHEETS = 50
ROWS = 200_000
COLUMNS = 200
MERGED = 10_000  # merged cells of a sheet that are told; the rows of what is beyond are read as they stand
CELL = 32_767  # characters: Excel's own limit
ROW_TEXT = 1_000_000  # characters of one row, so that no row weighs on the asking process
LINE = 4 * ROW_TEXT + 1  # one answer of the reading process
