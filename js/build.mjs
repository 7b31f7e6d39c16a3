/**
 * Build the widget: `node build.mjs [--watch]` writes into the Python package the module, its styles, and the
 * loader by which pages get them (widget.js, widget.css, loader.js).
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";
import { workletPlugin } from "./worklet-plugin.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const watch = process.argv.includes("--watch");

const options = {
  absWorkingDir: here,
  entryPoints: { widget: "src/widget.ts", loader: "src/loader.ts" },
  outdir: resolve(here, "../realtime_widget/static"),
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  legalComments: "none",
  logLevel: "info",
  plugins: [workletPlugin()],
};

if (watch) {
  await (await context(options)).watch();
} else {
  await build(options);
}
