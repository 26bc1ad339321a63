import { look } from "./look.js";
import * as claimkit from "./claimkit/dist/index.js";

// Asked by the page: a message wakes the service worker, whatever became of it since.
chrome.runtime.onMessage.addListener((options, _sender, answer) => {
  look(claimkit, options).then(answer);
  return true;
});
