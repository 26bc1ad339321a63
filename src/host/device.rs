//! What a device calls itself where its page says nothing: browser and system, by what the browser tells every page.

use js_sys::Array;
use wallet::DeviceName;
use wasm_bindgen::JsCast;

use super::{global, property};

/// In this order: most browsers name others that they are compatible with.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// Such as "Chrome on Linux".
pub(crate) fn name() -> DeviceName {
    let navigator = global("navigator");
    let agent = property(&navigator, "userAgent").as_string().unwrap_or_default();
    let data = property(&navigator, "userAgentData");
    let brands = property(&data, "brands").dyn_into::<Array>().unwrap_or_default();
    let brands = brands.iter().filter_map(|brand| property(&brand, "brand").as_string());
    let told: String = brands.chain([agent.clone()]).collect();
    let system = property(&data, "platform").as_string().unwrap_or_default() + &agent;
    let name = match (find(&BROWSERS, &told), find(&SYSTEMS, &system)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => return DeviceName::default(),
    };
    DeviceName::new(name).unwrap_or_default()
}

fn find(names: &[(&str, &'static str)], text: &str) -> Option<&'static str> {
    let found = names.iter().find(|(part, _)| text.contains(part));
    found.map(|(_, name)| *name)
}
