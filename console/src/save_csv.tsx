// SPDX-License-Identifier: Apache-2.0
// Rows as a file for a spreadsheet, behind a button.
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";

import { csv_file } from "./csv";

/** NAMES: of the file, what is empty left out. */
export function SaveCsv(props: { rows: (string | number)[][]; names: string[]; label: string }): JSX.Element {
  const { rows } = props;
  const url = useMemo(() => URL.createObjectURL(csv_file(rows)), [rows]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  const file = ["muster", ...props.names].filter(Boolean).join("-").replace(/[^\p{L}\p{N}-]+/gu, "_");
  return <a class="button save-csv" href={url} download={file + ".csv"}>{props.label}</a>;
}
