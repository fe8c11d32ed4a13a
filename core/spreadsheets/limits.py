"""How big a file may be (TRUST.md L7, decision 9). Bytes unless the name says otherwise."""

MEGABYTE = 1 << 20

FILE = 20 * MEGABYTE
MEMBERS = 2_000  # files inside the zip
EXPANDED = 200 * MEGABYTE  # all members together, unpacked
RATIO = 100  # unpacked : packed, of the whole and of each member above RATIO_FROM
RATIO_FROM = MEGABYTE
SHEETS = 50
ROWS = 200_000
COLUMNS = 200
CELL = 32_767  # characters: Excel's own limit
MEMORY = 512 * MEGABYTE  # address space of the reading process
SECONDS = 20  # processor time of the reading process
ROW_TEXT = 1_000_000  # characters of one row, so that no row weighs on the asking process
LINE = 4 * ROW_TEXT + 1  # one answer of the reading process
