/** @jest-environment jsdom */

import { connect, isClaimkitError } from "claimkit";

test("the entry is imported, and says what it lacks", async () => {
  const error = await connect({ cosigner: "https://cosigner.example.com" }).catch((error) => error);
  expect([isClaimkitError(error), typeof error.message]).toEqual([true, "string"]);
});
