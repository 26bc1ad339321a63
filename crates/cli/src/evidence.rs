//! What is examined, and what is found.

use wallet::{
    Error, WalletInfo, WalletType,
    receipt::{self, VerifiedReceipt},
    refusal::{self, VerifiedRefusal},
};
use wire::{Envelope, Receipt, Refusal, envelope};

use crate::input::Text;

/// What is known besides.
pub(crate) struct Question {
    /// The co-signer's receipt key.
    pub(crate) co_signer: Option<[u8; 32]>,
    /// What the wallets are for.
    pub(crate) types: Vec<WalletType>,
}

/// A receipt that holds, and the refusals that go with it.
pub(crate) struct Held {
    pub(crate) receipt: VerifiedReceipt,
    /// The wallet as each type that was asked for and that it can be of.
    pub(crate) wallets: Vec<WalletInfo>,
    pub(crate) refusals: Vec<VerifiedRefusal>,
}

/// What holds, and what doesn't.
pub(crate) struct Findings {
    pub(crate) held: Vec<Held>,
    /// A sentence for each text that does not hold.
    pub(crate) faults: Vec<String>,
}

/// Examines receipts and refusals, in whatever order they come.
pub(crate) fn examine(texts: &[Text], question: &Question) -> Findings {
    let mut findings = Findings {
        held: Vec::new(),
        faults: Vec::new(),
    };
    let mut refusals = Vec::new();
    for Text { text, place } in texts {
        let read = match envelope::kind_of(text) {
            Some(Receipt::KIND) => receipt(text, question).map(|held| findings.held.push(held)),
            Some(Refusal::KIND) => refusal(text, question).map(|refusal| refusals.push((refusal, place))),
            Some(_) | None => Err("this is neither a receipt nor a refusal".to_owned()),
        };
        findings
            .faults
            .extend(read.err().map(|fault| format!("{place}: {fault}")));
    }
    for (refusal, place) in refusals {
        let matched = attach(&mut findings.held, refusal);
        findings
            .faults
            .extend(matched.err().map(|fault| format!("{place}: {fault}")));
    }
    findings
}

fn receipt(text: &str, question: &Question) -> Result<Held, String> {
    let receipt = receipt::verify(text, None).map_err(sentence)?;
    if question.co_signer.is_some_and(|key| key != receipt.co_signer) {
        return Err("the receipt is signed by another key than --co-signer".to_owned());
    }
    let of_types = question.types.iter().map(|of| receipt.wallet_of_type(*of));
    let wallets: Vec<_> = of_types.flatten().collect();
    if wallets.is_empty() && !question.types.is_empty() {
        return Err("the receipt's wallet signs by another scheme than wallets of --type".to_owned());
    }
    Ok(Held {
        receipt,
        wallets,
        refusals: Vec::new(),
    })
}

fn refusal(text: &str, question: &Question) -> Result<VerifiedRefusal, String> {
    let refusal = refusal::verify(text, None).map_err(sentence)?;
    if question.co_signer.is_some_and(|key| key != refusal.co_signer) {
        return Err("the refusal is signed by another key than --co-signer".to_owned());
    }
    Ok(refusal)
}

/// Holds a refusal against the receipt of its wallet: of several, the one that retired its epoch, or the next after it.
fn attach(held: &mut [Held], refusal: VerifiedRefusal) -> Result<(), String> {
    let epoch = refusal.epoch.0;
    let of_wallet = held.iter_mut().filter(|held| held.receipt.wallet == refusal.wallet);
    let nearest = of_wallet.min_by_key(|held| (held.receipt.retired_epoch < epoch, held.receipt.retired_epoch));
    let nearest = nearest.ok_or("there is no receipt of its wallet here that holds, to check the refusal against")?;
    refusal.check_against(&nearest.receipt).map_err(sentence)?;
    nearest.refusals.push(refusal);
    Ok(())
}

fn sentence(error: Error) -> String {
    error.to_string()
}
