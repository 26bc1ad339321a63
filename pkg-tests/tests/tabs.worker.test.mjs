// The tests of tabs.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./tabs.test.mjs";
