// SPDX-License-Identifier: Apache-2.0
// How long an instance takes from nothing to ready, as an operator sees it: `muster serve`
// started, waited for until its log says "serving", stopped.
//
//     node bench/start.mjs DIR rows     without crowd.image; it makes one at its end
//     node bench/start.mjs DIR image    with it
//
// Prints one JSON line: seconds to ready on the wall and of processor time, of which the
// people; megabytes resident when ready and at most; what the image took. DIR is an
// instance without a server (bench/populate makes people).
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";

const [dir, from] = process.argv.slice(2);
const program = process.env.MUSTER ?? "build/release/muster";
const image = `${dir}/crowd.image`;
if (!dir || !["rows", "image"].includes(from)) {
  console.error("start.mjs DIR rows|image");
  process.exit(2);
}
if (from === "rows") rmSync(image, { force: true });

const TICKS = 100; // of /proc/PID/stat a second, on Linux
const usage = (pid) => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mb = (name) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024);
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return { cpu_s: (Number(stat[11]) + Number(stat[12])) / TICKS, resident_mb: mb("VmRSS"), most_mb: mb("VmHWM") };
};

const load = loadavg()[0];
const begun = performance.now();
const server = spawn(program, ["serve", "--dir", dir, "--listen", "127.0.0.1:0"], {
  stdio: ["ignore", "ignore", "pipe"],
});
const result = { from };
createInterface({ input: server.stderr }).on("line", (line) => {
  const log = line.startsWith("{") ? JSON.parse(line) : { what: line };
  if (log.what === "serving") {
    Object.assign(result, {
      people: log.people,
      came_from: log.people_from,
      ready_s: (performance.now() - begun) / 1000,
      people_s: log.people_ms / 1000,
      ...usage(server.pid),
    });
    server.kill("SIGTERM");
  } else if (log.what === "crowd.image made") {
    result.image_made_s = log.ms / 1000;
  } else if (log.level !== "info") {
    console.error(line);
  }
});
server.on("close", (code) => {
  if (existsSync(image)) result.image_mb = Math.round(statSync(image).size / 1e6);
  result.load = load;
  console.log(JSON.stringify(result));
  process.exit(code === 0 && result.came_from === from ? 0 : 1);
});
