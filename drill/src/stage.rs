//! The stage: one co-signer on files of its own, one back end, one device, and a fuse between them all.

mod back_end;
mod files;
mod line;
mod page;
mod tower;

use std::rc::Rc;

use cosigner::api_key::Scope;
use wallet::{CoSignerIdentity, Server, WalletInfo, WalletType, host::Cancel};
use zeroize::Zeroizing;

pub use self::{
    back_end::BackEnd,
    line::{Letter, Line},
    page::{Journal, Page},
    tower::Tower,
};
use crate::{
    authenticator::Keyring,
    fuse::{Fuse, Strike},
    letters::{Fate, Letters},
    memory::Memory,
    verdict::End,
    world::ada,
};

/// Which part of a wallet's life is drilled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scene {
    /// The claim, and the first signatures.
    #[default]
    Claim,
    /// A claimed wallet, in a browser that has lost its pairing, and then everything.
    Restore,
    /// A claimed wallet whose shares a session changes once more.
    Rotate,
    /// All of them, one after the other.
    Whole,
}

impl Scene {
    /// Every scene.
    pub const ALL: [Self; 4] = [Self::Claim, Self::Restore, Self::Rotate, Self::Whole];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Restore => "restore",
            Self::Rotate => "rotate",
            Self::Whole => "whole",
        }
    }
}

/// What happens in one run: who dies where, and what becomes of which message.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub strikes: Vec<Strike>,
    pub fates: Vec<(usize, Fate)>,
    pub scene: Scene,
    pub seed: u64,
}

/// Everything that one run is played on.
pub struct Stage {
    pub fuse: Fuse,
    pub tower: Rc<Tower>,
    pub letters: Rc<Letters>,
    pub passkeys: Rc<Keyring>,
    pub memory: Rc<Memory>,
    pub server: Server<BackEnd>,
    /// The wallets as they were prepared, and their shares.
    pub prepared: Vec<(WalletInfo, Zeroizing<String>)>,
    pub identity: CoSignerIdentity,
}

impl Stage {
    /// A co-signer, a back end that has prepared a wallet of each of these types, and a device that holds nothing.
    pub async fn set(types: &[WalletType], script: Script) -> Self {
        let fuse = Fuse::new(script.strikes);
        let tower = Rc::new(Tower::new(fuse.clone(), script.seed));
        let state = tower.state();
        let identity = state.identity();
        let api_key = cosigner::keys::create(&state, "drill", Scope::ALL).unwrap().to_text();
        let back_end = Rc::new(BackEnd::new(tower.clone()));
        let server = Server::connect(back_end, api_key, Some(identity), &Cancel::default())
            .await
            .unwrap();
        let mut prepared = Vec::new();
        for wallet_type in types {
            let created = server
                .create_wallet(*wallet_type, ada(), &Cancel::default())
                .await
                .unwrap();
            prepared.push((created.wallet, created.share));
        }
        Self {
            fuse,
            letters: Rc::new(Letters::new(script.fates)),
            passkeys: Rc::new(Keyring::new()),
            memory: Rc::new(Memory::new()),
            server,
            prepared,
            identity,
            tower,
        }
    }

    /// Opens a page on the device.
    pub fn open(&self) -> Rc<Page> {
        self.fuse.reopen();
        Rc::new(Page {
            line: self.line(),
            passkeys: self.passkeys.clone(),
            journal: Journal {
                fuse: self.fuse.clone(),
                fall: Box::new(self.tower.fall()),
                memory: self.memory.clone(),
            },
            tower: self.tower.clone(),
        })
    }

    /// The device's way to the co-signer.
    pub fn line(&self) -> Line {
        Line {
            tower: self.tower.clone(),
            letters: self.letters.clone(),
        }
    }

    /// The wallets, as they were prepared.
    pub fn wallets(&self) -> Vec<WalletInfo> {
        self.prepared.iter().map(|(wallet, _)| wallet.clone()).collect()
    }

    /// Where a run ends: what the verdict looks at.
    pub async fn end(&self) -> End<'_, BackEnd, Page> {
        End {
            server: &self.server,
            prepared: &self.prepared,
            device: self.open(),
            identity: self.identity,
            passkeys: self.passkeys.count().await,
            database: self.tower.database(),
        }
    }

    /// The prepared shares.
    pub fn shares(&self) -> Vec<Zeroizing<String>> {
        self.prepared.iter().map(|(_, share)| share.clone()).collect()
    }
}
