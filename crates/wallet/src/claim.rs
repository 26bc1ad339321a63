//! Taking a wallet over: a claim ends in a rotation, and survives every crash (docs/protocol.md, Claim).

mod ceremony;
mod confirmation;
mod custody;
mod enrolment;
mod offer;
mod rotation;
mod settlement;
mod stage;

use std::{cell::RefCell, rc::Rc};

use mpc::Share;
use wire::{Envelope, PasskeySet, ceremony::OfferedSession};

pub(crate) use self::{
    ceremony::Ceremony,
    confirmation::Confirmation,
    custody::Custody,
    rotation::{Moving, Rotation, expect_count},
    settlement::Settlement,
};
use self::{
    custody::give_up,
    enrolment::{Asked, Enrolment},
    offer::Offer,
    settlement::claimant_hash,
    stage::{Stage, Turn},
};
use crate::{
    BeforePrompt, Error, Session, SessionOptions, Wallet, WalletId, WalletInfo,
    exchange::Caller,
    host::{Cancel, Host},
    kit,
    opening::Opened,
    passkey::passkey_name,
    prepared::PreparedSet,
    resume,
    session::{Open, OpenShare},
    text, vault,
};

/// Wallets ready to be taken over: their prepared shares, in memory only. Erased when dropped.
pub struct Claim<H: Host> {
    kit: Rc<kit::Inner<H>>,
    wallets: Vec<WalletInfo>,
    /// What an early start got.
    offer: RefCell<Option<Rc<Offer<H>>>>,
    stage: RefCell<Stage<H>>,
}

/// A claim whose commit may have been sent: what its end takes, and the session that it ends in.
struct Begun<H: Host> {
    settlement: Settlement,
    /// Nobody has it before the claim has ended. It ends in its time none the less.
    session: RefCell<Option<Session<H>>>,
}

impl<H: Host> Begun<H> {
    fn look(&self) -> Option<u32> {
        self.session.borrow().as_ref()?.look()
    }
}

/// How the client shows that it may claim.
pub enum Proof {
    /// The back end's ticket, as text.
    Ticket(String),
}

/// What finishing a claim takes.
pub struct FinishOptions {
    /// The proof.
    pub proof: Proof,
    /// What the authenticator shows for the person: a name they will know, of which the first 64 bytes are kept.
    pub passkey_name: String,
    /// Asked before the second prompt: browsers may want each prompt to be the act of a click of its own.
    pub before_prompt: Option<BeforePrompt>,
    /// How the session that the claim ends in is to be.
    pub session: SessionOptions,
    /// Whether to refuse, before anything changes, wallets whose key was imported: somebody had it before, and may have it still.
    pub refuse_imported: bool,
    /// Ends the call, up to the commit.
    pub cancel: Cancel,
    /// Told of each step as it begins and ends.
    pub progress: Option<Box<dyn Fn(Progress)>>,
}

/// How far a claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How many steps of it are done.
    pub step: u32,
    /// How many there are.
    pub of: u32,
}

/// What is being done, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// What an earlier claim left is finished, or taken back.
    Resume,
    /// The proof is shown.
    Start,
    /// The passkey is made, and used once.
    Passkey,
    /// The shares are moved apart.
    Refresh,
    /// The pairing is made; the co-signer stores its next shares.
    Prepare,
    /// The next shares are sealed to the passkey and stored.
    Seal,
    /// Both next shares sign.
    Confirm,
    /// The old shares die.
    Commit,
    /// The next shares become the wallet's.
    Promote,
}

impl Phase {
    /// Its name, as in JavaScript.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::Start => "start",
            Self::Passkey => "passkey",
            Self::Refresh => "refresh",
            Self::Prepare => "prepare",
            Self::Seal => "seal",
            Self::Confirm => "confirm",
            Self::Commit => "commit",
            Self::Promote => "promote",
        }
    }
}

/// A finished claim.
pub struct Claimed<H: Host> {
    /// The wallets, in the ticket's order.
    pub wallets: Vec<Wallet<H>>,
    /// Their receipts as text, in the same order.
    pub receipts: Vec<String>,
    /// The session that the claim ended in: all of them are open. Locked, where the end of the claim was heard too late for it.
    pub session: Session<H>,
}

impl<H: Host> Claim<H> {
    pub(crate) fn new(kit: Rc<kit::Inner<H>>, set: PreparedSet) -> Self {
        Self {
            kit,
            wallets: set.shares().iter().map(|prepared| prepared.info.clone()).collect(),
            offer: RefCell::default(),
            stage: RefCell::new(Stage::Ready(Rc::new(set))),
        }
    }

    /// The wallets to be claimed, as they are before.
    pub fn wallets(&self) -> Vec<WalletInfo> {
        self.wallets.clone()
    }

    /// The wallets whose key was imported, as the co-signer says of them once [`Claim::start`] has shown the proof; nothing before.
    /// Their receipts will say it as well.
    pub fn imported(&self) -> Option<Vec<WalletId>> {
        Some(self.offer.borrow().as_ref()?.imported())
    }

    /// Shows the proof already, so that [`Claim::finish`] opens the passkey prompt directly: browsers want a prompt to be the
    /// act of a click. Changes nothing anywhere.
    ///
    /// # Errors
    /// As [`Claim::finish`], up to the passkey.
    pub async fn start(&self, proof: &Proof, cancel: &Cancel) -> Result<(), Error> {
        let turn = Turn::take(&self.stage)?;
        match turn.stage() {
            Stage::Ready(set) => self.offer(set, proof, cancel).await.map(|_| ()),
            // The passkey is made already: there is nothing to get ready.
            Stage::Settling(..) | Stage::Busy | Stage::Finished => Ok(()),
        }
    }

    /// Erases what the claim's session would open with, once that is over though the claim's end was not heard. Gives the milliseconds after
    /// which to come again, while there is anything.
    pub fn tick(&self) -> Option<u32> {
        match &*self.stage.borrow() {
            Stage::Settling(_, begun) => begun.look(),
            Stage::Ready(_) | Stage::Busy | Stage::Finished => None,
        }
    }

    /// Takes the wallets over, and opens them: six requests and two passkey prompts, one that makes the passkey and one that uses it. Nothing
    /// is changed anywhere before the second has given a PRF output that can be relied on.
    ///
    /// A cancellation that comes after the commit was sent comes too late: the call runs to its end.
    ///
    /// # Errors
    /// Any [`Error`]: of code `prf_unavailable` where the new passkey gives no PRF output, or not the same twice. Up to the commit the prepared shares stay good, and the call may be made again with the same or another
    /// ticket. Where the commit's fate is unknown ([`Error::Unreachable`]), call again, or unlock the wallet: either finishes
    /// what was begun.
    pub async fn finish(&self, options: FinishOptions) -> Result<Claimed<H>, Error> {
        let mut turn = Turn::take(&self.stage)?;
        let silent = |_: Progress| ();
        let progress = options.progress.as_deref().unwrap_or(&silent);
        let wallets: Vec<_> = self.wallets.iter().map(|wallet| wallet.id).collect();
        let _held = vault::hold(&*self.kit.host, wallets.iter().copied(), &options.cancel).await?;
        if let Stage::Ready(set) = turn.stage() {
            let set = set.clone();
            // Only what has ended for good may be replaced: its shares, and the passkey that they were sealed to.
            let resumed = resume::held(&self.kit, &wallets, &options.cancel, progress).await?;
            if !resumed.finished.is_empty() {
                return Err(kit::FINISHED);
            }
            let begun = self.prepare(&set, &options, progress).await?;
            turn.bring_to(Stage::Settling(set, Rc::new(begun)));
        }
        let Stage::Settling(set, begun) = turn.stage() else {
            return Err(Error::Internal("a claim is at no stage that can be finished"));
        };
        let (set, begun) = (set.clone(), begun.clone());
        begun.look();
        let (host, caller) = (&*self.kit.host, Caller::Key(&self.kit.key));
        let receipts = match begun.settlement.commit(host, caller, progress).await {
            Ok(receipts) => receipts,
            Err(error) => {
                if settlement::is_final(&error) {
                    // Whether the commit was carried out or not, the next start tells.
                    turn.bring_to(Stage::Ready(set));
                }
                return Err(error);
            }
        };
        let records = begun.settlement.promote(host, caller, &receipts, progress).await?;
        let wallets = records.into_iter().map(|record| Wallet::new(self.kit.clone(), record));
        let wallets = wallets.collect::<Result<_, _>>()?;
        let session = begun.session.take();
        let session = session.ok_or(Error::Internal("a claim that was committed has opened nothing"))?;
        let committed_at = receipts.first().map(|receipt| receipt.body.committed_at);
        // The prepared shares go with the stage.
        turn.bring_to(Stage::Finished);
        Ok(Claimed {
            wallets,
            session: session.begun_by_claim(committed_at, options.session),
            receipts: receipts
                .iter()
                .map(|receipt| text::encode(&receipt.to_envelope()))
                .collect(),
        })
    }

    /// Everything up to the commit. What was made on this device is given up again if it fails.
    async fn prepare(
        &self,
        set: &PreparedSet,
        options: &FinishOptions,
        progress: &dyn Fn(Progress),
    ) -> Result<Begun<H>, Error> {
        let name = passkey_name(&options.passkey_name)?;
        progress(Progress {
            phase: Phase::Start,
            step: 0,
            of: 1,
        });
        let offer = self.offer(set, &options.proof, &options.cancel).await?;
        progress(Progress {
            phase: Phase::Start,
            step: 1,
            of: 1,
        });
        if options.refuse_imported && !offer.imported().is_empty() {
            return Err(offer::IMPORTED);
        }
        let prepared = offer.in_order(set)?;
        let wallets = prepared
            .iter()
            .map(|prepared| (prepared.info.id, prepared.info.wallet_type));
        let ceremony = Ceremony {
            host: &*self.kit.host,
            caller: Caller::Key(&self.kit.key),
            co_signer: set.co_signer(),
            offer: &offer.terms,
            transcript: &offer.transcript,
            wallets: wallets.collect(),
            cancel: &options.cancel,
            progress,
        };
        let asked = Asked {
            name: &name,
            opens_session: &offer.opens_session,
            before_prompt: options.before_prompt.as_ref(),
        };
        let enrolment = Enrolment::make(&ceremony, asked).await?;
        // The co-signer will have begun with this offer: the next call needs another.
        self.offer.take();
        let mut custody = None;
        let shares = prepared.iter().map(|prepared| &prepared.share);
        match run(&ceremony, shares, &enrolment, &mut custody).await {
            Ok((confirmation, rotation)) => {
                let custody = custody.ok_or(Error::Internal("a claim was confirmed before it was stored"))?;
                let claimant = Some(claimant_hash(set.claimant()));
                let said = (confirmation, Some(options.session.device.clone()));
                let opened = opened(&ceremony, &offer, rotation, enrolment.wrapping);
                let session = Session::new(self.kit.clone(), opened, options.session.clone());
                Ok(Begun {
                    settlement: Settlement::new(&ceremony, claimant, said, custody),
                    session: RefCell::new(Some(session)),
                })
            }
            Err(error) => {
                let credential = &enrolment.registration.credential;
                give_up(ceremony.host, &offer.terms.rp_id, credential, custody.as_ref()).await;
                Err(error)
            }
        }
    }

    /// The offer that an earlier call got for this ticket, or a new one.
    async fn offer(&self, set: &PreparedSet, proof: &Proof, cancel: &Cancel) -> Result<Rc<Offer<H>>, Error> {
        let ticket = offer::ticket(&self.kit, set, proof)?;
        let kept = self.offer.borrow().clone();
        if let Some(offer) = kept.filter(|offer| offer.serves(&ticket, &self.kit.host)) {
            return Ok(offer);
        }
        let offer = Rc::new(Offer::ask(&self.kit, set, ticket, cancel).await?);
        self.offer.replace(Some(offer.clone()));
        Ok(offer)
    }
}

/// The steps between passkey and commit.
async fn run<'a, H: Host>(
    ceremony: &Ceremony<'_, H>,
    shares: impl Iterator<Item = &'a Share>,
    enrolment: &Enrolment,
    custody: &mut Option<Custody>,
) -> Result<(Confirmation, Rotation), Error> {
    let rotation = Rotation::make(ceremony, Moving::begin(shares, ceremony.transcript)?).await?;
    let passkeys = vec![PasskeySet::of(enrolment.wrapping.recipient()); rotation.shares.len()];
    let taken = custody.insert(Custody::take(ceremony, (&enrolment.wrapping, &passkeys), &rotation).await?);
    let passkey = (enrolment.registration.credential.as_slice(), enrolment.claim_passkey());
    let confirmation = Confirmation::make(ceremony, passkey, &rotation, taken.copies()).await?;
    Ok((confirmation, rotation))
}

/// What the claim's session opens with, once it has begun.
fn opened<H: Host>(
    ceremony: &Ceremony<'_, H>,
    offer: &Offer<H>,
    rotation: Rotation,
    wrapping: vault::WrappingKey,
) -> Opened<H> {
    let pairings: Vec<_> = rotation.shares.iter().map(|share| rotation.pairing_of(share)).collect();
    let wallets = ceremony.wallets.iter().zip(rotation.shares).zip(pairings);
    let shares = wallets.map(|(((_, wallet_type), share), pairing)| OpenShare {
        wallet_type: *wallet_type,
        share,
        pairing,
    });
    let OfferedSession {
        id, expires_at, terms, ..
    } = offer.session;
    Opened {
        co_signer: *ceremony.co_signer,
        id,
        expires_at,
        rotate_by: None,
        terms,
        open: Open {
            sender: offer.sender.clone(),
            wrapping: Rc::new(wrapping),
            shares: shares.collect(),
            pairings: rotation.pairing.into_iter().collect(),
        },
    }
}
