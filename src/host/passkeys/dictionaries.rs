//! The WebAuthn dictionaries that are asked for, under their W3C names (Level 3, §5.4 and §5.5).

use serde::{Serialize, Serializer};
use wallet::host::{CreatePasskey, Mediation, UsePasskey};

/// `CredentialCreationOptions`.
#[derive(Serialize)]
pub(super) struct Creation<'a> {
    #[serde(rename = "publicKey")]
    public_key: PublicKeyCredentialCreationOptions<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PublicKeyCredentialCreationOptions<'a> {
    rp: RelyingParty<'a>,
    user: User<'a>,
    challenge: Bytes<'a>,
    pub_key_cred_params: [Parameters; 2],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclude_credentials: Vec<Descriptor<'a>>,
    authenticator_selection: AuthenticatorSelection,
    attestation: &'static str,
    extensions: Extensions<'a>,
}

#[derive(Serialize)]
struct RelyingParty<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User<'a> {
    id: Bytes<'a>,
    name: &'a str,
    display_name: &'a str,
}

#[derive(Serialize)]
struct Parameters {
    r#type: &'static str,
    alg: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticatorSelection {
    resident_key: &'static str,
    require_resident_key: bool,
    user_verification: &'static str,
}

#[derive(Serialize)]
struct Extensions<'a> {
    prf: Prf<'a>,
}

#[derive(Serialize)]
struct Prf<'a> {
    eval: PrfValues<'a>,
}

#[derive(Serialize)]
struct PrfValues<'a> {
    first: Bytes<'a>,
}

/// `CredentialRequestOptions`.
#[derive(Serialize)]
pub(super) struct Request<'a> {
    #[serde(rename = "publicKey")]
    public_key: PublicKeyCredentialRequestOptions<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mediation: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PublicKeyCredentialRequestOptions<'a> {
    rp_id: &'a str,
    challenge: Bytes<'a>,
    /// Left out where any passkey of the relying party may answer: an empty list means the same, but not to every browser.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow_credentials: Vec<Descriptor<'a>>,
    user_verification: &'static str,
    extensions: Extensions<'a>,
}

#[derive(Serialize)]
struct Descriptor<'a> {
    r#type: &'static str,
    id: Bytes<'a>,
}

/// `UnknownCredentialOptions`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnknownCredential<'a> {
    pub(super) rp_id: &'a str,
    pub(super) credential_id: String,
}

/// Bytes that become a `Uint8Array`.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// What a credential is for.
const PUBLIC_KEY: &str = "public-key";
/// ECDSA over P-256 with SHA-256 (COSE).
const ES256: i32 = -7;
/// Edwards-curve signatures (COSE).
const EDDSA: i32 = -8;

impl<'a> Creation<'a> {
    pub(super) fn of(options: &CreatePasskey<'a>) -> Self {
        Self {
            public_key: PublicKeyCredentialCreationOptions {
                rp: RelyingParty {
                    id: options.rp_id,
                    name: options.rp_name,
                },
                user: User {
                    id: Bytes(options.user_handle),
                    name: options.user_name,
                    display_name: options.user_name,
                },
                challenge: Bytes(options.challenge),
                pub_key_cred_params: [ES256, EDDSA].map(|alg| Parameters {
                    r#type: PUBLIC_KEY,
                    alg,
                }),
                exclude_credentials: options.exclude.iter().map(|id| Descriptor::of(id)).collect(),
                authenticator_selection: AuthenticatorSelection {
                    resident_key: "required",
                    require_resident_key: true,
                    user_verification: "required",
                },
                attestation: "none",
                extensions: Extensions::evaluating(options.prf_input),
            },
        }
    }
}

impl<'a> Request<'a> {
    pub(super) fn of(options: &UsePasskey<'a>) -> Self {
        Self {
            public_key: PublicKeyCredentialRequestOptions {
                rp_id: options.rp_id,
                challenge: Bytes(options.challenge),
                allow_credentials: options.credentials.iter().map(|id| Descriptor::of(id)).collect(),
                user_verification: "required",
                extensions: Extensions::evaluating(options.prf_input),
            },
            mediation: match options.mediation {
                Mediation::Prompt => None,
                Mediation::Autofill => Some("conditional"),
            },
        }
    }
}

impl<'a> Descriptor<'a> {
    fn of(id: &'a [u8]) -> Self {
        Self {
            r#type: PUBLIC_KEY,
            id: Bytes(id),
        }
    }
}

impl<'a> Extensions<'a> {
    fn evaluating(input: &'a [u8; 32]) -> Self {
        Self {
            prf: Prf {
                eval: PrfValues { first: Bytes(input) },
            },
        }
    }
}
