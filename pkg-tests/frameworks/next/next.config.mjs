// The packages are a folder further up, and what every set-up looks at another.
export default { turbopack: { root: new URL("../../", import.meta.url).pathname } };
