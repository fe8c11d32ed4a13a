"""Reading office spreadsheets (xlsx, csv) that strangers send.

``with open_sheets(path_or_file, filename=...) as sheets: for sheet in sheets: for number, cells in sheet.rows: ...``
Every refusal is a ``CannotRead`` whose message names the file, the limit and what was found.
"""

from core.spreadsheets.refusals import CannotRead, Unreadable
from core.spreadsheets.sheets import Formula, Sheet, Sheets, open_sheets

__all__ = ["CannotRead", "Formula", "Sheet", "Sheets", "Unreadable", "open_sheets"]
