//! What the client's process and its parent say to each other, a line each: the parent is the person, the authenticator and the back end.

use serde::{Deserialize, Serialize};

/// The client's word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// It is about to do this.
    Step(String),
    /// The same, of a step of a write to its store.
    Store(String),
    /// It wants the prepared shares, for the page of this key.
    HandOver(String),
    /// It wants a passkey made.
    Create {
        rp_id: String,
        rp_name: String,
        user_handle: Vec<u8>,
        user_name: String,
        challenge: [u8; 32],
        prf_input: [u8; 32],
    },
    /// It wants a passkey used.
    Get {
        rp_id: String,
        challenge: [u8; 32],
        credentials: Vec<Vec<u8>>,
        prf_input: [u8; 32],
    },
    /// It says that a passkey is of no use.
    Forget { rp_id: String, credential: Vec<u8> },
    /// It has come to its end; with an error, where one stood in the way.
    End(Option<String>),
}

impl Word {
    /// What it is about, for a trace.
    pub(super) fn about(&self) -> &str {
        match self {
            Self::Step(what) | Self::Store(what) => what,
            Self::HandOver(_) => "hand-over",
            Self::Create { .. } => "create",
            Self::Get { .. } => "get",
            Self::Forget { .. } => "forget",
            Self::End(_) => "end",
        }
    }
}

/// The parent's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// Go on.
    Go,
    /// The prepared shares and the ticket.
    HandOff { share: String, ticket: String },
    /// A passkey was made.
    Created {
        credential: Vec<u8>,
        attestation_object: Vec<u8>,
        client_data_json: Vec<u8>,
        /// None, if it comes with an assertion.
        prf: Option<[u8; 32]>,
    },
    /// A passkey was used.
    Used {
        credential: Vec<u8>,
        authenticator_data: Vec<u8>,
        client_data_json: Vec<u8>,
        signature: Vec<u8>,
        prf: Option<[u8; 32]>,
    },
    /// That can't be had.
    Refused,
}
