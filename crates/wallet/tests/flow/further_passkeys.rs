//! Further passkeys: several devices open the same wallets, and one that is removed opens them no more.

use std::rc::Rc;

use wallet::{AddPasskey, Error, ErrorCode, Kit, Prompt, Session, SessionOptions, WalletType, host::Cancel};

use crate::{
    authenticator::{Device, Mood, Prf},
    memory::Failing,
    network::Fate,
    world::{Arrival, Browser, MIXES, World, holds, payload, sign},
};

const NO: &dyn Fn(wallet::Progress) = &|_| ();

fn never() -> Cancel {
    Cancel::default()
}

/// A person with a claimed wallet of each type, an open session, and another device.
struct Person {
    world: World,
    arrival: Arrival,
    session: Session<Browser>,
    phone: Device,
}

impl Person {
    async fn new(types: &[WalletType]) -> Self {
        let world = World::new();
        let arrival = world.arrival_of(types).await;
        let wallet = arrival.finish().await.unwrap().wallets.remove(0);
        let session = wallet.unlock(SessionOptions::default(), &never()).await.unwrap();
        arrival.browser.network.sent();
        arrival.browser.passkeys.prompts.borrow_mut().clear();
        Self {
            world,
            arrival,
            session,
            phone: Device::new(),
        }
    }

    /// Adds a passkey on the phone.
    async fn add(&self) -> Result<Vec<u8>, Error> {
        self.world.pass(1);
        let passkeys = &self.arrival.browser.passkeys;
        passkeys.makes_on.replace(Some(self.phone.clone()));
        let added = self.session.add_passkey(adding("phone")).await;
        passkeys.makes_on.take();
        added
    }

    /// A session on the phone, which has nothing stored.
    async fn on_phone(&self) -> Result<(Rc<Browser>, Session<Browser>), ErrorCode> {
        let browser = self.world.browser_with(self.phone.clone());
        let kit = Kit::new(browser.clone(), Some(self.world.state.identity()));
        let session = kit.restore(SessionOptions::default(), &never()).await;
        Ok((browser, session.map_err(|error| error.code())?))
    }
}

fn adding(name: &str) -> AddPasskey {
    AddPasskey {
        name: name.to_owned(),
        before_prompt: None,
        cancel: never(),
    }
}

async fn signs_with_each(session: &Session<Browser>) {
    for wallet in session.wallets() {
        let signature = session.sign(wallet.id, payload(&wallet, 3), &never()).await;
        assert!(holds(&wallet.public_key, &signature.unwrap(), 3));
    }
}

fn ids(session: &Session<Browser>) -> Vec<wallet::WalletId> {
    let mut ids: Vec<_> = session.wallets().iter().map(|wallet| wallet.id).collect();
    ids.sort_unstable();
    ids
}

async fn names(session: &Session<Browser>) -> Vec<(String, bool)> {
    let listed = session.passkeys(&never()).await.unwrap();
    listed.into_iter().map(|known| (known.name, known.is_current)).collect()
}

fn named(names: &[(&str, bool)]) -> Vec<(String, bool)> {
    names
        .iter()
        .map(|(name, current)| ((*name).to_owned(), *current))
        .collect()
}

#[tokio::test]
async fn a_further_passkey_opens_the_wallets_on_its_own_device() {
    for types in MIXES {
        let person = Person::new(types).await;
        let id = person.add().await.unwrap();
        let browser = &person.arrival.browser;
        assert_eq!(browser.passkeys.prompts.borrow()[..], ["create", "get", "get"]);
        let sent: Vec<_> = browser.network.sent().into_iter().map(|sent| sent.path).collect();
        assert_eq!(sent, ["/v1/passkey/start", "/v1/passkey/add"]);
        assert_eq!(names(&person.session).await, named(&[("Ada", true), ("phone", false)]));

        let (phone, on_phone) = person.on_phone().await.unwrap();
        assert_eq!(ids(&on_phone), ids(&person.session));
        signs_with_each(&on_phone).await;
        signs_with_each(&person.session).await;
        // From now on the phone holds a copy of its own, and the computer opens with its own passkey as before.
        let wallets = Kit::new(phone, None).wallets().await.unwrap();
        assert!(wallets.iter().all(|wallet| wallet.credentials().contains(&id)));
        wallets[0].unlock(SessionOptions::default(), &never()).await.unwrap();
        assert!(person.arrival.device_signs().await);
    }
}

#[tokio::test]
async fn a_rotation_by_either_serves_both() {
    for types in MIXES {
        let person = Person::new(types).await;
        person.add().await.unwrap();
        let (phone, on_phone) = person.on_phone().await.unwrap();
        on_phone.rotate(&never(), NO).await.unwrap();
        // The computer is behind an epoch: its next unlock gets the copy, which was sealed without its passkey's prompt.
        assert_eq!(
            sign(&person.session, 1).await.unwrap_err().code(),
            ErrorCode::EpochMismatch
        );
        assert!(person.arrival.device_signs().await);
        person.session.unlock(&never()).await.unwrap();
        person.session.rotate(&never(), NO).await.unwrap();
        let wallets = Kit::new(phone, None).wallets().await.unwrap();
        let again = wallets[0].unlock(SessionOptions::default(), &never()).await.unwrap();
        assert_eq!(again.wallets()[0].epoch.0, 3);
        signs_with_each(&again).await;
    }
}

#[tokio::test]
async fn a_device_hears_of_what_another_one_added_before_it_rotates() {
    let person = Person::new(MIXES[2]).await;
    // A second browser with the same synced passkey, which stores the wallets before anything is added.
    let browser = person.world.browser_with(person.arrival.browser.passkeys.device());
    let kit = Kit::new(browser.clone(), Some(person.world.state.identity()));
    let elsewhere = kit.restore(SessionOptions::default(), &never()).await.unwrap();
    person.add().await.unwrap();
    browser.network.sent();
    elsewhere.rotate(&never(), NO).await.unwrap();
    let sent: Vec<_> = browser.network.sent().into_iter().map(|sent| sent.path).collect();
    assert_eq!(sent[..2], ["/v1/rotation/start", "/v1/copies"]);
    assert_eq!(sent.len(), 7);
    let (_, on_phone) = person.on_phone().await.unwrap();
    signs_with_each(&on_phone).await;
}

#[tokio::test]
async fn a_removed_passkey_opens_nothing_and_its_sessions_end_at_once() {
    for types in MIXES {
        let person = Person::new(types).await;
        let id = person.add().await.unwrap();
        let (phone, on_phone) = person.on_phone().await.unwrap();
        signs_with_each(&on_phone).await;
        let kept = phone.store.records();
        person.arrival.browser.passkeys.prompts.borrow_mut().clear();
        person.session.remove_passkey(id.clone(), &never()).await.unwrap();
        assert_eq!(person.arrival.browser.passkeys.prompts.borrow()[..], ["get"]);
        assert_eq!(names(&person.session).await, named(&[("Ada", true)]));

        assert_eq!(sign(&on_phone, 1).await.unwrap_err().code(), ErrorCode::SessionExpired);
        let again = Kit::new(phone.clone(), None).wallets().await.unwrap();
        let refused = again[0]
            .unlock(SessionOptions::default(), &never())
            .await
            .err()
            .unwrap();
        assert_eq!(refused.code(), ErrorCode::NotAuthorised);
        assert_eq!(person.on_phone().await.err(), Some(ErrorCode::WalletNotFound));
        assert_eq!(phone.store.records(), kept);
        // After the rotation that is offered, what the phone still has is of a dead epoch.
        person.session.rotate(&never(), NO).await.unwrap();
        signs_with_each(&person.session).await;
        assert!(person.arrival.device_signs().await);
    }
}

#[tokio::test]
async fn neither_the_sessions_own_passkey_nor_the_last_nor_a_strange_one_is_removed() {
    let person = Person::new(&[WalletType::Evm]).await;
    let own = person.session.passkeys(&never()).await.unwrap()[0].id.clone();
    for id in [own.clone(), vec![7; 16]] {
        let refused = person.session.remove_passkey(id, &never()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    }
    assert!(person.arrival.browser.passkeys.prompts.borrow().is_empty());
    // The other one may remove the first.
    person.add().await.unwrap();
    let (_, on_phone) = person.on_phone().await.unwrap();
    on_phone.remove_passkey(own, &never()).await.unwrap();
    assert_eq!(
        sign(&person.session, 1).await.unwrap_err().code(),
        ErrorCode::SessionExpired
    );
    assert_eq!(names(&on_phone).await, named(&[("phone", true)]));
    signs_with_each(&on_phone).await;
}

#[tokio::test]
async fn a_passkey_is_given_another_name() {
    let person = Person::new(&[WalletType::Evm]).await;
    let id = person.add().await.unwrap();
    person
        .session
        .rename_passkey(id, " old phone ", &never())
        .await
        .unwrap();
    assert_eq!(names(&person.session).await[1].0, "old phone");
    for (id, name, code) in [
        (vec![7; 16], "a", ErrorCode::NotAuthorised),
        (vec![7; 16], "", ErrorCode::InvalidArgument),
        (vec![7; 16], "a\nb", ErrorCode::InvalidArgument),
    ] {
        let refused = person.session.rename_passkey(id, name, &never()).await.unwrap_err();
        assert_eq!(refused.code(), code, "{name:?}");
    }
}

#[tokio::test]
async fn who_says_no_changes_nothing_and_leaves_no_passkey() {
    for (prf, mood, code) in [
        (Prf::AtCreate, Mood::DeclinesCreate, ErrorCode::PasskeyCancelled),
        (Prf::AtCreate, Mood::DeclinesGet, ErrorCode::PasskeyCancelled),
        (Prf::AtCreate, Mood::CancelsGet, ErrorCode::Cancelled),
        (Prf::AtAssertion, Mood::DeclinesGet, ErrorCode::PasskeyCancelled),
        (Prf::Never, Mood::Willing, ErrorCode::PrfUnavailable),
        (Prf::Promised, Mood::Willing, ErrorCode::PrfUnavailable),
        (Prf::OtherAtCreate, Mood::Willing, ErrorCode::PrfUnavailable),
        (Prf::EachTime, Mood::Willing, ErrorCode::PrfUnavailable),
        // The new one is sound, and the one that approves is not what it was.
        (Prf::Changed, Mood::Willing, ErrorCode::PrfUnavailable),
        (Prf::AtCreate, Mood::NamesAnother, ErrorCode::NotAuthorised),
    ] {
        let person = Person::new(&[WalletType::Evm]).await;
        let passkeys = &person.arrival.browser.passkeys;
        let kept = person.arrival.browser.store.records();
        passkeys.prf.set(prf);
        passkeys.mood.set(mood);
        assert_eq!(person.add().await.unwrap_err().code(), code, "{prf:?} {mood:?}");
        passkeys.prf.set(Prf::AtCreate);
        passkeys.mood.set(Mood::Willing);
        assert_eq!(names(&person.session).await, named(&[("Ada", true)]));
        assert_eq!(person.arrival.browser.store.records(), kept);
        let phone = person.world.browser_with(person.phone.clone());
        assert_eq!(phone.passkeys.count().await, 0, "{prf:?} {mood:?}");
        signs_with_each(&person.session).await;
        // And it can be tried again.
        person.add().await.unwrap();
        signs_with_each(&person.on_phone().await.unwrap().1).await;
    }
}

#[tokio::test]
async fn an_authenticator_that_has_a_passkey_of_the_wallet_is_not_given_another() {
    let person = Person::new(&[WalletType::Evm]).await;
    let refused = person.session.add_passkey(adding("again")).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::PasskeyUnsupported);
    assert!(refused.to_string().contains("choose another"), "{refused}");
    assert_eq!(person.arrival.browser.passkeys.count().await, 1);
}

#[tokio::test]
async fn a_page_is_asked_before_each_prompt_but_the_first() {
    let person = Person::new(&[WalletType::Evm]).await;
    let asked: Rc<std::cell::RefCell<Vec<Prompt>>> = Rc::default();
    let told = asked.clone();
    let mut options = adding("phone");
    options.before_prompt = Some(Box::new(move |prompt| {
        told.borrow_mut().push(prompt);
        Box::pin(async move {
            match prompt {
                Prompt::Output => Ok(()),
                Prompt::Approve => Err(Error::Cancelled),
            }
        })
    }));
    person
        .arrival
        .browser
        .passkeys
        .makes_on
        .replace(Some(person.phone.clone()));
    let refused = person.session.add_passkey(options).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Cancelled);
    assert_eq!(*asked.borrow(), [Prompt::Output, Prompt::Approve]);
    assert_eq!(person.arrival.browser.passkeys.prompts.borrow()[..], ["create", "get"]);
}

#[tokio::test]
async fn a_lost_request_or_answer_leaves_a_wallet_that_both_know() {
    for number in 0..2 {
        for fate in [Fate::RequestLost, Fate::AnswerLost] {
            let what = format!("request {number}, {fate:?}");
            let person = Person::new(&[WalletType::Evm, WalletType::Solana]).await;
            let network = &person.arrival.browser.network;
            network.strike(number, fate);
            // One loss is made good by itself.
            person.add().await.unwrap();
            network.heal();
            signs_with_each(&person.on_phone().await.unwrap().1).await;

            let person = Person::new(&[WalletType::Evm, WalletType::Solana]).await;
            let network = &person.arrival.browser.network;
            network.decide(move |n, _| if n < number { Fate::Arrives } else { fate });
            let refused = person.add().await.unwrap_err();
            assert_eq!(refused.code(), ErrorCode::CoSignerUnreachable, "{what}");
            network.heal();
            let is_added = names(&person.session).await.len() == 2;
            assert_eq!(is_added, number == 1 && fate == Fate::AnswerLost, "{what}");
            // What the co-signer may have is never forgotten.
            assert_eq!(person.arrival.browser.passkeys.forgotten.borrow().len(), 0, "{what}");
            assert_eq!(person.on_phone().await.is_ok(), is_added, "{what}");
            assert!(person.arrival.device_signs().await, "{what}");
            person.session.rotate(&never(), NO).await.unwrap();
            assert_eq!(person.on_phone().await.is_ok(), is_added, "{what}");
        }
    }
}

#[tokio::test]
async fn a_device_that_does_not_keep_the_change_gets_it_at_its_next_unlock() {
    for removes in [false, true] {
        let person = Person::new(&[WalletType::Evm]).await;
        let id = match removes {
            true => Some(person.add().await.unwrap()),
            false => None,
        };
        let browser = &person.arrival.browser;
        browser.store.fail(Failing::Write, 0);
        match id {
            Some(id) => person.session.remove_passkey(id, &never()).await.unwrap(),
            None => drop(person.add().await.unwrap()),
        }
        browser.store.fail(Failing::Never, 0);
        let known = || async { person.arrival.reopen().wallets().await.unwrap()[0].credentials().len() };
        assert_eq!(known().await, 1 + usize::from(removes));
        browser.network.sent();
        person.session.unlock(&never()).await.unwrap();
        let sent: Vec<_> = browser.network.sent().into_iter().map(|sent| sent.path).collect();
        assert_eq!(sent[..3], ["/v1/unlock/start", "/v1/unlock/finish", "/v1/copies"]);
        assert_eq!(known().await, 2 - usize::from(removes));
        signs_with_each(&person.session).await;
    }
}

#[tokio::test]
async fn a_removed_passkey_rotates_nothing() {
    let person = Person::new(&[WalletType::Evm]).await;
    let id = person.add().await.unwrap();
    let (_, on_phone) = person.on_phone().await.unwrap();
    person.session.remove_passkey(id, &never()).await.unwrap();
    let refused = on_phone.rotate(&never(), NO).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::SessionExpired);
    signs_with_each(&person.session).await;
}
