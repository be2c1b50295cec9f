// SPDX-License-Identifier: Apache-2.0
// A file of people before it is sent: read as UTF-8 or as Excel in China writes it, sent as
// UTF-8; the template; what the server says of a line, in the language of the console.
import type { App } from "./app";
import { csv_file } from "./csv";
import { has_word, t, word } from "./i18n";

export const SIZE_MAX = 4 * 1024 * 1024; // API_FILE_MAX of the server
export const ROWS_MAX = 20000;
const ENCODINGS = ["utf-8", "gb18030"] as const;
const EXAMPLE = "EXAMPLE"; // the number in the template's row

/** The columns a file may have; the first four are needed. */
export const COLUMNS = [
  "number", "name", "lat", "lon", "phone", "email", "mode", "skills", "certificates", "area", "organisations", "duty", "quiet", "birth", "paused_until", "suspended", "places",
];

export interface PeopleFile {
  name: string;
  encoding: (typeof ENCODINGS)[number];
  body: Blob; // UTF-8
}
/** Why a file is not even sent; a key of "import.". */
export type Unfit = "workbook" | "unreadable" | "large" | "example";

function begins(bytes: Uint8Array, ...start: number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}
function is_workbook(bytes: Uint8Array): boolean {
  return begins(bytes, 0x50, 0x4b, 3, 4) || begins(bytes, 0xd0, 0xcf, 0x11, 0xe0); // .xlsx, .xls
}

export async function read_file(file: File): Promise<PeopleFile | Unfit> {
  if (file.size > SIZE_MAX) return "large"; // UTF-8 is never shorter than GB18030
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (is_workbook(bytes)) return "workbook";
  for (const encoding of ENCODINGS) {
    let text: string;
    try {
      text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      continue;
    }
    if (new RegExp('^"?' + EXAMPLE + '"?,', "m").test(text)) return "example";
    const body = new Blob([text], { type: "text/csv" });
    return body.size > SIZE_MAX ? "large" : { name: file.name, encoding, body };
  }
  return "unreadable";
}

/** The header and one made-up row of this instance. */
export function template_of(app: App): Blob {
  const [west, south, east, north] = app.instance.box ?? [121, 30.7, 121, 30.7];
  const row: Record<string, string> = {
    number: EXAMPLE,
    name: t("import.example_name"),
    lat: ((south + north) / 2).toFixed(5),
    lon: ((west + east) / 2).toFixed(5),
    phone: "10000123456",
    mode: "bike",
    skills: "first-aid;nurse",
    certificates: "nurse:2030-12-31",
    area: app.areas.find((one) => one.code !== app.instance.root_area)?.code ?? "",
    organisations: t("import.example_organisation"),
    duty: "Mo-Fr 18:00-22:00",
    birth: "1990-05-31",
  };
  return csv_file([Object.keys(row), Object.values(row)]);
}

/** What is wrong with a field of a form, which is judged by the same rules as a cell. */
export function fault_text(detail: string): string {
  if (/^must have at most \d+ bytes$/.test(detail)) return word("file", "is too long");
  const [what = ""] = detail.split(": write it like ");
  if (has_word("detail", what)) return word("detail", what);
  return has_word("file", what) ? word("file", what) : detail;
}

/** What was wrong or is to be known; behind its first colon, if it is no whole text of ours, stands the value. */
export function said(detail: string): string {
  if (has_word("file", detail)) return word("file", detail);
  const cells = /^(\d+) cells where the header has (\d+)$/.exec(detail);
  if (cells) return t("import.cells", { n: cells[1]!, wanted: cells[2]! });
  const twice = /^'(.*)' stands on line (\d+) too$/.exec(detail);
  if (twice) return t("import.twice", { number: twice[1]!, line: twice[2]! });
  const erased = /^(\S+) was erased$/.exec(detail);
  if (erased) return t("import.erased", { number: erased[1]! });
  const colon = detail.indexOf(": ");
  const what = colon < 0 ? detail : detail.slice(0, colon), value = colon < 0 ? "" : detail.slice(colon + 2);
  if (!value || !has_word("file", what)) return detail;
  return t("import.said", { what: word("file", what), value: value.startsWith("write it like ") ? t("import.hours") : value });
}
