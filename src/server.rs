//! The back end's side.

use std::rc::Rc;

use js_sys::{Array, Promise};
use wallet::{ClaimantId, CoSignerIdentity, Digest, WalletType};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    data::{self, CreatedWallet, HandOff, Identity, SignatureData, WalletData, WalletRecord, to_js},
    error::Failure,
    host::{BackEnd, Cause, address, transport::Transport},
    options::Options,
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
            creation(options),
            async move |(kind, claimant), cancel| created(&server.create_wallet(kind, claimant, cancel).await?),
        )
    }

    /// Whether there is a wallet for a claimant.
    #[wasm_bindgen(js_name = hasWallet, unchecked_return_type = "Promise<boolean>")]
    pub fn has_wallet(&self, #[wasm_bindgen(unchecked_param_type = "ClaimantOptions")] options: &JsValue) -> Promise {
        let server = self.inner.clone();
        promise(
            self.cause.clone(),
            claimant("server.hasWallet", options),
            async move |claimant, cancel| server.has_wallet(claimant, cancel).await,
        )
    }

    /// The wallets of a claimant, oldest first.
    #[wasm_bindgen(js_name = getWallets, unchecked_return_type = "Promise<WalletRecord[]>")]
    pub fn get_wallets(&self, #[wasm_bindgen(unchecked_param_type = "ClaimantOptions")] options: &JsValue) -> Promise {
        let server = self.inner.clone();
        promise(
            self.cause.clone(),
            claimant("server.getWallets", options),
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
        let refused = || Failure::Argument("server.withShare takes a prepared share: a string".to_owned());
        let share = share.as_string().map(Zeroizing::new).ok_or_else(refused);
        let handle = share.and_then(|share| Ok(self.inner.with_share(share)?));
        let handle = handle.map_err(|failure| failure.to_js())?;
        Ok(PreparedWallet {
            inner: Rc::new(handle),
            cause: self.cause.clone(),
        })
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

/// A wallet before its claim, with its prepared share in use.
#[wasm_bindgen]
pub struct PreparedWallet {
    inner: Rc<wallet::ShareHandle<BackEnd>>,
    cause: Rc<Cause>,
}

#[wasm_bindgen]
impl PreparedWallet {
    /// The address, with the checksum of EIP-55.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.inner.wallet().address()
    }

    /// The wallet's id: 16 bytes, base64url.
    #[wasm_bindgen(getter, js_name = walletId)]
    pub fn wallet_id(&self) -> String {
        self.inner.wallet().id_text()
    }

    /// The scheme.
    #[wasm_bindgen(getter, unchecked_return_type = "Scheme")]
    pub fn scheme(&self) -> String {
        self.inner.wallet().scheme_text().to_owned()
    }

    /// The epoch: 0 for a prepared share.
    #[wasm_bindgen(getter)]
    pub fn epoch(&self) -> u32 {
        self.inner.wallet().epoch.0
    }

    /// The public key: 33 bytes, compressed, as `0x` and hexadecimal digits.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> String {
        data::public_key(&self.inner.wallet().public_key)
    }

    /// Signs a 32-byte digest, before the claim.
    #[wasm_bindgen(unchecked_return_type = "Promise<SignatureResult>")]
    pub fn sign(&self, #[wasm_bindgen(unchecked_param_type = "SignOptions")] options: &JsValue) -> Promise {
        let handle = self.inner.clone();
        promise(self.cause.clone(), digest(options), async move |digest, cancel| {
            to_js(&SignatureData::from(handle.sign(digest, cancel).await?))
        })
    }

    /// Gives the unclaimed wallet another claimant id; the new share replaces the old text.
    #[wasm_bindgen(js_name = updateClaimantId, unchecked_return_type = "Promise<CreatedWallet>")]
    pub fn update_claimant_id(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ClaimantId & CallOptions")] options: &JsValue,
    ) -> Promise {
        let handle = self.inner.clone();
        promise(
            self.cause.clone(),
            new_claimant(options),
            async move |claimant, cancel| created(&handle.update_claimant_id(claimant, cancel).await?),
        )
    }
}

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
    options.count("timeout")?;
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

fn creation(options: &JsValue) -> Asked<(WalletType, ClaimantId)> {
    let options = Options::open("server.createWallet", options, &["type", "claimantId", "signal"])?;
    let kind = match options.text("type")?.as_str() {
        "EVM" => WalletType::Evm,
        _ => return Err(options.refuse("type", "\"EVM\"")),
    };
    Ok((
        (
            kind,
            data::claimant(&options.bag("claimantId", &data::claimant_names())?)?,
        ),
        options.signal()?,
    ))
}

fn claimant(call: &str, options: &JsValue) -> Asked<ClaimantId> {
    let options = Options::open(call, options, &["claimantId", "signal"])?;
    Ok((
        data::claimant(&options.bag("claimantId", &data::claimant_names())?)?,
        options.signal()?,
    ))
}

fn new_claimant(options: &JsValue) -> Asked<ClaimantId> {
    let known: Vec<&str> = data::claimant_names().into_iter().chain(["signal"]).collect();
    let options = Options::open("updateClaimantId", options, &known)?;
    Ok((data::claimant(&options)?, options.signal()?))
}

fn digest(options: &JsValue) -> Asked<Digest> {
    let options = Options::open("sign", options, &["digest", "signal"])?;
    Ok((Digest(*options.bytes("digest")?), options.signal()?))
}

fn pairing_key(options: &JsValue) -> Asked<Zeroizing<[u8; 32]>> {
    let options = Options::open("server.exportPairing", options, &["key", "signal"])?;
    Ok((options.bytes("key")?, options.signal()?))
}

fn created(wallet: &wallet::CreatedWallet) -> Result<JsValue, wallet::Error> {
    to_js(&CreatedWallet {
        wallet: WalletData::of(&wallet.wallet),
        share: &wallet.share,
    })
}
