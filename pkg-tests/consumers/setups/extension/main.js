import { look } from "./look.js";
import * as claimkit from "./claimkit/dist/index.js";

const everywhere = async () => ({
  page: await look(claimkit),
  pagesWorker: await look(claimkit, { worker: true }),
  serviceWorker: await chrome.runtime.sendMessage({}),
  serviceWorkersWorker: await chrome.runtime.sendMessage({ worker: true }),
});

window.found = everywhere();
