//! The browser's passkeys.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use js_sys::{ArrayBuffer, Promise, Reflect, Uint8Array};
use serde::Serialize;
use wallet::host::{
    Cancel, CreatePasskey, CreatedPasskey, CreatedPrf, Mediation, PasskeyError, Passkeys, PrfOutput, UsePasskey,
    UsedPasskey,
};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::DomException;
use wire::ceremony::{Assertion, Registration};
use zeroize::Zeroizing;

use self::dictionaries::{Creation, Request, UnknownCredential};
use super::{Cause, method, property};
use crate::signal::Stop;

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
        match capability(&interface, "extension:prf").await {
            Some(false) => Err(PasskeyError::NoPrf),
            Some(true) | None => Ok(()),
        }
    }

    async fn create(&self, options: CreatePasskey<'_>) -> Result<CreatedPasskey, PasskeyError> {
        let asked = Creation::of(&options);
        let credential = self.ceremony(&asked, options.cancel, Credentials::create).await?;
        let response = credential.response();
        let registration = Registration {
            credential: bytes(&credential.raw_id()),
            attestation_object: bytes(&response.attestation_object()),
            client_data_json: bytes(&response.client_data_json()),
        };
        let prf = prf(&credential);
        let prf = match take_output(&prf) {
            Some(output) => CreatedPrf::Output(output),
            None if property(&prf, "enabled") == JsValue::TRUE => CreatedPrf::AtAssertion,
            None => CreatedPrf::Unavailable,
        };
        Ok(CreatedPasskey { registration, prf })
    }

    async fn get(&self, options: UsePasskey<'_>) -> Result<UsedPasskey, PasskeyError> {
        if options.mediation == Mediation::Autofill && !self.offers_autofill().await {
            return Err(self.unsupported("this browser offers no passkeys in the fields of a page"));
        }
        let asked = Request::of(&options);
        let credential = self.ceremony(&asked, options.cancel, Credentials::get).await?;
        let response = credential.response();
        let assertion = Assertion {
            credential: bytes(&credential.raw_id()),
            authenticator_data: bytes(&response.authenticator_data()),
            client_data_json: bytes(&response.client_data_json()),
            signature: bytes(&response.signature()),
        };
        Ok(UsedPasskey {
            assertion,
            prf: take_output(&prf(&credential)),
        })
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
    ) -> Result<Credential, PasskeyError> {
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
            Ok(credential) if credential.is_object() => Ok(credential.unchecked_into()),
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

/// What a browser means by an exception's name (WebAuthn Level 3, §5.1.3 and §5.1.4).
fn meaning(said: &JsValue) -> PasskeyError {
    let name = said.dyn_ref::<DomException>().map(DomException::name);
    match name.as_deref() {
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

/// The `prf` member of a credential's extension results.
fn prf(credential: &Credential) -> JsValue {
    property(
        &credential.get_client_extension_results().unwrap_or(JsValue::UNDEFINED),
        "prf",
    )
}

/// Copies the PRF output and erases the browser's copy: Chromium hands the same one out again and again.
fn take_output(prf: &JsValue) -> Option<PrfOutput> {
    let first = property(&property(prf, "results"), "first");
    let view = match first.dyn_into::<Uint8Array>() {
        Ok(view) => view,
        Err(first) => Uint8Array::new(first.dyn_ref::<ArrayBuffer>()?),
    };
    let mut output = Box::new(Zeroizing::new([0; 32]));
    if view.length() != 32 {
        view.fill(0, 0, view.length());
        return None;
    }
    view.copy_to(output.as_mut_slice());
    view.fill(0, 0, 32);
    Some(PrfOutput(output))
}

/// The bytes of an `ArrayBuffer`; none of anything else.
fn bytes(buffer: &Result<JsValue, JsValue>) -> Vec<u8> {
    let buffer = buffer.as_ref().ok().and_then(|buffer| buffer.dyn_ref::<ArrayBuffer>());
    buffer
        .map(|buffer| Uint8Array::new(buffer).to_vec())
        .unwrap_or_default()
}

#[wasm_bindgen]
extern "C" {
    type Credentials;

    #[wasm_bindgen(method, structural, catch)]
    fn create(this: &Credentials, options: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn get(this: &Credentials, options: &JsValue) -> Result<Promise, JsValue>;

    // Not web-sys's: its getters trust what a browser extension may have put in the place of `navigator.credentials`.
    type Credential;

    #[wasm_bindgen(method, structural, getter, js_name = rawId, catch)]
    fn raw_id(this: &Credential) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, getter)]
    fn response(this: &Credential) -> AuthenticatorResponse;

    #[wasm_bindgen(method, structural, js_name = getClientExtensionResults, catch)]
    fn get_client_extension_results(this: &Credential) -> Result<JsValue, JsValue>;

    type AuthenticatorResponse;

    #[wasm_bindgen(method, structural, getter, js_name = attestationObject, catch)]
    fn attestation_object(this: &AuthenticatorResponse) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, getter, js_name = clientDataJSON, catch)]
    fn client_data_json(this: &AuthenticatorResponse) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, getter, js_name = authenticatorData, catch)]
    fn authenticator_data(this: &AuthenticatorResponse) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch)]
    fn signature(this: &AuthenticatorResponse) -> Result<JsValue, JsValue>;
}
