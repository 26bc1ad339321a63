import { look } from "./look.js";
import * as claimkit from "claimkit";

window.found = look(claimkit, location.search === "?worker" ? { worker: true } : {});
