// The tests of claim.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./claim.test.mjs";
