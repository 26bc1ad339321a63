// The tests of schemes.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./schemes.test.mjs";
