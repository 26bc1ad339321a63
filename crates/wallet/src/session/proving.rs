//! The proof that a session holds a wallet, for a back end.

use wire::ceremony::Prove;

use super::Session;
use crate::{
    Error, WalletId,
    host::{Cancel, Host},
    ownership::asked,
};

impl<H: Host> Session<H> {
    /// Has the co-signer say to `audience` that this session holds a wallet, at its live epoch: a JSON Web Token that is good for five
    /// minutes and answers `nonce`. 1 to 256 and 1 to 128 printable ASCII characters, without blank, quotation mark and backslash.
    ///
    /// # Errors
    /// Any [`Error`]: [`Error::Argument`] for another form, before anything is sent; of code `session_expired` once the session is locked
    /// or past its time; `wallet_not_found` for a wallet that is not open here.
    ///
    /// # Security
    /// A proof is a bearer token: whoever has it can show it to that audience for that nonce.
    pub async fn prove(&self, wallet: WalletId, audience: &str, nonce: &str, cancel: &Cancel) -> Result<String, Error> {
        let (audience, nonce) = asked(audience, nonce)?;
        self.with_share(wallet, |_, _| Ok(()))?;
        let request = Prove {
            wallet,
            audience,
            nonce,
        };
        Ok(self.ask_kin(&request, cancel).await?.proof)
    }
}
