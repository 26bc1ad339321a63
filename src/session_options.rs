//! How a session is to be, read from a page's options.

use wallet::{DeviceName, SessionOptions};
use wasm_bindgen::JsValue;

use crate::{error::Failure, host::device, options::Options, promise::Asked};

const NAMES: [&str; 5] = ["device", "warnBefore", "idleLock", "hiddenLock", "signal"];

/// Reads the options of `wallet.unlock` and `kit.restore`.
pub(crate) fn session_options(call: &str, options: &JsValue) -> Asked<SessionOptions> {
    let options = Options::open(call, options, &NAMES)?;
    let mut asked = SessionOptions {
        device: device_name(&options)?,
        idle_lock: options.count("idleLock")?,
        ..SessionOptions::default()
    };
    if let Some(seconds) = options.count("warnBefore")? {
        asked.warn_before = seconds;
    }
    if let Some(seconds) = options.count("hiddenLock")? {
        asked.hidden_lock = seconds;
    }
    Ok((asked, options.signal()?))
}

/// Reads what the device is called; what the browser says of itself, if that is left out.
pub(crate) fn device_name(options: &Options) -> Result<DeviceName, Failure> {
    match options.has("device")? {
        true => DeviceName::new(options.text("device")?.as_str())
            .ok_or_else(|| options.refuse("device", "1 to 64 characters, none of them a control character")),
        false => Ok(device::name()),
    }
}
