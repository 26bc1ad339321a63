//! How a session is to be, read from a page's options.

use wallet::{DeviceName, ExpectedWallet, SessionOptions, host::Mediation};
use wasm_bindgen::JsValue;

use crate::{error::Failure, host::device, options::Options, promise::Asked};

/// What says how a session is to be.
pub(crate) const SESSION: [&str; 4] = ["device", "warnBefore", "idleLock", "hiddenLock"];

/// How many wallets may be expected: more than a passkey has.
const MOST_EXPECTED: usize = 1024;

/// How a wallet is unlocked.
pub(crate) struct Unlocking {
    pub(crate) session: SessionOptions,
    pub(crate) ends_others: bool,
}

/// Reads the options of `wallet.unlock`.
pub(crate) fn unlock_options(options: &JsValue) -> Asked<Unlocking> {
    let known = [&SESSION[..], &["signal", "here", "endOtherSessions"]].concat();
    let options = Options::open("wallet.unlock", options, &known)?;
    // The package's loader has acted on it: it is the one that knows of other pages.
    options.flag("here")?;
    let asked = Unlocking {
        session: read(&options)?,
        ends_others: options.flag("endOtherSessions")?,
    };
    Ok((asked, options.signal()?))
}

/// How wallets are got back.
pub(crate) struct Restoring {
    pub(crate) session: SessionOptions,
    pub(crate) mediation: Mediation,
    pub(crate) expected: Option<Vec<ExpectedWallet>>,
}

/// Reads the options of `kit.restore`: those, whether the person chooses in a field of the page, and which wallets are expected.
pub(crate) fn restore_options(options: &JsValue) -> Asked<Restoring> {
    let options = Options::open(
        "kit.restore",
        options,
        &[&SESSION[..], &["signal", "autofill", "expected"]].concat(),
    )?;
    let asked = Restoring {
        session: read(&options)?,
        mediation: match options.flag("autofill")? {
            true => Mediation::Autofill,
            false => Mediation::Prompt,
        },
        expected: expected(&options)?,
    };
    Ok((asked, options.signal()?))
}

fn expected(options: &Options) -> Result<Option<Vec<ExpectedWallet>>, Failure> {
    if !options.has("expected")? {
        return Ok(None);
    }
    let names = options.texts("expected")?;
    if names.is_empty() || names.len() > MOST_EXPECTED {
        return Err(options.refuse("expected", "1 to 1,024 wallets"));
    }
    let named = names.iter().map(|name| Ok(wallet::expected_wallet(name)?));
    named.collect::<Result<_, Failure>>().map(Some)
}

/// Reads those of [`SESSION`].
pub(crate) fn read(options: &Options) -> Result<SessionOptions, Failure> {
    let mut asked = SessionOptions {
        device: device_name(options)?,
        idle_lock: options.count("idleLock")?,
        ..SessionOptions::default()
    };
    if let Some(seconds) = options.count("warnBefore")? {
        asked.warn_before = seconds;
    }
    if let Some(seconds) = options.count("hiddenLock")? {
        asked.hidden_lock = seconds;
    }
    Ok(asked)
}

/// Reads what the device is called; what the browser says of itself, if that is left out.
pub(crate) fn device_name(options: &Options) -> Result<DeviceName, Failure> {
    match options.has("device")? {
        true => DeviceName::new(options.text("device")?.as_str())
            .ok_or_else(|| options.refuse("device", "1 to 64 characters, none of them a control character")),
        false => Ok(device::name()),
    }
}
