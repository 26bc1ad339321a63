//! Export: the person approves once more, the co-signer reveals its share, and the whole key is put together here.

use std::rc::Rc;

use mpc::{
    Epoch, WalletId,
    export::{self, Reveal},
    tags,
};
use wire::{
    ceremony::{ExportFinish, ExportStart},
    statement::{ClaimedKey, EXPORT_TRANSCRIPT, ExportTranscript, to_bytes},
};
use zeroize::Zeroizing;

use super::{Flight, Session};
use crate::{
    Error, Fault,
    exchange::{Caller, call},
    host::{Cancel, Host},
    passkey::approve,
    sender::Sender,
};

/// What an export is about.
struct About<H: Host> {
    session: Rc<Sender<H>>,
    key: ClaimedKey,
    credential: Vec<u8>,
    rp_id: String,
}

impl<H: Host> Session<H> {
    /// Puts the whole key of one of the open wallets together, with another passkey prompt, where the co-signer's operator allows it.
    ///
    /// 32 bytes: big-endian for EVM and COSMOS; for SOLANA the scalar, little-endian, of which no seed is known, so that usual
    /// wallets can't import it.
    ///
    /// # Errors
    /// Any [`Error`]: of code `not_authorised` where the operator does not allow it; `passkey_cancelled` where the person did not;
    /// `session_expired` and `wallet_not_found` as for [`Session::sign`].
    ///
    /// # Security
    /// Whoever has this key signs alone, for ever: no co-signer, no policy and no lock is in the way, and the wallet's shares go on
    /// signing beside it. Show it to the person only, never store or send it, and tell them to move what it guards if it was seen.
    pub async fn export_key(&self, wallet: WalletId, cancel: &Cancel) -> Result<Zeroizing<[u8; 32]>, Error> {
        let flight = Flight::new(self, cancel);
        let revealed = self.reveal(wallet, &flight.cancel).await;
        let (epoch, reveal) = self.landed(&flight, revealed)?;
        self.with_share(wallet, |_, held| {
            if held.share.info().epoch != epoch {
                return Err(Error::Internal("a share changed while its session was open"));
            }
            Ok(export::client_combine(&held.share, reveal)?)
        })
    }

    /// Asks the person, then the co-signer.
    async fn reveal(&self, wallet: WalletId, cancel: &Cancel) -> Result<(Epoch, Reveal), Error> {
        let about = self.about(wallet)?;
        let (host, to) = (self.host(), &self.co_signer);
        let caller = Caller::Session(&about.session);
        let offer = call(host, to, caller, &ExportStart { wallet }, cancel).await?;
        if offer.rp_id != about.rp_id {
            return Err(Fault::Content("it names another relying party than at the claim").into());
        }
        let epoch = about.key.epoch;
        let transcript = ExportTranscript {
            nonce: offer.nonce,
            rp_id: offer.rp_id,
            session: about.session.public_key(),
            key: about.key,
        };
        let challenge = tags::hash(EXPORT_TRANSCRIPT, &[&to_bytes(&transcript)]);
        let used = approve(host, &about.rp_id, &[about.credential], &challenge, cancel).await?;
        let finish = ExportFinish {
            wallet,
            epoch,
            assertion: used.assertion,
        };
        Ok((epoch, call(host, to, caller, &finish, cancel).await?))
    }

    fn about(&self, wallet: WalletId) -> Result<About<H>, Error> {
        self.with_share(wallet, |open, held| {
            Ok(About {
                session: open.sender.clone(),
                key: ClaimedKey::of(held.share.info())?,
                credential: open.wrapping.credential().to_vec(),
                rp_id: open.wrapping.rp_id().to_owned(),
            })
        })
    }
}
