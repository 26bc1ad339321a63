// Builds `angular/` as `ng build` does: `node angular.mjs <main> <output folder> [<folder of one asset>]`.

import { Architect } from "@angular-devkit/architect";
import { WorkspaceNodeModulesArchitectHost } from "@angular-devkit/architect/node/index.js";
import { logging, schema, workspaces } from "@angular-devkit/core";
import { NodeJsSyncHost } from "@angular-devkit/core/node/index.js";

const root = import.meta.dirname;
const [browser, outputPath, assets] = process.argv.slice(2);
const registry = new schema.CoreSchemaRegistry();
registry.addPostTransform(schema.transforms.addUndefinedDefaults);
const { workspace } = await workspaces.readWorkspace(root, workspaces.createWorkspaceHost(new NodeJsSyncHost()));
const architect = new Architect(new WorkspaceNodeModulesArchitectHost(workspace, root), registry);
const overrides = { browser, outputPath, ...(assets && { assets: [{ glob: "claimkit_bg.wasm", input: assets, output: "/" }] }) };
const logger = new logging.Logger("build");
logger.subscribe(({ message }) => console.error(message));
const build = await architect.scheduleTarget({ project: "app", target: "build" }, overrides, { logger });
const { success, error } = await build.result;
await build.stop();
if (!success) console.error(error ?? "the build failed");
process.exit(success ? 0 : 1);
