// SPDX-License-Identifier: Apache-2.0
// What the stories run against: BASE_URL, the demo county of the built program, or the
// stand-in. Each gives {url, account, password, mock, stop}.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { start_mock } from "./mock.mjs";

export const TOP = join(dirname(fileURLToPath(import.meta.url)), "../..");
const START_MS = 180000;

/** Starts PROGRAM demo in a new folder; the address and the password stand in its output. */
async function start_demo(program, words) {
  const folder = mkdtempSync(join(tmpdir(), "muster-story-"));
  const child = spawn(program, ["demo", "--dir", join(folder, "county"), "--listen", "127.0.0.1:0", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const stop = () =>
    new Promise((done) => {
      child.once("exit", () => {
        rmSync(folder, { recursive: true, force: true });
        done();
      });
      if (child.exitCode !== null || !child.kill("SIGTERM")) child.emit("exit");
    });
  const found = await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error("the demo did not start in time:\n" + output)), START_MS);
    const read = (chunk) => {
      output += chunk;
      const url = /https?:\/\/[\w.[\]:-]+:\d+/.exec(output)?.[0];
      const accounts = [...output.matchAll(/^account +(\S+)\npassword +(\S+)$/gm)].map(([, account, password]) => ({ account, password }));
      if (url && accounts.length && /^mailbox/m.test(output)) {
        clearTimeout(timer);
        done({ url, ...accounts[0], checker: accounts.find((one) => one.account === "verifier") });
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => fail(new Error("the demo ended with " + code + ":\n" + output)));
  });
  for (let i = 0; i < 300; i++) {
    const ready = await fetch(found.url + "/readyz").then((answer) => answer.ok, () => false);
    if (ready) return { ...found, mock: false, stop };
    await new Promise((wake) => setTimeout(wake, 200));
  }
  await stop();
  throw new Error("the demo never became ready:\n" + output);
}

/** WORDS: more options of the demo. */
export async function start_target(...words) {
  const { BASE_URL, ACCOUNT, PASSWORD, MUSTER } = process.env;
  if (BASE_URL) return { url: BASE_URL, account: ACCOUNT ?? "admin", password: PASSWORD ?? "", mock: false, stop: async () => undefined };
  const program = MUSTER ?? join(TOP, "build/release/muster");
  if (existsSync(program) && MUSTER !== "none") return start_demo(program, words);
  console.log("absent: " + program + " (the stories run against the stand-in server)");
  return start_stand_in();
}
export async function start_stand_in() {
  const mock = await start_mock(0, 3);
  return { url: mock.url, account: "duty", password: "secret", mock: true, stop: async () => mock.stop() };
}
