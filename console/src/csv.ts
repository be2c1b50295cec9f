// SPDX-License-Identifier: Apache-2.0
// Files for a spreadsheet: as csv_append_cell of the server writes cells, with a mark that
// tells Excel it is UTF-8.

/** What a spreadsheet would take for a formula gets a ' before it; numbers are no text. */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? "'" + value : value;
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

export function csv_file(rows: (string | number)[][]): Blob {
  return new Blob(["\ufeff" + rows.map((row) => row.map(cell).join(",") + "\r\n").join("")], { type: "text/csv" });
}
