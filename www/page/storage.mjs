// What this browser stores for the wallets, and how a person loses it.

/** The package's database. */
const DATABASE = "claimkit";

/** How long another tab may keep the database open, in milliseconds, until the person is asked to close it. */
const PATIENCE = 3_000;

/**
 * Deletes everything that the package stored in this browser, as browsers do by themselves.
 *
 * @throws {Error & { code: "storage_in_use" | "storage_unavailable" }} never later than after a few seconds
 */
export function forgetStorage() {
  return new Promise((resolve, reject) => {
    const fail = (code, cause) => reject(Object.assign(new Error("The storage was not deleted.", { cause }), { code }));
    const late = setTimeout(() => fail("storage_in_use"), PATIENCE);
    const request = indexedDB.deleteDatabase(DATABASE);
    request.onsuccess = () => {
      clearTimeout(late);
      resolve();
    };
    request.onerror = () => {
      clearTimeout(late);
      fail("storage_unavailable", request.error);
    };
  });
}
