//! The co-signer's HTTP door: arbitrary ceremony messages, honestly sealed, and arbitrary JSON, at every address.

use std::sync::{
    Arc, LazyLock, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    body::{Body, to_bytes},
    http::{Request as HttpRequest, header},
};
use cosigner::{
    Clock, Config, State,
    api_key::{ApiKey, Scope},
    app,
    config::{KeySource, RelyingParty},
    keys,
};
use mpc::channel::{ChannelKey, seal_request};
use rand_core::OsRng;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use wire::{
    ErrorBody, Request,
    ceremony::{
        ClaimAcknowledge, ClaimCommit, ClaimConfirm, ClaimPrepare, ClaimRefresh, ClaimResume, ClaimStart, Copies,
        ExportFinish, ExportStart, ImportFinish, ImportStart, KeygenFinish, KeygenStart, Lock, PairingFinish,
        PairingStart, PasskeyAdd, PasskeyList, PasskeyRemove, PasskeyRename, PasskeyStart, Prove, SessionList,
        SessionRefresh, SessionRevoke, Sign, UnlockFinish, UnlockStart,
    },
    control::{IDENTITY, LOOKUP, UPDATE_CLAIMANT},
};

use crate::{ceremony, choosing, control};

const PATHS: [&str; 32] = [
    KeygenStart::PATH,
    KeygenFinish::PATH,
    PairingStart::PATH,
    PairingFinish::PATH,
    Sign::PATH,
    ImportStart::PATH,
    ImportFinish::PATH,
    ExportStart::PATH,
    ExportFinish::PATH,
    ClaimStart::PATH,
    ClaimRefresh::PATH,
    ClaimPrepare::PATH,
    ClaimConfirm::PATH,
    ClaimCommit::PATH,
    ClaimAcknowledge::PATH,
    ClaimResume::PATH,
    UnlockStart::PATH,
    UnlockFinish::PATH,
    Lock::PATH,
    Copies::PATH,
    SessionRefresh::PATH,
    SessionList::PATH,
    SessionRevoke::PATH,
    Prove::PATH,
    PasskeyStart::PATH,
    PasskeyAdd::PATH,
    PasskeyRemove::PATH,
    PasskeyRename::PATH,
    PasskeyList::PATH,
    LOOKUP,
    UPDATE_CLAIMANT,
    IDENTITY,
];
/// How many of [`PATHS`] are a ceremony's.
const CEREMONIES: usize = 29;

struct World {
    runtime: Runtime,
    state: State,
    key: ApiKey,
    browser: ChannelKey,
    _folder: TempDir,
}

/// One co-signer for the whole campaign. It lives by the count of requests, so that no limit of a minute is ever met.
static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let relying_party = RelyingParty {
        id: "example.com".to_owned(),
        name: "Example".to_owned(),
        origins: vec!["https://app.example.com".to_owned()],
        related_origins: Vec::new(),
    };
    let source = KeySource::File {
        path: folder.path().join("kek"),
        create_key: true,
    };
    let config = Config::new(relying_party, folder.path().join("cosigner.db"), source);
    let now = Arc::new(AtomicU64::new(1_790_000_000));
    let clock = Clock::new(move || now.fetch_add(1, Ordering::Relaxed));
    let state = State::open_at(config, clock).unwrap();
    let key = keys::create(&state, "fuzz", Scope::ALL).unwrap();
    Mutex::new(World {
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap(),
        state,
        key,
        browser: ChannelKey::from_seed(&[1; 32]),
        _folder: folder,
    })
});

/// The first byte chooses the address and, by its highest bit, whether a browser asks or a back end.
pub fn run(data: &[u8]) -> bool {
    let Some((choice, message)) = data.split_first() else {
        return false;
    };
    let place = usize::from(choice & 0x7f) % PATHS.len();
    let back_end = choice & 0x80 == 0;
    let world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    let path = PATHS[place];
    let (awaiting, body) = if place < CEREMONIES {
        let from = (!back_end).then_some(&world.browser);
        let to = world.state.identity().channel;
        let (awaiting, body) = seal_request(&to, from, path, message, &mut OsRng).unwrap();
        (Some(awaiting), body)
    } else {
        (None, message.to_vec())
    };
    let content_type = if place < CEREMONIES {
        "application/octet-stream"
    } else {
        "application/json"
    };
    let mut request = HttpRequest::post(path).header(header::CONTENT_TYPE, content_type);
    if back_end {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", *world.key.to_text()));
    }
    let request = request.body(Body::from(body)).unwrap();
    let (status, answer) = world.runtime.block_on(async {
        let response = app(world.state.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), 1 << 20).await.unwrap())
    });
    if status.is_success() {
        return true;
    }
    let opened = awaiting.and_then(|awaiting| awaiting.open_refusal(&answer).ok());
    let refusal: ErrorBody = serde_json::from_slice(opened.as_deref().map_or(&answer[..], Vec::as_slice)).unwrap();
    assert!(!refusal.message.is_empty());
    assert_ne!(status.as_u16(), 500, "{}", refusal.message);
    false
}

/// Honest messages, each at its address. Most are refused, since they belong to no run of this co-signer's.
pub fn openings() -> Vec<Vec<u8>> {
    let requests = ceremony::seeds().into_iter().step_by(2);
    let ceremonies = requests.enumerate().flat_map(|(place, seed)| {
        let message = &seed[1..];
        [choosing(place, message), choosing(place | 0x80, message)]
    });
    let json = control::seeds();
    let json = json.iter().filter_map(|seed| match seed.split_first() {
        Some((kind @ (0 | 1), json)) => Some(choosing(CEREMONIES + usize::from(*kind), json)),
        _ => None,
    });
    ceremonies.chain(json).collect()
}

/// Those of [`openings`] that are taken by a co-signer that has just begun.
pub fn seeds() -> Vec<Vec<u8>> {
    openings()
        .into_iter()
        .filter(|seed| matches!(seed[0], 0 | 2 | 5 | 15 | 29))
        .collect()
}
