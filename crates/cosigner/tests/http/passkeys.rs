//! Further passkeys: one is added to wallets, listed, named, and removed from them.

mod adversary;
mod races;

use mpc::{Share, WalletId, channel::ChannelKey, pairing::ClientPairing};
use rand_core::OsRng;
use rusqlite::{Connection, types::Value};
use wire::{
    ErrorCode, PasskeySet, Request, WalletType,
    ceremony::{
        Copies, DeviceName, Done, ListedPasskey, NewPasskey, PasskeyAdd, PasskeyList, PasskeyOffer, PasskeyRemove,
        PasskeyRename, PasskeyStart, SealedCopy,
    },
    message::encode,
    statement::{ClaimedKey, PASSKEY_TRANSCRIPT, PasskeyChange, PasskeyTranscript, REGISTRATION, to_bytes},
};

use crate::{
    browser::{Browser, Prepared, copy_of},
    burns::audited,
    sealed::seal_request,
    world::{World, public, random_key, sealed_by},
};

/// A world that allows as many changes as a test makes.
fn patient() -> World {
    World::with(|config| {
        config.limits.export = 10_000;
        config.limits.wallet = 10_000;
        config.limits.session = 10_000;
    })
}

/// A person with claimed wallets, and an open session of them.
pub(crate) struct Owner {
    /// Sends by the session's key.
    pub(crate) browser: Browser,
    shares: Vec<Share>,
    pairing: Option<ClientPairing>,
}

impl Owner {
    pub(crate) async fn of(world: &World, wallet_types: &[WalletType]) -> Self {
        let claimant = Browser::new();
        let mut prepared = Vec::new();
        for wallet_type in wallet_types {
            prepared.push(world.wallet_of(*wallet_type).await);
        }
        let claimed = claimant.claim(world, &prepared.iter().collect::<Vec<_>>()).await.0;
        let owner = Self {
            browser: claimant,
            shares: claimed.shares,
            pairing: claimed.pairing,
        };
        owner.elsewhere(world).await.unwrap()
    }

    /// The same with another session.
    async fn elsewhere(self, world: &World) -> Result<Self, ErrorCode> {
        let browser = self.opened(world, &self.browser).await?;
        Ok(Self { browser, ..self })
    }

    /// A session of another passkey, or of the same.
    pub(crate) async fn opened(&self, world: &World, passkey: &Browser) -> Result<Browser, ErrorCode> {
        let session = random_key();
        passkey.unlock(world, &session, &self.shares()).await?;
        Ok(passkey.with_key(session))
    }

    pub(crate) fn shares(&self) -> Vec<&Share> {
        self.shares.iter().collect()
    }

    #[expect(
        clippy::misnamed_getters,
        reason = "its session is the one of the browser's key, and not the claim's own"
    )]
    pub(crate) fn session(&self) -> &ChannelKey {
        &self.browser.key
    }

    fn keys(&self) -> Vec<ClaimedKey> {
        let keys = self.shares.iter().map(|share| ClaimedKey::of(share.info()).unwrap());
        keys.collect()
    }

    async fn start(&self, world: &World) -> Result<Started, ErrorCode> {
        Started::by(world, self.session(), self.keys()).await
    }

    /// Adds a passkey, as its person approved it, a second later than any before.
    pub(crate) async fn add(&self, world: &World, new: &Browser) -> Result<Done, ErrorCode> {
        world.pass(1);
        let adding = self.start(world).await?.adding(&self.browser, new);
        world.call(&sealed_by(self.session()), &adding).await
    }

    pub(crate) async fn remove(&self, world: &World, removed: &Browser) -> Result<Done, ErrorCode> {
        let removing = self.start(world).await?.removing(&self.browser, &removed.credential);
        world.call(&sealed_by(self.session()), &removing).await
    }

    pub(crate) fn pairing(&self) -> &ClientPairing {
        self.pairing.as_ref().unwrap()
    }

    /// A rotation, up to the pending shares.
    pub(crate) async fn rotating(&self, world: &World) -> Result<Prepared, ErrorCode> {
        self.rotating_some(world, &self.shares()).await
    }

    async fn rotating_some(&self, world: &World, shares: &[&Share]) -> Result<Prepared, ErrorCode> {
        let started = self.browser.start_rotation(world, shares).await?;
        let refreshed = self.browser.refresh(world, started, shares).await?;
        self.browser.prepare(world, refreshed).await
    }

    pub(crate) async fn rotate(&self, world: &World) -> Prepared {
        self.rotate_some(world, &self.shares()).await
    }

    /// Rotates the first wallet alone.
    pub(crate) async fn rotate_first(&self, world: &World) -> Prepared {
        self.rotate_some(world, &self.shares()[..1]).await
    }

    async fn rotate_some(&self, world: &World, shares: &[&Share]) -> Prepared {
        let prepared = self.rotating_some(world, shares).await.unwrap();
        let commit = self.browser.confirm(world, &prepared).await.unwrap();
        self.browser.commit(world, &commit).await.unwrap();
        prepared
    }

    async fn list(&self, world: &World) -> Result<Vec<ListedPasskey>, ErrorCode> {
        let listed = world.call(&sealed_by(self.session()), &PasskeyList {}).await;
        listed.map(|listed| listed.passkeys)
    }

    async fn rename(&self, world: &World, passkey: &[u8], name: &str) -> Result<Done, ErrorCode> {
        let rename = PasskeyRename {
            credential: passkey.to_vec(),
            name: DeviceName::new(name).unwrap(),
        };
        world.call(&sealed_by(self.session()), &rename).await
    }

    async fn sign(&self, world: &World, session: &ChannelKey) -> Result<mpc::Signature, ErrorCode> {
        world.sign(&sealed_by(session), &self.shares[0], &self.pairing).await
    }

    /// What a session is given of the wallets' shares.
    async fn copies(&self, world: &World, session: &ChannelKey) -> Result<Vec<SealedCopy>, ErrorCode> {
        let wallets = self.shares.iter().map(|share| share.info().wallet).collect();
        let kept = world.call(&sealed_by(session), &Copies { wallets }).await?.copies;
        Ok(kept.into_iter().map(|kept| kept.copy).collect())
    }
}

/// A change that was asked for.
struct Started {
    offer: PasskeyOffer,
    transcript: PasskeyTranscript,
}

impl Started {
    async fn by(world: &World, session: &ChannelKey, keys: Vec<ClaimedKey>) -> Result<Self, ErrorCode> {
        let start = PasskeyStart { keys: keys.clone() };
        let offer = world.call(&sealed_by(session), &start).await?;
        let transcript = PasskeyTranscript {
            nonce: offer.nonce,
            rp_id: offer.rp_id.clone(),
            session: public(session),
            keys,
            passkeys: offer.passkeys.clone(),
            change: PasskeyChange::Make,
        };
        Ok(Self { offer, transcript })
    }

    fn challenge(&self, change: PasskeyChange) -> [u8; 32] {
        hash(&PasskeyTranscript {
            change,
            ..self.transcript.clone()
        })
    }

    fn made(&self, new: &Browser) -> NewPasskey {
        new.new_passkey(&self.challenge(PasskeyChange::Make))
    }

    fn adding(&self, by: &Browser, new: &Browser) -> PasskeyAdd {
        let passkey = self.made(new);
        PasskeyAdd {
            approval: by.assert(&self.challenge(addition(&passkey))),
            copies: self.sealed("with one more"),
            passkey,
        }
    }

    fn removing(&self, by: &Browser, credential: &[u8]) -> PasskeyRemove {
        PasskeyRemove {
            credential: credential.to_vec(),
            approval: by.assert(&self.challenge(PasskeyChange::Remove(credential.to_vec()))),
            copies: self.sealed("with one less"),
        }
    }

    /// What stands for the shares as they are sealed to the passkeys after the change.
    fn sealed(&self, what: &str) -> Vec<SealedCopy> {
        let sealed = |key: &ClaimedKey| SealedCopy([&key.wallet.0[..], what.as_bytes()].concat());
        self.transcript.keys.iter().map(sealed).collect()
    }
}

fn addition(passkey: &NewPasskey) -> PasskeyChange {
    PasskeyChange::Add {
        registration: mpc::tags::hash(REGISTRATION, &[&to_bytes(&passkey.registration)]),
        key: passkey.key,
    }
}

fn hash(transcript: &PasskeyTranscript) -> [u8; 32] {
    mpc::tags::hash(PASSKEY_TRANSCRIPT, &[&to_bytes(transcript)])
}

/// The digest of what a wallet claimed by one passkey has after these.
fn digest_after(first: &Browser, changes: impl IntoIterator<Item = Change>) -> [u8; 32] {
    let first = PasskeySet::of(first.recipient());
    let after = changes.into_iter().fold(first, |set, change| match change {
        Change::Added(new) => set.with(new).unwrap(),
        Change::Removed(credential) => set.without(&credential).unwrap(),
    });
    after.digest()
}

enum Change {
    Added(wire::Recipient),
    Removed(Vec<u8>),
}

/// Everything that the database holds of wallets, passkeys and sessions.
fn held(world: &World) -> Vec<Vec<Value>> {
    let db = Connection::open(&world.config.database).unwrap();
    let queries = [
        "SELECT id, epoch, credential, passkeys_revision, claimant FROM wallets ORDER BY id",
        "SELECT wallet, credential FROM passkeys ORDER BY wallet, credential",
        "SELECT id, public_key, sign_count, key, name FROM credentials ORDER BY id",
        "SELECT wallet, epoch, sealed FROM copies JOIN secrets ON id = secret ORDER BY wallet, epoch",
        "SELECT wallet, epoch, state, claim, sealed FROM shares JOIN secrets ON id = secret ORDER BY wallet, epoch",
        "SELECT key, credential, wallets, expires_at FROM sessions ORDER BY key",
        "SELECT id, owner, burnt_at FROM pairings ORDER BY id",
        "SELECT id, phase FROM claims ORDER BY id",
        "SELECT request, sealed FROM answers ORDER BY request",
    ];
    let mut rows = Vec::new();
    for query in queries {
        let mut statement = db.prepare(query).unwrap();
        let columns = statement.column_count();
        let read = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
        rows.extend(read.unwrap().map(Result::unwrap));
    }
    rows
}

fn wallets(listed: &ListedPasskey) -> Vec<WalletId> {
    let mut wallets = listed.wallets.clone();
    wallets.sort_unstable();
    wallets
}

const BOTH: [WalletType; 2] = [WalletType::Evm, WalletType::Solana];

#[tokio::test]
async fn a_passkey_that_was_added_opens_the_wallets_until_it_is_removed() {
    let world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let phone = Browser::new();
    let refused = owner.opened(&world, &phone).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    let claimed = owner.copies(&world, owner.session()).await.unwrap();
    assert_eq!(claimed, owner.shares.iter().map(copy_of).collect::<Vec<_>>());

    let started = owner.start(&world).await.unwrap();
    let one = digest_after(&owner.browser, []);
    assert_eq!(started.offer.passkeys, [one, one]);
    world.pass(10);
    let adding = started.adding(&owner.browser, &phone);
    world.call(&sealed_by(owner.session()), &adding).await.unwrap();
    world.pass(10);
    let on_phone = owner.opened(&world, &phone).await.unwrap();
    assert_eq!(owner.copies(&world, &on_phone.key).await.unwrap(), adding.copies);
    let again = phone.unlock(&world, &random_key(), &owner.shares()).await.unwrap();
    let two = digest_after(&owner.browser, [Change::Added(phone.recipient())]);
    assert_eq!(again.passkeys, [two, two]);
    // It has a pairing of its own to make; the other's serves the other.
    let own = world.pairing_of(&sealed_by(&on_phone.key)).await.unwrap();
    world
        .sign(&sealed_by(&on_phone.key), &owner.shares[0], &own)
        .await
        .unwrap();
    owner.sign(&world, owner.session()).await.unwrap();
    let [first, second] = &owner.list(&world).await.unwrap()[..] else {
        panic!()
    };
    assert_eq!((first.is_current, second.is_current), (true, false));
    assert_eq!(second.credential, phone.credential);
    assert_eq!((second.created_at, second.used_at), (world.now() - 10, world.now()));
    assert_eq!(wallets(first), wallets(second));
    assert_eq!(wallets(first).len(), 2);
    assert_eq!(audited(&world, "passkeys_started"), (2, 2));
    assert_eq!(audited(&world, "passkey_added"), (2, 2));

    owner.remove(&world, &phone).await.unwrap();
    let refused = world.sign(&sealed_by(&on_phone.key), &owner.shares[0], &own).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    let refused = owner.opened(&world, &phone).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    let refused = phone.unlock(&world, &random_key(), &[]).await;
    assert_eq!(refused.err(), Some(ErrorCode::WalletNotFound));
    assert_eq!(owner.list(&world).await.unwrap().len(), 1);
    let changes = [
        Change::Added(phone.recipient()),
        Change::Removed(phone.credential.clone()),
    ];
    let after = digest_after(&owner.browser, changes);
    assert_eq!(owner.start(&world).await.unwrap().offer.passkeys, [after, after]);
    let left = owner.copies(&world, owner.session()).await.unwrap();
    assert!(left.iter().all(|copy| copy.0.ends_with(b"with one less")));
    owner.sign(&world, owner.session()).await.unwrap();
    assert_eq!(audited(&world, "passkey_removed"), (2, 2));
    assert_eq!(audited(&world, "session_revoked").0, 4);
    assert_eq!(audited(&world, "pairing_burnt"), (1, 0));
    assert_eq!(audited(&world, "passkeys_refused"), (0, 0));
    // What was removed is not added again: another one is.
    assert_eq!(owner.add(&world, &phone).await.err(), Some(ErrorCode::NotAuthorised));
    owner.add(&world, &Browser::new()).await.unwrap();
}

#[tokio::test]
async fn a_passkey_that_was_removed_from_one_wallet_still_opens_the_other() {
    let world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let phone = Browser::new();
    owner.add(&world, &phone).await.unwrap();
    let on_phone = owner.opened(&world, &phone).await.unwrap();
    let pairing = world.pairing_of(&sealed_by(&on_phone.key)).await.unwrap();
    let one = Started::by(&world, owner.session(), vec![owner.keys().remove(1)])
        .await
        .unwrap();
    let removing = one.removing(&owner.browser, &phone.credential);
    world.call(&sealed_by(owner.session()), &removing).await.unwrap();
    // Its sessions end all the same; what it opens it opens anew.
    let refused = world.sign(&sealed_by(&on_phone.key), &owner.shares[0], &pairing).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::SessionExpired);
    let [one, two] = owner.shares.as_slice() else { panic!() };
    let refused = phone.unlock(&world, &random_key(), &[two, one]).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    let session = random_key();
    let unlocked = phone.unlock(&world, &session, &[one, two]).await.unwrap();
    assert_eq!(unlocked.keys, [one.info().clone()]);
    world.sign(&sealed_by(&session), one, &pairing).await.unwrap();
    let refused = world.sign(&sealed_by(&session), two, None).await;
    assert_eq!(refused.unwrap_err(), ErrorCode::NotAuthorised);
    let listed = owner.list(&world).await.unwrap();
    assert_eq!(listed[1].wallets, [one.info().wallet]);
}

#[tokio::test]
async fn a_session_names_the_passkeys_of_its_wallets_and_no_others() {
    let world = patient();
    let (owner, other) = (Owner::of(&world, &BOTH).await, Owner::of(&world, &BOTH[..1]).await);
    let phone = Browser::new();
    owner.add(&world, &phone).await.unwrap();
    owner
        .rename(&world, &phone.credential, "Ada's old phone")
        .await
        .unwrap();
    let on_phone = Owner {
        browser: owner.opened(&world, &phone).await.unwrap(),
        ..owner
    };
    // Any of them names any of them.
    let first = on_phone.list(&world).await.unwrap()[0].credential.clone();
    on_phone.rename(&world, &first, "Ada's computer").await.unwrap();
    let listed = on_phone.list(&world).await.unwrap();
    let names: Vec<_> = listed.iter().map(|listed| listed.name.as_str()).collect();
    assert_eq!(names, ["Ada's computer", "Ada's old phone"]);
    let before = held(&world);
    for strange in [&other.browser.credential, &vec![7; 16], &vec![7]] {
        let refused = on_phone.rename(&world, strange, "mine").await;
        assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    }
    let stranger = random_key();
    let refused = world.call(&sealed_by(&stranger), &PasskeyList {}).await;
    assert_eq!(refused.err(), Some(ErrorCode::SessionExpired));
    let refused = world.call(&world.back_end(), &PasskeyList {}).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    assert_eq!(held(&world), before);
}

#[tokio::test]
async fn no_name_of_a_passkey_lies_on_the_disk_in_clear() {
    let world = patient();
    let owner = Owner::of(&world, &BOTH[..1]).await;
    let phone = Browser::new();
    owner.add(&world, &phone).await.unwrap();
    owner
        .rename(&world, &phone.credential, "Grandmother's kitchen")
        .await
        .unwrap();
    // The names that the claim and the addition gave, and the one that was given since.
    for name in ["a phone", "Grandmother", "kitchen"] {
        for file in std::fs::read_dir(world.folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let is_there = bytes.windows(name.len()).any(|window| window == name.as_bytes());
            assert!(!is_there, "{name}");
        }
    }
    // One that was moved to another passkey is not read as its name.
    let db = Connection::open(&world.config.database).unwrap();
    let moved = "UPDATE credentials SET name = (SELECT name FROM credentials WHERE id = ?1)";
    db.execute(moved, [&phone.credential]).unwrap();
    assert_eq!(owner.list(&world).await.err(), Some(ErrorCode::Internal));
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_answered_the_same_again() {
    let mut world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let phone = Browser::new();
    let adding = owner.start(&world).await.unwrap().adding(&owner.browser, &phone);
    twice(&mut world, owner.session(), &adding).await;
    let removing = owner.start(&world).await.unwrap();
    let removing = removing.removing(&owner.browser, &phone.credential);
    twice(&mut world, owner.session(), &removing).await;
    assert_eq!(audited(&world, "passkey_added"), (2, 2));
    assert_eq!(audited(&world, "passkey_removed"), (2, 2));
    assert_eq!(audited(&world, "passkeys_refused"), (0, 0));
}

/// Sends the same bytes again and again, also to the process that follows.
async fn twice<R: Request<Answer = Done>>(world: &mut World, session: &ChannelKey, message: &R) {
    let to = world.state.identity().channel;
    let (_, sealed) = seal_request(&to, Some(session), R::PATH, &encode(message), &mut OsRng).unwrap();
    let caller = sealed_by(session);
    let first = world.post_sealed(R::PATH, &caller, sealed.clone()).await;
    assert_eq!(first.status, 200);
    let after = held(world);
    for _ in 0..2 {
        let again = world.post_sealed(R::PATH, &caller, sealed.clone()).await;
        assert_eq!(again.status, 200);
        assert_eq!(held(world), after);
        world.restart();
    }
    // Also where its client has sealed it anew.
    world.call(&caller, message).await.unwrap();
    assert_eq!(held(world), after);
}

#[tokio::test]
async fn a_database_set_back_to_before_a_removal_opens_nothing() {
    let mut world = patient();
    let owner = Owner::of(&world, &BOTH).await;
    let other = Owner::of(&world, &BOTH[1..]).await;
    let phone = Browser::new();
    owner.add(&world, &phone).await.unwrap();
    let on_phone = owner.opened(&world, &phone).await.unwrap();
    let before = world.copy();
    owner.remove(&world, &phone).await.unwrap();
    let newest = world.copy();
    world.restore(&before);
    // Neither the one that was removed opens them, nor any other; nor does a session that was open then.
    for passkey in [&phone, &owner.browser] {
        let refused = owner.opened(&world, passkey).await;
        assert_eq!(refused.err(), Some(ErrorCode::EpochMismatch));
        let refused = passkey.unlock(&world, &random_key(), &[]).await;
        assert_eq!(refused.err(), Some(ErrorCode::EpochMismatch));
    }
    for session in [&on_phone.key, owner.session()] {
        let refused = owner.sign(&world, session).await;
        assert_eq!(refused.err(), Some(ErrorCode::EpochMismatch));
    }
    assert_eq!(audited(&world, "restored"), (2, 2));
    // Who was not changed since is not kept waiting.
    let session = random_key();
    other.browser.unlock(&world, &session, &other.shares()).await.unwrap();
    world.sign(&sealed_by(&session), &other.shares[0], None).await.unwrap();
    // With the newer one all is as it was.
    world.restore(&newest);
    let refused = owner.opened(&world, &phone).await;
    assert_eq!(refused.err(), Some(ErrorCode::NotAuthorised));
    owner.opened(&world, &owner.browser).await.unwrap();
}
