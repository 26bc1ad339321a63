// Imported before a file of tests: they run with the module in a worker.

import { Client } from "./stage.mjs";

Client.inWorker = true;
