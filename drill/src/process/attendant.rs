//! The parent's side of a client's process: starts it, answers it, and sees it end.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
    rc::Rc,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use serde_json::{from_str, to_string};
use wallet::host::{Cancel, CreatePasskey, CreatedPasskey, CreatedPrf, Mediation, Passkeys, UsePasskey, UsedPasskey};

use super::{
    plan::Event,
    reaper::Reaper,
    words::{Reply, Word},
};
use crate::{authenticator::Keyring, person::HandOver};

/// How long a client may say nothing.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a page ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The wallets have signed.
    Signed,
    /// It was killed.
    Died,
    /// An error stood in the way.
    Failed(String),
}

/// Who attends to the client's process: person, authenticator and back end.
pub(super) struct Attendant {
    pub(super) reaper: Arc<Reaper>,
    pub(super) keyring: Rc<Keyring>,
    /// The program that is a client when it is told so.
    pub(super) program: PathBuf,
    pub(super) line: SocketAddr,
    pub(super) store: PathBuf,
    /// How many wallets there are to take over.
    pub(super) wallets: usize,
}

impl Attendant {
    /// Opens a page in a process of its own, and stays until that has ended.
    pub(super) async fn visit(&self, hand_over: HandOver<'_>) -> End {
        let mut client = Command::new(&self.program)
            .arg("client")
            .arg("--line")
            .arg(self.line.to_string())
            .arg("--store")
            .arg(&self.store)
            .arg("--wallets")
            .arg(self.wallets.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = client.stdin.take().unwrap();
        let words = listen(client.stdout.take().unwrap());
        self.reaper.adopt(client);
        let end = loop {
            match words.recv_timeout(PATIENCE) {
                Ok(word) => {
                    if let Some(end) = self.attend(word, &mut input, hand_over).await {
                        break end;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break End::Died,
                Err(RecvTimeoutError::Timeout) => break End::Failed("the client says nothing any more".to_owned()),
            }
        };
        self.reaper.bury_client();
        end
    }

    async fn attend(&self, word: Word, input: &mut ChildStdin, hand_over: HandOver<'_>) -> Option<End> {
        let event = match word {
            Word::Store(_) => Event::Stores,
            Word::Step(_)
            | Word::HandOver(_)
            | Word::Create { .. }
            | Word::Get { .. }
            | Word::Forget { .. }
            | Word::End(_) => Event::Said,
        };
        self.reaper.pass(event, word.about());
        if let Word::End(said) = word {
            return Some(said.map_or(End::Signed, End::Failed));
        }
        let is_step = matches!(word, Word::Step(_) | Word::Store(_));
        let about = word.about().to_owned();
        let reply = self.reply(word, hand_over).await;
        if !is_step {
            self.reaper.pass(Event::Done, &about);
        }
        // Who has died hears nothing, and is noticed by its silence.
        let _ = writeln!(input, "{}", to_string(&reply).unwrap());
        None
    }

    async fn reply(&self, word: Word, hand_over: HandOver<'_>) -> Reply {
        let cancel = &Cancel::default();
        match word {
            Word::Step(_) | Word::Store(_) | Word::End(_) => Reply::Go,
            Word::HandOver(to) => hand_over(&to).map_or(Reply::Refused, |hand_off| Reply::HandOff {
                share: hand_off.share,
                ticket: hand_off.ticket,
            }),
            Word::Create {
                rp_id,
                rp_name,
                user_handle,
                user_name,
                challenge,
                prf_input,
            } => {
                let options = CreatePasskey {
                    rp_id: &rp_id,
                    rp_name: &rp_name,
                    user_handle: &user_handle,
                    user_name: &user_name,
                    challenge: &challenge,
                    prf_input: &prf_input,
                    exclude: &[],
                    cancel,
                };
                self.keyring.create(options).await.map_or(Reply::Refused, created)
            }
            Word::Get {
                rp_id,
                challenge,
                credentials,
                prf_input,
            } => {
                let options = UsePasskey {
                    rp_id: &rp_id,
                    challenge: &challenge,
                    credentials: &credentials,
                    mediation: Mediation::Prompt,
                    prf_input: &prf_input,
                    cancel,
                };
                self.keyring.get(options).await.map_or(Reply::Refused, used)
            }
            Word::Forget { rp_id, credential } => {
                self.keyring.forget(&rp_id, &credential).await;
                Reply::Go
            }
        }
    }
}

fn created(created: CreatedPasskey) -> Reply {
    let prf = match created.prf {
        CreatedPrf::Output(output) => Some(**output.0),
        CreatedPrf::AtAssertion | CreatedPrf::Unavailable => None,
    };
    Reply::Created {
        credential: created.registration.credential,
        attestation_object: created.registration.attestation_object,
        client_data_json: created.registration.client_data_json,
        prf,
    }
}

fn used(used: UsedPasskey) -> Reply {
    Reply::Used {
        credential: used.assertion.credential,
        authenticator_data: used.assertion.authenticator_data,
        client_data_json: used.assertion.client_data_json,
        signature: used.assertion.signature,
        prf: used.prf.map(|output| **output.0),
    }
}

/// Hears what a client says, on a thread of its own: a silence must be told from an end.
fn listen(output: impl std::io::Read + Send + 'static) -> Receiver<Word> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let Ok(word) = from_str(&line) else { return };
            if tell.send(word).is_err() {
                return;
            }
        }
    });
    told
}

/// Deletes what a browser stored, as browsers do by themselves.
pub(super) fn wipe(store: &Path) {
    let _ = std::fs::remove_file(store);
}
