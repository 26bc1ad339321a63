//! The browser's passkeys.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use js_sys::{Array, Promise, Reflect};
use serde::Serialize;
use wallet::host::{
    Cancel, CreatePasskey, CreatedPasskey, CreatedPrf, Mediation, PasskeyError, Passkeys, PrfOutput, UsePasskey,
    UsedPasskey,
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wire::ceremony::{Assertion, Registration};
use zeroize::Zeroizing;

use self::{
    bytes::Bytes,
    dictionaries::{Creation, Request, UnknownCredential},
};
use super::{Cause, method, property};
use crate::signal::Stop;

mod bytes;
mod dictionaries;

/// A window's `navigator.credentials`.
pub struct Navigator {
    pub(super) window: JsValue,
    pub(super) cause: Rc<Cause>,
}

impl Passkeys for Navigator {
    async fn check(&self) -> Result<(), PasskeyError> {
        if property(&self.window, "isSecureContext") == JsValue::FALSE {
            return Err(self.unsupported("passkeys need https, or http://localhost"));
        }
        if is_ip_address(&self.hostname()) {
            return Err(self.unsupported("passkeys need a domain: open the page at localhost, not at an IP address"));
        }
        let interface = property(&self.window, "PublicKeyCredential");
        if !interface.is_function() {
            return Err(self.unsupported("this browser, or this kind of page, has no passkeys"));
        }
        self.expect_leave(&[CREATE, GET])?;
        match capability(&interface, "extension:prf").await {
            Some(false) => Err(PasskeyError::NoPrf),
            Some(true) | None => Ok(()),
        }
    }

    async fn create(&self, options: CreatePasskey<'_>) -> Result<CreatedPasskey, PasskeyError> {
        self.expect_leave(&[CREATE])?;
        let asked = Creation::of(&options);
        let credential = self.ceremony(&asked, options.cancel, Credentials::create).await?;
        let response = property(&credential, "response");
        let registration = Registration {
            credential: id_of(&credential),
            attestation_object: bytes(&property(&response, "attestationObject")),
            client_data_json: bytes(&property(&response, "clientDataJSON")),
        };
        let prf = prf(&credential);
        if registration.attestation_object.is_empty() || registration.client_data_json.is_empty() {
            // It is there, and can't be registered.
            self.forget(options.rp_id, &registration.credential).await;
            return Err(
                self.unsupported("the passkey provider gives no answer of the form of WebAuthn: choose another one")
            );
        }
        let prf = match take_output(&prf) {
            Given::Output(output) => CreatedPrf::Output(output),
            Given::Nothing if property(&prf, "enabled") == JsValue::TRUE => CreatedPrf::AtAssertion,
            Given::Nothing | Given::OtherThing => CreatedPrf::Unavailable,
        };
        Ok(CreatedPasskey { registration, prf })
    }

    async fn get(&self, options: UsePasskey<'_>) -> Result<UsedPasskey, PasskeyError> {
        self.expect_leave(&[GET])?;
        if options.mediation == Mediation::Autofill && !self.offers_autofill().await {
            return Err(self.unsupported("this browser offers no passkeys in the fields of a page"));
        }
        let asked = Request::of(&options);
        let credential = self.ceremony(&asked, options.cancel, Credentials::get).await?;
        let response = property(&credential, "response");
        let assertion = Assertion {
            credential: id_of(&credential),
            authenticator_data: bytes(&property(&response, "authenticatorData")),
            client_data_json: bytes(&property(&response, "clientDataJSON")),
            signature: bytes(&property(&response, "signature")),
        };
        let prf = match take_output(&prf(&credential)) {
            Given::Output(output) => Some(output),
            Given::Nothing | Given::OtherThing => None,
        };
        let parts = [
            &assertion.authenticator_data,
            &assertion.client_data_json,
            &assertion.signature,
        ];
        match parts.iter().any(|part| part.is_empty()) {
            true => {
                Err(self
                    .unsupported("the passkey provider gives no answer of the form of WebAuthn: choose another one"))
            }
            false => Ok(UsedPasskey { assertion, prf }),
        }
    }

    async fn forget(&self, rp_id: &str, credential: &[u8]) {
        let interface = property(&self.window, "PublicKeyCredential");
        let unknown = UnknownCredential {
            rp_id,
            credential_id: Base64UrlUnpadded::encode_string(credential),
        };
        let (Some(signal), Ok(unknown)) = (
            method(&interface, "signalUnknownCredential"),
            serde_wasm_bindgen::to_value(&unknown),
        ) else {
            return;
        };
        // A courtesy to the person's list of passkeys: nothing depends on it.
        if let Ok(Ok(told)) = signal.call1(&interface, &unknown).map(JsCast::dyn_into::<Promise>) {
            drop(told.await);
        }
    }
}

impl Navigator {
    fn hostname(&self) -> String {
        property(&property(&self.window, "location"), "hostname")
            .as_string()
            .unwrap_or_default()
    }

    /// Refuses, before any prompt, a page that may not show one: a frame in a page of another origin, which the co-signer refuses too, or one
    /// whose Permissions Policy forbids it. A browser would say no more than that the prompt has ended.
    fn expect_leave(&self, features: &[&str]) -> Result<(), PasskeyError> {
        if is_framed_by_others(&self.window) {
            return Err(
                self.unsupported("passkeys can't be used in a frame of another origin: open the page by itself")
            );
        }
        match features.iter().all(|feature| may_use(&self.window, feature)) {
            true => Ok(()),
            false => Err(self.unsupported(
                "this page's Permissions-Policy, or its frame's allow attribute, forbids passkeys: publickey-credentials-create and -get",
            )),
        }
    }

    fn unsupported(&self, sentence: &'static str) -> PasskeyError {
        self.cause.hint(sentence);
        PasskeyError::Unsupported
    }

    /// Whether passkeys are offered in fields that can be filled in (WebAuthn Level 3 §5.1.7).
    async fn offers_autofill(&self) -> bool {
        let interface = property(&self.window, "PublicKeyCredential");
        let Some(is_available) = method(&interface, "isConditionalMediationAvailable") else {
            return false;
        };
        match is_available.call0(&interface).map(JsCast::dyn_into::<Promise>) {
            Ok(Ok(told)) => told.await == Ok(JsValue::TRUE),
            Ok(Err(_)) | Err(_) => false,
        }
    }

    /// Runs one prompt.
    async fn ceremony(
        &self,
        options: &impl Serialize,
        cancel: &Cancel,
        ask: impl FnOnce(&Credentials, &JsValue) -> Result<Promise, JsValue>,
    ) -> Result<JsValue, PasskeyError> {
        if cancel.is_cancelled() {
            return Err(PasskeyError::Cancelled);
        }
        let stop = Stop::new(cancel, None).ok_or(PasskeyError::Unsupported)?;
        let options = serde_wasm_bindgen::to_value(options).map_err(|_| PasskeyError::Failed)?;
        let credentials = property(&property(&self.window, "navigator"), "credentials").unchecked_into();
        let asked = Reflect::set(&options, &"signal".into(), &stop.signal).and_then(|_| ask(&credentials, &options));
        let answer = match asked {
            Ok(prompt) => prompt.await,
            Err(said) => Err(said),
        };
        match answer {
            Ok(credential) if credential.is_object() => Ok(credential),
            Ok(_) => Err(PasskeyError::Failed),
            Err(_) if cancel.is_cancelled() => Err(PasskeyError::Cancelled),
            Err(said) => {
                let error = meaning(&said);
                self.cause.keep(said);
                Err(error)
            }
        }
    }
}

/// What a browser means by an exception's name (WebAuthn Level 3, §5.1.3 and §5.1.4): a password manager's is of whatever class.
fn meaning(said: &JsValue) -> PasskeyError {
    match property(said, "name").as_string().as_deref() {
        Some("NotAllowedError" | "TimeoutError") => PasskeyError::Declined,
        Some("InvalidStateError") => PasskeyError::Excluded,
        Some("SecurityError" | "NotSupportedError" | "ConstraintError") => PasskeyError::Unsupported,
        _ => PasskeyError::Failed,
    }
}

/// What the browser says of one of its capabilities; nothing where it doesn't know the question.
async fn capability(interface: &JsValue, name: &str) -> Option<bool> {
    let asked = method(interface, "getClientCapabilities")?.call0(interface).ok()?;
    let answer = asked.dyn_into::<Promise>().ok()?.await.ok()?;
    Reflect::get(&answer, &name.into()).ok()?.as_bool()
}

/// Whether a page's host is an IP address: IPv6 in brackets, or its last label a number (URL Standard, «ends in a number»).
fn is_ip_address(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    host.starts_with('[') || (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The features of a Permissions Policy that the two ceremonies are (WebAuthn Level 3 §5.9).
const CREATE: &str = "publickey-credentials-create";
const GET: &str = "publickey-credentials-get";

/// Whether one of the pages around a window is of another origin.
fn is_framed_by_others(window: &JsValue) -> bool {
    // Not its location's: an empty frame has the origin of the page that made it, and a location without one.
    let origin = |window: &JsValue| property(window, "origin");
    let own = origin(window);
    let ancestors = property(&property(window, "location"), "ancestorOrigins");
    if let Some(count) = property(&ancestors, "length").as_f64() {
        return (0..count as u32).any(|place| Reflect::get_u32(&ancestors, place).ok().as_ref() != Some(&own));
    }
    // Firefox has no such list. Of another origin nothing but `window` and the like can be read.
    let top = property(window, "top");
    [property(window, "parent"), top]
        .iter()
        .any(|outer| property(outer, "window").is_object() && origin(outer) != own)
}

/// Whether a page's Permissions Policy lets it use a feature, as far as its browser says.
fn may_use(window: &JsValue, feature: &str) -> bool {
    let document = property(window, "document");
    let policies = ["permissionsPolicy", "featurePolicy"].map(|name| property(&document, name));
    let Some(policy) = policies.iter().find(|policy| policy.is_object()) else {
        return true;
    };
    let asked = |name| method(policy, name)?.call1(policy, &feature.into()).ok();
    // A browser that does not know a feature calls it forbidden.
    let known = asked("features").and_then(|known| known.dyn_into::<Array>().ok());
    let is_known = known.is_some_and(|known| known.includes(&feature.into(), 0));
    !is_known || asked("allowsFeature") != Some(JsValue::FALSE)
}

/// The `prf` member of a credential's extension results.
fn prf(credential: &JsValue) -> JsValue {
    let results = method(credential, "getClientExtensionResults").and_then(|results| results.call0(credential).ok());
    property(&results.unwrap_or(JsValue::UNDEFINED), "prf")
}

/// A credential's id: its bytes, or where a password manager gives none that can be read, its text.
fn id_of(credential: &JsValue) -> Vec<u8> {
    match bytes(&property(credential, "rawId")) {
        none if none.is_empty() => bytes(&property(credential, "id")),
        bytes => bytes,
    }
}

/// The bytes of one member of a credential, in whatever form.
fn bytes(value: &JsValue) -> Vec<u8> {
    Bytes::of(value).map(|bytes| bytes.to_vec()).unwrap_or_default()
}

/// What stands where a PRF output should.
enum Given {
    Output(PrfOutput),
    /// There is none.
    Nothing,
    /// It is none: of another length.
    OtherThing,
}

/// Copies the PRF output and erases the browser's copy: Chromium hands the same one out again and again.
fn take_output(prf: &JsValue) -> Given {
    let Some(given) = Bytes::of(&property(&property(prf, "results"), "first")) else {
        return Given::Nothing;
    };
    let mut output = Box::new(Zeroizing::new([0; 32]));
    let is_whole = given.copy_to(output.as_mut_slice());
    given.erase();
    match is_whole {
        true => Given::Output(PrfOutput(output)),
        false => Given::OtherThing,
    }
}

#[wasm_bindgen]
extern "C" {
    type Credentials;

    #[wasm_bindgen(method, structural, catch)]
    fn create(this: &Credentials, options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn get(this: &Credentials, options: &JsValue) -> Result<Promise, JsValue>;
}
