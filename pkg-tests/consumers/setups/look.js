/** What a page finds of the package: that its module runs, or the error that says why not. */
export async function look({ connect, isClaimkitError, verifyReceipt }, options = {}) {
  try {
    const kit = await connect({ cosigner: "https://cosigner.example.com", ...options });
    const refused = await verifyReceipt({ receipt: "no receipt" }).catch((error) => error.code);
    return { key: kit.publicKey.length, wallets: (await kit.wallets()).length, refused };
  } catch (error) {
    return { code: isClaimkitError(error) ? error.code : undefined, message: String(error.message) };
  }
}
