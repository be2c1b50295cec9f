// SPDX-License-Identifier: Apache-2.0
// The texts: zh and en hold the same keys with the same {holes}; every key that the source
// names exists; every key is named, or belongs to a group that is looked up by code.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { TOP } from "./target.mjs";

const GROUPS = [
  "aar", "callout", "counted", "day", "decision", "detail", "direction", "error", "error_what", "event", "excluded", "finding", "finding_step", "finding_why", "funnel",
  "incident", "incident_step", "indicator", "indicator_state", "kind", "lift", "mode", "need", "outcome", "person", "reason", "role", "site", "step", "tab", "time",
];

export async function texts() {
  const read = (language) => JSON.parse(readFileSync(join(TOP, "console/i18n", language + ".json"), "utf8"));
  const zh = read("zh"), en = read("en");
  const wrong = [];
  const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
  for (const key of new Set([...Object.keys(zh), ...Object.keys(en)])) {
    if (!zh[key] || !en[key]) wrong.push(key + " is missing in " + (zh[key] ? "en" : "zh"));
    else if (holes(zh[key]) !== holes(en[key])) wrong.push(key + " has other holes in en");
  }
  const folder = join(TOP, "console/src");
  const source = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  for (const [, arguments_] of source.matchAll(/\bt\(([^;{]*?)[),]/g))
    for (const [, key] of arguments_.matchAll(/"([a-z_]+(?:\.[a-z_]+)*)"/g)) if (!zh[key] && !GROUPS.some((group) => key === group + ".")) if (/\bt\("|\? "|: "/.test("t(" + arguments_) && key.includes(".")) wrong.push(key + " is used and missing");
  for (const key of Object.keys(zh)) if (!source.includes('"' + key + '"') && !GROUPS.includes(key.slice(0, key.lastIndexOf(".")).split(".")[0])) wrong.push(key + " is never used");
  if (wrong.length) throw new Error(wrong.join("\n"));
}
