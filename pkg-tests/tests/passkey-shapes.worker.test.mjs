// The tests of passkey-shapes.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./passkey-shapes.test.mjs";
