import { look, tell } from "./look";

tell(import("claimkit/inline").then((claimkit) => look(claimkit)));
