"""Reading office spreadsheets (xlsx, csv) that strangers send.

``with open_sheets(path_or_file, filename=...) as sheets: for sheet in sheets: for number, cells in sheet.rows: ...``
from ``core.spreadsheets.sheets``. Every refusal is a ``CannotRead`` (``.refusals``) whose message names the file, the
limit and what was found. This file imports nothing: the reading process passes through it.
"""
