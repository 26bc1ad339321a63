import { connectServer, isClaimkitError, verifyReceipt } from "claimkit/server";

test("the module runs", async () => {
  const error = await verifyReceipt({ receipt: "no receipt" }).catch((error) => error);
  expect([isClaimkitError(error), error.code]).toEqual([true, "invalid_argument"]);
  await expect(connectServer({ cosigner: "http://elsewhere.example" })).rejects.toMatchObject({ code: "invalid_argument" });
});
