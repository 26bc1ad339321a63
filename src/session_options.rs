//! How a session is to be, read from a page's options.

use wallet::{DeviceName, SessionOptions};
use wasm_bindgen::JsValue;

use crate::{error::Failure, host::device, options::Options, promise::Asked};

/// What says how a session is to be.
pub(crate) const SESSION: [&str; 4] = ["device", "warnBefore", "idleLock", "hiddenLock"];

const NAMES: [&str; 6] = ["device", "warnBefore", "idleLock", "hiddenLock", "signal", "autofill"];

/// Reads the options of `wallet.unlock`.
pub(crate) fn session_options(call: &str, options: &JsValue) -> Asked<SessionOptions> {
    let [names @ .., _] = &NAMES;
    let options = Options::open(call, options, names)?;
    Ok((read(&options)?, options.signal()?))
}

/// Reads the options of `kit.restore`: those, and whether the person chooses in a field of the page.
pub(crate) fn restore_options(options: &JsValue) -> Asked<(SessionOptions, bool)> {
    let options = Options::open("kit.restore", options, &NAMES)?;
    let asked = (read(&options)?, options.flag("autofill")?);
    Ok((asked, options.signal()?))
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
