// SPDX-License-Identifier: Apache-2.0
// Bundles the console into ../build/console: index.html, and under assets/ the program,
// the map, what both share (chunk), the styles, and MapLibre's worker (a separate file, because the content policy allows
// workers from 'self' only). No hashes in the names: the server sends ETags.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.env.MUSTER_CONSOLE_OUT ?? join(here, "../build/console");
const assets = join(out, "assets");
const require = createRequire(import.meta.url);
const maplibre = dirname(require.resolve("maplibre-gl/dist/maplibre-gl.css"));

await mkdir(assets, { recursive: true });
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ["es2022"],
  legalComments: "none",
  logLevel: "warning",
};
await Promise.all([
  build({
    ...common,
    entryPoints: { app: "src/main.tsx" },
    outdir: assets,
    format: "esm",
    splitting: true, // the map, most of it, comes after the rest
    chunkNames: "[name]",
    jsx: "automatic",
    jsxImportSource: "preact",
  }),
  // A volunteer's telephone may be an old one.
  build({ ...common, target: ["es2017"], entryPoints: { page: "src/page.ts", push: "src/push.ts" }, outdir: assets, format: "iife" }),
  build({ ...common, entryPoints: { "app": "css/app.css", "page": "css/page.css" }, outdir: assets, loader: { ".svg": "dataurl" } }),
  copyFile(join(maplibre, "maplibre-gl-worker.mjs"), join(assets, "map-worker.mjs")),
  ...["icon.svg", "muster.webmanifest"].map((name) => copyFile(join(here, "static", name), join(assets, name))),
  writeFile(join(out, "index.html"), await readFile(join(here, "static/index.html"))),
]);
