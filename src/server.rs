//! The back end's side.

use std::rc::Rc;

use js_sys::{Array, Promise};
use wallet::{ClaimantId, CoSignerIdentity};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    claimant,
    creation::{self, created},
    data::{self, HandOff, Identity, WalletRecord, to_js},
    error::Failure,
    host::{BackEnd, Cause, address, transport::Transport},
    options::{self, Options},
    ownership::{self, ProofData},
    prepared::PreparedWallet,
    promise::{Asked, promise},
};

/// A back end, connected to its co-signer.
#[wasm_bindgen]
pub struct Server {
    inner: Rc<wallet::Server<BackEnd>>,
    cause: Rc<Cause>,
}

#[wasm_bindgen]
impl Server {
    /// Connects: asks the co-signer who it is, and takes a kept pairing into use. The package's `connectServer` calls it.
    #[wasm_bindgen(unchecked_return_type = "Promise<Server>")]
    pub fn connect(
        #[wasm_bindgen(unchecked_param_type = "ConnectServerOptions")] options: &JsValue,
        transport: Transport,
    ) -> Promise {
        let cause = Rc::<Cause>::default();
        promise(cause.clone(), connection(options), async move |asked, cancel| {
            let host = Rc::new(BackEnd::new(asked.address, transport, cause.clone()));
            let server = wallet::Server::connect(host, asked.api_key, asked.expected, cancel).await?;
            if let Some((key, pairing)) = asked.pairing {
                server.import_pairing(&key, &pairing).await?;
            }
            Ok(Self {
                inner: Rc::new(server),
                cause,
            })
        })
    }

    /// The co-signer's identity, to be pinned.
    ///
    /// # Errors
    /// None that is expected.
    #[wasm_bindgen(getter, unchecked_return_type = "CoSignerIdentity")]
    pub fn identity(&self) -> Result<JsValue, js_sys::Error> {
        to_js(&Identity::from(self.inner.identity())).map_err(|error| Failure::from(error).to_js())
    }

    /// Makes a wallet for someone who has not arrived yet.
    #[wasm_bindgen(js_name = createWallet, unchecked_return_type = "Promise<CreatedWallet>")]
    pub fn create_wallet(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CreateWalletOptions")] options: &JsValue,
    ) -> Promise {
        let server = self.inner.clone();
        promise(
            self.cause.clone(),
            creation::one(options),
            async move |(kind, claimant), cancel| created(&server.create_wallet(kind, claimant, cancel).await?),
        )
    }

    /// Makes a wallet of each type, in the order given. Where one fails, those made before it are given: fewer than were asked for.
    #[wasm_bindgen(js_name = createWalletPerType, unchecked_return_type = "Promise<CreatedWallet[]>")]
    pub fn create_wallet_per_type(
        &self,
        #[wasm_bindgen(unchecked_param_type = "CreateWalletPerTypeOptions")] options: &JsValue,
    ) -> Promise {
        let server = self.inner.clone();
        promise(
            self.cause.clone(),
            creation::several(options),
            async move |(types, claimant), cancel| {
                creation::all(&server.create_wallet_per_type(&types, claimant, cancel).await?)
            },
        )
    }

    /// Makes a wallet of a key that exists already. Whoever has that key still has it, and signs without the co-signer.
    #[wasm_bindgen(js_name = importWallet, unchecked_return_type = "Promise<CreatedWallet>")]
    pub fn import_wallet(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ImportWalletOptions")] options: &JsValue,
    ) -> Promise {
        let server = self.inner.clone();
        promise(
            self.cause.clone(),
            creation::imported(options),
            async move |(key, claimant), cancel| created(&server.import_wallet(key, claimant, cancel).await?),
        )
    }

    /// Whether there is a wallet for a claimant.
    #[wasm_bindgen(js_name = hasWallet, unchecked_return_type = "Promise<boolean>")]
    pub fn has_wallet(&self, #[wasm_bindgen(unchecked_param_type = "ClaimantOptions")] options: &JsValue) -> Promise {
        let server = self.inner.clone();
        promise(
            self.cause.clone(),
            of_claimant("server.hasWallet", options),
            async move |claimant, cancel| server.has_wallet(claimant, cancel).await,
        )
    }

    /// The wallets of a claimant, oldest first.
    #[wasm_bindgen(js_name = getWallets, unchecked_return_type = "Promise<WalletRecord[]>")]
    pub fn get_wallets(&self, #[wasm_bindgen(unchecked_param_type = "ClaimantOptions")] options: &JsValue) -> Promise {
        let server = self.inner.clone();
        promise(
            self.cause.clone(),
            of_claimant("server.getWallets", options),
            async move |claimant, cancel| {
                let wallets = server.get_wallets(claimant, cancel).await?;
                wallets
                    .iter()
                    .map(|listed| to_js(&WalletRecord::of(listed)))
                    .collect::<Result<Array, _>>()
            },
        )
    }

    /// Takes a prepared share into use. Nothing is sent.
    ///
    /// # Errors
    /// `invalid_argument`, `share_invalid`, `version_unsupported`.
    #[wasm_bindgen(js_name = withShare)]
    pub fn with_share(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] share: &JsValue,
    ) -> Result<PreparedWallet, js_sys::Error> {
        let refused =
            |expected: &str| Failure::Argument(format!("server.withShare takes a prepared share: {expected}"));
        let share = options::string(share).map_err(refused);
        let handle = share.and_then(|share| Ok(self.inner.with_share(share)?));
        let handle = handle.map_err(|failure| failure.to_js())?;
        Ok(PreparedWallet::of(handle, self.cause.clone()))
    }

    /// Seals prepared shares of one claimant to one browser, and signs the ticket that lets it claim them.
    ///
    /// # Errors
    /// `invalid_argument`, `share_invalid`, `version_unsupported`.
    #[wasm_bindgen(js_name = sealFor, unchecked_return_type = "HandOff")]
    pub fn seal_for(
        &self,
        #[wasm_bindgen(unchecked_param_type = "SealForOptions")] options: &JsValue,
    ) -> Result<JsValue, js_sys::Error> {
        self.seal(options).map_err(|failure| failure.to_js())
    }

    /// Checks a proof that `session.prove` gave: that the visitor who shows it holds the wallet. The co-signer's key set is fetched once,
    /// and again after an hour or, at most once a minute, for a key that is not in it.
    ///
    /// That a nonce is good once is the back end's to see to: draw it for one visitor, and forget it with the first proof.
    ///
    /// # Errors
    /// `invalid_argument` for what is no proof; `not_authorised` for one of another co-signer, audience, nonce or claimant, one that is not
    /// signed by a key of the set, of the future, or over; `co_signer_unreachable`, `rate_limited`, `cancelled`.
    #[wasm_bindgen(js_name = verifyProof, unchecked_return_type = "Promise<ProofDetails>")]
    pub fn verify_proof(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ServerVerifyProofOptions")] options: &JsValue,
    ) -> Promise {
        let server = self.inner.clone();
        promise(
            self.cause.clone(),
            ownership::shown(options),
            async move |(proof, expected), cancel| {
                to_js(&ProofData::of(&server.verify_proof(&proof, &expected, cancel).await?))
            },
        )
    }

    /// This process's pairing, made if there is none, sealed under a key of the caller's.
    #[wasm_bindgen(js_name = exportPairing, unchecked_return_type = "Promise<string>")]
    pub fn export_pairing(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ExportPairingOptions")] options: &JsValue,
    ) -> Promise {
        let server = self.inner.clone();
        promise(self.cause.clone(), pairing_key(options), async move |key, cancel| {
            server.export_pairing(&key, cancel).await
        })
    }
}

impl Server {
    fn seal(&self, options: &JsValue) -> Result<JsValue, Failure> {
        let options = Options::open("server.sealFor", options, &["share", "shares", "to", "expiresIn"])?;
        let shares = data::shares(&options)?;
        let sealed = self
            .inner
            .seal_for(shares, &options.text("to")?, options.count("expiresIn")?)?;
        Ok(to_js(&HandOff {
            share: &sealed.share,
            ticket: &sealed.ticket,
        })?)
    }
}

/// The longest timer that JavaScript has, in milliseconds: of a longer one Node makes one of a millisecond.
const MAX_TIMEOUT: u32 = 2_147_483_647;

struct Connection {
    address: String,
    api_key: Zeroizing<String>,
    expected: Option<CoSignerIdentity>,
    pairing: Option<(Zeroizing<[u8; 32]>, Zeroizing<String>)>,
}

fn connection(options: &JsValue) -> Asked<Connection> {
    // `timeout` is the transport's; here it is only checked.
    let known = ["cosigner", "apiKey", "identity", "pairing", "timeout", "signal"];
    let options = Options::open("connectServer", options, &known)?;
    if options.count("timeout")?.is_some_and(|timeout| timeout > MAX_TIMEOUT) {
        return Err(options.refuse("timeout", "a whole number of milliseconds up to 2147483647"));
    }
    let pairing = options
        .has("pairing")?
        .then(|| options.bag("pairing", &["sealed", "key"]))
        .transpose()?;
    let pairing = pairing.map(|pairing| Ok::<_, Failure>((pairing.bytes("key")?, pairing.text("sealed")?)));
    let connection = Connection {
        address: address(&options)?,
        api_key: options.text("apiKey")?,
        expected: data::identity(&options)?,
        pairing: pairing.transpose()?,
    };
    Ok((connection, options.signal()?))
}

fn of_claimant(call: &str, options: &JsValue) -> Asked<ClaimantId> {
    let options = Options::open(call, options, &["claimantId", "signal"])?;
    Ok((claimant::claimant(&options)?, options.signal()?))
}

fn pairing_key(options: &JsValue) -> Asked<Zeroizing<[u8; 32]>> {
    let options = Options::open("server.exportPairing", options, &["key", "signal"])?;
    Ok((options.bytes("key")?, options.signal()?))
}
