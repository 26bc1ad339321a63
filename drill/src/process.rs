//! Both sides as processes with files of their own, killed by SIGKILL: the co-signer's binary, and a client that is this very program. The
//! parent is what is between and around them: the line, the authenticator, the back end, the person.

mod attendant;
mod client;
mod device;
mod file_store;
mod http;
mod line;
mod plan;
mod reaper;
mod service;
mod words;

use std::{net::SocketAddr, path::PathBuf, rc::Rc, sync::Arc};

use tempfile::TempDir;
use wallet::{
    CoSignerIdentity, Server, WalletInfo,
    host::{Absent, Cancel},
};
use zeroize::Zeroizing;

use self::{
    attendant::{Attendant, End, wipe},
    device::Device,
    file_store::FileStore,
    reaper::Reaper,
    service::Files,
};
pub use self::{
    client::Client,
    plan::{Blow, Event, Plan},
};
use crate::{
    authenticator::{Keyring, Prf},
    person::{PATIENCE, Visits},
    verdict::{self, Harm},
    world::ada,
};

/// The programs that are run.
#[derive(Clone, Debug)]
pub struct Programs {
    /// This one, which is a client when its first word is `client`.
    pub client: PathBuf,
    /// The co-signer's.
    pub co_signer: PathBuf,
}

impl Programs {
    /// This program, and the co-signer that `CLAIMKIT_COSIGNER` names or that was built beside it.
    ///
    /// # Errors
    /// A sentence, if there is none.
    pub fn find() -> Result<Self, String> {
        let client = std::env::current_exe().map_err(|error| format!("this program can't be found: {error}"))?;
        let beside = client.with_file_name("claimkit-cosigner");
        let co_signer = std::env::var_os("CLAIMKIT_COSIGNER").map_or(beside, PathBuf::from);
        match co_signer.is_file() {
            true => Ok(Self { client, co_signer }),
            false => Err(format!(
                "there is no co-signer at {}: build it, or set CLAIMKIT_COSIGNER",
                co_signer.display()
            )),
        }
    }
}

/// What a run showed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How many of the plan's blows fell: the others waited for what never happened.
    pub fallen: usize,
    /// How the person came to the end.
    pub visits: Visits,
    /// What did not hold.
    pub harm: Option<Harm>,
    /// Every event, and every blow.
    pub trace: Vec<String>,
}

/// Plays one run.
pub fn play(programs: &Programs, plan: &Plan) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let ground = Ground::lay(programs, plan).await;
        ground.play(plan).await
    })
}

type BackEnd = Device<Absent, Absent>;

/// Everything that one run is played on.
struct Ground {
    attendant: Attendant,
    server: Server<BackEnd>,
    identity: CoSignerIdentity,
    prepared: Vec<(WalletInfo, Zeroizing<String>)>,
    _folder: TempDir,
}

impl Ground {
    async fn lay(programs: &Programs, plan: &Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(&programs.co_signer, folder.path());
        let api_key = Zeroizing::new(files.make_api_key());
        let reaper = Arc::new(Reaper::new(files, &plan.blows));
        let back_end = Device::new(to_co_signer(&reaper), |_| (), Rc::new(Absent), Absent);
        let server = Server::connect(Rc::new(back_end), api_key, None, &Cancel::default())
            .await
            .unwrap();
        let mut prepared = Vec::new();
        for wallet_type in plan.types {
            let created = server
                .create_wallet(*wallet_type, ada(), &Cancel::default())
                .await
                .unwrap();
            prepared.push((created.wallet, created.share));
        }
        let keyring = Keyring::new();
        if !plan.gives_prf_at_once {
            keyring.prf.set(Prf::AtAssertion);
        }
        let attendant = Attendant {
            line: line::open(reaper.clone()),
            reaper,
            keyring: Rc::new(keyring),
            program: programs.client.clone(),
            store: folder.path().join("store"),
            wallets: prepared.len(),
        };
        Self {
            identity: *server.identity(),
            attendant,
            server,
            prepared,
            _folder: folder,
        }
    }

    async fn play(&self, plan: &Plan) -> Outcome {
        let reaper = &self.attendant.reaper;
        reaper.arm(true);
        let visited = self.act(plan).await;
        reaper.arm(false);
        let (visits, harm) = match visited {
            Ok(visits) => (visits, verdict::settled(&self.end().await, visits.died).await.err()),
            Err(said) => (
                Visits::default(),
                Some(verdict::given_up(&self.end().await, said).await),
            ),
        };
        Outcome {
            fallen: reaper.fallen(),
            visits,
            harm: reaper.broken().map(Harm::Stuck).or(harm),
            trace: reaper.trace(),
        }
    }

    async fn act(&self, plan: &Plan) -> Result<Visits, String> {
        let mut visits = self.visit_until_it_signs().await?;
        if plan.is_wiped {
            wipe(&self.attendant.store);
            visits += self.visit_until_it_signs().await?;
        }
        Ok(visits)
    }

    async fn visit_until_it_signs(&self) -> Result<Visits, String> {
        let shares = || self.prepared.iter().map(|(_, share)| share.clone()).collect();
        let hand_over = |to: &str| self.server.seal_for(shares(), to, None);
        let mut visits = Visits::default();
        let mut last = String::new();
        for _ in 0..PATIENCE {
            visits.opened += 1;
            match self.attendant.visit(&hand_over).await {
                End::Signed => return Ok(visits),
                End::Died => visits.died += 1,
                End::Failed(said) => last = said,
            }
        }
        Err(last)
    }

    async fn end(&self) -> verdict::End<'_, BackEnd, Device<Keyring, FileStore>> {
        let Attendant {
            reaper, keyring, store, ..
        } = &self.attendant;
        let store = FileStore::new(store.clone(), |_| ());
        verdict::End {
            server: &self.server,
            prepared: &self.prepared,
            device: Rc::new(Device::new(to_co_signer(reaper), |_| (), keyring.clone(), store)),
            identity: self.identity,
            passkeys: keyring.count().await,
            database: reaper.files.database(),
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.attendant.reaper.end();
        line::close(self.attendant.line);
    }
}

/// The co-signer itself, without a line between.
fn to_co_signer(reaper: &Arc<Reaper>) -> impl Fn() -> Option<SocketAddr> + 'static {
    let reaper = reaper.clone();
    move || reaper.address()
}
