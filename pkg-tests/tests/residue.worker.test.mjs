// The tests of residue.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./residue.test.mjs";
