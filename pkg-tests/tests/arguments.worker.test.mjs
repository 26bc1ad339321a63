// The tests of arguments.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./arguments.test.mjs";
