//! Further passkeys: another device, or another provider, that opens the same wallets.
//!
//! Each wallet's share is sealed to every passkey of it. Whom that is, both sides say: the co-signer, which registers passkeys, and the share
//! itself, which is bound to those that its holder sealed it to. A change rests on both.

use std::rc::Rc;

use mpc::{WalletId, tags};
use rand_core::{OsRng, RngCore};
use wire::{
    Envelope, ErrorCode, PasskeySet, Request,
    ceremony::{
        self, Assertion, DeviceName, Done, NewPasskey, PasskeyAdd, PasskeyList, PasskeyOffer, PasskeyRemove,
        PasskeyRename, PasskeyStart, SealedCopy,
    },
    statement::{ClaimedKey, PASSKEY_TRANSCRIPT, PasskeyChange, PasskeyTranscript, REGISTRATION, to_bytes},
};

use super::{Flight, OVER, Session};
use crate::{
    Error, Fault,
    claim::expect_count,
    exchange::{Caller, insist},
    host::{Cancel, CreatePasskey, Host, Passkeys},
    opening::Live,
    passkey::{
        BeforePrompt, FirstUse, MAX_CREDENTIAL, Prompt, approve_own, before, first_use, passkey_name, prf_input,
    },
    sender::Sender,
    text,
    vault::{self, SealedShare, Sealing, WalletRecord, WrappingKey},
};

/// A passkey of the open wallets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPasskey {
    /// Its credential id.
    pub id: Vec<u8>,
    /// What its person calls it.
    pub name: String,
    /// When it was registered, Unix seconds by the co-signer's clock.
    pub created_at: u64,
    /// When it opened a session last, Unix seconds by the co-signer's clock.
    pub used_at: u64,
    /// Whether it opened this session.
    pub is_current: bool,
    /// The open wallets that it opens.
    pub wallets: Vec<WalletId>,
}

impl ListedPasskey {
    /// The ids of its wallets as text: base64url.
    pub fn wallet_ids(&self) -> Vec<String> {
        self.wallets.iter().map(|wallet| text::encode(&wallet.0)).collect()
    }

    fn of(listed: ceremony::ListedPasskey) -> Self {
        Self {
            id: listed.credential,
            name: listed.name.as_str().to_owned(),
            created_at: listed.created_at,
            used_at: listed.used_at,
            is_current: listed.is_current,
            wallets: listed.wallets,
        }
    }
}

/// A passkey's id as text: base64url.
pub fn passkey_id_text(id: &[u8]) -> String {
    text::encode(id)
}

/// Reads a passkey's id: 1 to 1,023 bytes, base64url.
///
/// # Errors
/// [`Error::Argument`] for another form.
pub fn passkey_id(id: &str) -> Result<Vec<u8>, Error> {
    text::decode_bytes(id)
        .filter(|id| (1..=MAX_CREDENTIAL).contains(&id.len()))
        .ok_or(Error::Argument("a passkey's id has 1 to 1,023 bytes in base64url"))
}

/// What adding a passkey takes.
pub struct AddPasskey {
    /// What the authenticator and the list show for it: a name its person will know, of which the first 64 bytes are kept.
    pub name: String,
    /// Asked before each prompt but the first: browsers may want each prompt to be the act of a click of its own.
    pub before_prompt: Option<BeforePrompt>,
    /// Ends the call, up to the request that adds it.
    pub cancel: Cancel,
}

/// A change under way.
struct Changing<'a, H: Host> {
    session: &'a Session<H>,
    sender: Rc<Sender<H>>,
    wrapping: Rc<WrappingKey>,
    offer: PasskeyOffer,
    keys: Vec<ClaimedKey>,
    /// What each wallet's share is sealed to, in the keys' order.
    before: Vec<SealedShare>,
    cancel: &'a Cancel,
}

/// A passkey that was just made.
struct Made {
    passkey: NewPasskey,
    wrapping: WrappingKey,
}

impl<H: Host> Session<H> {
    /// The passkeys that open the wallets of this session, the oldest first.
    ///
    /// # Errors
    /// Any [`Error`]: of code `session_expired` once the session is over.
    pub async fn passkeys(&self, cancel: &Cancel) -> Result<Vec<ListedPasskey>, Error> {
        let listed = self.ask_kin(&PasskeyList {}, cancel).await?.passkeys;
        Ok(listed.into_iter().map(ListedPasskey::of).collect())
    }

    /// Gives a passkey another name in that list.
    ///
    /// # Errors
    /// Any [`Error`]: [`Error::Argument`] for no name; of code `not_authorised` for a passkey that opens none of these wallets.
    pub async fn rename_passkey(&self, credential: Vec<u8>, name: &str, cancel: &Cancel) -> Result<(), Error> {
        let name = passkey_name(name)?;
        let Done {} = self.ask_kin(&PasskeyRename { credential, name }, cancel).await?;
        Ok(())
    }

    /// Makes a further passkey that opens every wallet of this session, on this device or another: one prompt makes it, one uses it, and one
    /// of the passkey that opened the session approves it. Gives its id.
    ///
    /// # Errors
    /// Any [`Error`]: of code `passkey_unsupported` where the authenticator that the person chose has a passkey of these wallets already;
    /// `passkey_cancelled` where they did not approve; `prf_unavailable` where the new passkey gives no PRF output, or not the same twice. Then
    /// nothing is changed.
    /// Where the end is unknown ([`Error::Unreachable`]), the list tells.
    ///
    /// # Security
    /// The approval is over the new passkey's registration and over the key that shares are sealed to: whoever has stolen an open session adds
    /// none. It can't show a person what they approve: a page that is not to be trusted can ask for its own passkey's approval.
    pub async fn add_passkey(&self, options: AddPasskey) -> Result<Vec<u8>, Error> {
        let name = passkey_name(&options.name)?;
        let flight = Flight::new(self, &options.cancel);
        let added = self
            .add_unless(name, options.before_prompt.as_ref(), &flight.cancel)
            .await;
        self.landed(&flight, added)
    }

    async fn add_unless(
        &self,
        name: DeviceName,
        before_prompt: Option<&BeforePrompt>,
        cancel: &Cancel,
    ) -> Result<Vec<u8>, Error> {
        let _turn = self.rotation.lock().await;
        let wallets: Vec<_> = self.wallets().iter().map(|wallet| wallet.id).collect();
        let _held = vault::hold(self.host(), wallets.iter().copied(), cancel).await?;
        let changing = Changing::start(self, &wallets, cancel).await?;
        let made = changing.make(name, before_prompt).await?;
        let credential = made.passkey.registration.credential.clone();
        let approved = match before(before_prompt, Prompt::Approve).await {
            Ok(()) => changing.addition(made).await,
            Err(error) => Err(error),
        };
        let (added, is_certain) = match approved {
            Ok((request, sealed)) => {
                let added = changing.ask(&request, &sealed).await;
                let is_certain = added.as_ref().is_err_and(is_certain);
                (added, is_certain)
            }
            Err(error) => (Err(error), true),
        };
        if is_certain {
            self.host().passkeys().forget(&changing.offer.rp_id, &credential).await;
        }
        added.map(|()| credential)
    }

    /// Removes a passkey, with one prompt of the one that opened this session: it opens none of these wallets any more, and its sessions end at
    /// once. Neither that one nor the last is removed.
    ///
    /// # Errors
    /// Any [`Error`]: [`Error::Argument`] for a passkey that is not one of these wallets', or is this session's own; of code
    /// `passkey_cancelled` where the person did not approve. Then nothing is changed.
    ///
    /// # Security
    /// Whoever has the removed passkey and a copy of what was sealed to it still has a share of the epoch that lives, which the co-signer does not
    /// sign with for them. [`Session::rotate`] makes it worthless: offer it.
    pub async fn remove_passkey(&self, credential: Vec<u8>, cancel: &Cancel) -> Result<(), Error> {
        let flight = Flight::new(self, cancel);
        let removed = self.remove_unless(credential, &flight.cancel).await;
        self.landed(&flight, removed)
    }

    async fn remove_unless(&self, credential: Vec<u8>, cancel: &Cancel) -> Result<(), Error> {
        let listed = self.passkeys(cancel).await?;
        let listed = listed.into_iter().find(|listed| listed.id == credential);
        if credential.as_slice() == self.open.borrow().as_ref().ok_or(OVER)?.wrapping.credential() {
            return Err(Error::Argument(
                "this passkey opened the session: unlock with another one to remove it",
            ));
        }
        // Each once, and of what is open here: the names are held.
        let opens = |wallet: &WalletId| listed.as_ref().is_some_and(|listed| listed.wallets.contains(wallet));
        let wallets: Vec<_> = self.wallets().iter().map(|wallet| wallet.id).filter(opens).collect();
        if wallets.is_empty() {
            return Err(Error::Argument("the passkey is none of these wallets'"));
        }
        let _turn = self.rotation.lock().await;
        let _held = vault::hold(self.host(), wallets.iter().copied(), cancel).await?;
        let changing = Changing::start(self, &wallets, cancel).await?;
        let left = changing.each(|passkeys| passkeys.without(&credential))?;
        let sealed = changing.seal(&left)?;
        let approval = changing.approve(PasskeyChange::Remove(credential.clone())).await?;
        let request = PasskeyRemove {
            credential,
            approval,
            copies: changing.copies(&sealed),
        };
        changing.ask(&request, &sealed).await
    }
}

impl<'a, H: Host> Changing<'a, H> {
    /// Asks to change the passkeys of these wallets.
    async fn start(session: &'a Session<H>, wallets: &[WalletId], cancel: &'a Cancel) -> Result<Self, Error> {
        session.settle(wallets, cancel, &|_| ()).await?;
        let (sender, wrapping, live, keys) = {
            let open = session.open.borrow();
            let open = open.as_ref().ok_or(OVER)?;
            let named = open.shares.iter().map(|held| held.share.info());
            let named: Vec<_> = named.filter(|info| wallets.contains(&info.wallet)).cloned().collect();
            let keys = named.iter().map(ClaimedKey::of).collect::<Result<Vec<_>, _>>()?;
            (open.sender.clone(), open.wrapping.clone(), named, keys)
        };
        let start = PasskeyStart { keys: keys.clone() };
        let caller = Caller::Session(&sender);
        let offer = insist(session.host(), &session.co_signer, caller, &start, cancel).await?;
        expect_count(offer.passkeys.len(), keys.len())?;
        if offer.rp_id != wrapping.rp_id() {
            return Err(Fault::Content("it names another relying party than at the claim").into());
        }
        let live = live.into_iter().zip(&offer.passkeys).map(|(key, passkeys)| Live {
            key,
            passkeys: *passkeys,
        });
        let live: Vec<_> = live.collect();
        let before = session.agreed_on(&live, (&sender, &wrapping), cancel).await?;
        Ok(Self {
            session,
            sender,
            wrapping,
            offer,
            keys,
            before,
            cancel,
        })
    }

    /// Makes the passkey. One that turns out to be of no use is given up.
    async fn make(&self, name: DeviceName, before_prompt: Option<&BeforePrompt>) -> Result<Made, Error> {
        let passkeys = self.session.host().passkeys();
        let mut exclude: Vec<_> = self
            .before
            .iter()
            .flat_map(|share| share.passkeys.credentials())
            .collect();
        exclude.sort();
        exclude.dedup();
        let mut user_handle = [0; 32];
        OsRng.fill_bytes(&mut user_handle);
        let challenge = self.challenge(PasskeyChange::Make);
        let options = CreatePasskey {
            rp_id: &self.offer.rp_id,
            rp_name: &self.offer.rp_name,
            user_handle: &user_handle,
            user_name: name.as_str(),
            challenge: &challenge,
            prf_input: &prf_input(),
            exclude: &exclude,
            cancel: self.cancel,
        };
        let created = passkeys.create(options).await?;
        let credential = created.registration.credential.clone();
        let asked = FirstUse {
            rp_id: &self.offer.rp_id,
            challenge: &challenge,
            before_prompt,
            cancel: self.cancel,
        };
        match first_use(self.session.host(), (&credential, created.prf), asked).await {
            Ok((_, wrapping)) => Ok(Made {
                passkey: NewPasskey {
                    registration: created.registration,
                    key: wrapping.recipient().key,
                    name,
                },
                wrapping,
            }),
            Err(error) => {
                passkeys.forget(&self.offer.rp_id, &credential).await;
                Err(error)
            }
        }
    }

    /// Seals the shares to the new passkey as well, makes sure that it opens them, and has it approved.
    async fn addition(&self, made: Made) -> Result<(PasskeyAdd, Vec<SealedShare>), Error> {
        let recipient = made.wrapping.recipient();
        let next = self.each(|passkeys| passkeys.with(recipient.clone()))?;
        let sealed = self.seal(&next)?;
        for share in &sealed {
            share.open(&self.session.co_signer, &made.wrapping)?;
        }
        let approval = self
            .approve(PasskeyChange::Add {
                registration: tags::hash(REGISTRATION, &[&to_bytes(&made.passkey.registration)]),
                key: recipient.key,
            })
            .await?;
        let request = PasskeyAdd {
            passkey: made.passkey,
            approval,
            copies: self.copies(&sealed),
        };
        Ok((request, sealed))
    }

    /// The passkeys of each wallet after a change.
    fn each(&self, change: impl Fn(&PasskeySet) -> Option<PasskeySet>) -> Result<Vec<PasskeySet>, Error> {
        let next: Option<_> = self.before.iter().map(|share| change(&share.passkeys)).collect();
        next.ok_or(Error::Argument(
            "a wallet has 1 to 8 passkeys: the last one can't be removed, nor a ninth be added",
        ))
    }

    /// Seals the shares that are open to these passkeys.
    fn seal(&self, passkeys: &[PasskeySet]) -> Result<Vec<SealedShare>, Error> {
        let sealed = self.before.iter().zip(passkeys).map(|(before, passkeys)| {
            let sealing = Sealing {
                wallet_type: before.wallet_type,
                claim: before.claim,
                pairing: before.pairing,
                co_signer: &self.session.co_signer,
                rp_id: &self.offer.rp_id,
                passkeys: passkeys.clone(),
            };
            self.session
                .with_share(before.wallet(), |_, held| SealedShare::new(&held.share, sealing))
        });
        sealed.collect()
    }

    /// Asks the person, by the passkey that opened the session.
    async fn approve(&self, change: PasskeyChange) -> Result<Assertion, Error> {
        approve_own(
            self.session.host(),
            &self.wrapping,
            &self.challenge(change),
            self.cancel,
        )
        .await
    }

    fn challenge(&self, change: PasskeyChange) -> [u8; 32] {
        let transcript = PasskeyTranscript {
            nonce: self.offer.nonce,
            rp_id: self.offer.rp_id.clone(),
            session: self.sender.public_key(),
            keys: self.keys.clone(),
            passkeys: self.offer.passkeys.clone(),
            change,
        };
        tags::hash(PASSKEY_TRANSCRIPT, &[&to_bytes(&transcript)])
    }

    /// What the co-signer keeps.
    fn copies(&self, sealed: &[SealedShare]) -> Vec<SealedCopy> {
        let copy = |share: &SealedShare| {
            let record = WalletRecord {
                co_signer: self.session.co_signer,
                rp_id: self.offer.rp_id.clone(),
                active: Some(share.clone()),
                pending: None,
                receipt: None,
            };
            SealedCopy(record.to_envelope().to_vec())
        };
        sealed.iter().map(copy).collect()
    }

    /// Has the co-signer carry it out, and keeps what it has taken over.
    async fn ask<R: Request<Answer = Done>>(&self, request: &R, sealed: &[SealedShare]) -> Result<(), Error> {
        let host = self.session.host();
        let caller = Caller::Session(&self.sender);
        // From here on it can't be called off: whether it was carried out would not be known.
        let never = Cancel::default();
        let Done {} = insist(host, &self.session.co_signer, caller, request, &never).await?;
        // A device that does not keep it is given the copy at its next unlock.
        let _ = vault::relist(host, sealed).await;
        Ok(())
    }
}

/// Whether a refusal says that the co-signer has not registered the passkey. Any other may be that of a second try, after a first whose answer was
/// lost.
///
/// # Security
/// What came in clear says nothing: forged over an addition that was carried out, it would have the person's passkey thrown away.
fn is_certain(error: &Error) -> bool {
    let is_of_another = matches!(error, Error::Unauthenticated { .. });
    !is_of_another
        && matches!(
            error.code(),
            ErrorCode::PasskeyUnsupported
                | ErrorCode::InvalidArgument
                | ErrorCode::ShareInvalid
                | ErrorCode::EpochMismatch
        )
}
