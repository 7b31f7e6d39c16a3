/**
 * Resolve `import source from "worklet:./x.worklet.ts"` to the bundled script as text.
 *
 * A notebook loads the widget from a blob URL, so a relative worklet address cannot resolve: the worklet travels inside
 * the bundle and is handed to `addModule` as a blob of its own.
 */
import { dirname, resolve } from "node:path";
import { build } from "esbuild";

const PREFIX = "worklet:";

export async function bundleWorklet(path, minify = true) {
  const result = await build({
    entryPoints: [path],
    bundle: true,
    format: "iife",
    target: "es2022",
    minify,
    write: false,
    metafile: true,
    legalComments: "none",
  });
  const text = result.outputFiles[0].text;
  return { text, inputs: Object.keys(result.metafile.inputs).map((name) => resolve(name)) };
}

/** The plugin for esbuild. */
export function workletPlugin() {
  return {
    name: "worklet",
    setup(builder) {
      builder.onResolve({ filter: /^worklet:/ }, (args) => ({
        path: resolve(args.resolveDir, args.path.slice(PREFIX.length)),
        namespace: "worklet",
      }));
      builder.onLoad({ filter: /.*/, namespace: "worklet" }, async (args) => {
        const { text, inputs } = await bundleWorklet(args.path, builder.initialOptions.minify);
        return { contents: text, loader: "text", watchFiles: inputs };
      });
    },
  };
}

/** The same for vitest, so that tests load what ships. */
export function vitestWorkletPlugin() {
  return {
    name: "worklet",
    enforce: "pre",
    resolveId(id, importer) {
      if (!id.startsWith(PREFIX) || !importer) return null;
      return `\0${PREFIX}${resolve(dirname(importer), id.slice(PREFIX.length))}`;
    },
    async load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const { text } = await bundleWorklet(id.slice(PREFIX.length + 1));
      return `export default ${JSON.stringify(text)}`;
    },
  };
}
