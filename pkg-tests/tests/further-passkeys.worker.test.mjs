// The tests of further-passkeys.test.mjs, with the module in a worker.

import "../harness/in-worker.mjs";
import "./further-passkeys.test.mjs";
