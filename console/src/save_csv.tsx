// SPDX-License-Identifier: Apache-2.0
// Rows as a file for a spreadsheet, behind a button.
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";

import { csv_file } from "./csv";

/** NAMES: of the file, what is empty left out. */
function file_name(names: string[]): string {
  return ["muster", ...names].filter(Boolean).join("-").replace(/[^\p{L}\p{N}-]+/gu, "_") + ".csv";
}

export function SaveCsv(props: { rows: (string | number)[][]; names: string[]; label: string }): JSX.Element {
  const { rows } = props;
  const url = useMemo(() => URL.createObjectURL(csv_file(rows)), [rows]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return <a class="button save-csv" href={url} download={file_name(props.names)}>{props.label}</a>;
}

/** The same at once, of rows that were only read when it was pressed. */
export function save_csv(rows: (string | number)[][], names: string[]): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(csv_file(rows));
  link.download = file_name(names);
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60000); // the browser has begun to read it
}
