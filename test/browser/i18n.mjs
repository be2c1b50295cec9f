// SPDX-License-Identifier: Apache-2.0
// The texts: zh and en hold the same keys with the same {holes}; every key that the source
// names exists; every key is named, or belongs to a group that is looked up by code. Chinese
// has its own commas and brackets, but where a file's or a field's own signs are told.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { TOP } from "./target.mjs";

const GROUPS = [
  "aar", "call", "callout", "channel", "column", "counted", "course", "course_person", "course_told", "day", "decision", "desk", "detail", "direction", "error", "error_what", "event", "excluded", "file", "finding",
  "finding_step", "finding_why", "funnel", "incident", "incident_step", "indicator", "indicator_state", "kind", "level", "lift", "mode", "need", "outcome", "passed_over",
  "person", "quiet", "reason", "role", "role_about", "site", "statistics_by", "statistics_col", "statistics_table", "statistics_unit", "step", "tab", "time", "waiting", "warning_state", "where",
];

/** What the server may say of a file of people: its readers' own texts, as they stand in the source, without the values. */
function file_texts() {
  const source = ["src/crowd/people_csv.c", "src/crowd/hours.c", "src/base/csv.c"].map((file) => readFileSync(join(TOP, file), "utf8")).join("\n");
  const said = [/\bfail\(&?reader,\s*"([^"]+)"/g, /\bwarn\(reader,[^;]*?"[a-z]+",\s*"([^"]+)"/g, /\breturn "([a-z][^"]+)"/g, /[?:] "([a-z][^"]+ [^"]+)"/g, /\bST_INVALID,[^;"]*"",\s*"([^"%]+)"/g, /\bcolumn[^;"]*\],\s*(?:csv->cells\[column\]|names\[i\]),\s*"([^"]+)"/g, /\bnames\[i\],\s*"([^"]+)"/g];
  return new Set(said.flatMap((one) => [...source.matchAll(one)].map((found) => found[1])));
}

/** What the loop may refuse a dispatcher: its own texts, but where a number stands in them. */
const NO_SCREEN_MEETS = ["too many wrong tries; the dispatcher can answer for the person", "this link belongs to another device; the last four digits of the telephone are needed", "must lie between 0 and 1", "only an account verifies", "needs a reason", "re-opening needs one", "cancelling a need needs one", "re-opening a need needs one", "a correction needs them"];
function refusals() {
  const folder = join(TOP, "src/loop");
  const source = readdirSync(folder).filter((file) => file.endsWith(".c")).map((file) => readFileSync(join(folder, file), "utf8")).join("\n").replace(/"\s*\n\s*"/g, "");
  const said = [...source.matchAll(/refuse\(step,\s*ST_(?:UNPROCESSABLE|CONFLICT|DENIED),((?:[^;"]|"[^"]*")*);/g)].flatMap(([, words]) => [...words.matchAll(/"([^"]*)"/g)].map((found) => found[1]));
  return said.filter((text) => text.includes(" ") && !text.includes("%") && !NO_SCREEN_MEETS.includes(text));
}

/** What the record of a wave may say of somebody, as scheme_json.c lists it. */
function decisions() {
  const [, told] = /decision: ([\s\S]*?) q = the/.exec(readFileSync(join(TOP, "src/dispatch/scheme_json.c"), "utf8"));
  return [...told.matchAll(/"(\w+)"/g)].map(([, code]) => code);
}

/** What happened has one name, in the console, on paper and on the volunteer's page. */
function other_kinds(zh, en) {
  const told = (file) => readFileSync(join(TOP, file), "utf8");
  return Object.keys(zh).filter((key) => key.startsWith("kind.")).flatMap((key) => {
    const code = key.slice("kind.".length), paper = `X("${code}", "${en[key]}", "${zh[key]}")`, page = `X("${code}", "${zh[key]}", "${en[key]}")`;
    return [[paper, "src/report/words.h"], [page, "src/api/page_text.h"]].filter(([text, file]) => !told(file).includes(text)).map(([text, file]) => text + " is not in " + file);
  });
}

const TELLS_SIGNS = /^(column|file|import)\.|^closures\.corner$|^closures\.gather_road$|^edit\.hours_example$/;
const HALF_WIDTH = /[\u4e00-\u9fff}”）][,:;?!]|[\u4e00-\u9fff] ?\(/;

export async function texts() {
  const read = (language) => JSON.parse(readFileSync(join(TOP, "console/i18n", language + ".json"), "utf8"));
  const zh = read("zh"), en = read("en");
  const wrong = [];
  const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
  for (const key of new Set([...Object.keys(zh), ...Object.keys(en)])) {
    if (!zh[key] || !en[key]) wrong.push(key + " is missing in " + (zh[key] ? "en" : "zh"));
    else if (HALF_WIDTH.test(zh[key]) && !TELLS_SIGNS.test(key)) wrong.push(key + " has signs of half a width: " + zh[key]);
    else if (holes(zh[key]) !== holes(en[key])) wrong.push(key + " has other holes in en");
  }
  wrong.push(...other_kinds(zh, en));
  for (const code of decisions()) if (!zh["decision." + code]) wrong.push("decision." + code + " is missing");
  for (const text of file_texts()) if (!zh["file." + text]) wrong.push("file." + text + " is missing");
  for (const text of refusals()) if (!zh["detail." + text]) wrong.push("detail." + text + " is missing");
  const folder = join(TOP, "console/src");
  const source = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  for (const [, arguments_] of source.matchAll(/\bt\(([^;{]*?)[),]/g))
    for (const [, key] of arguments_.matchAll(/"([a-z_]+(?:\.[a-z_]+)*)"/g)) if (!zh[key] && !GROUPS.some((group) => key === group + ".")) if (/\bt\("|\? "|: "/.test("t(" + arguments_) && key.includes(".")) wrong.push(key + " is used and missing");
  for (const key of Object.keys(zh)) if (!source.includes('"' + key + '"') && !GROUPS.includes(key.slice(0, key.lastIndexOf(".")).split(".")[0])) wrong.push(key + " is never used");
  if (wrong.length) throw new Error(wrong.join("\n"));
}
