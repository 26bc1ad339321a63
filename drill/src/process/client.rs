//! The client's process: one page, from its first line to its last. It says what it is about to do, and waits for leave: who kills it
//! kills it there.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Stdin, Write},
    net::SocketAddr,
    path::PathBuf,
    rc::Rc,
};

use clap::Args;
use serde_json::{from_str, to_string};
use wallet::{
    Error, Kit, Progress, SealedHandOff,
    host::{CreatePasskey, CreatedPasskey, CreatedPrf, PasskeyError, Passkeys, PrfOutput, UsePasskey, UsedPasskey},
};
use wire::ceremony::{Assertion, Registration};
use zeroize::Zeroizing;

use super::{
    device::Device,
    file_store::FileStore,
    words::{Reply, Word},
};
use crate::person;

/// What a client's process is told when it starts.
#[derive(Args, Debug)]
pub struct Client {
    /// The line to the co-signer
    #[arg(long)]
    line: SocketAddr,
    /// The store's file
    #[arg(long)]
    store: PathBuf,
    /// How many wallets there are to take over
    #[arg(long)]
    wallets: usize,
}

impl Client {
    /// Opens the page, and goes on until the wallets have signed or an error stands in the way.
    pub fn run(self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let parent = Rc::new(Parent::default());
        let visited = runtime.block_on(self.visit(&parent));
        let said = visited.err().map(|error| format!("{}: {error}", error.code()));
        parent.ask(&Word::End(said));
    }

    async fn visit(self, parent: &Rc<Parent>) -> Result<(), Error> {
        let tell = |word: fn(String) -> Word| {
            let parent = parent.clone();
            move |what: &str| drop(parent.ask(&word(what.to_owned())))
        };
        let line = self.line;
        let store = FileStore::new(self.store, tell(Word::Store));
        let device = Device::new(move || Some(line), tell(Word::Step), parent.clone(), store);
        let kit = Kit::new(Rc::new(device), None);
        let tell = tell(Word::Step);
        let progress = move |progress: Progress| {
            let (phase, step, of) = (progress.phase.as_str(), progress.step, progress.of);
            // A pairing's many transfers are one step as far as a kill goes.
            if step == 0 || step == of {
                tell(&format!("{phase} {step}/{of}"));
            }
        };
        let session = person::enter(&kit, self.wallets, &|to| parent.hand_over(to), progress).await?;
        let mut wallets = session.wallets();
        // Their ids are random, and the messages of a run are not to be.
        wallets.sort_by_key(|wallet| wallet.wallet_type.as_str());
        person::sign_with_each(&wallets, &session, 2).await?;
        session.lock().await;
        Ok(())
    }
}

/// The process that started this one, and may kill it.
struct Parent(RefCell<BufReader<Stdin>>);

impl Default for Parent {
    fn default() -> Self {
        Self(RefCell::new(BufReader::new(std::io::stdin())))
    }
}

impl Parent {
    /// Says a word and waits for the reply. Ends with its parent.
    fn ask(&self, word: &Word) -> Reply {
        let gone = || std::process::exit(1);
        let mut output = std::io::stdout().lock();
        if writeln!(output, "{}", to_string(word).unwrap()).is_err() || output.flush().is_err() {
            gone();
        }
        let mut line = String::new();
        let _ = self.0.borrow_mut().read_line(&mut line);
        from_str(&line).unwrap_or_else(|_| gone())
    }

    fn hand_over(&self, to: &str) -> Result<SealedHandOff, Error> {
        match self.ask(&Word::HandOver(to.to_owned())) {
            Reply::HandOff { share, ticket } => Ok(SealedHandOff { share, ticket }),
            Reply::Go | Reply::Created { .. } | Reply::Used { .. } | Reply::Refused => {
                Err(Error::Internal("the back end hands nothing over"))
            }
        }
    }
}

impl Passkeys for Parent {
    async fn check(&self) -> Result<(), PasskeyError> {
        Ok(())
    }

    async fn create(&self, options: CreatePasskey<'_>) -> Result<CreatedPasskey, PasskeyError> {
        let word = Word::Create {
            rp_id: options.rp_id.to_owned(),
            rp_name: options.rp_name.to_owned(),
            user_handle: options.user_handle.to_vec(),
            user_name: options.user_name.to_owned(),
            challenge: *options.challenge,
            prf_input: *options.prf_input,
        };
        match self.ask(&word) {
            Reply::Created {
                credential,
                attestation_object,
                client_data_json,
                prf,
            } => Ok(CreatedPasskey {
                registration: Registration {
                    credential,
                    attestation_object,
                    client_data_json,
                },
                prf: prf.map_or(CreatedPrf::AtAssertion, |output| {
                    CreatedPrf::Output(PrfOutput(Box::new(Zeroizing::new(output))))
                }),
            }),
            Reply::Go | Reply::HandOff { .. } | Reply::Used { .. } | Reply::Refused => Err(PasskeyError::Failed),
        }
    }

    async fn get(&self, options: UsePasskey<'_>) -> Result<UsedPasskey, PasskeyError> {
        let word = Word::Get {
            rp_id: options.rp_id.to_owned(),
            challenge: *options.challenge,
            credentials: options.credentials.to_vec(),
            prf_input: *options.prf_input,
        };
        match self.ask(&word) {
            Reply::Used {
                credential,
                authenticator_data,
                client_data_json,
                signature,
                prf,
            } => Ok(UsedPasskey {
                assertion: Assertion {
                    credential,
                    authenticator_data,
                    client_data_json,
                    signature,
                },
                prf: prf.map(|output| PrfOutput(Box::new(Zeroizing::new(output)))),
            }),
            Reply::Refused => Err(PasskeyError::Declined),
            Reply::Go | Reply::HandOff { .. } | Reply::Created { .. } => Err(PasskeyError::Failed),
        }
    }

    async fn forget(&self, rp_id: &str, credential: &[u8]) {
        self.ask(&Word::Forget {
            rp_id: rp_id.to_owned(),
            credential: credential.to_vec(),
        });
    }
}
