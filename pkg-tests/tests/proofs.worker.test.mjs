// The tests of proofs.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./proofs.test.mjs";
