//! The person: opens the page, and opens it again, until the wallets are theirs and sign.

use std::rc::Rc;

use wallet::{
    Error, ErrorCode, FinishOptions, Kit, Progress, Proof, SealedHandOff, Session, WalletInfo,
    host::{Cancel, Host},
};
use zeroize::Zeroizing;

use crate::{
    stage::{Page, Stage},
    world::{holds, payload},
};

/// How often a person opens the page before they give up.
pub const PATIENCE: usize = 12;

/// How a person came to the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visits {
    /// How often the page was opened.
    pub opened: usize,
    /// How often it died.
    pub died: usize,
}

impl core::ops::AddAssign for Visits {
    fn add_assign(&mut self, more: Self) {
        self.opened += more.opened;
        self.died += more.died;
    }
}

/// What a person comes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To sign.
    Sign,
    /// To have the shares changed, and to sign with what comes of it.
    Rotate,
}

/// Opens the page until what the person wishes is done there; says what stood in the way last, if it never is.
pub async fn visit_until_it_signs(stage: &Stage, wish: Wish) -> Result<Visits, String> {
    let mut visits = Visits::default();
    let mut last = String::new();
    for _ in 0..PATIENCE {
        visits.opened += 1;
        match stage.fuse.alive(visit(stage, stage.open(), wish)).await {
            Some(Ok(())) => return Ok(visits),
            Some(Err(error)) => last = format!("{}: {error}", error.code()),
            None => visits.died += 1,
        }
    }
    Err(last)
}

/// One page, from its first line to its last: what the demo's page does.
async fn visit(stage: &Stage, page: Rc<Page>, wish: Wish) -> Result<(), Error> {
    let kit = Kit::new(page, Some(stage.identity));
    let hand_over = |to: &str| stage.server.seal_for(stage.shares(), to, None);
    let session = enter(&kit, stage.prepared.len(), &hand_over, |_| ()).await?;
    if wish == Wish::Rotate {
        session.rotate(&Cancel::default(), &|_| ()).await?;
    }
    sign_with_each(&stage.wallets(), &session, 2).await?;
    session.lock().await;
    Ok(())
}

/// Gives the prepared shares to the page of a key.
pub type HandOver<'a> = &'a dyn Fn(&str) -> Result<SealedHandOff, Error>;

/// Comes to an open session of as many wallets, from wherever the last page left off.
pub async fn enter<H: Host>(
    kit: &Kit<H>,
    wallets: usize,
    hand_over: HandOver<'_>,
    progress: impl Fn(Progress) + Clone + 'static,
) -> Result<Session<H>, Error> {
    let cancel = Cancel::default();
    kit.resume(&cancel, &progress).await?;
    let held = kit.wallets().await?;
    match held.as_slice() {
        [wallet, ..] if held.len() == wallets => wallet.unlock(wallet::SessionOptions::default(), &cancel).await,
        // Some of a passkey's wallets: the browser has lost the others.
        [_, ..] => kit.restore(wallet::SessionOptions::default(), &cancel).await,
        [] => match claim(kit, hand_over, progress).await {
            // Claimed, and this browser has lost it.
            Err(error) if error.code() == ErrorCode::AlreadyClaimed => {
                kit.restore(wallet::SessionOptions::default(), &cancel).await
            }
            claimed => claimed,
        },
    }
}

async fn claim<H: Host>(
    kit: &Kit<H>,
    hand_over: HandOver<'_>,
    progress: impl Fn(Progress) + Clone + 'static,
) -> Result<Session<H>, Error> {
    let cancel = Cancel::default();
    let hand_off = hand_over(&kit.public_key_text())?;
    let claim = kit.load(vec![Zeroizing::new(hand_off.share)], &cancel).await?;
    let options = FinishOptions {
        proof: Proof::Ticket(hand_off.ticket),
        passkey_name: "Ada".to_owned(),
        before_prompt: None,
        session: wallet::SessionOptions::default(),
        refuse_imported: false,
        cancel: cancel.clone(),
        progress: Some(Box::new(progress)),
    };
    Ok(claim.finish(options).await?.session)
}

/// Signs with each of these wallets: each signature is of the key that it is known by.
pub async fn sign_with_each<H: Host>(wallets: &[WalletInfo], session: &Session<H>, byte: u8) -> Result<(), Error> {
    for wallet in wallets {
        let signature = session
            .sign(wallet.id, payload(wallet, byte), &Cancel::default())
            .await?;
        if !holds(&wallet.public_key, &signature, byte) {
            return Err(Error::Internal("a signature is of another key than the wallet's"));
        }
    }
    Ok(())
}
