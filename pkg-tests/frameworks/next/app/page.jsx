"use client";

import * as claimkit from "claimkit";
import { useEffect } from "react";
import { look } from "../../../consumers/setups/look.js";

export default function Page() {
  useEffect(() => {
    window.found ??= look(claimkit, location.search === "?worker" ? { worker: true } : {});
  }, []);
  return <p>A set-up</p>;
}
