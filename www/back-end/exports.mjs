// A package's entry points, as its own `exports` name them.

const CONDITIONS = ["browser", "import", "default"];

/**
 * The file that a package names for a browser, such as `./dist/index.js`, or `undefined`.
 *
 * @param {{ exports?: unknown }} manifest the package's package.json
 * @param {string} subpath such as `.` or `./inline`
 * @returns {string | undefined}
 */
export function resolveExport(manifest, subpath) {
  return pick(manifest.exports?.[subpath]);
}

function pick(target) {
  if (typeof target === "string" || target === undefined) return target;
  const condition = Object.keys(target).find((key) => CONDITIONS.includes(key) && pick(target[key]) !== undefined);
  return condition && pick(target[condition]);
}
