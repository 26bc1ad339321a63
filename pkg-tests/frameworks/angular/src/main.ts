import * as claimkit from "claimkit";
import { look, tell } from "./look";

tell(look(claimkit));
