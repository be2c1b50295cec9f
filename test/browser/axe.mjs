// SPDX-License-Identifier: Apache-2.0
// axe-core in the page: anything serious or critical fails.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function axe(page, where) {
  await page.evaluate(source);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.slice(0, 3).map((node) => node.html.slice(0, 160)) })));
  const grave = found.filter(({ impact }) => impact === "serious" || impact === "critical");
  if (grave.length) throw new Error(where + ": " + JSON.stringify(grave, null, 1));
}
