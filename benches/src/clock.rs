//! The time, in milliseconds since whenever.

#[cfg(target_arch = "wasm32")]
mod host {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance)]
        pub(crate) fn now() -> f64;
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use std::{sync::OnceLock, time::Instant};

    pub(crate) fn now() -> f64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
    }
}

pub(crate) use host::now;
