//! What others' packages took on the machine they were measured on, in mult: compare by the unit, not by the clock.

/// One package's secp256k1 figures, both parties in one process, wasm in Node 20.
struct Published {
    package: &'static str,
    key_generation: Option<u32>,
    refresh: Option<u32>,
    sign: Option<u32>,
    bytes: u32,
}

const PUBLISHED: [Published; 4] = [
    Published {
        package: "Silence Labs DKLs 1.1.2",
        key_generation: Some(9_147),
        refresh: Some(8_802),
        sign: Some(571),
        bytes: 225_000,
    },
    Published {
        package: "Silence Labs DKLs 1.2.0-pre.4",
        key_generation: Some(7_134),
        refresh: Some(7_265),
        sign: Some(593),
        bytes: 225_000,
    },
    Published {
        package: "Vultisig DKLs 0.2-beta",
        key_generation: Some(5_584),
        refresh: Some(5_829),
        sign: Some(302),
        bytes: 119_000,
    },
    Published {
        package: "Torus DKLs 4.1 (dealer)",
        key_generation: None,
        refresh: None,
        sign: Some(1_160),
        bytes: 343_000,
    },
];

/// The figures as a table.
pub(super) fn table() -> String {
    let mut text = format!(
        "\nOthers, wasm, in mult\n{:<36}{:>16}{:>10}{:>10}{:>20}\n",
        "", "key generation", "refresh", "sign", "bytes a signature"
    );
    let shown = |figure: Option<u32>| figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string());
    for Published {
        package,
        key_generation,
        refresh,
        sign,
        bytes,
    } in PUBLISHED
    {
        let (key_generation, refresh, sign) = (shown(key_generation), shown(refresh), shown(sign));
        text.push_str(&format!(
            "{package:<36}{key_generation:>16}{refresh:>10}{sign:>10}{bytes:>20}\n"
        ));
    }
    text
}
