//! Keys that sign a session's requests: WebCrypto's, which no script can read.

use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use wallet::host::{SessionKey, SessionKeyError, SessionKeys};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use super::property;

/// `crypto.subtle`.
pub struct Subtle;

/// A key pair of P-256, its private half not extractable.
pub struct KeyPair {
    private: JsValue,
    public: [u8; 65],
}

impl SessionKeys for Subtle {
    type Key = KeyPair;

    async fn generate(&self) -> Result<KeyPair, SessionKeyError> {
        generate().await.map_err(|_| SessionKeyError)
    }
}

async fn generate() -> Result<KeyPair, JsValue> {
    let algorithm = named("ECDSA", "namedCurve", "P-256".into())?;
    let usages = Array::of1(&"sign".into());
    let pair = generate_key(&algorithm, false, &usages)?.await?;
    let exported: ArrayBuffer = export_key("raw", &property(&pair, "publicKey"))?.await?.dyn_into()?;
    let mut public = [0; 65];
    let exported = Uint8Array::new(&exported);
    // A length of another form is no key: copying it would throw.
    if exported.length() as usize == public.len() {
        exported.copy_to(&mut public);
    }
    Ok(KeyPair {
        private: property(&pair, "privateKey"),
        public,
    })
}

impl SessionKey for KeyPair {
    fn public(&self) -> [u8; 65] {
        self.public
    }

    async fn sign(&self, message: &[u8]) -> Result<[u8; 64], SessionKeyError> {
        let made = signature(&self.private, message).await;
        let made = made.ok().filter(|made| made.length() == 64).ok_or(SessionKeyError)?;
        let mut signature = [0; 64];
        made.copy_to(&mut signature);
        Ok(signature)
    }
}

async fn signature(key: &JsValue, message: &[u8]) -> Result<Uint8Array, JsValue> {
    let algorithm = named("ECDSA", "hash", "SHA-256".into())?;
    let made: ArrayBuffer = sign(&algorithm, key, &Uint8Array::from(message))?.await?.dyn_into()?;
    Ok(Uint8Array::new(&made))
}

/// An algorithm with its one parameter.
fn named(algorithm: &str, name: &str, value: JsValue) -> Result<JsValue, JsValue> {
    let named = Object::new();
    Reflect::set(&named, &"name".into(), &algorithm.into())?;
    Reflect::set(&named, &name.into(), &value)?;
    Ok(named.into())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = generateKey, catch)]
    fn generate_key(algorithm: &JsValue, extractable: bool, usages: &Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = exportKey, catch)]
    fn export_key(format: &str, key: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn sign(algorithm: &JsValue, key: &JsValue, data: &Uint8Array) -> Result<Promise, JsValue>;
}
