// The tests of sessions.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./sessions.test.mjs";
