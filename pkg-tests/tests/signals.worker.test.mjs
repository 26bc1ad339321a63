// The tests of signals.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./signals.test.mjs";
