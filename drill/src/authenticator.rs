//! A software authenticator behind the passkey port.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
};

use passkey::{
    authenticator::{
        Authenticator, CredentialStore, DiscoverabilitySupport, StoreInfo, UiHint, UserCheck, UserValidationMethod,
        extensions::HmacSecretConfig,
    },
    client::{Client, DefaultClientData},
    crypto::{iana, rust_crypto::RustCryptoBackend},
    types::{
        Passkey,
        ctap2::{
            Aaguid, Ctap2Error, StatusCode,
            make_credential::{Options, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity},
        },
        webauthn::{
            AttestationConveyancePreference, AuthenticationExtensionsClientInputs, AuthenticationExtensionsPrfInputs,
            AuthenticationExtensionsPrfValues, AuthenticatorSelectionCriteria, CredentialCreationOptions,
            CredentialRequestOptions, PublicKeyCredentialCreationOptions, PublicKeyCredentialDescriptor,
            PublicKeyCredentialParameters, PublicKeyCredentialRequestOptions, PublicKeyCredentialType,
            ResidentKeyRequirement, UserVerificationRequirement,
        },
    },
};
use url::Url;
use wallet::host::{
    CreatePasskey, CreatedPasskey, CreatedPrf, PasskeyError, Passkeys, PrfOutput, UsePasskey, UsedPasskey,
};
use wire::ceremony::{Assertion, Registration};
use zeroize::Zeroizing;

use crate::world::ORIGIN;

/// When the browser gives the PRF output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prf {
    AtCreate,
    AtAssertion,
    Never,
    /// It says that there is one, and gives none.
    Promised,
    /// It gives another output than before.
    Changed,
    /// It gives another output as it makes a passkey than ever after.
    OtherAtCreate,
    /// It gives another output each time.
    EachTime,
}

/// How the next prompts end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Willing,
    Unsupported,
    DeclinesCreate,
    DeclinesGet,
    /// The caller cancels while the prompt to create is open.
    CancelsCreate,
    CancelsGet,
    /// It answers, and says that another passkey did.
    NamesAnother,
}

/// Keeps credentials as an authenticator does: one for each relying party and user handle, the oldest first.
#[derive(Default)]
struct Kept {
    passkeys: Vec<(Passkey, Vec<u8>)>,
    /// How often the person was shown them to choose from.
    chosen: AtomicUsize,
}

impl Kept {
    fn get(&self, id: &[u8]) -> Option<&(Passkey, Vec<u8>)> {
        self.passkeys
            .iter()
            .find(|(passkey, _)| passkey.credential_id.as_slice() == id)
    }
}

#[async_trait::async_trait]
impl CredentialStore for Kept {
    type PasskeyItem = Passkey;

    async fn find_credentials(
        &self,
        ids: Option<&[PublicKeyCredentialDescriptor]>,
        rp_id: &str,
        _user_handle: Option<&[u8]>,
    ) -> Result<Vec<Passkey>, StatusCode> {
        // Without a list any passkey of the relying party answers.
        let found: Vec<_> = match ids {
            Some(ids) => ids.iter().filter_map(|id| self.get(id.id.as_slice())).collect(),
            None => self.passkeys.iter().collect(),
        };
        let mut found: Vec<_> = found
            .into_iter()
            .filter(|(passkey, _)| passkey.rp_id == rp_id)
            .collect();
        if found.is_empty() {
            return Err(Ctap2Error::NoCredentials.into());
        }
        if ids.is_none() {
            // The first of them answers: whom one did not help takes another the next time.
            let turn = self.chosen.fetch_add(1, Ordering::Relaxed) % found.len();
            found.rotate_left(turn);
        }
        Ok(found.into_iter().map(|(passkey, _)| passkey.clone()).collect())
    }

    async fn save_credential(
        &mut self,
        cred: Passkey,
        user: PublicKeyCredentialUserEntity,
        rp: PublicKeyCredentialRpEntity,
        _options: Options,
    ) -> Result<(), StatusCode> {
        self.passkeys
            .retain(|(passkey, handle)| passkey.rp_id != rp.id || handle.as_slice() != user.id.as_slice());
        self.passkeys.push((cred, user.id.to_vec()));
        Ok(())
    }

    async fn update_credential(&mut self, cred: &Passkey) -> Result<(), StatusCode> {
        let id = cred.credential_id.as_slice();
        let kept = self
            .passkeys
            .iter_mut()
            .find(|(kept, _)| kept.credential_id.as_slice() == id);
        if let Some((kept, _)) = kept {
            *kept = cred.clone();
        }
        Ok(())
    }

    async fn get_info(&self) -> StoreInfo {
        StoreInfo {
            discoverability: DiscoverabilitySupport::ForcedDiscoverable,
        }
    }
}

struct Person;

#[async_trait::async_trait]
impl UserValidationMethod for Person {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

type Software = Client<Kept, Person, RustCryptoBackend, public_suffix::PublicSuffixList, ()>;

/// An authenticator, which several browsers may use.
#[derive(Clone)]
pub struct Device(Rc<futures_util::lock::Mutex<Software>>);

impl Device {
    /// Is busy with another prompt until this is dropped: those that open meanwhile stay open.
    pub async fn busy(&self) -> impl Drop + '_ {
        self.0.lock().await
    }

    /// One without a passkey.
    pub fn new() -> Self {
        let authenticator = Authenticator::new(Aaguid::new_empty(), Kept::default(), Person, RustCryptoBackend)
            .hmac_secret(HmacSecretConfig::new_with_uv_only().enable_on_make_credential());
        let client: Software = Client::new(authenticator).allows_insecure_localhost(true);
        Self(Rc::new(client.into()))
    }
}

pub struct Keyring {
    device: Device,
    /// The authenticator that the next passkey is made on, if not this browser's own.
    pub makes_on: RefCell<Option<Device>>,
    pub prf: Cell<Prf>,
    pub mood: Cell<Mood>,
    /// Told when a prompt to use a passkey opens.
    pub opened: tokio::sync::Notify,
    /// Prompts that were opened, and what was forgotten.
    pub prompts: RefCell<Vec<&'static str>>,
    pub forgotten: RefCell<Vec<Vec<u8>>>,
    /// Every PRF output that was given.
    pub outputs: RefCell<Vec<Vec<u8>>>,
}

impl Keyring {
    pub fn new() -> Self {
        Self::of(Device::new())
    }

    /// A browser's passkeys on this authenticator.
    pub fn of(device: Device) -> Self {
        Self {
            device,
            makes_on: RefCell::default(),
            prf: Cell::new(Prf::AtCreate),
            mood: Cell::new(Mood::Willing),
            opened: tokio::sync::Notify::new(),
            prompts: RefCell::default(),
            forgotten: RefCell::default(),
            outputs: RefCell::default(),
        }
    }

    /// How many credentials the authenticator keeps.
    pub async fn count(&self) -> usize {
        self.device.0.lock().await.authenticator().store().passkeys.len()
    }

    /// Its authenticator.
    pub fn device(&self) -> Device {
        self.device.clone()
    }

    /// The authenticator that has one of these credentials: the one that was brought along, or its own.
    async fn device_of(&self, credentials: &[Vec<u8>]) -> Device {
        let brought = self.makes_on.borrow().clone();
        if let Some(device) = brought {
            let has = |kept: &Kept| credentials.iter().any(|id| kept.get(id).is_some());
            if has(device.0.lock().await.authenticator().store()) {
                return device;
            }
        }
        self.device()
    }

    fn output(&self, first: &[u8], is_new: bool) -> PrfOutput {
        let mut output: [u8; 32] = first.try_into().unwrap();
        output[0] ^= match self.prf.get() {
            Prf::Changed => 1,
            Prf::OtherAtCreate => u8::from(is_new),
            Prf::EachTime => u8::try_from(self.outputs.borrow().len()).unwrap(),
            Prf::AtCreate | Prf::AtAssertion | Prf::Never | Prf::Promised => 0,
        };
        self.outputs.borrow_mut().push(output.to_vec());
        PrfOutput(Box::new(Zeroizing::new(output)))
    }
}

fn extensions(prf_input: &[u8; 32], wanted: bool) -> Option<AuthenticationExtensionsClientInputs> {
    wanted.then(|| AuthenticationExtensionsClientInputs {
        prf: Some(AuthenticationExtensionsPrfInputs {
            eval: Some(AuthenticationExtensionsPrfValues {
                first: prf_input.to_vec().into(),
                second: None,
            }),
            eval_by_credential: None,
        }),
        ..Default::default()
    })
}

impl Passkeys for Keyring {
    async fn check(&self) -> Result<(), PasskeyError> {
        match self.mood.get() {
            Mood::Unsupported => Err(PasskeyError::Unsupported),
            _ => Ok(()),
        }
    }

    async fn create(&self, options: CreatePasskey<'_>) -> Result<CreatedPasskey, PasskeyError> {
        self.prompts.borrow_mut().push("create");
        match self.mood.get() {
            Mood::DeclinesCreate => return Err(PasskeyError::Declined),
            Mood::CancelsCreate => options.cancel.cancel(),
            Mood::Willing | Mood::Unsupported | Mood::DeclinesGet | Mood::CancelsGet | Mood::NamesAnother => {}
        }
        if options.cancel.is_cancelled() {
            return Err(PasskeyError::Cancelled);
        }
        let device = self.makes_on.borrow().clone().unwrap_or_else(|| self.device());
        let has = |kept: &Kept| options.exclude.iter().any(|id| kept.get(id).is_some());
        if has(device.0.lock().await.authenticator().store()) {
            return Err(PasskeyError::Excluded);
        }
        let request = PublicKeyCredentialCreationOptions {
            rp: passkey::types::webauthn::PublicKeyCredentialRpEntity {
                id: Some(options.rp_id.to_owned()),
                name: options.rp_name.to_owned(),
            },
            user: passkey::types::webauthn::PublicKeyCredentialUserEntity {
                id: options.user_handle.to_vec().into(),
                display_name: options.user_name.to_owned(),
                name: options.user_name.to_owned(),
            },
            challenge: options.challenge.to_vec().into(),
            pub_key_cred_params: vec![PublicKeyCredentialParameters {
                ty: PublicKeyCredentialType::PublicKey,
                alg: iana::Algorithm::ES256,
            }],
            timeout: None,
            exclude_credentials: None,
            authenticator_selection: Some(AuthenticatorSelectionCriteria {
                authenticator_attachment: None,
                resident_key: Some(ResidentKeyRequirement::Required),
                require_resident_key: true,
                user_verification: UserVerificationRequirement::Required,
            }),
            hints: None,
            attestation: AttestationConveyancePreference::None,
            attestation_formats: None,
            extensions: extensions(options.prf_input, self.prf.get() != Prf::Never),
        };
        let origin = Url::parse(ORIGIN).unwrap();
        let request = CredentialCreationOptions { public_key: request };
        let created = device
            .0
            .lock()
            .await
            .register(&origin, request, DefaultClientData)
            .await
            .unwrap();
        let results = created.client_extension_results.prf.and_then(|prf| prf.results);
        let prf = match (self.prf.get(), results) {
            (Prf::Never, _) | (_, None) => CreatedPrf::Unavailable,
            (Prf::AtAssertion | Prf::Promised, Some(_)) => CreatedPrf::AtAssertion,
            (Prf::AtCreate | Prf::Changed | Prf::OtherAtCreate | Prf::EachTime, Some(results)) => {
                CreatedPrf::Output(self.output(&results.first, true))
            }
        };
        Ok(CreatedPasskey {
            registration: Registration {
                credential: created.raw_id.to_vec(),
                attestation_object: created.response.attestation_object.to_vec(),
                client_data_json: created.response.client_data_json.to_vec(),
            },
            prf,
        })
    }

    async fn get(&self, options: UsePasskey<'_>) -> Result<UsedPasskey, PasskeyError> {
        self.prompts.borrow_mut().push("get");
        self.opened.notify_one();
        match self.mood.get() {
            Mood::DeclinesGet => return Err(PasskeyError::Declined),
            Mood::CancelsGet => options.cancel.cancel(),
            Mood::Willing | Mood::Unsupported | Mood::DeclinesCreate | Mood::CancelsCreate | Mood::NamesAnother => {}
        }
        if options.cancel.is_cancelled() {
            return Err(PasskeyError::Cancelled);
        }
        let allow = options.credentials.iter().map(|id| PublicKeyCredentialDescriptor {
            ty: PublicKeyCredentialType::PublicKey,
            id: id.clone().into(),
            transports: None,
        });
        let request = PublicKeyCredentialRequestOptions {
            challenge: options.challenge.to_vec().into(),
            timeout: None,
            rp_id: Some(options.rp_id.to_owned()),
            allow_credentials: (!options.credentials.is_empty()).then(|| allow.collect()),
            user_verification: UserVerificationRequirement::Required,
            hints: None,
            attestation: AttestationConveyancePreference::None,
            attestation_formats: None,
            extensions: extensions(options.prf_input, true),
        };
        let origin = Url::parse(ORIGIN).unwrap();
        let request = CredentialRequestOptions { public_key: request };
        let used = self
            .device_of(options.credentials)
            .await
            .0
            .lock()
            .await
            .authenticate(&origin, request, DefaultClientData)
            .await;
        let used = used.map_err(|_| PasskeyError::Declined)?;
        let results = used.client_extension_results.prf.and_then(|prf| prf.results);
        let gives = !matches!(self.prf.get(), Prf::Promised | Prf::Never);
        let mut credential = used.raw_id.to_vec();
        if self.mood.get() == Mood::NamesAnother {
            credential[0] ^= 1;
        }
        Ok(UsedPasskey {
            assertion: Assertion {
                credential,
                authenticator_data: used.response.authenticator_data.to_vec(),
                client_data_json: used.response.client_data_json.to_vec(),
                signature: used.response.signature.to_vec(),
            },
            prf: results
                .filter(|_| gives)
                .map(|results| self.output(&results.first, false)),
        })
    }

    async fn forget(&self, _rp_id: &str, credential: &[u8]) {
        self.forgotten.borrow_mut().push(credential.to_vec());
        let device = self.makes_on.borrow().clone().unwrap_or_else(|| self.device());
        device
            .0
            .lock()
            .await
            .authenticator_mut()
            .store_mut()
            .passkeys
            .retain(|(passkey, _)| passkey.credential_id.as_slice() != credential);
    }
}
