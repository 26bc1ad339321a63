//! What must hold after a run, and what it is called where it does not.

use std::{path::PathBuf, rc::Rc};

use rusqlite::{Connection, OpenFlags};
use wallet::{
    CoSignerIdentity, Error, ErrorCode, Kit, Server, WalletInfo,
    host::{Cancel, Host, ShareStore},
};
use zeroize::Zeroizing;

use crate::{
    person::sign_with_each,
    world::{holds, payload},
};

/// How a run did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Nothing signs for a wallet any more.
    Lost(String),
    /// The person can't get on, though something signs.
    Stuck(String),
    /// Two epochs sign.
    DoubleLive(String),
    /// Something else is not as it must be.
    Untidy(String),
}

/// Where a run ends: what there is to look at.
pub struct End<'a, B: Host, D: Host> {
    /// The back end, and what it prepared.
    pub server: &'a Server<B>,
    pub prepared: &'a [(WalletInfo, Zeroizing<String>)],
    /// The device, with a page that nobody kills.
    pub device: Rc<D>,
    pub identity: CoSignerIdentity,
    /// How many passkeys the authenticator holds.
    pub passkeys: usize,
    /// The co-signer's database.
    pub database: PathBuf,
}

/// Whether the prepared share of a wallet signs.
async fn prepared_signs<B: Host>(
    server: &Server<B>,
    share: &Zeroizing<String>,
    wallet: &WalletInfo,
) -> Result<bool, Error> {
    let handle = server.with_share(share.clone())?;
    match handle.sign(payload(wallet, 1), &Cancel::default()).await {
        Ok(signature) => Ok(holds(&wallet.public_key, &signature, 1)),
        Err(error) if error.code() == ErrorCode::AlreadyClaimed => Ok(false),
        Err(error) => Err(error),
    }
}

/// After somebody died, and before anybody comes: whether the prepared shares sign, all of them or none.
pub async fn prepared_sign<B: Host, D: Host>(end: &End<'_, B, D>) -> Result<bool, Harm> {
    let mut signs = Vec::new();
    for (wallet, share) in end.prepared {
        let signed = prepared_signs(end.server, share, wallet).await;
        signs.push(signed.map_err(|error| Harm::Stuck(format!("a prepared share: {error}")))?);
    }
    match signs.iter().all(|one| Some(one) == signs.first()) {
        true => Ok(signs.first() == Some(&true)),
        false => Err(Harm::DoubleLive(
            "some wallets of a claim were claimed, and others not".to_owned(),
        )),
    }
}

/// The person gave up: says whether anything signs at all.
pub async fn given_up<B: Host, D: Host>(end: &End<'_, B, D>, said: String) -> Harm {
    match prepared_sign(end).await {
        Ok(true) => Harm::Stuck(said),
        Ok(false) => Harm::Lost(said),
        Err(harm) => harm,
    }
}

/// The person has come to the end, with pages that died: their wallets sign, and nothing else does; nothing is left behind.
pub async fn settled<B: Host, D: Host>(end: &End<'_, B, D>, died: usize) -> Result<(), Harm> {
    let device = device_signs(end).await;
    let prepared = prepared_sign(end).await?;
    match (device, prepared) {
        (Ok(()), false) => {}
        (Ok(()), true) => {
            return Err(Harm::DoubleLive(
                "the prepared share signs beside the device's".to_owned(),
            ));
        }
        (Err(error), true) => return Err(Harm::Stuck(format!("the device: {error}"))),
        (Err(error), false) => return Err(Harm::Lost(format!("the device: {error}"))),
    }
    tidy(end, died).await
}

async fn device_signs<B: Host, D: Host>(end: &End<'_, B, D>) -> Result<(), Error> {
    let kit = Kit::new(end.device.clone(), Some(end.identity));
    let wallets = kit.wallets().await?;
    let wallet = wallets.first().ok_or(Error::Internal("the device holds nothing"))?;
    let session = wallet
        .unlock(wallet::SessionOptions::default(), &Cancel::default())
        .await?;
    let prepared: Vec<_> = end.prepared.iter().map(|(wallet, _)| wallet.clone()).collect();
    match sign_with_each(&prepared, &session, 4).await {
        // The co-signer died while it worked on a query: the next one pairs anew.
        Err(error) if error.code() == ErrorCode::PairingBurnt => sign_with_each(&prepared, &session, 4).await,
        signed => signed,
    }
}

/// Nothing is pending on either side, no passkey is left over, and the audit log tells what happened.
async fn tidy<B: Host, D: Host>(end: &End<'_, B, D>, died: usize) -> Result<(), Harm> {
    let untidy = |what: String| Err(Harm::Untidy(what));
    let records = end.device.store().list().await.unwrap();
    if records.iter().any(|record| record.key.starts_with("handle/")) {
        return untidy("a user handle was left behind".to_owned());
    }
    match end.passkeys {
        // A page that dies over its prompt leaves what may come of it; nothing else does.
        count if (1..=1 + died).contains(&count) => {}
        count => return untidy(format!("the authenticator holds {count} passkeys")),
    }
    let database = Connection::open_with_flags(&end.database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count = |query: &str| -> i64 { database.query_row(query, [], |row| row.get(0)).unwrap() };
    let wallets = i64::try_from(end.prepared.len()).unwrap();
    let event = |name: &str| count(&format!("SELECT count(*) FROM audit WHERE event = '{name}'"));
    // An epoch for each commit, and each before it retired.
    let epochs = count("SELECT sum(epoch) FROM wallets");
    let rotated = event("rotation_committed");
    let claims = [
        (
            "live shares",
            count("SELECT count(*) FROM shares WHERE state = 'active'"),
            wallets,
        ),
        (
            "live shares of the live epoch",
            count(
                "SELECT count(*) FROM shares JOIN wallets ON id = wallet WHERE state = 'active' AND shares.epoch = wallets.epoch",
            ),
            wallets,
        ),
        (
            "pending shares",
            count("SELECT count(*) FROM shares WHERE state = 'pending'"),
            0,
        ),
        (
            "claims under way",
            count("SELECT count(*) FROM claims WHERE phase <> 'committed'"),
            0,
        ),
        ("copies", count("SELECT count(*) FROM copies"), wallets),
        ("retired epochs", count("SELECT count(*) FROM retired_epochs"), epochs),
        ("claims committed", event("claim_committed"), wallets),
        (
            "claims prepared",
            event("claim_prepared"),
            event("claim_committed") + event("claim_dropped"),
        ),
        ("epochs", epochs, wallets + rotated),
        (
            "rotations prepared",
            event("rotation_prepared"),
            rotated + event("rotation_dropped"),
        ),
    ];
    match claims.iter().find(|(_, found, expected)| found != expected) {
        Some((what, found, expected)) => untidy(format!("{what}: {found}, and not {expected}")),
        None => Ok(()),
    }
}
