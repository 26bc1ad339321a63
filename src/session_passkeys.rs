//! The passkeys of a session's wallets.

use js_sys::{Function, Promise};
use serde::Serialize;
use wallet::AddPasskey;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    before_prompt::before_prompt,
    data::{self, to_js},
    options::Options,
    promise::{Asked, promise},
    session::Session,
};

#[wasm_bindgen]
impl Session {
    /// The passkeys that open the wallets of this session, the oldest first.
    ///
    /// # Errors
    /// `session_expired`, `co_signer_unreachable`, `rate_limited`, `cancelled`.
    #[wasm_bindgen(unchecked_return_type = "Promise<ListedPasskey[]>")]
    pub fn passkeys(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "CallOptions")] options: &JsValue,
    ) -> Promise {
        let session = self.inner.clone();
        promise(
            self.cause.clone(),
            Options::only_signal("session.passkeys", options),
            async move |(), cancel| {
                let listed = session.passkeys(cancel).await?;
                let skew = session.clock_skew();
                let listed: Vec<_> = listed.iter().map(|one| ListedPasskey::of(one, skew)).collect();
                to_js(&listed)
            },
        )
    }

    /// Makes a further passkey that opens every wallet of this session, and gives its id. Its types stand in `types.d.ts`.
    #[wasm_bindgen(js_name = addPasskey, skip_typescript)]
    pub fn add_passkey(&self, options: &JsValue) -> Promise {
        let (session, cause) = (self.inner.clone(), self.cause.clone());
        promise(
            self.cause.clone(),
            adding(options),
            async move |(name, before), cancel| {
                let options = AddPasskey {
                    name: name.to_string(),
                    before_prompt: before.map(|function| before_prompt(function, cause)),
                    cancel: cancel.clone(),
                };
                Ok(wallet::passkey_id_text(&session.add_passkey(options).await?))
            },
        )
    }

    /// Gives a passkey another name in the list. Its types stand in `types.d.ts`.
    #[wasm_bindgen(js_name = renamePasskey, skip_typescript)]
    pub fn rename_passkey(&self, options: &JsValue) -> Promise {
        let session = self.inner.clone();
        promise(
            self.cause.clone(),
            renaming(options),
            async move |(id, name), cancel| {
                session.rename_passkey(id, &name, cancel).await?;
                Ok(JsValue::UNDEFINED)
            },
        )
    }

    /// Removes a passkey: it opens these wallets no more. Its types stand in `types.d.ts`.
    #[wasm_bindgen(js_name = removePasskey, skip_typescript)]
    pub fn remove_passkey(&self, options: &JsValue) -> Promise {
        let session = self.inner.clone();
        promise(self.cause.clone(), removing(options), async move |id, cancel| {
            session.remove_passkey(id, cancel).await?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

/// `ListedPasskey`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedPasskey<'a> {
    passkey_id: String,
    name: &'a str,
    created_at: f64,
    used_at: f64,
    current: bool,
    wallet_ids: Vec<String>,
}

impl<'a> ListedPasskey<'a> {
    fn of(listed: &'a wallet::ListedPasskey, skew: i64) -> Self {
        Self {
            passkey_id: wallet::passkey_id_text(&listed.id),
            name: &listed.name,
            created_at: data::local_time(listed.created_at, skew),
            used_at: data::local_time(listed.used_at, skew),
            current: listed.is_current,
            wallet_ids: listed.wallet_ids(),
        }
    }
}

fn adding(options: &JsValue) -> Asked<(Zeroizing<String>, Option<Function>)> {
    let options = Options::open("session.addPasskey", options, &["name", "beforePrompt", "signal"])?;
    let asked = (options.text("name")?, options.function("beforePrompt")?);
    Ok((asked, options.signal()?))
}

fn renaming(options: &JsValue) -> Asked<(Vec<u8>, Zeroizing<String>)> {
    let options = Options::open("session.renamePasskey", options, &["passkeyId", "name", "signal"])?;
    let asked = (wallet::passkey_id(&options.text("passkeyId")?)?, options.text("name")?);
    Ok((asked, options.signal()?))
}

fn removing(options: &JsValue) -> Asked<Vec<u8>> {
    let options = Options::open("session.removePasskey", options, &["passkeyId", "signal"])?;
    Ok((wallet::passkey_id(&options.text("passkeyId")?)?, options.signal()?))
}
