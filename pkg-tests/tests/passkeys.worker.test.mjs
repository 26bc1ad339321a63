// The tests of passkeys.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./passkeys.test.mjs";
